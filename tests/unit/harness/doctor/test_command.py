"""What the doctor prints and how it exits."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TypeAlias

import pytest

from harness.cli import main
from tests.conformance.startup_rows import ARN, aws, local, p384

Captured: TypeAlias = pytest.CaptureFixture[str]

_KEY = "openssl ecparam -genkey -name secp384r1 -noout | (base64 --wrap=0 2>/dev/null || base64 -b 0)"
_HASH = (
    'INTERNAL_KEY_BIN=$(openssl rand 32); echo -n "$INTERNAL_KEY_BIN" | openssl dgst -binary -sha256 | openssl base64'
)


def _write(path: Path, variables: dict[str, str]) -> Path:
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    return path


def run(before: Path | None, after: Path | None, *flags: str) -> int:
    parts = {"--before": before, "--after": after}
    given = [word for name, path in parts.items() if path is not None for word in (name, str(path))]
    return main(["doctor", *given, *flags])


def _shell(command: str) -> str:
    done = subprocess.run(["bash", "-c", command], check=True, capture_output=True)  # the documented pipes
    return done.stdout.decode().strip()


@pytest.fixture
def good(tmp_path: Path) -> tuple[Path, Path]:
    return _write(tmp_path / "before.env", local()), _write(tmp_path / "after.env", aws())


def test_files_made_with_the_documented_commands_have_no_error(tmp_path: Path, capsys: Captured) -> None:
    """sombra.md 2.1 and 2.2, verbatim, in the guide's own order."""
    old, new, digest = _shell(_KEY), _shell(_KEY), _shell(_HASH)
    common = {"ORGANIZATION_URI": "acme", "INTERNAL_KEY_HASH": digest}
    before = _write(tmp_path / "before.env", {**common, "JWT_ECDSA_KEY": old})
    switched = {"KMS_PROVIDER": "AWS", "AWS_KMS_KEY_ARN": ARN, "AWS_REGION": "us-east-1"}
    after = _write(tmp_path / "after.env", {**common, **switched, "JWT_ECDSA_KEY": f"{new},{old}"})
    assert run(before, after) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "doctor: 0 errors, 1 warning, 2 notes, 0 not evaluated"


def test_an_error_is_told_first_with_its_place_and_the_next_action(good: tuple[Path, Path], capsys: Captured) -> None:
    before, after = good
    _write(after, aws(AWS_REGION="eu-west-1"))
    assert run(before, after) == 1
    head, cause, action, *_ = capsys.readouterr().out.splitlines()
    assert head.startswith("error")
    assert f"{after}:6:1  region-mismatch (G-09)" in head
    assert "us-east-1" in cause
    assert action.strip().startswith("next: ")


def test_json_holds_the_findings_and_what_binds_them(good: tuple[Path, Path], tmp_path: Path, capsys: Captured) -> None:
    assert run(*good, "--format", "json", "--json", str(tmp_path / "findings.json")) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"schema", "version", "digests", "findings", "unevaluated", "accepted"}
    assert set(document["digests"]) == {"before", "after", "rollback"}
    fields = {"id", "level", "claim", "file", "line", "message", "next", "column", "fingerprint"}
    assert set(document["findings"][0]) == fields
    assert json.loads((tmp_path / "findings.json").read_text()) == document


def test_a_dash_puts_json_alone_on_the_output(good: tuple[Path, Path], capsys: Captured) -> None:
    assert run(*good, "--json", "-") == 0
    assert json.loads(capsys.readouterr().out)["findings"]


def test_every_unusable_file_is_told_and_the_exit_code_is_two(
    good: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    broken = tmp_path / "broken.env"
    broken.write_bytes(b"A=1\nBARE\n")
    assert run(tmp_path / "absent.env", broken, "--rollback", str(good[1])) == 2
    told = capsys.readouterr().out
    assert "absent.env:1:1  file-unreadable" in told
    assert "broken.env:2:1  file-syntax" in told


def test_an_unusable_file_is_told_in_json_too(good: tuple[Path, Path], tmp_path: Path, capsys: Captured) -> None:
    assert run(good[0], tmp_path, "--format", "json") == 2
    assert [finding["id"] for finding in json.loads(capsys.readouterr().out)["findings"]] == ["file-unreadable"]


def test_a_json_file_that_cannot_be_written_exits_with_two(
    good: tuple[Path, Path], tmp_path: Path, capsys: Captured
) -> None:
    assert run(*good, "--json", str(tmp_path)) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_hostile_file_name_cannot_steer_the_terminal(tmp_path: Path, capsys: Captured) -> None:
    assert run(tmp_path / "a\x1b[2Jb.env", tmp_path / "absent.env") == 2
    assert "\x1b" not in capsys.readouterr().out


def test_no_file_at_all_is_a_usage_error(capsys: Captured) -> None:
    assert main(["doctor"]) == 2
    assert "--before and --after" in capsys.readouterr().err


def test_one_file_alone_is_examined_by_itself(good: tuple[Path, Path], capsys: Captured) -> None:
    _write(good[1], aws(AWS_REGION=None))

    assert run(None, good[1]) == 1
    assert "region-missing" in capsys.readouterr().out


def test_no_key_is_printed(good: tuple[Path, Path], capsys: Captured) -> None:
    before, after = good
    _write(after, aws(JWT_ECDSA_KEY=f"{p384('new')} ,{p384('old')}"))
    assert run(before, after) == 1
    told = capsys.readouterr().out
    assert p384("new") not in told
    assert p384("old") not in told
