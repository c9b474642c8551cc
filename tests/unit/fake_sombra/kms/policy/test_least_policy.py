"""The least policies of a gateway: each allows exactly what it must, and each permission is needed."""

from __future__ import annotations

from typing import Any, Final

import pytest

from fake_sombra.kms.policy import NO_KEY, Verdict
from tests.unit.fake_sombra.kms.policy.documents import KEY, OTHER, allow, asked, decided, identity

_CONTEXT: Final = {"tenant": "one", "purpose": "cek"}
_DEFAULT: Final = {"kms:Encrypt": KEY, "kms:Decrypt": KEY, "kms:DescribeKey": KEY, "kms:GenerateRandom": NO_KEY}


def _by_default(*left_out: str) -> list[dict[str, Any]]:
    used = [action for action in _DEFAULT if action not in {*left_out, "kms:GenerateRandom"}]
    random = [] if "kms:GenerateRandom" in left_out else [allow("kms:GenerateRandom")]
    return [allow(used, KEY), *random]


def _with_context(*left_out: str) -> list[dict[str, Any]]:
    condition = {
        "StringEquals": {"kms:EncryptionContext:purpose": "cek"},
        "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["tenant", "purpose"]},
        "Null": {"kms:EncryptionContext:tenant": "false"},
    }
    used = [each for each in ("kms:GenerateDataKey", "kms:Decrypt") if each not in left_out]
    describe = [] if "kms:DescribeKey" in left_out else [allow("kms:DescribeKey", KEY)]
    return [allow(used, KEY, Condition=condition), *describe]


@pytest.mark.parametrize("action", _DEFAULT)
def test_the_default_calls_need_each_of_their_permissions_and_no_more(action: str) -> None:
    request = asked(action=action, resource=_DEFAULT[action])

    assert decided(request, identity(*_by_default())).verdict is Verdict.ALLOWED

    without = decided(request, identity(*_by_default(action)))
    assert without.verdict is Verdict.DENIED
    assert without.reason == f"because no identity-based policy allows the {action} action"
    for other in set(_DEFAULT) - {action}:
        left = asked(action=other, resource=_DEFAULT[other])
        assert decided(left, identity(*_by_default(action))).verdict is Verdict.ALLOWED


@pytest.mark.parametrize("action", ["kms:GenerateDataKey", "kms:Decrypt", "kms:DescribeKey"])
def test_the_calls_with_a_context_need_each_of_their_permissions(action: str) -> None:
    request = asked(action=action, context={} if action == "kms:DescribeKey" else _CONTEXT)

    assert decided(request, identity(*_with_context())).verdict is Verdict.ALLOWED
    assert decided(request, identity(*_with_context(action))).verdict is Verdict.DENIED


@pytest.mark.parametrize(
    "context",
    [
        {},
        {"tenant": "one"},
        {"purpose": "cek"},
        {**_CONTEXT, "purpose": "other"},
        {**_CONTEXT, "extra": "x"},
        {"Tenant": "one", "purpose": "cek"},
    ],
)
def test_another_context_than_the_agreed_one_is_denied(context: dict[str, str]) -> None:
    decision = decided(asked(context=context), identity(*_with_context()))

    assert decision.verdict is Verdict.DENIED
    assert decision.doubts == ()


@pytest.mark.parametrize(
    "action", ["kms:Encrypt", "kms:ReEncryptFrom", "kms:DisableKey", "kms:ScheduleKeyDeletion", "kms:PutKeyPolicy"]
)
def test_the_gateway_may_do_nothing_else(action: str) -> None:
    assert decided(asked(action=action, context=_CONTEXT), identity(*_with_context())).verdict is Verdict.DENIED


def test_another_key_is_not_for_the_gateway() -> None:
    for policy, context in ((_by_default(), {}), (_with_context(), _CONTEXT)):
        assert decided(asked(resource=OTHER, context=context), identity(*policy)).verdict is Verdict.DENIED
