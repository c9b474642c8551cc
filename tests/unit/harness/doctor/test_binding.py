"""A stored result of the doctor is bound to its environments: the rehearsal says when they are others now."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cli import main, parser
from harness.commands import rehearse
from harness.commands.usage import UsageError
from harness.doctor.binding import digests
from harness.doctor.effective import Effective, FromEnvFile, Setting
from harness.doctor.reading import Place
from harness.environment import EnvFile, default_rollback
from harness.progress import Silent
from harness.run import Finding
from harness.runbook import Scenario
from harness.runner import Plan
from harness.runner import rehearse as rehearse_scenario
from tests.conformance.startup_rows import aws, local, p384
from tests.unit.harness.fakes import FakeTarget


def write(name: str, variables: dict[str, str]) -> None:
    Path(name).write_text("".join(f"{key}={value}\n" for key, value in variables.items()), "utf-8")


@pytest.fixture(autouse=True)
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The good cutover's files, and the doctor's result on them."""
    monkeypatch.chdir(tmp_path)
    write("before.env", local())
    write("after.env", aws(AWS_KMS_THROW_PERMISSIONS_ERRORS="true"))
    assert main(["doctor", "--before", "before.env", "--after", "after.env", "--out", "doctor.json"]) == 0


def remarks(*flags: str) -> tuple[Finding, ...]:
    """What a rehearsal of these files remarks about the stored result."""
    given = ["rehearse", "--before", "before.env", "--after", "after.env", "--doctor", "doctor.json", *flags]
    return rehearse._plan(parser().parse_args(given)).remarks


def test_the_same_environments_leave_nothing_to_say() -> None:
    assert remarks() == ()


def test_fresh_keys_for_the_rehearsal_do_not_make_the_files_others() -> None:
    assert remarks("--generate-keys") == ()


@pytest.mark.parametrize(
    "changed", [{"AWS_REGION": "eu-west-1"}, {"JWT_ECDSA_KEY": p384("new")}, {"FURTHER_SECRET": "x"}]
)
def test_a_changed_environment_makes_it_stale(changed: dict[str, str]) -> None:
    write("after.env", aws(**changed))

    (note,) = remarks()

    assert (note.id, note.level, note.file) == ("doctor-result-stale", "note", "doctor.json")
    assert "after and rollback" in note.message


def test_a_rollback_of_its_own_that_the_doctor_never_saw_makes_it_stale() -> None:
    write("rollback.env", local())

    (note,) = remarks("--rollback", "rollback.env")

    assert note.message.endswith("environment rollback.")


def test_a_remark_about_the_files_is_a_finding_of_the_run() -> None:
    write("after.env", aws(AWS_REGION="eu-west-1"))
    before, after = EnvFile.read("before.env"), EnvFile.read("after.env")
    plan = Plan(before, after, default_rollback(after), remarks=remarks())
    scenario = Scenario("short", "A short one", lambda _: None, ("happy-state",))

    run = rehearse_scenario(scenario, plan, target=FakeTarget(), progress=Silent()).run

    assert "doctor-result-stale" in {each.id for each in run.findings}


_MANIFESTS = """\
kind: Deployment
metadata: {name: sombra}
spec:
  template:
    spec:
      containers: [{name: sombra, image: sombra:1, env: [{name: KMS_PROVIDER, value: "local,AWS"}]}]
"""


def examined(*flags: str) -> int:
    return main(["doctor", "--before", "before.env", "--after", "after.env", "--out", "doctor.json", *flags])


def rehearsed(capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """A whole small rehearsal of these files with the stored result, as an operator starts it."""
    flags = ["--before", "before.env", "--after", "after.env", "--doctor", "doctor.json", "--target", "inprocess"]
    code = main(["rehearse", "drain", *flags, "--requests", "16", "--out", "runs", "--json", "-", "--quiet"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, document


def test_an_error_that_only_the_deployment_shows_is_a_no_go_of_the_rehearsal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("sombra.yaml").write_text(_MANIFESTS, "utf-8")
    assert rehearsed(capsys)[0] == 0
    assert examined("--manifests", "sombra.yaml") == 1
    capsys.readouterr()

    code, run = rehearsed(capsys)

    assert (code, run["verdict"]) == (1, "no-go")
    assert "G-01" in run["reason"]
    told = {(each["id"], each["file"]) for each in run["findings"]}
    assert ("provider-hybrid", "sombra.yaml") in told


def test_a_stale_result_is_said_and_its_errors_are_of_the_past(capsys: pytest.CaptureFixture[str]) -> None:
    Path("sombra.yaml").write_text(_MANIFESTS, "utf-8")
    assert examined("--manifests", "sombra.yaml") == 1
    write("after.env", aws())
    capsys.readouterr()

    code, run = rehearsed(capsys)

    assert (code, run["verdict"]) == (0, "go")
    assert {each["id"] for each in run["findings"] if each["file"] in {"doctor.json", "sombra.yaml"}} == {
        "doctor-result-stale"
    }


def test_a_finding_that_the_rehearsal_meets_itself_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    write("after.env", aws(AWS_REGION="eu-west-1"))
    assert examined() == 1
    capsys.readouterr()

    code, run = rehearsed(capsys)

    assert code == 1
    assert [each["id"] for each in run["findings"]].count("region-mismatch") == 1


def test_open_questions_of_a_stored_result_are_a_warning() -> None:
    text = Path("doctor.json").read_text("utf-8")
    question = {"rule": "live-key-missing", "claim": "G-09", "file": "after.env", "line": 3, "why": "x", "next": "y"}
    Path("doctor.json").write_text(json.dumps({**json.loads(text), "unevaluated": [question, question]}), "utf-8")

    (warning,) = [each for each in remarks() if each.id == "doctor-result-open"]

    assert warning.level == "warning"
    assert "1 questions open: live-key-missing" in warning.message


def test_an_accepted_finding_stays_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    Path("sombra.yaml").write_text(_MANIFESTS, "utf-8")
    entry = {"rule": "provider-hybrid", "file": "sombra.yaml", "reason": "a test", "expires": "2999-01-31"}
    Path("baseline.json").write_text(json.dumps({"accepted": [entry]}), "utf-8")
    examined("--manifests", "sombra.yaml", "--baseline", "baseline.json")

    assert "provider-hybrid" not in {each.id for each in remarks()}


@pytest.mark.parametrize(
    "change",
    [
        {"level": "fatal"}, {"claim": "G-99"}, {"line": 0}, {"line": "1"}, {"line": True}, {"column": None},
        {"message": None}, {"id": ""}, {"file": ["x"]},
    ],
)  # fmt: skip
def test_a_stored_finding_of_another_form_is_no_result(change: dict[str, object]) -> None:
    whole = {
        "id": "x",
        "level": "error",
        "claim": "G-01",
        "file": "f",
        "line": 1,
        "column": 1,
        "message": "m",
        "next": "n",
    }
    document = json.loads(Path("doctor.json").read_text("utf-8"))
    Path("doctor.json").write_text(json.dumps({**document, "findings": [{**whole, **change}]}), "utf-8")

    with pytest.raises(UsageError, match="no result of the doctor"):
        remarks()


@pytest.mark.parametrize("text", ["", "[]", '{"schema": "another/1", "digests": {}}', "{"])
def test_another_file_is_no_stored_result(text: str) -> None:
    Path("doctor.json").write_text(text, "utf-8")

    with pytest.raises(UsageError, match=r"doctor\.json"):
        remarks()


def test_a_value_outside_the_files_is_bound_by_its_name() -> None:
    known = FromEnvFile(EnvFile.parse(b"KMS_PROVIDER=AWS\n", path="after.env"))
    place = Place("values.yaml")
    hidden = Effective(place, {"KMS_PROVIDER": Setting(None, place, "Secret")})

    assert digests({"after": known})["after"] != digests({"after": hidden})["after"]
