"""Every command of the CLI before, while Sombra is down, after the cutover and after the rollback."""

from __future__ import annotations

import pytest

from tests.conformance.wire.commands import cron_mark
from tests.conformance.wire.conftest import Entered
from tests.conformance.wire.expectations import AS_4XX, EXPECTED, RUNS, WRITING, Expected
from tests.conformance.wire.scene import CONTENT, Era, Phase, Scene

_ROWS = [
    pytest.param(phase, era, name, expected, id=f"{phase}-{era}-{name}")
    for (phase, era), rows in EXPECTED.items()
    for name, expected in rows.items()
]


def _judge(scene: Scene, phase: Phase, era: Era, name: str, expected: Expected) -> None:
    client = scene.enter(phase)
    before = scene.writes()

    ended = RUNS[name](client, scene, era)

    assert (ended.exit_code, ended.worked) == (expected.exit_code, expected.worked), ended
    assert (dict(client.spent.calls), client.spent.waited_s) == (dict(expected.calls), expected.waited_s)
    if expected.cause is None:
        assert ended.skipped == []
    else:
        assert any(expected.cause in words for words in ended.said), ended.said
        assert "[object Object]" not in str(ended.said)
        if name in WRITING:
            assert scene.writes() == before


def test_every_phase_has_a_row_for_every_command() -> None:
    assert {phase for phase, _ in EXPECTED} == {"before", "refused", "502", "503", "after", "rolled back"}
    assert all(set(rows) == set(RUNS) for rows in EXPECTED.values())


@pytest.mark.parametrize(("phase", "era", "name", "expected"), _ROWS)
def test_a_command_ends_as_the_claims_say(fork: Entered, phase: Phase, era: Era, name: str, expected: Expected) -> None:
    _judge(fork(phase), phase, era, name, expected)


@pytest.mark.parametrize(("name", "expected"), AS_4XX.items(), ids=AS_4XX)
def test_a_refusal_that_is_no_500_costs_one_call(fork: Entered, name: str, expected: Expected) -> None:
    _judge(fork("after", status="4xx"), "after", "old", name, expected)


@pytest.mark.parametrize(("phase", "era"), [("before", "old"), ("after", "new"), ("rolled back", "old")])
def test_what_is_downloaded_is_what_was_uploaded(fork: Entered, phase: Phase, era: Era) -> None:
    scene = fork(phase)
    client = scene.enter(phase)

    files = RUNS["download-files"](client, scene, era).done

    assert {content for _, _, content in files} == {CONTENT}
    assert {request_id for request_id, _, _ in files} == {
        scene.ids[era]["approving"],
        scene.ids[era]["downloadable"],
    }


@pytest.mark.parametrize(("phase", "era"), [("before", "old"), ("after", "new"), ("rolled back", "old")])
def test_identifiers_come_back_in_the_clear(fork: Entered, phase: Phase, era: Era) -> None:
    scene = fork(phase)

    rows = RUNS["export"](scene.enter(phase), scene, era).done

    for node, identifiers in rows:
        assert {each["name"]: each["value"] for each in identifiers} == {
            "email": node["email"],
            "coreIdentifier": node["coreIdentifier"],
            "phone": "+15550100",
            "loyalty": "7",
        }


def test_a_restarted_request_is_readable_under_the_new_provider_and_the_old_work_after_the_rollback(
    fork: Entered,
) -> None:
    scene = fork("after")
    client = scene.enter("after")
    assert RUNS["restart"](client, scene, "old").worked == 2
    restarted = scene.ids["old"]["compiling"]
    under_aws = RUNS["export"](client, scene, "old")

    scene.start(scene.environ("local", "new", "old"))
    rolled_back = RUNS["export"](scene.client(), scene, "old")

    assert under_aws.worked == 0
    assert {node["id"] for node, _ in rolled_back.done} >= {restarted}
    assert rolled_back.worked == len(scene.ids["old"])


def test_a_cron_job_works_again_once_the_old_work_is_drained(fork: Entered) -> None:
    scene = fork("after")
    client = scene.enter("after")
    assert RUNS["cron pull"](client, scene, "new").exit_code == 1
    cancelled = RUNS["cancel"](client, scene, "old")
    assert scene.ids["old"]["compiling"] in cancelled.done

    pulled = RUNS["cron pull"](client, scene, "new")

    # The deletion cannot be cancelled, so what is still pending of the old era goes on refusing its page.
    assert pulled.exit_code == 1
    assert [item["requestId"] for item in pulled.done] == [scene.ids["new"]["compiling"]]


def test_what_a_cron_job_pulled_is_marked_with_the_nonces_it_was_given(fork: Entered) -> None:
    scene = fork("before")
    client = scene.enter("before")
    pulled = RUNS["cron pull"](client, scene, "old").done

    first, again = cron_mark(client, pulled), cron_mark(client, pulled)

    assert (first.exit_code, first.worked, first.skipped) == (0, 2, [])
    assert scene.status(scene.ids["old"]["secondary"]) == "SECONDARY_COMPLETED"
    assert scene.status(scene.ids["old"]["compiling"]) == "APPROVING"
    # COMPILING was confirmed to APPROVING; both are past it now, and 409 is no error to the CLI.
    assert (again.exit_code, again.worked, len(again.skipped)) == (0, 0, 2)
