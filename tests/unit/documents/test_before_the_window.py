"""What the page about doctor and plan shows is what they print, for an example made here."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TypeAlias

import pytest

from fake_sombra.kms.door_botocore import client
from harness.cli import main
from harness.doctor.documents import READERS
from harness.doctor.effective import FromEnvFile
from harness.doctor.live import look
from harness.environment import EnvFile
from harness.model import CLASSES
from harness.run import Finding
from tests.conformance.startup_rows import aws, local
from tests.unit.fake_sombra.kms.bench import ARN, REGION, new_kms

Captured: TypeAlias = pytest.CaptureFixture[str]
PAGE = (Path(__file__).parents[3] / "docs/how-to/before-the-window.md").read_text("utf-8")


def block(kind: str, holding: str) -> str:
    """The one code block of a kind that holds a text."""
    fences = re.findall(r"^```([a-z]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    (found,) = [text for told, text in fences if told == kind and holding in text]
    return str(found)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's env files and inventory, in the folder the commands are run in."""
    monkeypatch.chdir(tmp_path)
    key = {"AWS_KMS_KEY_ARN": ARN, "AWS_REGION": REGION, "AWS_KMS_THROW_PERMISSIONS_ERRORS": "true"}
    for name, variables in (("before", local()), ("after", {"KMS_PROVIDER": "AWS", **aws(**key)})):
        Path(f"{name}.env").write_text("".join(f"{each}={value}\n" for each, value in variables.items()), "utf-8")
    Path("inventory.json").write_text(block("json", "request"), "utf-8")


@pytest.mark.usefixtures("files")
def test_the_table_of_the_page_is_the_one_that_is_printed(capsys: Captured) -> None:
    assert main(["plan", "--before", "before.env", "--after", "after.env", "--inventory", "inventory.json"]) == 0

    printed = capsys.readouterr().out.splitlines()
    shown = block("", "before cutover").splitlines()
    assert [line for line in shown if line not in printed] == []


@pytest.mark.usefixtures("files")
def test_the_finding_of_the_page_is_the_one_that_a_denied_decrypt_gives() -> None:
    kms, role = new_kms(), "arn:aws:sts::111122223333:assumed-role/sombra/probe"
    kms.deny("kms:Decrypt")

    class Road:
        kms = client(new_kms(), region=REGION)
        address, leads_to_aws = f"https://kms.{REGION}.amazonaws.com", True

        def principal(self) -> str:
            return role

    Road.kms = client(kms, region=REGION)
    found = look(FromEnvFile(EnvFile.read("after.env")), open_road=lambda _: Road())

    (denied,) = [each for each in found if isinstance(each, Finding) and each.level == "error"]
    shown = block("", "live-decrypt-denied")
    assert denied.id in shown
    assert denied.message in shown
    assert f"next: {denied.next}" in shown


def test_the_page_names_every_class_and_every_kind_of_document() -> None:
    assert set(json.loads(block("json", "request"))) == set(CLASSES)
    assert [kind for kind in READERS if f"`--{kind}`" not in PAGE] == []
