"""Policies in force at the front: what the evaluator decides is what a caller meets."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pytest

from fake_sombra.kms import Access, Kms, KmsError
from fake_sombra.kms.enforcement import Authority
from fake_sombra.kms.policy import Grant, Kind, Policy, read_policy
from tests.unit.fake_sombra.kms.bench import ACCOUNT, ALIAS, ARN, OTHER, PRINCIPAL, REGION, call, code_of
from tests.unit.fake_sombra.kms.policy.documents import allow, deny, identity, key_policy, to

_TEXT = base64.b64encode(b"thirty-two bytes of a secret CEK").decode()
_ENCRYPT: Mapping[str, Any] = {"KeyId": ARN, "Plaintext": _TEXT}
_ANYTHING = identity(allow("kms:*"))


def _kms(*mine: Policy, keys: Mapping[str, Policy] | None = None, grants: tuple[Grant, ...] = ()) -> Kms:
    kms = Kms(ACCOUNT)
    kms.authority = Authority({PRINCIPAL: mine}, keys or {}, grants)
    kms.add_key(ARN)
    kms.add_key(OTHER)
    kms.add_alias(ALIAS, ARN)
    return kms


def _denied(kms: Kms, operation: str, body: Mapping[str, Any]) -> str:
    with pytest.raises(KmsError) as refused:
        call(kms, operation, body)
    assert refused.value.code == "AccessDeniedException"
    assert refused.value.http_status == 400
    assert kms.journal.since()[-1].result == refused.value.code
    return refused.value.message


def test_the_least_policy_of_the_default_calls_is_enough() -> None:
    kms = _kms(identity(allow(["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey"], ARN), allow("kms:GenerateRandom")))

    blob = call(kms, "Encrypt", _ENCRYPT)["CiphertextBlob"]

    assert code_of(kms, "Decrypt", {"CiphertextBlob": blob, "KeyId": ARN}) == "ok"
    assert code_of(kms, "Decrypt", {"CiphertextBlob": blob}) == "ok"
    assert code_of(kms, "DescribeKey", {"KeyId": ALIAS}) == "ok"
    assert code_of(kms, "GenerateRandom", {"NumberOfBytes": 32}) == "ok"
    assert code_of(kms, "DisableKey", {"KeyId": ARN}) == "AccessDeniedException"
    assert code_of(kms, "Encrypt", {**_ENCRYPT, "KeyId": OTHER}) == "AccessDeniedException"


def test_a_caller_without_policies_may_nothing() -> None:
    message = _denied(_kms(), "Encrypt", _ENCRYPT)

    assert message == (
        f"User: {PRINCIPAL} is not authorized to perform: kms:Encrypt on resource: {ARN} "
        "because no identity-based policy allows the kms:Encrypt action"
    )


def test_the_key_of_a_decrypt_is_the_one_that_made_the_blob() -> None:
    kms = _kms(identity(allow("kms:Encrypt"), allow("kms:Decrypt", OTHER)))
    mine = call(kms, "Encrypt", _ENCRYPT)["CiphertextBlob"]
    others = call(kms, "Encrypt", {**_ENCRYPT, "KeyId": OTHER})["CiphertextBlob"]

    assert code_of(kms, "Decrypt", {"CiphertextBlob": others}) == "ok"
    assert f"on resource: {ARN} because" in _denied(kms, "Decrypt", {"CiphertextBlob": mine})


def test_a_key_policy_stands_beside_the_default_of_other_keys() -> None:
    shut = key_policy(allow("kms:PutKeyPolicy", Principal=to(f"arn:aws:iam::{ACCOUNT}:root")))
    kms = _kms(_ANYTHING, keys={ARN: shut})

    assert _denied(kms, "Encrypt", _ENCRYPT).endswith("because no resource-based policy allows the kms:Encrypt action")
    assert code_of(kms, "Encrypt", {**_ENCRYPT, "KeyId": OTHER}) == "ok"


def test_an_explicit_deny_is_told_as_one() -> None:
    kms = _kms(_ANYTHING, identity(deny("kms:Encrypt"), name="boundary"))

    assert _denied(kms, "Encrypt", _ENCRYPT).endswith("with an explicit deny in an identity-based policy")


def test_a_dry_run_asks_for_permission_too() -> None:
    kms = _kms(identity(allow("kms:Encrypt", ARN)))

    assert code_of(kms, "Encrypt", {**_ENCRYPT, "DryRun": True}) == "DryRunOperationException"
    assert code_of(kms, "Encrypt", {**_ENCRYPT, "KeyId": OTHER, "DryRun": True}) == "AccessDeniedException"


def test_a_dry_run_that_ignores_the_ciphertext_asks_for_permission_alone() -> None:
    kms = _kms(identity(allow("kms:Decrypt", ARN)))
    asked = {"DryRun": True, "DryRunModifiers": ["IGNORE_CIPHERTEXT"]}

    assert code_of(kms, "Decrypt", {**asked, "KeyId": ARN}) == "DryRunOperationException"
    assert code_of(kms, "Decrypt", {**asked, "KeyId": OTHER}) == "AccessDeniedException"
    assert code_of(kms, "Decrypt", asked) == "ValidationException"
    assert code_of(kms, "Decrypt", {**asked, "DryRun": False, "KeyId": ARN}) == "ValidationException"
    assert code_of(kms, "Decrypt", {"DryRun": True, "KeyId": ARN}) == "ValidationException"


def test_a_grant_lets_in_who_has_no_policy() -> None:
    kms = _kms(grants=(Grant("grant-1", ARN, PRINCIPAL, frozenset({"Encrypt"}), subset={"tenant": "one"}),))

    assert code_of(kms, "Encrypt", {**_ENCRYPT, "EncryptionContext": {"tenant": "one"}}) == "ok"
    assert code_of(kms, "Encrypt", _ENCRYPT) == "AccessDeniedException"


def test_what_cannot_be_told_is_refused_under_a_code_that_aws_does_not_have() -> None:
    kms = _kms(identity(allow("kms:Encrypt", Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}})))

    with pytest.raises(KmsError) as refused:
        call(kms, "Encrypt", _ENCRYPT)

    assert refused.value.code == "PolicyUndecidableException"
    assert "the condition operator IpAddress cannot be evaluated here" in refused.value.message


@pytest.mark.parametrize(
    ("condition", "named", "result"),
    [
        ({"StringEquals": {"kms:RequestAlias": "alias/gateway"}}, ALIAS, "ok"),
        ({"StringEquals": {"kms:RequestAlias": "alias/gateway"}}, "alias/gateway", "ok"),
        ({"StringEquals": {"kms:RequestAlias": "alias/gateway"}}, ARN, "AccessDeniedException"),
        ({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/gateway"}}, ARN, "ok"),
        ({"ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/gateway"}}, OTHER, "AccessDeniedException"),
        ({"StringEquals": {"kms:KeySpec": "SYMMETRIC_DEFAULT"}}, ARN, "ok"),
        ({"StringEquals": {"kms:KeyUsage": "SIGN_VERIFY"}}, ARN, "AccessDeniedException"),
        ({"Bool": {"kms:MultiRegion": "false"}}, ARN, "ok"),
        ({"Null": {"kms:ViaService": "true"}}, ARN, "ok"),
        ({"StringEquals": {"aws:RequestedRegion": REGION}}, ARN, "ok"),
    ],
)
def test_conditions_see_the_key_and_how_it_was_named(condition: Mapping[str, Any], named: str, result: str) -> None:
    kms = _kms(identity(allow("kms:Encrypt", Condition=condition)))

    assert code_of(kms, "Encrypt", {**_ENCRYPT, "KeyId": named}) == result


def test_each_key_of_a_re_encryption_is_known_by_the_name_it_was_given() -> None:
    kms = _kms(_ANYTHING)
    blob = call(kms, "Encrypt", _ENCRYPT)["CiphertextBlob"]
    asked: list[Access] = []
    kms._before = asked.append

    call(kms, "ReEncrypt", {"CiphertextBlob": blob, "SourceKeyId": "alias/gateway", "DestinationKeyId": OTHER})

    assert [access.facts()["kms:RequestAlias"] for access in asked] == [("alias/gateway",), ()]


def test_the_deny_switch_stays_above_all_policies() -> None:
    kms = _kms(_ANYTHING)

    kms.deny("kms:Encrypt")

    assert code_of(kms, "Encrypt", _ENCRYPT) == "AccessDeniedException"


def test_a_fork_is_under_the_same_policies() -> None:
    twin = _kms(read_policy({"Statement": allow("kms:Encrypt", ARN)}, name="x", kind=Kind.IDENTITY)).fork()

    assert code_of(twin, "Encrypt", _ENCRYPT) == "ok"
    assert code_of(twin, "Encrypt", {**_ENCRYPT, "KeyId": OTHER}) == "AccessDeniedException"
