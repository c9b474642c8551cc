"""The text fits a terminal of 120 columns, has no colour, and breaks commands only where bash lets it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.plan.document import RENDERERS
from harness.plan.platforms import PLATFORMS
from harness.plan.shell import WIDTH, folded
from tests.unit.harness.plan.migration import good, planned
from tests.unit.harness.plan.test_commands import made

_WORDS = st.lists(st.from_regex(r"\A[a-zA-Z0-9=/$._-]{1,30}\Z") | st.sampled_from(["'a b'", '"c d"', "|", ">", "\\ "]))


@given(words=_WORDS)
def test_folding_changes_no_word(words: list[str]) -> None:
    """Without its line ends a folded command is the command."""
    command = " ".join(words)

    told = folded(command, width=40)

    assert shlex.split(told.replace("\\\n", " ")) == shlex.split(command)


@given(words=st.lists(st.from_regex(r"\A[a-z]{1,20}\Z"), max_size=40))
def test_folding_keeps_lines_short_where_words_are(words: list[str]) -> None:
    """No line is longer than asked for when each word fits."""
    assert max(map(len, folded(" ".join(words), width=40).split("\n"))) <= 40


def test_a_quoted_text_stays_whole() -> None:
    quoted = f"printf '{'x ' * 100}' > out"

    assert f"'{'x ' * 100}'" in folded(quoted)


@pytest.mark.parametrize(
    "documents", [{}, {"values": ("a.yaml", "b.yaml")}, {"manifests": ("m",)}, {"ecs": ("t.json",)}]
)
@pytest.mark.parametrize("platform", PLATFORMS)
def test_every_line_fits_a_terminal(tmp_path: Path, platform: str, documents: dict[str, tuple[str, ...]]) -> None:
    told = RENDERERS["text"](made(tmp_path, platform, documents)).replace(str(tmp_path), ".")

    # A path of this machine may be long; a command that holds it was folded for the longer one.
    assert [line for line in told.split("\n") if len(line) > 120] == []


def test_counts_of_any_size_fit(tmp_path: Path) -> None:
    plan = planned(good(tmp_path), inventory=dict.fromkeys(("file", "request", "integration"), 10**9))

    table = RENDERERS["text"](plan).partition("POINTS")[0]

    assert max(map(len, table.split("\n"))) <= 120
    assert "0: wrong_provider" in table


@pytest.mark.parametrize("form", RENDERERS)
def test_no_format_has_colour(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert "\x1b" not in RENDERERS[form](planned(good(tmp_path)))


def test_a_value_that_stays_is_told_once(tmp_path: Path) -> None:
    told = RENDERERS["text"](planned(good(tmp_path)))

    (arn,) = re.findall(r"AWS_KMS_KEY_ARN\n((?:    .*\n){3})", told)
    assert arn.count("arn:aws:kms") == 1
    assert "rollback as after" in arn


def test_a_line_of_the_difference_is_never_broken_within_a_word(tmp_path: Path) -> None:
    assert WIDTH < 120
    assert "as after" in RENDERERS["text"](planned(good(tmp_path)))
