"""What goes back on the wire, and what of it a fault may take away."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import uuid4

from fake_sombra.kms.errors import KmsError

CONTENT_TYPE: Final = "application/x-amz-json-1.1"


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer; `cut` says that the caller gets none, for nobody took the call or nobody heard the answer."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay_s: float = 0.0
    cut: Literal["", "refused", "lost"] = ""


def answered(document: Mapping[str, Any], *, delay_s: float = 0.0) -> Reply:
    """Spell an answer as AWS does."""
    return _json(200, document, delay_s)


def refusal(error: KmsError, *, delay_s: float = 0.0) -> Reply:
    """Spell a refusal as AWS does."""
    return _json(error.http_status, {"__type": error.code, "message": error.message}, delay_s)


def _json(status: int, document: Mapping[str, Any], delay_s: float) -> Reply:
    headers = {"content-type": CONTENT_TYPE, "server": "fake-sombra", "x-amzn-requestid": str(uuid4())}
    return Reply(status, headers, json.dumps(document).encode() if document else b"", delay_s)
