"""A seeded world holds every status and every class, and the same seed makes the same one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from harness.generated import ARN, before_and_after
from harness.history import History
from harness.model import CLASSES
from harness.progress import Silent
from harness.rehearsal.rehearsal import Rehearsal, StepFailed
from harness.rehearsal.seed import FILES_EACH, STATUSES, Seeder
from harness.target import Secrets, WorldPlan
from harness.targets.inprocess import InProcess
from tests.unit.harness.fakes import FakeWorld, refusal, rehearsal


@pytest.fixture
def r() -> Iterator[Rehearsal]:
    secrets = Secrets.fresh()
    world = InProcess().open(WorldPlan((ARN,), "111122223333", secrets))
    r = Rehearsal(world, History(), {"before": before_and_after()[0].variables}, secrets, Silent())
    r.must_start("before")
    yield r
    world.close()


def test_thirty_two_requests_are_two_in_each_of_sixteen_statuses_at_transcend_too(r: Rehearsal) -> None:
    Seeder(r, 7).everything(32)

    nodes = r.list_requests("before-cutover")
    assert Counter(node["status"] for node in nodes) == dict.fromkeys(STATUSES, 2)
    assert len(STATUSES) == 16
    assert len(r.ledger.of("file")) == 32 * FILES_EACH


def test_every_class_is_made_recorded_and_readable(r: Rehearsal) -> None:
    Seeder(r, 7).everything(2)

    assert {artifact.kind for artifact in r.ledger} == set(CLASSES)
    assert [event["artifact"] for event in r.history.of("artifact")] == list(r.ledger.artifacts)
    assert all(seen.readable for seen in r.probe("before-cutover"))


def test_more_of_the_same_gets_other_names_and_other_contents(r: Rehearsal) -> None:
    for _ in range(2):
        Seeder(r, 7).everything(1)

    digests = [file.digest for file in r.ledger.of("file")]
    assert list(r.ledger.requests) == ["r000", "r001"]
    assert len(set(digests)) == len(digests) == 2 * FILES_EACH


def test_a_refusal_while_seeding_fails_the_step() -> None:
    with pytest.raises(StepFailed, match="submit requests: refused with kms_access_denied"):
        Seeder(rehearsal(FakeWorld(lambda _: refusal("kms_access_denied"))), 7).everything(1)
