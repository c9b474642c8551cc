"""Odd command lines: unknown and half flags, empty and non-UTF-8 words. Each ends as usage errors do, in words."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.law import FUZZ, obeys

_VERBS = ("doctor", "plan", "judge", "report", "list", "kms", "mutants", "rehearse", "nonsense", "")
_LAST = {"rehearse": ["no-such-scenario"], "mutants": ["no-such-mutant"], "kms": ["--kms", "no-such-kms"]}
"""What keeps a verb from beginning its work, which may take minutes."""
_ODD = (
    "--before", "--after", "--rollback", "--values", "--manifests", "--compose", "--ecs", "--baseline", "--inventory",
    "--only", "--skip", "--format", "--json", "--doctor", "--deployment", "--matrix", "--live", "--seed", "--budget",
    "--requests", "-", "--", "---", "-x", "--before=", "--format=xml", "--seed=x", "--only=,", "--skip=no-such-rule",
    "--only=default-rollback", "", " ", "\n", "é", "\udcff\udcfe", "\x00", "%s", "{}", "/", "/dev/null", "a=b",
    "--no-color", "--quiet", "--requests=-1", "--budget=nan", "--budget=1e999", "--seed=" + "9" * 5000,
)  # fmt: skip


@FUZZ
@given(verb=st.sampled_from(_VERBS), words=st.lists(st.sampled_from(_ODD), max_size=4))
def test_any_words_obey_the_law(verb: str, words: list[str]) -> None:
    """Whatever stands on the command line; a rehearsal is never really begun."""
    obeys([verb, *words, *_LAST.get(verb, [])])


@pytest.mark.gate
@pytest.mark.parametrize("verb", ["doctor", "plan"])
@pytest.mark.parametrize("word", [b"\xff\xfe.env", b"a\nb.env", b"\x1b[2J.env"])
def test_words_that_are_not_utf_8_name_a_file_like_any_other(verb: str, word: bytes, tmp_path: Path) -> None:
    for said in (b"", b"json" if verb == "plan" else b"sarif"):
        more = [b"--format", said] if said else []
        ended = subprocess.run(
            [sys.executable.encode(), b"-m", b"harness", verb.encode(), b"--before", word, b"--after", word, *more],
            cwd=Path(__file__).parents[2],
            capture_output=True,
            timeout=60,
            check=False,
        )

        assert ended.returncode == 2
        assert b"Traceback" not in ended.stderr
        assert b"\x1b" not in ended.stdout + ended.stderr


def test_a_standard_output_that_cannot_spell_a_name_gets_it_spelled_out(tmp_path: Path) -> None:
    path = tmp_path / "Größe.env"
    path.write_text("KMS_PROVIDER=local,AWS\n", encoding="utf-8")

    ended = subprocess.run(
        [sys.executable, "-m", "harness", "doctor", "--after", str(path)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        env={"PYTHONIOENCODING": "ascii", "PATH": "/usr/bin:/bin", "LC_ALL": "C", "PYTHONUTF8": "0"},
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1
    assert b"Traceback" not in ended.stderr
    assert b"provider-hybrid" in ended.stdout
