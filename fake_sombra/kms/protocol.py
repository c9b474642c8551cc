"""How AWS JSON 1.1 carries a KMS call: headers and bytes in, status and bytes out. Both doors speak through it."""

from __future__ import annotations

import json
import re
from typing import Any

from fake_sombra.kms.call import Caller
from fake_sombra.kms.errors import KmsError, serialization
from fake_sombra.kms.faults.front import pass_faults
from fake_sombra.kms.replies import Reply, answered, refusal
from fake_sombra.kms.state import Kms

_TARGET = re.compile(r"TrentService\.([A-Za-z]{1,64})")
_SCOPE = re.compile(r"AWS4-HMAC-SHA256 .*?Credential=([^/,\s]+)/[0-9]{8}/([a-z0-9-]+)/([a-z0-9-]+)/aws4_request\b.*")


def exchange(kms: Kms, *, target: str | None, authorization: str | None, body: bytes) -> Reply:
    """Answer one request; `target` and `authorization` are the headers' values, None where there is none.

    The signature itself is not checked: the front has no secret keys.
    """
    operation, caller = "", None
    try:
        operation = _operation(target)
        caller = caller_of(authorization)
        document = _document(body)
    except KmsError as refused:
        kms.note_refused(operation, refused, caller=caller)
        return refusal(refused)
    if kms.faults:
        return pass_faults(kms, operation, document, caller)
    try:
        return answered(kms.call(operation, document, caller))
    except KmsError as refused:
        return refusal(refused)


def _operation(target: str | None) -> str:
    matched = _TARGET.fullmatch(target or "")
    if matched is None:
        raise KmsError("UnknownOperationException")
    return matched[1]


def caller_of(authorization: str | None) -> Caller:
    """Read region and access key id from the credential scope of a SigV4 header."""
    if not authorization:
        raise KmsError("MissingAuthenticationTokenException", "Missing Authentication Token")
    scope = _SCOPE.fullmatch(authorization)
    if scope is None:
        raise KmsError("IncompleteSignatureException", "Authorization header requires a 'Credential' scope.")
    access_key_id, region, service = scope.groups()
    if service != "kms":
        raise KmsError("InvalidSignatureException", "Credential should be scoped to correct service: 'kms'.")
    return Caller(region, access_key_id)


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise serialization("the body is not JSON") from error
    if not isinstance(document, dict):
        raise serialization("the body is not a JSON object")
    return document
