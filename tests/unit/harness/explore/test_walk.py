"""A walk on a real world: Sombra agrees with the oracle, and a Sombra that does not is seen by the right look."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from harness.explore.action import Action
from harness.explore.judgement import held
from harness.explore.transcript import parse
from harness.explore.walk import USE_CASES, WIRE, Difference, Walk
from harness.model import CLASSES
from harness.targets.wrong import WRONG_SOMBRAS
from tests.unit.harness.explore.walks import a_walk, take

GUIDE = """
start
submit r1
webhook n1 r1
upload f1 n1
answer f2 n1
list d1 f1
login s1 employee
login s2 data_subject
consent c1
connect i1
"""

EVERYTHING = f"""
{GUIDE}
enrich n1
confirm n1
approve r1
keys k2,k1
restart
submit r2
webhook n2 r1
upload f3 n2
connect i1
resubmit r1
cut-over x
open r1
submit r3
upload f3 n1
borrow r1 r3
knock
ask-nobody
deny Decrypt
open r3
allow Decrypt
lose-credentials
submit r4
restore-credentials
trouble throttled
open r3
recover
disable x
enable x
schedule-deletion x
cancel-deletion x
enable x
rotate-material x
open r3
crash
start
kms-key y
restart
open r3
cut-over absent
submit r4
cut-over signing
submit r4
cut-over x
switch elsewhere on
restart
submit r4
switch elsewhere off
switch throw on
deny Encrypt
restart
start-wrong hybrid
start-wrong misspelt
start-wrong no-keys
start-wrong empty-item
start-wrong wrong-curve
start-wrong no-arn
start-wrong malformed-arn
allow Encrypt
start
roll-back
damage f1
download d1
switch ahead on
restart
download d1
switch own-consent on
restart
consent c2
keys k6,k5,k4,k3,k2,k1
restart
keys k2,k1
restart
pause
confirm n2
unpause
move r1 ON_HOLD
resume r1
cancel r2
roll-forward
stop
submit r9
"""


@pytest.fixture
def walk() -> Iterator[Walk]:
    with a_walk() as made:
        yield made


def _lines(text: str) -> list[str]:
    return [str(action) for action in parse(text.splitlines(), where="here")]


@pytest.mark.gate
def test_every_kind_of_action_ends_as_the_oracle_says(walk: Walk) -> None:
    assert take(walk, _lines(EVERYTHING)) == []

    assert {made.kind for made in walk.oracle.made.values()} == set(CLASSES)
    assert set(walk.oracle.made) == set(walk.stage.r.ledger.artifacts)


def test_the_history_alone_shows_the_same(walk: Walk) -> None:
    take(walk, _lines(GUIDE))

    judged = list(held(walk.history))

    assert [each.difference for each in judged if each.difference] == []
    assert {each.sort for each in judged} == {"action", "artifact", "status"}
    assert sum(each.sort == "artifact" for each in judged) == walk.compared


def test_a_foreign_key_that_opens_is_seen_by_the_use_cases_and_over_the_wire(walk: Walk) -> None:
    with WRONG_SOMBRAS["keeps-local-keyring"].alive():
        found = take(walk, ("start", "submit r1", "cut-over x"))

    assert Difference(f"request/r1-1 ({USE_CASES})", "wrong_provider", "readable") in found
    assert Difference(f"request/r1-1 ({WIRE})", "wrong_provider", "readable") in found
    assert [each.difference for each in held(walk.history) if each.difference] == found


def test_an_action_that_ends_otherwise_is_a_difference_and_the_oracle_stays(walk: Walk) -> None:
    with WRONG_SOMBRAS["denied-randomness-is-fatal"].alive():
        found = take(walk, ("provider AWS", "start", "deny GenerateRandom", "submit r1"))

    assert found == [Difference("submit r1", "done", "kms_access_denied")]
    assert walk.oracle.requests == {}
    assert [each.difference for each in held(walk.history) if each.difference] == found


def test_a_status_that_moves_without_its_step_is_a_difference(walk: Walk) -> None:
    assert take(walk, ("start", "submit r1")) == []
    request = walk.stage.r.ledger.requests["r1"].id

    with walk.stage.r.world.store.write() as rows:  # type: ignore[attr-defined]  # a world in this process
        rows.exec_driver_sql("UPDATE requests SET status = 'COMPLETED' WHERE id = ?", (request,))

    assert walk.compare() == [Difference("the status of r1", "REQUEST_MADE", "COMPLETED")]


def test_under_aws_one_of_each_class_is_looked_at_and_all_at_the_end(walk: Walk) -> None:
    assert take(walk, ("start", "submit r1", "submit r2", "cut-over x")) == []

    looks = []
    for number in range(3, 12):
        assert walk.act(Action("consent", (f"c{number}",))) == []
        assert walk.compare() == []
        looks.append(len(walk.history.of("compared", look=USE_CASES)[-1]["seen"]))
    assert walk.compare_at_the_end() == []

    assert min(looks) == 3
    assert len(walk.history.of("compared", look=USE_CASES)[-1]["seen"]) == len(walk.oracle.made)


def test_both_looks_agree_wherever_one_class_means_the_same_to_them(walk: Walk) -> None:
    """Requests, files, integrations, sessions, consent: what the use cases say is what a caller sees."""
    chance = random.Random(3)  # noqa: S311  a sample
    take(walk, _lines(GUIDE))
    for provider in ("cut-over x", "roll-back", "roll-forward"):
        assert walk.act(Action.parse(provider)) == []
        names = [name for name in walk.oracle.made if name.split("/")[0] not in {"nonce", "download_key"}]
        chance.shuffle(names)

        assert walk.looks.by_use_cases(names) == walk.looks.over_the_wire(names)
