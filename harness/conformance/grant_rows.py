"""Rows about grants and their tokens (kms.md, 2; AWS' developer guide, "Grants in AWS KMS")."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from harness.conformance.policy_rows import put
from harness.conformance.row import Row, Step, Want, refused, succeeds

_ROOT: Final = {"AWS": "{root}"}
_KEEPER: Final = {
    "Effect": "Allow",
    "Principal": _ROOT,
    "Action": ["kms:PutKeyPolicy", "kms:*Grant*"],
    "Resource": "*",
}
_SHUT: Final = put(_KEEPER)
_LACKS: Final = (
    "User: {principal} is not authorized to perform: kms:Encrypt on resource: {key} "
    "because no resource-based policy allows the kms:Encrypt action"
)


def _granted(*operations: str, **more: Any) -> Step:
    asked = {"KeyId": "{key}", "GranteePrincipal": "{principal}", "Operations": list(operations), **more}
    return Step("CreateGrant", asked, keep={"grant": "GrantId", "token": "GrantToken"})


def _bound(kind: str, **pairs: str) -> Mapping[str, Any]:
    return {"Constraints": {kind: pairs}}


_REVOKED = Step("RevokeGrant", {"KeyId": "{key}", "GrantId": "{grant}"})
_CEK: Final = {"EncryptionContext": {"purpose": "cek"}}
_MADE = [
    succeeds(
        "CreateGrant", "plain", "D", Want("GrantId", "form", "[0-9a-f]{64}"), Want("GrantToken", "form", ".{16,}")
    ),
    succeeds("ListGrants", "none yet", "D", Want("Grants", "length", 0)),
    succeeds("ListGrants", "one", "D", Want("Grants", "length", 1), before=(_granted("Encrypt"),)),
    succeeds("ListGrants", "one revoked", "D", Want("Grants", "length", 0), before=(_granted("Encrypt"), _REVOKED)),
    succeeds(
        "CreateGrant",
        "the same name and parameters again",
        "D",
        Want("GrantId", "is", "{grant}"),
        before=(_granted("Encrypt", "Decrypt", Name="one"),),
        change={"Name": "one"},
    ),
    refused(
        "CreateGrant",
        "a grantee that is nobody",
        "InvalidArnException",
        None,
        "M",
        change={"GranteePrincipal": "not-an-arn"},
    ),
    refused(
        "RevokeGrant",
        "a grant nobody made",
        "NotFoundException",
        None,
        "M",
        also=(("InvalidGrantIdException", None),),
    ),
    refused("RetireGrant", "a token nobody made", "InvalidGrantTokenException", None, "M"),
    succeeds(
        "RetireGrant",
        "by its retiring principal",
        "D",
        before=(_granted("Encrypt", RetiringPrincipal="{principal}"),),
        change={"GrantToken": "{token}"},
    ),
]
_USED = [
    succeeds("Encrypt", "allowed by a grant alone", "D", before=(_SHUT, _granted("Encrypt"))),
    refused(
        "Encrypt",
        "a grant that was revoked",
        "AccessDeniedException",
        _LACKS,
        "D",
        before=(_SHUT, _granted("Encrypt"), _REVOKED),
    ),
    refused(
        "Encrypt",
        "a grant of another operation",
        "AccessDeniedException",
        _LACKS,
        "D",
        before=(_SHUT, _granted("Decrypt")),
    ),
    refused(
        "Encrypt",
        "a grant for another context",
        "AccessDeniedException",
        _LACKS,
        "D",
        before=(_SHUT, _granted("Encrypt", **_bound("EncryptionContextEquals", purpose="cek"))),
        change={"EncryptionContext": {"purpose": "cek", "more": "x"}},
    ),
    succeeds(
        "Encrypt",
        "a grant for this context",
        "D",
        before=(_SHUT, _granted("Encrypt", **_bound("EncryptionContextEquals", purpose="cek"))),
        change=_CEK,
    ),
    succeeds(
        "Encrypt",
        "a grant for a part of this context",
        "D",
        before=(_SHUT, _granted("Encrypt", **_bound("EncryptionContextSubset", purpose="cek"))),
        change={"EncryptionContext": {"purpose": "cek", "more": "x"}},
    ),
    succeeds(
        "Encrypt",
        "with the token of a grant",
        "D",
        before=(_SHUT, _granted("Encrypt")),
        change={"GrantTokens": ["{token}"]},
    ),
    refused(
        "Encrypt",
        "with the token of a grant that was revoked",
        "InvalidGrantTokenException",
        None,
        "D",
        before=(_granted("Encrypt"), _REVOKED),
        change={"GrantTokens": ["{token}"]},
    ),
]

ROWS: Final[tuple[Row, ...]] = (*_MADE, *_USED)
