"""Where a wrong status or a call too many hides: in any world, beside all that is probed."""

from __future__ import annotations

import pytest

from harness.checks.check import Evidence
from harness.judge import table
from harness.verdict import Result, Verdict
from tests.broken.test_checks_have_teeth import AFTER, Wrong, good

KEYS = ("GenerateRandom", "Encrypt", "Decrypt")


def _judged(check: str, wrong: Wrong) -> Verdict:
    return table()[check].verdict(Evidence(wrong.applied_to(good().history)))


@pytest.mark.parametrize(
    ("refusal", "why"),
    [
        (["kms_throttled", 500, True], "kms_throttled came with HTTP 500 in damaged, must be 503"),
        (["kms_access_denied", 403, True], "kms_access_denied came with HTTP 403 in damaged, must be 500 or 400"),
        (["tampered", 400, True], "what does not open is sometimes HTTP 500 and sometimes 400"),
        (["tampered", 500, False], "tampered came without a message on top in damaged"),
    ],
)
def test_a_refusal_counts_in_whatever_world_it_was_heard(refusal: list[object], why: str) -> None:
    verdict = _judged("statuses-fit-causes", Wrong("answer-scan", "damaged", change={"refusals": [refusal]}))

    assert (verdict.result, verdict.why) == (Result.FAIL, why)


def test_a_world_that_was_recorded_before_refusals_were_told_is_judged_by_its_probes() -> None:
    verdict = _judged("statuses-fit-causes", Wrong("answer-scan", "damaged", change={"refusals": None}))

    assert verdict.result is Result.PASS


def test_the_drill_may_answer_unwraps_with_the_other_status() -> None:
    """Its environments are its own; `status=4xx` is a variant of the operator's."""
    of_drill = [["wrong_provider", 400, True]]
    changed = Wrong("probe", "further-provider", {"cause": "wrong_provider"}, {"status": 400}).applied_to(
        good().history
    )
    changed = Wrong("probe", "further-provider", {"inside": "wrong_provider"}, {"status": 400}).applied_to(changed)
    changed = Wrong("answer-scan", "further-provider", change={"refusals": of_drill}).applied_to(changed)

    assert table()["statuses-fit-causes"].verdict(Evidence(changed)).result is Result.PASS


@pytest.mark.parametrize("operation", KEYS)
@pytest.mark.parametrize(("size", "told"), [(12, "neither a key nor a canary"), (16, "2 canaries in 1 starts")])
def test_a_call_that_no_key_and_no_start_accounts_for_is_found(operation: str, size: int, told: str) -> None:
    calls = good().of("kms-journal", moment=AFTER)[-1]["calls"]
    more = {"calls": [*calls, [operation, size, "ok"]]}

    verdict = _judged("one-call-pair-a-key", Wrong("kms-journal", match={"moment": AFTER}, change=more))

    assert verdict.result is Result.FAIL
    assert told in verdict.why


@pytest.mark.parametrize("more", [-1, 1])
def test_a_decrypt_too_few_and_one_too_many_are_found(more: int) -> None:
    calls = [list(call) for call in good().of("kms-journal", moment=AFTER)[-1]["calls"]]
    opened = ["Decrypt", 32, "ok"]
    if more > 0:
        calls.append(opened)
    else:
        calls.remove(opened)

    verdict = _judged("openings-were-attempts", Wrong("kms-journal", match={"moment": AFTER}, change={"calls": calls}))

    assert verdict.result is Result.FAIL
    assert "but the KMS was asked" in verdict.why


def test_a_start_whose_test_leaves_no_line_is_found_although_the_refused_call_leaves_one() -> None:
    unsaid = Wrong("log", "prerequisite:disabled", {"event": "kms_self_test_failed"})

    verdict = _judged("faults-are-logged", unsaid)

    assert verdict.result is Result.FAIL
    assert verdict.why == "disabled: the start and the call that failed left one line between them"
