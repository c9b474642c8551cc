"""Rows about calls that AWS does not carry out: over a quota, badly signed, or while something of its own fails."""

from __future__ import annotations

from typing import Final

from harness.conformance.row import Row, Step, Switch, refused

_QUOTA = Switch("quota")
_THROTTLED: Final = "ThrottlingException"
_RATE: Final = "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."
_SLOW: Final = (
    ("UpdateAlias", Step("UpdateAlias", {"AliasName": "{alias_name}", "TargetKeyId": "{other}"}), 5),
    ("CreateKey", Step("CreateKey", {}), 5),
    ("EnableKey", Step("EnableKey", {"KeyId": "{key_id}"}), 5),
    ("DisableKey", Step("DisableKey", {"KeyId": "{key_id}"}), 5),
    ("PutKeyPolicy", None, 15),
)
_POLICY: Final = (
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"{root}"},"Action":"kms:*",'
    '"Resource":"*"}]}'
)
_PUT = Step("PutKeyPolicy", {"KeyId": "{key}", "PolicyName": "default", "Policy": _POLICY})
_QUOTAS = [
    refused(
        operation,
        f"the {times + 1}th within a second",
        _THROTTLED,
        _RATE,
        "D",
        change={"Policy": _POLICY} if operation == "PutKeyPolicy" else None,
        before=(_QUOTA, *[step or _PUT] * times),
    )
    for operation, step, times in _SLOW
]
_SIGNERS = [
    refused(
        operation,
        "signed with a wrong secret",
        "InvalidSignatureException",
        None,
        "D",
        by="impostor",
    )
    for operation in ("Encrypt", "ListKeys")
] + [
    refused(operation, "credentials that have expired", "ExpiredTokenException", None, "D", by="expired")
    for operation in ("Encrypt", "ListKeys")
]
_FAILURES = [
    refused(
        operation,
        f"while it fails with {code}",
        code,
        None,
        "M",
        before=(Switch("fault", value=f"{operation}:{code}"),),
        status=status,
    )
    for operation in ("Decrypt", "Encrypt")
    for code, status in (
        ("DependencyTimeoutException", 503),
        ("KMSInternalException", 500),
        ("KeyUnavailableException", 500),
        (_THROTTLED, 400),
    )
]

ROWS: Final[tuple[Row, ...]] = (*_QUOTAS, *_SIGNERS, *_FAILURES)
