"""The rehearsal on real containers; skipped with the reason where there is no engine or no image."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest

pytest.importorskip("testcontainers", reason="the extra `containers` is not installed")

from harness.cli import main
from harness.conformance import ROWS, Verdict, tried
from harness.generated import ARN, before_and_after
from harness.target import Call, Secrets, TargetFailed, WorldPlan
from harness.targets.container import Containers, ContainerWorld, NoEngine, contained
from harness.targets.container.engine import Engine, localstack_image, require
from harness.targets.localstack import LocalStack
from harness.targets.trial.opening import bare_localstack, strict_over
from tests.conformance.kms.ledgers import ledger_of

# The Docker client leaves its sockets to the garbage collector.
pytestmark = [
    pytest.mark.gate,
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


@pytest.fixture(scope="module")
def engine() -> Engine:
    try:
        return Engine.found()
    except NoEngine as missing:
        pytest.skip(f"no containers here: {missing}")


@pytest.fixture
def world(engine: Engine) -> Iterator[ContainerWorld]:
    opened = Containers().open(WorldPlan((ARN,), "111122223333", Secrets.fresh()))
    yield opened
    opened.close()


def _start(world: ContainerWorld, *, cloud: bool, instance: str) -> None:
    before, after = before_and_after()
    variables = {**(after if cloud else before).variables, **world.overlay()}
    hashes = f"{variables['INTERNAL_KEY_HASH']},{world.secrets.internal_key_hash}"
    assert world.start({**variables, "INTERNAL_KEY_HASH": hashes}, instance=instance).accepted


def _registered(world: ContainerWorld) -> Call:
    document = {"secretMap": {"k": "v"}, "allowedHosts": ["api.example.com"], "allowedPlaintextPaths": []}
    headers = {
        "authorization": f"Bearer {world.secrets.api_key}",
        "x-sombra-authorization": f"Bearer {world.secrets.internal_key}",
        "content-type": "application/json",
    }
    return Call("POST", "customer", "/v1/register-saas", headers, json.dumps(document).encode())


@pytest.mark.usefixtures("engine")
def test_the_guide_is_go_on_containers(tmp_path: Path) -> None:
    kept = tmp_path / "run.json"

    code = main(["rehearse", "--target", "container", "--requests", "16", "--out", str(tmp_path), "--json", str(kept)])

    assert code == 0
    assert json.loads(kept.read_text("utf-8"))["target"] == "container"


def test_a_paused_kms_is_told_as_unreachable_and_heals(world: ContainerWorld) -> None:
    _start(world, cloud=True, instance="one")
    assert world.exchange([_registered(world)])[0].status == 200

    world.pause("kms")
    refused = world.exchange([_registered(world)])[0]
    world.resume("kms")

    assert refused.cause == "kms_unreachable"
    assert world.exchange([_registered(world)])[0].status == 200


def test_a_killed_gateway_refuses_connections_until_another_starts(world: ContainerWorld) -> None:
    health = Call("GET", "customer", "/health")
    _start(world, cloud=False, instance="one")
    assert world.exchange([health])[0].status == 200

    assert world.kill("one") == 137
    assert world.exchange([health])[0].status == 0

    _start(world, cloud=False, instance="two")
    assert world.exchange([health])[0].status == 200


def test_a_refused_configuration_opens_no_port(world: ContainerWorld) -> None:
    report = world.start({**world.overlay(), "KMS_PROVIDER": "hybrid"}, instance="one")

    assert (report.accepted, report.exit_code, report.ports_opened) == (False, 1, False)
    assert any(problem.startswith("KMS_PROVIDER") for problem in report.problems)


@pytest.mark.filterwarnings("ignore:The wait_for_logs function:DeprecationWarning")  # its own use of it
def test_localstack_answers_in_a_container(engine: Engine) -> None:
    # Here, for it takes a tenth of a second of every collection.
    from testcontainers.community.localstack import LocalStackContainer  # noqa: PLC0415

    try:
        image = localstack_image()
    except NoEngine as missing:
        pytest.skip(str(missing))

    with LocalStackContainer(image).with_services("kms") as running:
        client = cast("Any", running).get_client("kms")  # its types are wrong: a decorator hides self

        assert client.create_key()["KeyMetadata"]["Enabled"]


@pytest.fixture(scope="module")
def contained_localstack(engine: Engine) -> Iterator[LocalStack]:
    try:
        localstack_image()
    except NoEngine as missing:
        pytest.skip(str(missing))
    with contained() as found:
        yield found


def test_localstack_in_a_container_deviates_as_its_ledger_says(contained_localstack: LocalStack) -> None:
    subject = bare_localstack(contained_localstack)
    ledger = ledger_of(subject.name)

    complaints = [ledger.complaint(outcome) for outcome in tried(ROWS, subject)]
    subject.close()

    assert [each for each in complaints if each is not None] == []


def test_the_strict_front_over_localstack_in_a_container_does_as_aws_does(contained_localstack: LocalStack) -> None:
    subject = strict_over(contained_localstack.url, "localstack")

    verdicts = {outcome.row.id: outcome.verdict for outcome in tried(ROWS, subject)}
    subject.close()

    assert [name for name, verdict in verdicts.items() if verdict is not Verdict.SAME] == []


@pytest.mark.usefixtures("contained_localstack")
def test_the_guide_is_go_on_containers_with_localstack_among_them(tmp_path: Path) -> None:
    kept = tmp_path / "run.json"
    arguments = ["rehearse", "--target", "container", "--kms", "localstack", "--requests", "16", "--quiet"]

    code = main([*arguments, "--out", str(tmp_path), "--json", str(kept)])

    run = json.loads(kept.read_text("utf-8"))
    assert (code, run["target"], run["kms"]) == (0, "container", "localstack+strict")


def test_containers_are_told_that_they_reach_no_address_of_this_machine(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["rehearse", "--target", "container", "--kms", "http://localhost:4566"])

    assert code == 2
    assert "use --kms localstack" in capsys.readouterr().err


def test_a_missing_image_names_the_next_action(engine: Engine) -> None:
    with pytest.raises(TargetFailed, match=r"no image .*docker/engine\.sh build"):
        require("sombra-rehearsal:never-made")


def test_a_missing_engine_ends_with_exit_3_and_the_next_action(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")

    code = main(["rehearse", "--target", "container", "--out", str(tmp_path)])

    assert code == 3
    assert "no container engine answers" in capsys.readouterr().err
