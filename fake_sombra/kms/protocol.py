"""How AWS JSON 1.1 carries a KMS call: headers and bytes in, status and bytes out. Both doors speak through it."""

from __future__ import annotations

import json
import re
from typing import Any

from fake_sombra.kms.errors import KmsError, serialization
from fake_sombra.kms.faults.front import pass_faults
from fake_sombra.kms.incoming import MOST_BYTES, Incoming
from fake_sombra.kms.replies import CONTENT_TYPE, Reply, answered, refusal
from fake_sombra.kms.state import Kms

_TARGET = re.compile(r"TrentService\.([A-Za-z]{1,64})")
_VARIANT = re.compile(r"application/x-amz-json-1\.1\s*(?:;.*)?", re.IGNORECASE)


def exchange(kms: Kms, request: Incoming) -> Reply:
    """Answer one request, whatever it is.

    Signatures are checked where the front knows credentials; else the credential scope is believed.
    """
    try:
        return _exchange(kms, request)
    except Exception:  # noqa: BLE001  # the edge of both doors: a bug here must look like a failing KMS, without text
        failed = KmsError("KMSInternalException", "", 500)
        kms.note_refused("", failed)
        return refusal(failed)


def _exchange(kms: Kms, request: Incoming) -> Reply:
    operation, caller = "", None
    try:
        _require_route(request)
        operation = _operation(request.header("x-amz-target"))
        caller = kms.caller_of(request)
        document = _document(request.body)
    except KmsError as refused:
        kms.note_refused(operation, refused, caller=caller)
        return refusal(refused)
    if kms.faults:
        return pass_faults(kms, operation, document, caller)
    try:
        return answered(kms.call(operation, document, caller))
    except KmsError as refused:
        return refusal(refused)


def too_large() -> KmsError:
    """The body is far above anything the KMS takes."""
    return KmsError("RequestEntityTooLargeException", f"the body is over {MOST_BYTES} bytes", 413)


def _require_route(request: Incoming) -> None:
    """One method, one path, one content type: for all else there is no operation (AWS' common errors)."""
    kind = request.header("content-type") or ""
    is_json = kind == CONTENT_TYPE or _VARIANT.fullmatch(kind)
    if request.method != "POST" or request.path != "/" or not is_json:
        raise KmsError("UnknownOperationException", "", 404)
    if len(request.body) > MOST_BYTES:
        raise too_large()


def _operation(target: str | None) -> str:
    matched = _TARGET.fullmatch(target or "")
    if matched is None:
        raise KmsError("UnknownOperationException")
    return matched[1]


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body.decode("utf-8") or "{}")
    except (ValueError, RecursionError) as error:
        raise serialization("the body is not JSON") from error
    if not isinstance(document, dict):
        raise serialization("the body is not a JSON object")
    return document
