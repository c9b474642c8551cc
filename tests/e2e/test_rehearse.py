"""`sombra-rehearsal rehearse` as an operator meets it: verdict, exit code, claims, files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.cli import main
from harness.environment import EnvFile
from harness.generated import before_and_after
from harness.key_material import fresh_key
from harness.report.document import validate
from tests.e2e.whole import is_whole


@dataclass(frozen=True, slots=True)
class Files:
    """The guide's two files in a folder."""

    folder: Path
    before: dict[str, str]
    after: dict[str, str]

    def arguments(self) -> list[str]:
        """Write both and name them."""
        for name, variables in (("before", self.before), ("after", self.after)):
            lines = "".join(f"{key}={value}\n" for key, value in variables.items())
            (self.folder / f"{name}.env").write_text(lines, encoding="utf-8")
        return ["--before", str(self.folder / "before.env"), "--after", str(self.folder / "after.env")]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    before, after = before_and_after()
    return Files(tmp_path, dict(before.variables), dict(after.variables))


def rehearse(capsys: pytest.CaptureFixture[str], tmp_path: Path, *arguments: str) -> tuple[int, dict[str, object]]:
    code = main(["rehearse", "--json", "-", "--out", str(tmp_path / "runs"), "--quiet", *arguments])
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    validate(document)
    return code, document


@pytest.mark.gate
def test_the_guide_on_processes_is_a_go_with_every_claim_and_every_row(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, document = rehearse(capsys, tmp_path)

    assert code == 0
    is_whole(document)
    folder = next((tmp_path / "runs" / "guide").iterdir())
    assert {path.name for path in folder.iterdir()} >= {"history.jsonl", "run.json", "report.html", "junit.xml"}


@pytest.mark.parametrize(
    ("change", "claim"),
    [
        ({"JWT_ECDSA_KEY": "old,new"}, "G-10"),
        ({"KMS_PROVIDER": "local,AWS"}, "G-01"),
        ({"AWS_REGION": "us-east-1"}, "G-09"),
    ],
)
def test_a_wrong_after_is_a_no_go_that_names_the_claim(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, files: Files, change: dict[str, str], claim: str
) -> None:
    keys = {"old": files.before["JWT_ECDSA_KEY"], "new": fresh_key("another")}
    if "JWT_ECDSA_KEY" in change:
        change = {"JWT_ECDSA_KEY": ",".join(keys[name] for name in change["JWT_ECDSA_KEY"].split(","))}
    files.after.update(change)

    code, document = rehearse(capsys, tmp_path, "--target", "inprocess", "--requests", "16", *files.arguments())

    assert code == 1
    assert document["verdict"] == "no-go"
    assert claim in str(document["reason"])


def test_files_that_cannot_be_used_exit_with_2_and_one_clear_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.env"
    bad.write_text("KMS_PROVIDER\n", encoding="utf-8")

    code = main(["rehearse", "--before", str(bad), "--after", str(tmp_path / "missing.env"), "--out", str(tmp_path)])

    told = capsys.readouterr()
    assert code == 2
    assert "bad.env:1" in told.err
    assert "Traceback" not in told.err


def test_an_output_folder_that_cannot_be_written_exits_with_2(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("not a folder", encoding="utf-8")

    code = main(["rehearse", "--target", "inprocess", "--out", str(blocker), "drain"])

    assert code == 2
    assert str(blocker) in capsys.readouterr().err


def test_a_key_without_partner_flag_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rehearse", "--before", "x.env"]) == 2
    assert "--after" in capsys.readouterr().err


def test_an_env_file_has_no_value_in_its_repr(files: Files) -> None:
    files.arguments()
    assert files.before["JWT_ECDSA_KEY"] not in repr(EnvFile.read(files.folder / "before.env"))
