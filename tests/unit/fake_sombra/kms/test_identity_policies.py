"""Policies that a rehearsal gives: in force at once, carried by every copy, gone when lifted."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

import pytest

from fake_sombra.kms import Kms, KmsError
from tests.unit.fake_sombra.kms.bench import ARN, OTHER, PRINCIPAL, call, code_of, new_kms
from tests.unit.fake_sombra.kms.policy.documents import Statement, allow, to

_TEXT = base64.b64encode(b"thirty-two bytes of a secret CEK").decode()
_ENCRYPT = {"KeyId": ARN, "Plaintext": _TEXT}


def _document(*statements: Statement) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def _encrypt_only() -> Kms:
    kms = new_kms()
    kms.add_identity_policy(PRINCIPAL, _document(allow(["kms:Encrypt"], "*")))
    return kms


def _codes(kms: Kms) -> list[str]:
    return [code_of(kms, "Encrypt", _ENCRYPT), code_of(kms, "GenerateRandom", {"NumberOfBytes": 32})]


def test_without_a_policy_nobody_is_asked() -> None:
    assert _codes(new_kms()) == ["ok", "ok"]


@pytest.mark.parametrize(
    "carry",
    [lambda kms: kms, lambda kms: kms.fork(), lambda kms: Kms.restore(json.loads(json.dumps(kms.snapshot())))],
    ids=["itself", "fork", "snapshot"],
)
def test_a_policy_is_in_force_in_every_copy(carry: Callable[[Kms], Kms]) -> None:
    assert _codes(carry(_encrypt_only())) == ["ok", "AccessDeniedException"]


def test_lifting_frees_the_front_and_no_copy_of_it() -> None:
    kms = _encrypt_only()
    twin = kms.fork()

    kms.forget_identity_policies()

    assert _codes(kms) == ["ok", "ok"]
    assert _codes(twin) == ["ok", "AccessDeniedException"]


def test_a_key_policy_that_leaves_the_account_out_refuses_although_the_identity_policy_allows() -> None:
    kms = new_kms()
    kms.add_identity_policy(PRINCIPAL, _document(allow("kms:*")))
    admin = f"arn:aws:iam::{ARN.split(':')[4]}:user/admin"
    kms.set_policy(ARN, _document(allow("kms:*", "*", Principal=to(admin))))

    with pytest.raises(KmsError) as refused:
        call(kms, "Encrypt", _ENCRYPT)

    assert refused.value.code == "AccessDeniedException"
    assert "because no resource-based policy allows the kms:Encrypt action" in refused.value.message
    assert code_of(kms, "Encrypt", {**_ENCRYPT, "KeyId": OTHER}) == "ok"
