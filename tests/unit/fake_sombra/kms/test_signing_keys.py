"""Keys that sign or authenticate: what others make of their answers, and that a key stays the same."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from fake_sombra.kms import Kms
from tests.unit.fake_sombra.kms.bench import ACCOUNT, Bench, call, code_of

_MESSAGE = b"the message that is signed"
_HASHES: dict[str, hashes.HashAlgorithm] = {"256": hashes.SHA256(), "384": hashes.SHA384(), "512": hashes.SHA512()}


def _verifies(public: bytes, algorithm: str, signature: bytes) -> None:
    """As somebody would who has only the public key; raises when it does not fit."""
    key, how = serialization.load_der_public_key(public), _HASHES[algorithm[-3:]]
    if isinstance(key, rsa.RSAPublicKey):
        pss = padding.PSS(padding.MGF1(how), padding.PSS.DIGEST_LENGTH)
        key.verify(signature, _MESSAGE, pss if "PSS" in algorithm else padding.PKCS1v15(), how)
    else:
        assert isinstance(key, ec.EllipticCurvePublicKey)
        key.verify(signature, _MESSAGE, ec.ECDSA(how))


@pytest.mark.parametrize(
    ("spec", "algorithm"),
    [
        ("RSA_2048", "RSASSA_PSS_SHA_256"),
        ("RSA_2048", "RSASSA_PKCS1_V1_5_SHA_512"),
        ("ECC_NIST_P256", "ECDSA_SHA_256"),
        ("ECC_NIST_P384", "ECDSA_SHA_384"),
        ("ECC_NIST_P521", "ECDSA_SHA_512"),
        ("ECC_SECG_P256K1", "ECDSA_SHA_256"),
    ],
)
def test_a_signature_verifies_outside_of_the_kms(spec: str, algorithm: str, bench: Bench) -> None:
    arn = bench.ok("CreateKey", KeySpec=spec, KeyUsage="SIGN_VERIFY")["KeyMetadata"]["Arn"]
    asked: dict[str, Any] = {"KeyId": arn, "SigningAlgorithm": algorithm}

    signature = bench.ok("Sign", Message=_MESSAGE, **asked)["Signature"]

    _verifies(bench.ok("GetPublicKey", KeyId=arn)["PublicKey"], algorithm, signature)
    digest = hashlib.new(f"sha{algorithm[-3:]}", _MESSAGE).digest()
    assert bench.ok("Verify", Message=digest, MessageType="DIGEST", Signature=signature, **asked)["SignatureValid"]
    assert bench.refused("Verify", Message=b"x", Signature=signature, **asked).code == "KMSInvalidSignatureException"


@pytest.mark.parametrize("size", [224, 256, 384, 512])
def test_a_mac_has_the_size_of_its_hash(size: int, bench: Bench) -> None:
    arn = bench.ok("CreateKey", KeySpec=f"HMAC_{size}", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["Arn"]
    asked: dict[str, Any] = {"KeyId": arn, "MacAlgorithm": f"HMAC_SHA_{size}", "Message": _MESSAGE}

    made = bench.ok("GenerateMac", **asked)["Mac"]

    assert len(made) == size // 8
    assert bench.ok("VerifyMac", Mac=made, **asked)["MacValid"]
    assert bench.refused("VerifyMac", Mac=made[:-1], **asked).code == "KMSInvalidMacException"


@pytest.mark.parametrize("carry", [lambda kms: kms.fork(), lambda kms: Kms.restore(kms.snapshot())])
def test_a_copy_signs_with_the_same_key(carry: Callable[[Kms], Kms]) -> None:
    kms = Kms(ACCOUNT)
    arn = call(kms, "CreateKey", {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})["KeyMetadata"]["Arn"]
    text = base64.b64encode(_MESSAGE).decode()
    asked = {"KeyId": arn, "SigningAlgorithm": "ECDSA_SHA_256", "Message": text}
    signature = call(kms, "Sign", asked)["Signature"]

    twin = carry(kms)

    assert code_of(twin, "Verify", {**asked, "Signature": signature}) == "ok"
    assert call(twin, "GetPublicKey", {"KeyId": arn}) == call(kms, "GetPublicKey", {"KeyId": arn})


def test_no_private_key_stands_in_a_repr_or_the_journal() -> None:
    kms = Kms(ACCOUNT)
    arn = call(kms, "CreateKey", {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"})["KeyMetadata"]["Arn"]
    made = call(
        kms,
        "GenerateMac",
        {"KeyId": arn, "MacAlgorithm": "HMAC_SHA_256", "Message": base64.b64encode(_MESSAGE).decode()},
    )
    secret = kms.snapshot()["keys"][0]["materials"][0]["material"]

    shown = repr(kms._vault) + str([entry.to_json() for entry in kms.journal.since()])

    assert secret not in shown
    assert base64.b64decode(secret).hex() not in shown
    assert made["Mac"] not in shown
