"""What the doctor prints and how it exits."""

from __future__ import annotations

import json
import subprocess
from io import StringIO
from pathlib import Path

import pytest

from harness.doctor.command import run
from tests.conformance.startup_rows import ARN, aws, local, p384

_KEY = "openssl ecparam -genkey -name secp384r1 -noout | (base64 --wrap=0 2>/dev/null || base64 -b 0)"
_HASH = (
    'INTERNAL_KEY_BIN=$(openssl rand 32); echo -n "$INTERNAL_KEY_BIN" | openssl dgst -binary -sha256 | openssl base64'
)


def _write(path: Path, variables: dict[str, str]) -> Path:
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    return path


def _shell(command: str) -> str:
    done = subprocess.run(["bash", "-c", command], check=True, capture_output=True)  # the documented pipes
    return done.stdout.decode().strip()


@pytest.fixture
def good(tmp_path: Path) -> tuple[Path, Path]:
    return _write(tmp_path / "before.env", local()), _write(tmp_path / "after.env", aws())


def test_files_made_with_the_documented_commands_have_no_error(tmp_path: Path) -> None:
    """sombra.md 2.1 and 2.2, verbatim, in the guide's own order."""
    old, new, digest = _shell(_KEY), _shell(_KEY), _shell(_HASH)
    common = {"ORGANIZATION_URI": "acme", "INTERNAL_KEY_HASH": digest}
    before = _write(tmp_path / "before.env", {**common, "JWT_ECDSA_KEY": old})
    switched = {"KMS_PROVIDER": "AWS", "AWS_KMS_KEY_ARN": ARN, "AWS_REGION": "us-east-1"}
    after = _write(tmp_path / "after.env", {**common, **switched, "JWT_ECDSA_KEY": f"{new},{old}"})
    out = StringIO()

    assert run(before, after, None, out=out) == 0
    assert out.getvalue().splitlines()[-1] == "doctor: 0 errors, 1 warning, 2 notes"


def test_an_error_is_told_first_with_its_place_and_the_next_action(good: tuple[Path, Path]) -> None:
    before, after = good
    _write(after, aws(AWS_REGION="eu-west-1"))
    out = StringIO()

    assert run(before, after, None, out=out) == 1
    head, cause, action, *_ = out.getvalue().splitlines()
    assert head.startswith("error")
    assert f"{after}:6  region-mismatch (G-09)" in head
    assert "us-east-1" in cause
    assert action.strip().startswith("next: ")


def test_json_holds_the_findings_and_nothing_else(good: tuple[Path, Path], tmp_path: Path) -> None:
    out = StringIO()

    assert run(*good, None, fmt="json", json_file=tmp_path / "findings.json", out=out) == 0
    document = json.loads(out.getvalue())
    assert set(document) == {"findings"}
    assert set(document["findings"][0]) == {"id", "level", "claim", "file", "line", "message", "next"}
    assert json.loads((tmp_path / "findings.json").read_text()) == document


def test_a_dash_puts_json_alone_on_the_output(good: tuple[Path, Path]) -> None:
    out = StringIO()

    assert run(*good, None, json_file="-", out=out) == 0
    assert json.loads(out.getvalue())["findings"]


def test_every_unusable_file_is_told_and_the_exit_code_is_two(good: tuple[Path, Path], tmp_path: Path) -> None:
    broken = tmp_path / "broken.env"
    broken.write_bytes(b"A=1\nBARE\n")
    out = StringIO()

    assert run(tmp_path / "absent.env", broken, good[1], out=out) == 2
    assert "absent.env:1  file-unreadable" in out.getvalue()
    assert "broken.env:2  file-syntax" in out.getvalue()


def test_an_unusable_file_is_told_in_json_too(good: tuple[Path, Path], tmp_path: Path) -> None:
    out = StringIO()

    assert run(good[0], tmp_path, None, fmt="json", out=out) == 2
    assert [finding["id"] for finding in json.loads(out.getvalue())["findings"]] == ["file-unreadable"]


def test_a_json_file_that_cannot_be_written_exits_with_two(good: tuple[Path, Path], tmp_path: Path) -> None:
    out = StringIO()

    assert run(*good, None, json_file=tmp_path, out=out) == 2
    assert "cannot be written" in out.getvalue()


def test_a_hostile_file_name_cannot_steer_the_terminal(tmp_path: Path) -> None:
    out = StringIO()

    assert run(tmp_path / "a\x1b[2Jb.env", tmp_path / "absent.env", None, out=out) == 2
    assert "\x1b" not in out.getvalue()


def test_no_key_is_printed(good: tuple[Path, Path]) -> None:
    before, after = good
    _write(after, aws(JWT_ECDSA_KEY=f"{p384('new')} ,{p384('old')}"))
    out = StringIO()

    assert run(before, after, None, out=out) == 1
    assert p384("new") not in out.getvalue()
    assert p384("old") not in out.getvalue()
