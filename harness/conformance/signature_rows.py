"""Rows about keys that sign or authenticate (kms.md, 2; the answers to them were recorded from AWS)."""

from __future__ import annotations

from typing import Final

from harness.conformance.row import PLAINTEXT, Row, Step, Want, refused, succeeds

_USAGE: Final = "{} key usage is {} which is not valid for {}."
_MISFIT: Final = "Algorithm {} is incompatible with key spec {}."
_MADE = Step(
    "Sign",
    {"KeyId": "{signing}", "Message": PLAINTEXT, "SigningAlgorithm": "ECDSA_SHA_384"},
    keep={"signature": "Signature"},
)
_MAC = Step(
    "GenerateMac", {"KeyId": "{hmac}", "Message": PLAINTEXT, "MacAlgorithm": "HMAC_SHA_256"}, keep={"mac": "Mac"}
)
_SIGNED = [
    succeeds("Sign", "plain", "S", Want("KeyId", "is", "{signing}"), Want("SigningAlgorithm", "is", "ECDSA_SHA_384")),
    succeeds(
        "Verify",
        "what the key signed",
        "S",
        Want("SignatureValid", "is", True),
        before=(_MADE,),
        change={"Signature": "{signature}"},
    ),
    refused("Verify", "a bad signature", "KMSInvalidSignatureException", "", "S"),
    refused(
        "Verify",
        "a signature of another message",
        "KMSInvalidSignatureException",
        "",
        "S",
        before=(_MADE,),
        change={"Signature": "{signature}", "Message": b"another message"},
    ),
    refused(
        "Sign",
        "a digest of another length",
        "ValidationException",
        "Digest is invalid length for algorithm ECDSA_SHA_384.",
        "S",
        change={"MessageType": "DIGEST", "Message": b"x" * 32},
    ),
    refused(
        "Sign",
        "an algorithm of another curve",
        "InvalidKeyUsageException",
        _MISFIT.format("ECDSA_SHA_256", "ECC_NIST_P384"),
        "D",
        change={"SigningAlgorithm": "ECDSA_SHA_256"},
    ),
    refused(
        "Sign",
        "an HMAC key",
        "InvalidKeyUsageException",
        _USAGE.format("{hmac}", "GENERATE_VERIFY_MAC", "Sign"),
        "S",
        change={"KeyId": "{hmac}"},
    ),
    refused(
        "Verify",
        "a symmetric key",
        "InvalidKeyUsageException",
        _USAGE.format("{key}", "ENCRYPT_DECRYPT", "Verify"),
        "S",
        change={"KeyId": "{key}"},
    ),
    succeeds("GetPublicKey", "plain", "D", Want("KeySpec", "is", "ECC_NIST_P384"), Want("KeyId", "is", "{signing}")),
    refused("GetPublicKey", "a symmetric key", "UnsupportedOperationException", None, "M", change={"KeyId": "{key}"}),
    succeeds(
        "DescribeKey",
        "a signing key",
        "S",
        Want("KeyMetadata.SigningAlgorithms", "length", 1),
        change={"KeyId": "{signing}"},
    ),
]
_MACS = [
    succeeds("GenerateMac", "plain", "S", Want("Mac", "length", 32), Want("KeyId", "is", "{hmac}")),
    succeeds(
        "VerifyMac", "what the key made", "S", Want("MacValid", "is", True), before=(_MAC,), change={"Mac": "{mac}"}
    ),
    refused("VerifyMac", "a bad one", "KMSInvalidMacException", "", "S"),
    refused(
        "GenerateMac",
        "an algorithm of another size",
        "InvalidKeyUsageException",
        _MISFIT.format("HMAC_SHA_512", "HMAC_256"),
        "S",
        change={"MacAlgorithm": "HMAC_SHA_512"},
    ),
    refused(
        "GenerateMac",
        "a symmetric key",
        "InvalidKeyUsageException",
        _USAGE.format("{key}", "ENCRYPT_DECRYPT", "GenerateMac"),
        "S",
        change={"KeyId": "{key}"},
    ),
    refused(
        "GenerateMac", "an unknown algorithm", "ValidationException", None, "S", change={"MacAlgorithm": "INVALID"}
    ),
    succeeds(
        "DescribeKey",
        "an HMAC key",
        "S",
        Want("KeyMetadata.MacAlgorithms", "length", 1),
        change={"KeyId": "{hmac}"},
    ),
]

ROWS: Final[tuple[Row, ...]] = (*_SIGNED, *_MACS)
