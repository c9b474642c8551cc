"""The door for gateways that are their own process: the AWS JSON 1.1 protocol over HTTP."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from fake_sombra.http import AsgiApp, Message, Scope
from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.state import Kms

_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[a-z0-9-]+)/kms/aws4_request")
_TARGET = "TrentService."


def http_app(kms: Kms) -> AsgiApp:
    """One endpoint for all regions; the region comes from the signature's credential scope."""

    async def app(scope: Scope, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        body = await _body(receive)
        try:
            status, document = 200, _answer(kms, headers, body)
        except KmsError as error:
            status, document = error.http_status, {"__type": error.code, "message": error.message}
        await _send(send, status, document)

    return app


def _answer(kms: Kms, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    scope = _SCOPE.search(headers.get("authorization", ""))
    if scope is None:
        raise KmsError("MissingAuthenticationTokenException", "Missing Authentication Token")
    target = headers.get("x-amz-target", "")
    if not target.startswith(_TARGET):
        raise KmsError("UnknownOperationException", "")
    try:
        document = json.loads(body or b"{}")
    except ValueError as error:
        raise KmsError("SerializationException", "the body is not JSON") from error
    if not isinstance(document, dict):
        raise KmsError("SerializationException", "the body is not a JSON object")
    caller = kms.caller(region=scope["region"], access_key_id=scope["key"])
    return kms.call(target.removeprefix(_TARGET), document, caller)


async def _body(receive: Any) -> bytes:
    chunks = []
    while True:
        message: Message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


async def _send(send: Any, status: int, document: dict[str, Any]) -> None:
    content = json.dumps(document).encode()
    headers = [
        (b"content-type", b"application/x-amz-json-1.1"),
        (b"content-length", str(len(content)).encode()),
        (b"x-amzn-requestid", str(uuid.uuid4()).encode()),
        (b"server", b"fake-sombra"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
