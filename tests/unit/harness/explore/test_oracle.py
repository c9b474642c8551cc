"""What the oracle adds to the reference model: the life of requests, the order of refusals, faults, damage, time."""

from __future__ import annotations

import random

import pytest

from harness.explore import rules
from harness.explore.action import Action, BadAction
from harness.explore.coverage import Coverage
from harness.explore.goals import goals, sentence
from harness.explore.oracle import Oracle
from harness.explore.situation import edited
from tests.unit.harness.explore.walks import follow, stroll

_TODAY = ("start", "submit r1", "webhook n1 r1", "move r1 COMPILING", "upload f1 n1", "list d1 f1")


def _expected(oracle: Oracle, line: str) -> str:
    return rules.expected(oracle, Action.parse(line))


def test_after_the_cutover_the_next_step_of_an_old_request_is_refused_and_the_request_stays() -> None:
    oracle = Oracle()
    follow(oracle, *_TODAY)
    assert _expected(oracle, "upload f2 n1") == ""

    follow(oracle, "keys k2,k1", "cut-over x", "upload f2 n1")

    assert _expected(oracle, "upload f2 n1") == "wrong_provider"
    assert oracle.requests["r1"].status == "COMPILING"
    assert "file/f2" not in oracle.made


def test_after_the_rollback_old_files_open_and_new_requests_do_not() -> None:
    oracle = Oracle()
    follow(oracle, *_TODAY, "keys k2,k1", "cut-over x", "submit r2")
    assert [_expected(oracle, line) for line in ("download d1", "open r2")] == ["wrong_provider", ""]

    follow(oracle, "roll-back")

    assert [_expected(oracle, line) for line in ("download d1", "open r2")] == ["", "wrong_provider"]


def test_an_edited_environment_counts_from_the_next_start() -> None:
    oracle = Oracle()
    follow(oracle, *_TODAY)

    follow(oracle, "keys k2")
    before = oracle.sees("file/f1")
    follow(oracle, "restart")

    assert before.readable
    assert oracle.sees("file/f1").cause == "signature_invalid"


def test_a_token_is_older_than_the_context_inside_it() -> None:
    """A nonce made after a rotation verifies without the old key; what it carries does not."""
    oracle = Oracle()
    follow(oracle, "start", "submit r1", "keys k2,k1", "restart", "webhook n1 r1", "keys k2", "restart")

    assert oracle.sees("nonce/n1").readable
    assert oracle.sees_over_wire("nonce/n1").cause == "signature_invalid"
    assert _expected(oracle, "confirm n1") == "signature_invalid"


def test_identifiers_come_from_the_newest_context_that_opens() -> None:
    oracle = Oracle()
    follow(oracle, "start", "submit r1", "cut-over x", "resubmit r1", "roll-back")

    assert oracle.sees("identifier/r1-2").cause == "wrong_provider"
    assert oracle.sees_over_wire("identifier/r1-2").readable


def test_damage_shows_only_where_the_file_would_open() -> None:
    oracle = Oracle()
    follow(oracle, *_TODAY, "damage f1")
    assert oracle.sees("file/f1").cause == _expected(oracle, "download d1") == "tampered"

    follow(oracle, "cut-over x")

    assert oracle.sees("file/f1").cause == "wrong_provider"


def test_a_download_key_expires_and_a_session_of_two_hours_does_not() -> None:
    oracle = Oracle()
    follow(oracle, *_TODAY, "login s1 employee", "switch ahead on", "restart")

    assert oracle.sees("download_key/d1").cause == "token_expired"
    assert oracle.sees("session/s1").readable


@pytest.mark.parametrize(
    ("trouble", "making", "opening", "starting"),
    [
        ("deny Encrypt", "kms_access_denied", "", "refused AWS_KMS_THROW_PERMISSIONS_ERRORS"),
        ("deny Decrypt", "", "kms_access_denied", "refused AWS_KMS_THROW_PERMISSIONS_ERRORS"),
        ("deny GenerateRandom", "", "", "refused AWS_KMS_THROW_PERMISSIONS_ERRORS"),
        ("lose-credentials", "kms_credentials", "kms_credentials", "refused AWS_KMS_THROW_PERMISSIONS_ERRORS"),
        ("disable x", "kms_key_disabled", "kms_key_disabled", ""),
        ("schedule-deletion x", "kms_key_pending_deletion", "kms_key_pending_deletion", ""),
        ("trouble unreachable", "kms_unreachable", "kms_unreachable", ""),
    ],
)
def test_each_trouble_of_the_kms_is_told_apart(trouble: str, making: str, opening: str, starting: str) -> None:
    oracle = Oracle()
    follow(oracle, "provider AWS", "start", "submit r1")

    follow(oracle, trouble)
    seen = [_expected(oracle, line) for line in ("submit r2", "open r1")]
    follow(oracle, "switch throw on")

    assert seen == [making, opening]
    assert _expected(oracle, "restart") == starting


def test_a_start_that_is_refused_leaves_no_gateway() -> None:
    oracle = Oracle()
    follow(oracle, "provider AWS", "switch throw on", "start", "deny Encrypt")
    assert oracle.live is not None

    follow(oracle, "restart")

    assert oracle.live is None
    assert _expected(oracle, "submit r1") == "connection_refused"


def test_approval_and_cancellation_live_in_transcend_alone() -> None:
    oracle = Oracle()
    follow(oracle, *_TODAY, "submit r2", "cut-over x", "pause", "stop", "move r1 APPROVING")

    follow(oracle, "approve r1", "cancel r2")

    assert [oracle.requests[name].status for name in ("r1", "r2")] == ["DOWNLOADABLE", "CANCELED"]
    assert _expected(oracle, "approve r2") == "conflict"


@pytest.mark.parametrize(
    "lines",
    [
        ("open r1",),
        ("start", "start"),
        ("stop",),
        ("start", "submit r1", "submit r1"),
        ("roll-back",),
        ("roll-forward",),
        ("enable x",),
        ("recover",),
        ("start", "submit r1", "borrow r1 r1"),
        ("lose-credentials", "trouble internal"),
    ],
)
def test_what_makes_no_sense_is_refused_before_anything_is_done(lines: tuple[str, ...]) -> None:
    oracle = Oracle()
    follow(oracle, *lines[:-1])

    with pytest.raises(BadAction):
        rules.admit(oracle, Action.parse(lines[-1]))


def test_editing_returns_the_same_configuration_for_an_action_that_edits_none() -> None:
    oracle = Oracle()

    assert edited(oracle.configuration, Action("start")) is oracle.configuration


def test_strolls_are_admitted_everywhere_and_reach_every_goal() -> None:
    """Whatever is proposed makes sense where it is proposed, and together the proposals reach the whole list."""
    coverage, chance = Coverage(), random.Random(7)  # noqa: S311  a sample
    for _ in range(2500):
        stroll(chance, coverage, steps=50)
        if not coverage.missing:
            break

    assert [sentence(goal) for goal in coverage.missing] == []
    assert len(goals()) > 250
