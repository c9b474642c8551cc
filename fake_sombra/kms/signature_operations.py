"""The operations of keys that sign or authenticate: asymmetric ones and HMAC."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from fake_sombra.kms import errors, rules
from fake_sombra.kms.call import Answer, Call, Handler
from fake_sombra.kms.keys import SYMMETRIC, Key, algorithms, mac_algorithms, signing_algorithms


def _sign(call: Call) -> Answer:
    key, algorithm = _able(call, "SIGN_VERIFY", "SigningAlgorithm", signing_algorithms)
    message, is_digest = _message(call)
    try:
        signature = call.vault.private.sign(key.materials[-1], key.spec, algorithm, message, is_digest=is_digest)
    except ValueError as error:
        raise _wrong_digest(algorithm) from error
    call.end_dry_run()
    return {"KeyId": key.arn, "Signature": _text(signature), "SigningAlgorithm": algorithm}


def _verify(call: Call) -> Answer:
    key, algorithm = _able(call, "SIGN_VERIFY", "SigningAlgorithm", signing_algorithms)
    message, is_digest = _message(call)
    call.end_dry_run()
    try:
        is_valid = call.vault.private.verify(
            key.materials[-1],
            key.spec,
            algorithm,
            message,
            signature=call.parameters["Signature"],
            is_digest=is_digest,
        )
    except ValueError as error:
        raise _wrong_digest(algorithm) from error
    if not is_valid:
        raise errors.KmsError("KMSInvalidSignatureException")
    return {"KeyId": key.arn, "SignatureValid": True, "SigningAlgorithm": algorithm}


def _generate_mac(call: Call) -> Answer:
    key, algorithm = _able(call, "GENERATE_VERIFY_MAC", "MacAlgorithm", mac_algorithms)
    call.end_dry_run()
    made = call.vault.private.mac(key.materials[-1], algorithm, call.parameters["Message"])
    return {"KeyId": key.arn, "Mac": _text(made), "MacAlgorithm": algorithm}


def _verify_mac(call: Call) -> Answer:
    key, algorithm = _able(call, "GENERATE_VERIFY_MAC", "MacAlgorithm", mac_algorithms)
    call.end_dry_run()
    made = call.vault.private.mac(key.materials[-1], algorithm, call.parameters["Message"])
    if not hmac.compare_digest(made, call.parameters["Mac"]):
        raise errors.KmsError("KMSInvalidMacException")
    return {"KeyId": key.arn, "MacValid": True, "MacAlgorithm": algorithm}


def _get_public_key(call: Call) -> Answer:
    key = rules.resolve(call, call.parameters["KeyId"], action="kms:GetPublicKey")
    call.key = key.arn
    call.may("kms:GetPublicKey", key)
    rules.require_known_tokens(call)
    rules.require_enabled(key)
    if key.spec == SYMMETRIC or mac_algorithms(key.spec):
        raise errors.unsupported(f"{key.arn} is not an asymmetric KMS key.")
    return {
        "KeyId": key.arn,
        "PublicKey": _text(call.vault.private.public(key.materials[-1], key.spec)),
        "CustomerMasterKeySpec": key.spec,
        "KeySpec": key.spec,
        "KeyUsage": key.usage,
        **algorithms(key),
    }


def _able(call: Call, usage: str, parameter: str, offered: Callable[[str], Sequence[str]]) -> tuple[Key, str]:
    """The key and the algorithm of a call, once every gate is passed and the two fit."""
    key = rules.key_for_use(call, call.parameters["KeyId"], usage=usage)
    algorithm: str = call.parameters[parameter]
    if algorithm not in offered(key.spec):
        raise errors.incompatible(algorithm, key.spec)
    return key, algorithm


def _message(call: Call) -> tuple[bytes, bool]:
    call.size = len(call.parameters["Message"])
    return call.parameters["Message"], call.parameters.get("MessageType", "RAW") == "DIGEST"


def _wrong_digest(algorithm: str) -> errors.KmsError:
    return errors.validation(f"Digest is invalid length for algorithm {algorithm}.")


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


HANDLERS: Final[Mapping[str, Handler]] = {
    "GenerateMac": _generate_mac,
    "GetPublicKey": _get_public_key,
    "Sign": _sign,
    "Verify": _verify,
    "VerifyMac": _verify_mac,
}
