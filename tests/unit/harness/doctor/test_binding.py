"""A stored result of the doctor is bound to its environments: the rehearsal says when they are others now."""

from __future__ import annotations

from pathlib import Path

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
    write("after.env", aws())
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
