"""What serve answers when it does not do what it was asked.

Exception
├── Refusal     serve's own: a status, a stable code, what to do next
└── PassedOn    somebody else's refusal, handed on as it came
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from harness.target import Reply


class Refusal(Exception):
    """Serve's own refusal; `problems` are the gateway's, one for each wrong variable."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        problems: tuple[str, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.problems, self.headers = problems, headers or {}

    @property
    def body(self) -> bytes:
        """The error body of docs/wire.md, with the problems where there are some."""
        told = {"problems": list(self.problems)} if self.problems else {}
        document = {"error": {"message": self.message, "code": self.code, **told}, "message": self.message}
        return json.dumps(document).encode()


class PassedOn(Exception):
    """A refusal of the gateway, the stand-in or the KMS front: their status, their body."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.cause)
        self.reply = reply

    @property
    def status(self) -> int:
        """502 where nobody answered."""
        return self.reply.status or 502

    @property
    def code(self) -> str:
        """The cause they named."""
        return self.reply.cause

    @property
    def message(self) -> str:
        """What they said of it."""
        error = self.reply.json.get("error") if isinstance(self.reply.json, dict) else None
        said = error.get("message") if isinstance(error, dict) else None
        return str(said) if said else "nobody answers there"

    @property
    def body(self) -> bytes:
        """Exactly what they answered, or the same form where nobody did."""
        return self.reply.body if self.reply.status else Refusal(502, self.code, self.message).body


def bad_request(message: str) -> Refusal:
    """A call that cannot be understood."""
    return Refusal(400, "bad_request", message)
