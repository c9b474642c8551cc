"""Who may: identity policies, key policies with and without delegation, accounts, and the words of a refusal."""

from __future__ import annotations

import pytest

from fake_sombra.kms.policy import NO_KEY, Ground, Kind, Permissions, Policy, Verdict, decide
from tests.unit.fake_sombra.kms.policy.documents import (
    ACCOUNT,
    DELEGATION,
    KEY,
    OTHER,
    ROLE,
    ROOT,
    SESSION,
    SHUT,
    STRANGER,
    STRANGERS,
    STRANGERS_ROOT,
    USER,
    allow,
    asked,
    decided,
    deny,
    grant,
    identity,
    key_policy,
    to,
)

_NO_IDENTITY = "because no identity-based policy allows the kms:Decrypt action"
_NO_KEY = "because no resource-based policy allows the kms:Decrypt action"
_MINE = identity(allow())


def test_under_delegation_an_identity_policy_allows() -> None:
    decision = decided(asked(), _MINE)

    assert decision.verdict is Verdict.ALLOWED
    assert decision.reason == ""
    assert decision.grounds == (
        Ground("the default key policy", Kind.KEY, "/Statement/0", "Enable IAM User Permissions"),
        Ground("app", Kind.IDENTITY, "/Statement/0"),
    )


@pytest.mark.parametrize("policy", [allow("kms:Encrypt"), allow(resource=OTHER)])
def test_under_delegation_nothing_is_allowed_that_no_identity_policy_allows(policy: dict[str, object]) -> None:
    decision = decided(asked(), identity(policy))

    assert (decision.verdict, decision.reason) == (Verdict.DENIED, _NO_IDENTITY)
    assert decision.grounds == ()


def test_without_delegation_an_identity_policy_has_no_effect() -> None:
    decision = decided(asked(), _MINE, key=SHUT)

    assert (decision.verdict, decision.reason) == (Verdict.DENIED, _NO_KEY)


def test_a_delegation_of_some_actions_delegates_no_others() -> None:
    part = key_policy(allow("kms:Describe*", Principal=to(ROOT)))
    mine = identity(allow("kms:*"))

    assert decided(asked(action="kms:DescribeKey"), mine, key=part).verdict is Verdict.ALLOWED
    assert decided(asked(), mine, key=part).reason == _NO_KEY


def test_a_delegation_to_another_account_is_none_to_this_one() -> None:
    assert decided(asked(), _MINE, key=key_policy(allow(Principal=to(STRANGERS)))).reason == _NO_KEY


@pytest.mark.parametrize("caller", [ROLE, SESSION, USER])
def test_a_key_policy_that_names_the_caller_needs_no_identity_policy(caller: str) -> None:
    named = key_policy(allow(Principal=to(ROLE, USER)))

    decision = decided(asked(caller), key=named)

    assert decision.verdict is Verdict.ALLOWED
    assert decision.grounds == (Ground("key policy", Kind.KEY, "/Statement/0"),)


def test_a_key_policy_for_anybody_allows_within_the_account_but_not_across() -> None:
    anybody = key_policy(allow(Principal="*"))

    assert decided(asked(), key=anybody).verdict is Verdict.ALLOWED
    assert decided(asked(STRANGER), key=anybody).reason == _NO_IDENTITY


def test_the_account_itself_needs_no_identity_policy() -> None:
    assert decided(asked(ROOT)).verdict is Verdict.ALLOWED
    assert decided(asked(ROOT), key=key_policy(allow(Principal=to(ACCOUNT)))).verdict is Verdict.ALLOWED
    assert decided(asked(ROOT), key=SHUT).reason == _NO_KEY


@pytest.mark.parametrize("named", [STRANGER, STRANGERS, STRANGERS_ROOT, "*"])
def test_across_accounts_both_sides_must_allow(named: str) -> None:
    theirs = key_policy(allow(Principal=to(named)))

    both = decided(asked(STRANGER), _MINE, key=theirs)
    assert both.verdict is Verdict.ALLOWED
    assert [ground.kind for ground in both.grounds] == [Kind.KEY, Kind.IDENTITY]

    assert decided(asked(STRANGER), key=theirs).reason == _NO_IDENTITY
    assert decided(asked(STRANGER), _MINE).reason == _NO_KEY
    assert decided(asked(STRANGER)).reason == _NO_KEY


_EXPLICIT = [
    ((identity(deny()),), key_policy(allow(Principal=to(ROLE))), "with an explicit deny in an identity-based policy"),
    ((_MINE,), key_policy(deny(Principal="*")), "with an explicit deny in a resource-based policy"),
    ((_MINE,), key_policy(deny(Principal=to(ROOT))), "with an explicit deny in a resource-based policy"),
]


@pytest.mark.parametrize(("mine", "key", "reason"), _EXPLICIT)
def test_an_explicit_deny_wins_over_every_allow(mine: tuple[Policy, ...], key: Policy, reason: str) -> None:
    generous = grant("Decrypt")

    decision = decided(asked(), *mine, identity(allow("*"), name="generous"), key=key, grants=[generous])

    assert (decision.verdict, decision.reason) == (Verdict.DENIED, reason)
    assert [ground.path for ground in decision.grounds] == ["/Statement/0"]


def test_a_deny_of_other_actions_keys_or_callers_denies_nothing() -> None:
    mine = identity(allow(), deny("kms:Encrypt"), deny(resource=OTHER))
    key = key_policy(allow("kms:*", Principal=to(ROOT)), deny(Principal=to(USER, STRANGERS)))

    assert decided(asked(), mine, key=key).verdict is Verdict.ALLOWED


def test_a_decision_points_at_the_statement_that_made_it() -> None:
    second = identity(allow("kms:Encrypt"), deny(Sid="NoDecrypt"), name="second")

    decision = decided(asked(), identity(allow(), name="first"), second)

    assert decision.grounds == (Ground("second", Kind.IDENTITY, "/Statement/1", "NoDecrypt"),)


def test_actions_without_a_key_hang_on_identity_policies_alone() -> None:
    mine = identity(allow("kms:GenerateRandom"))
    request = asked(action="kms:GenerateRandom", resource=NO_KEY)

    assert decided(request, mine, key=None).verdict is Verdict.ALLOWED
    assert decided(request, identity(allow("kms:GenerateRandom", KEY)), key=None).verdict is Verdict.DENIED
    assert decided(request, key=key_policy(allow("*", Principal="*"))).reason.startswith("because no identity-based")


@pytest.mark.parametrize(
    ("action", "matches"),
    [
        ("kms:Decrypt", True),
        ("KMS:decrypt", True),
        ("kms:De*", True),
        ("kms:?ecrypt", True),
        ("*", True),
        ("kms:Decryp", False),
        ("kms:?crypt", False),
        ("s3:*", False),
    ],
)
def test_actions_have_wildcards_and_no_case(action: str, *, matches: bool) -> None:
    assert (decided(asked(), identity(allow(action))).verdict is Verdict.ALLOWED) is matches
    opposite = {"Effect": "Allow", "NotAction": action, "Resource": "*"}
    assert (decided(asked(), identity(opposite)).verdict is Verdict.ALLOWED) is not matches


@pytest.mark.parametrize(
    ("resource", "matches"),
    [
        (KEY, True),
        ("*", True),
        ("arn:aws:kms:*", True),
        (KEY.replace("eu-west-1", "eu-*-1"), True),
        (KEY.replace("1111-2222", "1111-2?22"), True),
        (KEY.replace("eu-west", "EU-west"), False),
        (OTHER, False),
        (KEY.replace("eu-west-1", "eu-*-2"), False),
        ("arn:aws:kms:*key/11111111-2222-3333-4444-555555555555", False),
        (KEY.partition(":key/")[0] + ":alias/gateway", False),
        (KEY.partition(":key/")[0] + ":alias/*", False),
    ],
)
def test_resources_have_wildcards_within_parts_and_aliases_are_no_keys(resource: str, *, matches: bool) -> None:
    assert (decided(asked(), identity(allow(resource=resource))).verdict is Verdict.ALLOWED) is matches
    opposite = {"Effect": "Allow", "Action": "kms:Decrypt", "NotResource": resource}
    assert (decided(asked(), identity(opposite)).verdict is Verdict.ALLOWED) is not matches


@pytest.mark.parametrize(
    "seen",
    [
        Permissions((_MINE,), None),
        Permissions(None, DELEGATION),
        Permissions(None, key_policy(allow(Principal=to(ROLE)))),
        Permissions((), None, [grant("Decrypt")]),
    ],
)
def test_a_policy_that_cannot_be_seen_leaves_it_open(seen: Permissions) -> None:
    decision = decide(asked(), seen)

    assert decision.verdict is Verdict.UNDECIDABLE
    assert len(decision.doubts) == len(decision.grounds) == 1
    assert "cannot be seen" in decision.doubts[0]


def test_a_deny_is_one_whatever_cannot_be_seen() -> None:
    assert decide(asked(), Permissions((identity(deny()),), None)).verdict is Verdict.DENIED
    assert decide(asked(), Permissions(None, SHUT)).reason == _NO_KEY
    assert decide(asked(STRANGER), Permissions((), None)).reason == _NO_IDENTITY


def test_a_doubtful_allow_leaves_it_open_and_is_pointed_at() -> None:
    doubtful = allow(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, Sid="Office")

    decision = decided(asked(), identity(doubtful))

    assert decision.verdict is Verdict.UNDECIDABLE
    assert decision.reason == ""
    assert decision.grounds == (Ground("app", Kind.IDENTITY, "/Statement/0", "Office"),)
    assert decision.doubts == ("the condition operator IpAddress cannot be evaluated here",)


def test_a_doubtful_deny_leaves_open_what_would_be_allowed_and_denied_what_would_not() -> None:
    doubtful = deny(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})

    assert decided(asked(), identity(allow(), doubtful)).doubts == ("the value of aws:SourceVpc is not known",)
    assert decided(asked(), identity(doubtful)).reason == _NO_IDENTITY


def test_a_doubtful_allow_beside_a_sure_one_is_no_doubt() -> None:
    doubtful = allow(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}})

    decision = decided(asked(), identity(doubtful, allow()))

    assert decision.verdict is Verdict.ALLOWED
    assert decision.doubts == ()
    assert decision.grounds[-1].path == "/Statement/1"
