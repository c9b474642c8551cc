"""What the operations do once they are let through, through both doors."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest

from fake_sombra.kms import Kms
from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.operations import ACTIONS
from tests.unit.fake_sombra.kms.bench import (
    ACCOUNT,
    ALIAS,
    ARN,
    CALLER,
    ELSEWHERE,
    OTHER,
    PLAINTEXT,
    SIGNING,
    Bench,
    call,
    new_kms,
)


def test_encrypt_and_decrypt_answer_with_the_fields_aws_has(bench: Bench) -> None:
    made = bench.ok("Encrypt", KeyId=ARN, Plaintext=PLAINTEXT)
    opened = bench.ok("Decrypt", CiphertextBlob=made["CiphertextBlob"])

    assert (made["KeyId"], made["EncryptionAlgorithm"]) == (ARN, "SYMMETRIC_DEFAULT")
    assert (opened["KeyId"], opened["EncryptionAlgorithm"]) == (ARN, "SYMMETRIC_DEFAULT")
    assert opened["Plaintext"] == PLAINTEXT
    current = bench.ok("DescribeKey", KeyId=ARN)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert opened["KeyMaterialId"] == current
    assert len(current) == 64


def test_a_blob_hides_its_plaintext_and_differs_each_time(bench: Bench) -> None:
    first, second = bench.blob(), bench.blob()

    assert first != second
    assert PLAINTEXT not in first
    assert PLAINTEXT[:8] not in first


@pytest.mark.parametrize(
    ("asked", "size"), [({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 64}, 64)]
)
def test_a_data_key_has_the_size_asked_for_and_opens(asked: dict[str, Any], size: int, bench: Bench) -> None:
    made = bench.ok("GenerateDataKey", KeyId=ARN, EncryptionContext={"a": "b"}, **asked)

    opened = bench.ok("Decrypt", CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})

    assert len(made["Plaintext"]) == size
    assert opened["Plaintext"] == made["Plaintext"]


def test_a_data_key_without_plaintext_hands_out_none(bench: Bench) -> None:
    made = bench.ok("GenerateDataKeyWithoutPlaintext", KeyId=ARN, KeySpec="AES_256")

    assert "Plaintext" not in made
    assert len(bench.ok("Decrypt", CiphertextBlob=made["CiphertextBlob"])["Plaintext"]) == 32


def test_random_bytes_differ_and_have_their_size(bench: Bench) -> None:
    drawn = [bench.ok("GenerateRandom", NumberOfBytes=32)["Plaintext"] for _ in range(2)]

    assert [len(each) for each in drawn] == [32, 32]
    assert drawn[0] != drawn[1]


def test_re_encryption_moves_a_blob_to_the_other_key(bench: Bench) -> None:
    made = bench.ok(
        "ReEncrypt",
        CiphertextBlob=bench.blob(),
        DestinationKeyId=OTHER,
        DestinationEncryptionContext={"a": "b"},
    )

    opened = bench.ok("Decrypt", KeyId=OTHER, CiphertextBlob=made["CiphertextBlob"], EncryptionContext={"a": "b"})
    assert (made["SourceKeyId"], made["KeyId"]) == (ARN, OTHER)
    assert opened["Plaintext"] == PLAINTEXT
    assert bench.refused("Decrypt", KeyId=ARN, CiphertextBlob=made["CiphertextBlob"]).code == "IncorrectKeyException"


def test_a_new_key_lives_in_the_callers_region_only(bench: Bench) -> None:
    made = bench.ok("CreateKey", region=ELSEWHERE, Description="the migration's")["KeyMetadata"]

    assert made["Arn"] == f"arn:aws:kms:{ELSEWHERE}:{ACCOUNT}:key/{made['KeyId']}"
    assert (made["KeyState"], made["Enabled"], made["Description"]) == ("Enabled", True, "the migration's")
    assert bench.ok("ListKeys", region=ELSEWHERE)["Keys"] == [{"KeyId": made["KeyId"], "KeyArn": made["Arn"]}]
    assert bench.refused("DescribeKey", KeyId=made["KeyId"]).code == "NotFoundException"


def test_a_multi_region_key_encrypts(bench: Bench) -> None:
    key = bench.ok("CreateKey", MultiRegion=True)["KeyMetadata"]

    blob = bench.ok("Encrypt", KeyId=key["KeyId"], Plaintext=PLAINTEXT)["CiphertextBlob"]

    assert (key["KeyId"][:4], key["MultiRegion"]) == ("mrk-", True)
    assert bench.ok("Decrypt", KeyId=key["Arn"], CiphertextBlob=blob)["Plaintext"] == PLAINTEXT


def test_lists_come_in_pages(bench: Bench) -> None:
    first = bench.ok("ListKeys", Limit=2)
    rest = bench.ok("ListKeys", Limit=2, Marker=first["NextMarker"])

    assert [each["KeyArn"] for each in first["Keys"] + rest["Keys"]] == [ARN, OTHER, SIGNING]
    assert (first["Truncated"], rest["Truncated"]) == (True, False)
    assert bench.refused("ListKeys", Marker="nonsense").code == "InvalidMarkerException"


def test_a_disabled_key_works_again_once_enabled(bench: Bench) -> None:
    blob = bench.blob()

    bench.ok("DisableKey", KeyId=ARN)
    assert bench.refused("Decrypt", KeyId=ARN, CiphertextBlob=blob).code == "DisabledException"
    bench.ok("EnableKey", KeyId=ARN)

    assert bench.ok("Decrypt", KeyId=ARN, CiphertextBlob=blob)["Plaintext"] == PLAINTEXT


def test_a_cancelled_deletion_leaves_the_key_disabled(bench: Bench) -> None:
    scheduled = bench.ok("ScheduleKeyDeletion", KeyId=ARN, PendingWindowInDays=7)
    assert scheduled["KeyState"] == "PendingDeletion"
    assert bench.ok("DescribeKey", KeyId=ARN)["KeyMetadata"]["DeletionDate"] == scheduled["DeletionDate"]

    bench.ok("CancelKeyDeletion", KeyId=ARN)

    assert bench.ok("DescribeKey", KeyId=ARN)["KeyMetadata"]["KeyState"] == "Disabled"
    again = bench.refused("CancelKeyDeletion", KeyId=ARN)
    assert (again.code, again.message) == ("KMSInvalidStateException", f"{ARN} is not pending deletion.")


def test_rotation_changes_the_material_and_keeps_old_blobs_opening(bench: Bench) -> None:
    """G-25."""
    old = bench.blob()
    before = bench.ok("Decrypt", CiphertextBlob=old)["KeyMaterialId"]

    bench.ok("RotateKeyOnDemand", KeyId=ARN)
    new = bench.blob()

    assert bench.ok("Decrypt", KeyId=ARN, CiphertextBlob=old)["KeyMaterialId"] == before
    assert bench.ok("Decrypt", KeyId=ARN, CiphertextBlob=new)["KeyMaterialId"] != before
    assert bench.ok("Decrypt", KeyId=ARN, CiphertextBlob=new)["Plaintext"] == PLAINTEXT


def test_the_eleventh_rotation_is_refused(bench: Bench) -> None:
    for _ in range(10):
        bench.ok("RotateKeyOnDemand", KeyId=ARN)

    assert bench.refused("RotateKeyOnDemand", KeyId=ARN).code == "LimitExceededException"


def test_yearly_rotation_is_switched_and_shown(bench: Bench) -> None:
    assert bench.ok("GetKeyRotationStatus", KeyId=ARN)["KeyRotationEnabled"] is False

    bench.ok("EnableKeyRotation", KeyId=ARN)
    assert bench.ok("GetKeyRotationStatus", KeyId=ARN)["KeyRotationEnabled"] is True

    bench.ok("DisableKeyRotation", KeyId=ARN)
    assert bench.ok("GetKeyRotationStatus", KeyId=ARN)["KeyRotationEnabled"] is False


def test_an_alias_follows_its_key_until_it_is_deleted(bench: Bench) -> None:
    bench.ok("CreateAlias", AliasName="alias/next", TargetKeyId=ARN)
    assert bench.ok("DescribeKey", KeyId="alias/next")["KeyMetadata"]["Arn"] == ARN

    bench.ok("UpdateAlias", AliasName="alias/next", TargetKeyId=OTHER)
    assert bench.ok("DescribeKey", KeyId="alias/next")["KeyMetadata"]["Arn"] == OTHER
    listed = bench.ok("ListAliases", KeyId=OTHER)["Aliases"]
    assert [each["AliasName"] for each in listed] == ["alias/next"]

    bench.ok("DeleteAlias", AliasName="alias/next")
    assert bench.refused("Encrypt", KeyId="alias/next", Plaintext=b"x").code == "NotFoundException"


def test_a_blob_opens_without_a_key_id_after_its_alias_moved_or_went(bench: Bench) -> None:
    blob = bench.ok("Encrypt", KeyId=ALIAS, Plaintext=PLAINTEXT)["CiphertextBlob"]

    bench.kms.add_alias(ALIAS, OTHER)
    assert bench.ok("Decrypt", CiphertextBlob=blob)["Plaintext"] == PLAINTEXT
    bench.ok("DeleteAlias", AliasName="alias/gateway")

    assert bench.ok("Decrypt", CiphertextBlob=blob)["Plaintext"] == PLAINTEXT


@pytest.mark.parametrize(
    ("operation", "asked", "code"),
    [
        ("Sign", {"Message": b"m", "SigningAlgorithm": "ECDSA_SHA_384"}, "InvalidKeyUsageException"),
        (
            "Verify",
            {"Message": b"m", "Signature": b"s", "SigningAlgorithm": "ECDSA_SHA_384"},
            "InvalidKeyUsageException",
        ),
        ("GetPublicKey", {}, "UnsupportedOperationException"),
    ],
)
def test_a_symmetric_key_never_signs_but_it_is_remembered_who_asked(
    operation: str, asked: dict[str, Any], code: str, bench: Bench
) -> None:
    """G-13."""
    assert bench.refused(operation, KeyId=ARN, **asked).code == code

    assert [entry.operation for entry in bench.kms.journal.since()] == [operation]


def test_an_operation_that_is_not_offered_is_refused_and_remembered(bench: Bench) -> None:
    refused = bench.refused("DeriveSharedSecret", KeyId=ARN, KeyAgreementAlgorithm="ECDH", PublicKey=b"k")

    assert (refused.code, refused.status) == ("UnsupportedOperationException", 400)
    assert bench.kms.journal.since()[-1].operation == "DeriveSharedSecret"


@pytest.mark.parametrize("action", sorted(ACTIONS))
def test_every_action_can_be_denied_and_allowed_again(action: str) -> None:
    kms = Kms(ACCOUNT)

    kms.deny(action)
    assert kms.snapshot()["denied"] == [action]
    kms.allow(action)

    assert kms.snapshot()["denied"] == []


def test_an_unknown_action_cannot_be_denied() -> None:
    with pytest.raises(ValueError, match="kms:Decrypt"):
        Kms(ACCOUNT).deny("kms:ReEncrypt")


def test_denying_one_action_leaves_the_others(bench: Bench) -> None:
    blob = bench.blob()

    bench.kms.deny("kms:Decrypt")

    assert bench.refused("Decrypt", CiphertextBlob=blob).code == "AccessDeniedException"
    assert bench.ok("Encrypt", KeyId=ARN, Plaintext=b"x")["KeyId"] == ARN
    bench.kms.allow("kms:Decrypt")
    assert bench.ok("Decrypt", CiphertextBlob=blob)["Plaintext"] == PLAINTEXT


def test_a_key_is_gone_once_its_deletion_window_has_passed(
    clock: Callable[[], float], pass_days: Callable[[float], None]
) -> None:
    kms = Kms(ACCOUNT, clock=clock)
    kms.add_key(ARN)
    kms.add_alias(ALIAS, ARN)
    call(kms, "ScheduleKeyDeletion", {"KeyId": ARN, "PendingWindowInDays": 7}, CALLER)

    pass_days(6.9)
    assert len(call(kms, "ListKeys", {})["Keys"]) == 1
    pass_days(0.2)

    assert call(kms, "ListKeys", {})["Keys"] == []
    assert call(kms, "ListAliases", {})["Aliases"] == []


def test_random_bytes_come_from_a_key_store_that_was_declared_and_from_no_other() -> None:
    kms = new_kms()
    kms.add_store("cks-1234567890abcdef0")
    asked = {"NumberOfBytes": 32, "CustomKeyStoreId": "cks-1234567890abcdef0"}

    for each in (kms, kms.fork(), Kms.restore(kms.snapshot())):
        assert len(base64.b64decode(call(each, "GenerateRandom", asked)["Plaintext"])) == 32
        with pytest.raises(KmsError, match="does not exist"):
            call(each, "GenerateRandom", {**asked, "CustomKeyStoreId": "cks-0"})
    with pytest.raises(ValueError, match="cks-"):
        kms.add_store("store")
