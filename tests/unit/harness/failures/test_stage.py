"""A stage: files as an operator would have them, a world of its own, and nothing that outlives a performance."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.failures import Stage, Theatre
from harness.failures.detection import detect, fails, rule
from harness.targets.inprocess import InProcess
from scenarios.failure_modes.parts import deploy


@pytest.fixture(scope="module")
def theatre() -> Iterator[Theatre]:
    with Theatre.open(InProcess()) as opened:
        yield opened


@pytest.fixture
def stage(theatre: Theatre) -> Iterator[Stage]:
    with theatre.stage(is_planted=True) as opened:
        yield opened


def test_the_rollback_follows_the_file_of_the_cutover_until_it_is_edited_itself(stage: Stage) -> None:
    stage.edit("after", AWS_REGION="us-east-1", ORGANIZATION_URI=None)

    assert stage.files["rollback"]["AWS_REGION"] == "us-east-1"
    assert stage.files["rollback"]["KMS_PROVIDER"] == "local"
    assert "ORGANIZATION_URI" not in stage.files["rollback"]
    assert "rollback" not in stage.given_files

    stage.restore("rollback", like="before")
    stage.edit("after", AWS_REGION="eu-west-1")

    assert stage.files["rollback"] == stage.files["before"]
    assert "rollback" in stage.given_files


def test_gateways_start_from_the_files_as_they_were_edited(stage: Stage) -> None:
    stage.edit("after", KMS_PROVIDER="local")

    assert stage.r.start("after")
    assert stage.r.history.of("booted")[-1]["provider"] == "local"


def test_what_was_tried_before_is_tried_again_with_what_was_made_since(stage: Stage) -> None:
    before = {event["artifact"] for event in stage.r.history.of("probe", moment="before-cutover")}
    stage.r.must_start("before")
    older = set(stage.r.ledger.artifacts)
    stage.new_work()

    stage.try_all("later")
    stage.try_all("some", "file")

    later = {event["artifact"] for event in stage.r.history.of("probe", moment="later")}
    assert later == before | (set(stage.r.ledger.artifacts) - older)
    assert {event["class"] for event in stage.r.history.of("probe", moment="some")} == {"file"}


def test_two_stages_share_nothing_that_changes(theatre: Theatre) -> None:
    with theatre.stage(is_planted=True) as one, theatre.stage(is_planted=False) as other:
        one.edit("after", KMS_PROVIDER="local")
        one.r.must_start("before")
        one.new_work()

        assert other.files["after"]["KMS_PROVIDER"] == "AWS"
        assert len(other.r.ledger.artifacts) < len(one.r.ledger.artifacts)
        assert not other.r.live
        assert len(other.r.history.events) < len(one.r.history.events)


def test_an_empty_world_holds_nothing_and_instances_go_on_being_counted(theatre: Theatre) -> None:
    with theatre.stage(is_planted=True, is_unseeded=True) as empty, theatre.stage(is_planted=True) as seeded:
        for stage in (empty, seeded):
            stage.r.must_start("before")

        assert not empty.r.ledger.artifacts
        assert empty.r.live == ("before-1",)
        assert seeded.r.live == ("before-2",)


def test_the_doctor_sees_the_very_files_and_documents(stage: Stage) -> None:
    stage.edit("after", AWS_REGION="us-east-1")
    deploy(stage, wrong=("replicas: 1", "replicas: 2"))

    found = detect((rule("region-mismatch"), rule("several-replicas"), rule("rolling-update")), stage)

    assert [each.fired for each in found] == [True, True, False]
    assert found[0].why.startswith("error after.env:")
    assert found[1].why.startswith("warning manifests.yaml:")
    assert found[2].why == "not met"


def test_the_deployment_that_nothing_was_planted_in_is_found_sound(theatre: Theatre) -> None:
    with theatre.stage(is_planted=False) as stage:
        deploy(stage, wrong=("replicas: 1", "replicas: 2"))
        stage.edit("after", AWS_KMS_THROW_PERMISSIONS_ERRORS="true")

        names = ("several-replicas", "rolling-update", "image-floating", "probe-shared", "identity-missing")
        others = ("secret-without-checksum", "environment-shadowed", "autoscaled", "image-not-pinned")
        found = detect([rule(name) for name in (*names, *others)], stage)

    assert not any(each.fired for each in found)


def test_a_fault_that_no_longer_fits_the_deployment_is_refused(stage: Stage) -> None:
    with pytest.raises(ValueError, match="the deployment holds no 'replicas: 7'"):
        deploy(stage, wrong=("replicas: 7", "replicas: 2"))


def test_a_check_that_knows_nothing_has_not_fired(stage: Stage) -> None:
    (found,) = detect((fails("rollback-restores"),), stage)

    assert not found.fired
    assert found.why.startswith("unknown: ")
    assert found.to_json() == {"by": "check", "id": "rollback-restores", "fired": False, "why": found.why}
