"""Key policies, grants and identity policies beyond what a row of the conformance table shows."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from fake_sombra.kms import Caller, Kms
from fake_sombra.kms.faults.front import pass_faults
from fake_sombra.kms.faults.spec import parse
from tests.unit.fake_sombra.kms.bench import (
    ACCOUNT,
    ARN,
    CALLER,
    ELSEWHERE,
    OTHER,
    PRINCIPAL,
    REGION,
    STRANGER,
    call,
    code_of,
    new_kms,
)
from tests.unit.fake_sombra.kms.policy.documents import allow, deny, to

_ROOT = f"arn:aws:iam::{ACCOUNT}:root"
_TEXT = base64.b64encode(b"thirty-two bytes of a secret CEK").decode()
_ENCRYPT: Mapping[str, Any] = {"KeyId": ARN, "Plaintext": _TEXT}
_ROLE = f"arn:aws:iam::{ACCOUNT}:role/apps/sombra"
_SESSION = Caller(REGION, "ASIA", f"arn:aws:sts::{ACCOUNT}:assumed-role/sombra/pod-1")
_STRANGER = Caller(REGION, "AKIAX", f"arn:aws:iam::{STRANGER}:role/backup")
_NOBODY = allow(["kms:PutKeyPolicy", "kms:*Grant*"], Principal=to(_ROOT))


def _text(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _granted(kms: Kms, *operations: str, **more: Any) -> Mapping[str, Any]:
    return call(
        kms, "CreateGrant", {"KeyId": ARN, "GranteePrincipal": PRINCIPAL, "Operations": list(operations), **more}
    )


@pytest.fixture
def shut() -> Kms:
    """The first key delegates nothing but its own keeping."""
    kms = new_kms()
    assert code_of(kms, "Encrypt", _ENCRYPT) == "ok"
    kms.set_policy(ARN, _text(_NOBODY))
    assert code_of(kms, "Encrypt", _ENCRYPT) == "AccessDeniedException"
    return kms


@pytest.mark.parametrize("carry", [lambda kms: kms.fork(), lambda kms: Kms.restore(kms.snapshot())])
def test_a_copy_has_policies_grants_tags_and_identity(carry: Callable[[Kms], Kms], shut: Kms) -> None:
    made = _granted(shut, "Encrypt")
    call(shut, "TagResource", {"KeyId": OTHER, "Tags": [{"TagKey": "stage", "TagValue": "x"}]})
    shut.add_identity_policy(PRINCIPAL, _text(allow("kms:Decrypt", OTHER), allow("kms:*Grant*")))

    twin = carry(shut)

    assert twin.snapshot() == shut.snapshot()
    assert code_of(twin, "Encrypt", _ENCRYPT) == "ok"
    assert code_of(twin, "Encrypt", {**_ENCRYPT, "KeyId": OTHER}) == "AccessDeniedException"
    call(twin, "RevokeGrant", {"KeyId": ARN, "GrantId": made["GrantId"]})
    assert code_of(twin, "Encrypt", _ENCRYPT) == "AccessDeniedException"
    assert code_of(shut, "Encrypt", _ENCRYPT) == "ok"


def test_a_grant_to_a_role_serves_its_sessions_and_nobody_else(shut: Kms) -> None:
    call(shut, "CreateGrant", {"KeyId": ARN, "GranteePrincipal": _ROLE, "Operations": ["Encrypt"]})

    assert code_of(shut, "Encrypt", _ENCRYPT, _SESSION) == "ok"
    assert code_of(shut, "Encrypt", _ENCRYPT) == "AccessDeniedException"


def test_the_token_of_a_grant_works_while_the_grant_shows_late() -> None:
    kms = new_kms()
    kms.faults.add(parse("*:stale(1)"))
    token = _granted(kms, "Encrypt")["GrantToken"]

    asked = {**_ENCRYPT, "GrantTokens": [token]}
    statuses = [pass_faults(kms, "Encrypt", asked, CALLER).status for _ in range(2)]

    assert statuses == [200, 200]
    assert code_of(kms, "Encrypt", {**_ENCRYPT, "GrantTokens": ["never made"]}) == "InvalidGrantTokenException"


@pytest.mark.parametrize(
    ("operations", "retiring", "caller", "code"),
    [
        (["Encrypt"], PRINCIPAL, CALLER, "ok"),
        (["Encrypt", "RetireGrant"], None, CALLER, "ok"),
        (["Encrypt"], None, CALLER, "AccessDeniedException"),
        (["Encrypt"], _ROLE, CALLER, "AccessDeniedException"),
        (["Encrypt"], _ROLE, _SESSION, "ok"),
        (["Encrypt"], None, Caller(REGION, "ROOT", _ROOT), "ok"),
        (["Encrypt"], None, _STRANGER, "AccessDeniedException"),
    ],
)
@pytest.mark.parametrize("by_token", [True, False])
def test_a_grant_is_retired_by_those_it_names(
    operations: list[str], retiring: str | None, caller: Caller, code: str, *, by_token: bool
) -> None:
    kms = new_kms()
    made = _granted(kms, *operations, **({} if retiring is None else {"RetiringPrincipal": retiring}))
    asked = {"GrantToken": made["GrantToken"]} if by_token else {"KeyId": ARN, "GrantId": made["GrantId"]}

    assert code_of(kms, "RetireGrant", {**asked, "DryRun": True}, caller) == {"ok": "DryRunOperationException"}.get(
        code, code
    )
    assert code_of(kms, "RetireGrant", asked, caller) == code

    left = call(kms, "ListGrants", {"KeyId": ARN})["Grants"]
    assert len(left) == (0 if code == "ok" else 1)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "ValidationException"),
        ({"GrantId": "0" * 64}, "ValidationException"),
        ({"KeyId": "alias/gateway", "GrantId": "0" * 64}, "InvalidArnException"),
        ({"KeyId": ARN, "GrantId": "0" * 64}, "NotFoundException"),
    ],
)
def test_what_names_no_grant_retires_none(asked: Mapping[str, Any], code: str) -> None:
    assert code_of(new_kms(), "RetireGrant", asked) == code


def test_grants_are_listed_by_id_by_grantee_and_by_who_may_retire_them() -> None:
    kms = new_kms()
    mine = _granted(kms, "Encrypt", RetiringPrincipal=_ROLE)
    call(kms, "CreateGrant", {"KeyId": ARN, "GranteePrincipal": _ROLE, "Operations": ["Decrypt"]})

    def shown(operation: str, **asked: Any) -> list[str]:
        return [each["GrantId"] for each in call(kms, operation, asked)["Grants"]]

    assert len(shown("ListGrants", KeyId=ARN)) == 2
    assert shown("ListGrants", KeyId=ARN, GrantId=mine["GrantId"]) == [mine["GrantId"]]
    assert shown("ListGrants", KeyId=ARN, GranteePrincipal=PRINCIPAL) == [mine["GrantId"]]
    assert shown("ListRetirableGrants", RetiringPrincipal=_ROLE) == [mine["GrantId"]]
    assert code_of(kms, "ListGrants", {"KeyId": ARN, "GrantId": "none"}) == "NotFoundException"
    assert mine["GrantToken"] not in str(call(kms, "ListGrants", {"KeyId": ARN})) + repr(kms._vault)


@pytest.mark.parametrize(
    "constraints",
    [
        {"EncryptionContextEquals": {"a": 1}},
        {"EncryptionContextEquals": {}, "EncryptionContextSubset": {}},
        {"Everything": {"a": "b"}},
    ],
)
def test_a_constraint_that_is_none_makes_no_grant(constraints: Mapping[str, Any]) -> None:
    kms = new_kms()
    asked = {"KeyId": ARN, "GranteePrincipal": PRINCIPAL, "Operations": ["Encrypt"], "Constraints": constraints}

    assert code_of(kms, "CreateGrant", asked) == "ValidationException"
    assert call(kms, "ListGrants", {"KeyId": ARN})["Grants"] == []


def test_a_stranger_is_let_in_by_both_sides_alone(shut: Kms) -> None:
    assert code_of(shut, "Encrypt", _ENCRYPT, _STRANGER) == "AccessDeniedException"

    shut.set_policy(ARN, _text(_NOBODY, allow("kms:*crypt", Principal=to(str(_STRANGER.principal)))))
    blob = call(shut, "Encrypt", _ENCRYPT, _STRANGER)["CiphertextBlob"]
    assert code_of(shut, "Decrypt", {"CiphertextBlob": blob}, _STRANGER) == "ok"
    assert code_of(shut, "DisableKey", {"KeyId": ARN}, _STRANGER) == "AccessDeniedException"

    shut.add_identity_policy(str(_STRANGER.principal), _text(allow("kms:Encrypt", ARN)))
    assert code_of(shut, "Encrypt", _ENCRYPT, _STRANGER) == "ok"
    assert code_of(shut, "Decrypt", {"CiphertextBlob": blob}, _STRANGER) == "AccessDeniedException"


def test_a_key_that_is_not_there_and_one_that_lets_nobody_in_look_the_same_from_abroad() -> None:
    kms = new_kms()
    gone = ARN.replace(ARN[-4:], "ffff")
    said = []
    for name in (ARN, gone):
        assert code_of(kms, "Encrypt", {**_ENCRYPT, "KeyId": name}, _STRANGER) == "AccessDeniedException"
        said.append(kms.journal.since()[-1].message)

    assert said[0] == said[1]


def test_an_identity_policy_by_tag_and_by_region() -> None:
    kms = new_kms()
    tagged = {"StringEquals": {"aws:ResourceTag/stage": "live"}}
    call(kms, "TagResource", {"KeyId": ARN, "Tags": [{"TagKey": "stage", "TagValue": "live"}]})
    kms.add_identity_policy(PRINCIPAL, _text(allow("kms:Encrypt", Condition=tagged)))

    assert code_of(kms, "Encrypt", _ENCRYPT) == "ok"

    kms.forget_identity_policies()
    assert code_of(kms, "UntagResource", {"KeyId": ARN, "TagKeys": ["stage"]}) == "ok"


def test_a_condition_nobody_can_evaluate_is_neither_allowed_nor_denied() -> None:
    kms = new_kms()
    unknown = {"StringEquals": {"aws:SourceVpce": "vpce-1"}}

    kms.set_policy(
        ARN, _text(allow("kms:*", Principal=to(_ROOT)), deny("kms:Encrypt", Principal="*", Condition=unknown))
    )

    assert code_of(kms, "Encrypt", _ENCRYPT) == "PolicyUndecidableException"


def test_a_policy_of_the_console_is_understood_where_it_asks_for_a_service() -> None:
    kms = new_kms()
    for_services = {"Bool": {"kms:GrantIsForAWSResource": "true"}}

    kms.set_policy(
        ARN,
        _text(
            allow("kms:PutKeyPolicy", Principal=to(_ROOT)),
            allow("kms:CreateGrant", Principal=to(PRINCIPAL), Condition=for_services),
        ),
    )

    asked = {"KeyId": ARN, "GranteePrincipal": PRINCIPAL, "Operations": ["Encrypt"]}
    assert code_of(kms, "CreateGrant", asked) == "AccessDeniedException"


def test_a_replica_has_a_policy_and_grants_of_its_own() -> None:
    kms = new_kms()
    arn = call(kms, "CreateKey", {"MultiRegion": True})["KeyMetadata"]["Arn"]
    call(
        kms,
        "PutKeyPolicy",
        {"KeyId": arn, "Policy": _text(allow("kms:*", Principal=to(_ROOT)), deny("kms:Encrypt", Principal="*"))},
    )

    made = call(
        kms, "ReplicateKey", {"KeyId": arn, "ReplicaRegion": ELSEWHERE, "Tags": [{"TagKey": "a", "TagValue": "b"}]}
    )

    there = Caller(ELSEWHERE, CALLER.access_key_id)
    assert made["ReplicaTags"] == [{"TagKey": "a", "TagValue": "b"}]
    assert code_of(kms, "Encrypt", {"KeyId": arn, "Plaintext": _TEXT}) == "AccessDeniedException"
    assert code_of(kms, "Encrypt", {"KeyId": made["ReplicaKeyMetadata"]["Arn"], "Plaintext": _TEXT}, there) == "ok"


def test_another_region_becomes_the_primary() -> None:
    kms = new_kms()
    arn = call(kms, "CreateKey", {"MultiRegion": True})["KeyMetadata"]["Arn"]
    asked = {"KeyId": arn, "PrimaryRegion": ELSEWHERE}
    assert code_of(kms, "UpdatePrimaryRegion", asked) == "NotFoundException"
    assert code_of(kms, "UpdatePrimaryRegion", {**asked, "KeyId": ARN}) == "UnsupportedOperationException"
    call(kms, "ReplicateKey", {"KeyId": arn, "ReplicaRegion": ELSEWHERE})

    call(kms, "UpdatePrimaryRegion", asked)

    shown = call(kms, "DescribeKey", {"KeyId": arn})["KeyMetadata"]["MultiRegionConfiguration"]
    assert (shown["MultiRegionKeyType"], shown["PrimaryKey"]["Region"]) == ("REPLICA", ELSEWHERE)
    assert code_of(kms, "RotateKeyOnDemand", {"KeyId": arn}) == "UnsupportedOperationException"


@pytest.mark.parametrize(
    ("tags", "code"),
    [
        ([{"TagKey": "a", "TagValue": "b"}], "ok"),
        ([{"TagKey": "a"}], "TagException"),
        ([{"TagKey": "", "TagValue": "b"}], "TagException"),
        ([{"TagKey": "a" * 129, "TagValue": "b"}], "TagException"),
        ([{"TagKey": "a", "TagValue": 7}], "TagException"),
        ([{"TagKey": f"k{n}", "TagValue": "b"} for n in range(51)], "LimitExceededException"),
        ("a=b", "SerializationException"),
        (["a"], "SerializationException"),
    ],
)
def test_tags_have_bounds_and_a_refused_one_changes_nothing(tags: Any, code: str) -> None:
    kms = new_kms()

    assert code_of(kms, "TagResource", {"KeyId": ARN, "Tags": tags}) == code
    assert code_of(kms, "CreateKey", {"Tags": tags}) == code

    assert len(call(kms, "ListResourceTags", {"KeyId": ARN})["Tags"]) == (1 if code == "ok" else 0)
    assert len(kms.snapshot()["keys"]) == (4 if code == "ok" else 3)


def test_a_policy_that_is_none_is_refused_by_every_way_in() -> None:
    kms = new_kms()
    before = kms.snapshot()

    for bad in ("no JSON", "[]", _text()):
        assert code_of(kms, "PutKeyPolicy", {"KeyId": ARN, "Policy": bad}) == "MalformedPolicyDocumentException"
        with pytest.raises(ValueError, match="the key policy"):
            kms.set_policy(ARN, bad)
        with pytest.raises(ValueError, match="the identity policy"):
            kms.add_identity_policy(PRINCIPAL, bad)
    with pytest.raises(ValueError, match="principal"):
        kms.add_identity_policy("me", _text(allow()))

    assert kms.snapshot() == before
