"""The operations that use key material, once the rules have let them through."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

from fake_sombra.kms import errors, rules
from fake_sombra.kms.call import Answer, Call, Handler
from fake_sombra.kms.context import digest
from fake_sombra.kms.keys import SYMMETRIC, Key, material_id
from fake_sombra.kms.material import BlobDamaged
from fake_sombra.kms.parameters import ignores_ciphertext

_SIZES = {"AES_128": 16, "AES_256": 32}


def _encrypt(call: Call) -> Answer:
    context, plaintext = call.pairs(), call.parameters["Plaintext"]
    call.handled(plaintext)
    key = rules.key_for_use(call, call.parameters["KeyId"], context=context)
    rules.require_symmetric(call, key)
    call.end_dry_run()
    return {
        "CiphertextBlob": _sealed(call, key, plaintext, context),
        "KeyId": key.arn,
        "EncryptionAlgorithm": SYMMETRIC,
    }


def _decrypt(call: Call) -> Answer:
    if ignores_ciphertext(call.parameters):
        return _allowed_to_decrypt(call)
    key, plaintext = _opened(call, named=call.parameters.get("KeyId"), action="kms:Decrypt", context=call.pairs())
    call.end_dry_run()
    return {
        "KeyId": key.arn,
        "Plaintext": _text(plaintext),
        "EncryptionAlgorithm": SYMMETRIC,
        "KeyMaterialId": _material_of(call, call.parameters["CiphertextBlob"]),
    }


def _allowed_to_decrypt(call: Call) -> Answer:
    """A dry run that ignores the ciphertext: it ends with the answer to the question for permission."""
    if "KeyId" not in call.parameters:
        raise errors.validation("KeyId is required when DryRunModifiers is IGNORE_CIPHERTEXT.")
    key = rules.key_for_use(call, call.parameters["KeyId"], context=call.pairs())
    rules.require_symmetric(call, key)
    raise errors.dry_run()


def _generate_data_key(call: Call) -> Answer:
    context = call.pairs()
    key = rules.key_for_use(call, call.parameters["KeyId"], context=context)
    rules.require_symmetric(call, key)
    plaintext = call.vault.backend.random(_data_key_size(call))
    call.handled(plaintext)
    call.end_dry_run()
    return {
        "CiphertextBlob": _sealed(call, key, plaintext, context),
        "Plaintext": _text(plaintext),
        "KeyId": key.arn,
        "KeyMaterialId": material_id(key.materials[-1]),
    }


def _generate_data_key_without_plaintext(call: Call) -> Answer:
    answer = dict(_generate_data_key(call))
    del answer["Plaintext"]
    return answer


def _generate_random(call: Call) -> Answer:
    call.may("kms:GenerateRandom")
    store = call.parameters.get("CustomKeyStoreId")
    if store is not None and store not in call.vault.stores:
        raise errors.no_key_store(store)
    if "NumberOfBytes" not in call.parameters:
        raise errors.validation("NumberOfBytes is required.")
    drawn = call.vault.backend.random(call.parameters["NumberOfBytes"])
    call.handled(drawn)
    return {"Plaintext": _text(drawn)}


def _re_encrypt(call: Call) -> Answer:
    into = call.pairs("DestinationEncryptionContext")
    call.context = None  # the journal's digest is the source's
    out_of = call.pairs("SourceEncryptionContext")
    source, plaintext = _opened(
        call,
        named=call.parameters.get("SourceKeyId"),
        action="kms:ReEncryptFrom",
        context=out_of,
        algorithm="SourceEncryptionAlgorithm",
    )
    key = rules.key_for_use(call, call.parameters["DestinationKeyId"], action="kms:ReEncryptTo", context=into)
    rules.require_symmetric(call, key, "DestinationEncryptionAlgorithm")
    call.end_dry_run()
    return {
        "CiphertextBlob": _sealed(call, key, plaintext, into),
        "SourceKeyId": source.arn,
        "KeyId": key.arn,
        "SourceEncryptionAlgorithm": SYMMETRIC,
        "DestinationEncryptionAlgorithm": SYMMETRIC,
        "SourceKeyMaterialId": _material_of(call, call.parameters["CiphertextBlob"]),
        "DestinationKeyMaterialId": material_id(key.materials[-1]),
    }


def _opened(
    call: Call,
    *,
    named: str | None,
    action: str,
    context: Mapping[str, str],
    algorithm: str = "EncryptionAlgorithm",
) -> tuple[Key, bytes]:
    blob = call.parameters["CiphertextBlob"]
    key = rules.key_of_blob(call, blob, named, action=action, context=context)
    rules.require_symmetric(call, key, algorithm)
    try:
        plaintext = call.vault.backend.decrypt(blob, _canonical(context))
    except BlobDamaged as error:
        raise errors.invalid_ciphertext() from error
    call.handled(plaintext)
    return key, plaintext


def _sealed(call: Call, key: Key, plaintext: bytes, context: Mapping[str, str]) -> str:
    return _text(call.vault.backend.encrypt(key.materials[-1], plaintext, _canonical(context)))


def _canonical(context: Mapping[str, str]) -> Mapping[str, str]:
    """One pair for any context: emulators run the texts of several pairs together (kms.md, 2)."""
    return {"sha256": digest(context)}


def _data_key_size(call: Call) -> int:
    spec, size = call.parameters.get("KeySpec"), call.parameters.get("NumberOfBytes")
    if (spec is None) == (size is None):
        raise errors.validation("Please specify either number of bytes or key spec.")
    return _SIZES[spec] if spec is not None else int(size or 0)


def _material_of(call: Call, blob: bytes) -> str:
    return material_id(call.vault.backend.material_of(blob) or "")


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


HANDLERS: Final[Mapping[str, Handler]] = {
    "Decrypt": _decrypt,
    "Encrypt": _encrypt,
    "GenerateDataKey": _generate_data_key,
    "GenerateDataKeyWithoutPlaintext": _generate_data_key_without_plaintext,
    "GenerateRandom": _generate_random,
    "ReEncrypt": _re_encrypt,
}
