"""Grants: to whom, for what, under which encryption contexts."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from fake_sombra.kms.policy import Ground, MalformedPolicy, Verdict, read_grant
from tests.unit.fake_sombra.kms.policy.documents import (
    ACCOUNT,
    KEY,
    OTHER,
    ROLE,
    ROOT,
    SESSION,
    SHUT,
    STRANGER,
    USER,
    allow,
    asked,
    decided,
    deny,
    grant,
    identity,
)


@pytest.mark.parametrize("caller", [ROLE, SESSION])
def test_a_grant_allows_without_any_policy(caller: str) -> None:
    decision = decided(asked(caller), key=SHUT, grants=[grant("Decrypt")])

    assert decision.verdict is Verdict.ALLOWED
    assert decision.grounds == (Ground("grant-1", None),)


@pytest.mark.parametrize(
    ("caller", "action", "resource"),
    [(USER, "kms:Decrypt", KEY), (ROLE, "kms:Encrypt", KEY), (ROLE, "kms:Decrypt", OTHER)],
)
def test_a_grant_allows_nobody_else_and_nothing_else(caller: str, action: str, resource: str) -> None:
    decision = decided(asked(caller, action, resource), key=SHUT, grants=[grant("Decrypt")])

    assert decision.verdict is Verdict.DENIED


def test_an_explicit_deny_wins_over_a_grant() -> None:
    assert decided(asked(), identity(deny()), grants=[grant("Decrypt")]).verdict is Verdict.DENIED


def test_a_grant_across_accounts_needs_an_identity_policy_too() -> None:
    theirs = [grant("Decrypt", grantee=STRANGER)]

    assert decided(asked(STRANGER), identity(allow()), key=SHUT, grants=theirs).verdict is Verdict.ALLOWED
    assert decided(asked(STRANGER), key=SHUT, grants=theirs).reason.startswith("because no identity-based policy")


_PAIR = {"tenant": "one"}


@pytest.mark.parametrize(
    ("kind", "context", "is_allowed"),
    [
        ("EncryptionContextEquals", _PAIR, True),
        ("EncryptionContextEquals", {"Tenant": "one"}, True),
        ("EncryptionContextEquals", {"tenant": "One"}, False),
        ("EncryptionContextEquals", {"tenant": "one", "purpose": "cek"}, False),
        ("EncryptionContextEquals", {}, False),
        ("EncryptionContextSubset", _PAIR, True),
        ("EncryptionContextSubset", {"TENANT": "one", "purpose": "cek"}, True),
        ("EncryptionContextSubset", {"tenant": "two", "purpose": "one"}, False),
        ("EncryptionContextSubset", {}, False),
    ],
)
def test_a_constraint_binds_the_context(kind: str, context: Mapping[str, str], *, is_allowed: bool) -> None:
    document = {"GranteePrincipal": ROLE, "Operations": ["Decrypt", "DescribeKey"], "Constraints": {kind: _PAIR}}
    bound = read_grant(document, key=KEY, name="bound")

    decision = decided(asked(context=context), key=SHUT, grants=[bound])

    assert (decision.verdict is Verdict.ALLOWED) is is_allowed
    without_context = asked(action="kms:DescribeKey")
    assert decided(without_context, key=SHUT, grants=[bound]).verdict is Verdict.ALLOWED


def test_an_empty_constraint_is_one() -> None:
    bound = grant("Decrypt", EncryptionContextEquals={})

    assert decided(asked(), key=SHUT, grants=[bound]).verdict is Verdict.ALLOWED
    assert decided(asked(context=_PAIR), key=SHUT, grants=[bound]).verdict is Verdict.DENIED


def test_a_grant_to_an_account_or_to_grant_on_under_a_constraint_stays_open() -> None:
    to_all = [grant("Decrypt", grantee=ROOT)]
    onward = [grant("CreateGrant", EncryptionContextSubset=_PAIR)]

    assert decided(asked(), key=SHUT, grants=to_all).verdict is Verdict.UNDECIDABLE
    assert decided(asked(action="kms:CreateGrant"), key=SHUT, grants=onward).verdict is Verdict.UNDECIDABLE


@pytest.mark.parametrize(
    ("document", "paths"),
    [
        ([], ["", "/GranteePrincipal", "/Operations"]),
        ({"GranteePrincipal": ACCOUNT, "Operations": []}, ["/GranteePrincipal", "/Operations"]),
        ({"GranteePrincipal": ROLE, "Operations": ["Decrypt", "kms:Encrypt", []]}, ["/Operations/1", "/Operations/2"]),
        ({"GranteePrincipal": ROLE, "Operations": ["Decrypt"], "Constraints": {"X": {}}}, ["/Constraints"]),
        (
            {"GranteePrincipal": ROLE, "Operations": ["Sign"], "Constraints": {"EncryptionContextEquals": {"a": 1}}},
            ["/Constraints/EncryptionContextEquals"],
        ),
    ],
)
def test_what_is_no_grant_is_refused_with_every_problem(document: object, paths: list[str]) -> None:
    with pytest.raises(MalformedPolicy) as refused:
        read_grant(document, key=KEY, name="grants.json")

    assert [problem.path for problem in refused.value.problems] == paths
    assert str(refused.value).startswith("grants.json: ")
