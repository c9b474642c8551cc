"""One access in question: who, what, on which key, in which encryption context, and what else is known of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

_PRINCIPAL = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):(?:"
    r"iam::(?P<iam_account>[0-9]{12}):(?P<kind>root|user|role)(?:/(?P<path>.+))?"
    r"|sts::(?P<sts_account>[0-9]{12}):(?P<session>assumed-role|federated-user)/(?P<session_path>.+))"
)
_KEY = re.compile(r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):key/.+")
NO_KEY: Final = "*"


@dataclass(frozen=True, slots=True)
class Principal:
    """A caller by its ARN; `role` is the name of the role a session was assumed from."""

    arn: str
    account: str
    kind: str
    role: str | None = None

    @classmethod
    @lru_cache(maxsize=256)
    def parse(cls, arn: str) -> Principal:
        """Read the ARN of a user, role, session or account; raises ValueError."""
        found = _PRINCIPAL.fullmatch(arn)
        if found is None:
            raise ValueError(f"{arn!r} is no principal; write arn:aws:iam::<account>:role/<name> or the session's ARN")
        path = found["session_path"] or ""
        role = path.partition("/")[0] if found["session"] == "assumed-role" else None
        account = found["iam_account"] or found["sts_account"]
        return cls(arn, account, found["kind"] or found["session"], role)


@dataclass(frozen=True, slots=True)
class Request:
    """`resource` is a key ARN, or `*` where no key is touched.

    `facts` are condition keys that the access alone does not show, each with its values; no value means that the
    key is known to be absent. What is neither here nor in `facts` is not known, and never guessed.
    """

    principal: Principal
    action: str
    resource: str
    context: Mapping[str, str] = field(default_factory=dict)
    via_service: str | None = None
    facts: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def key_account(self) -> str | None:
        """The account that owns the key; None where no key is touched."""
        return self._of_key("account")

    @property
    def region(self) -> str | None:
        """The region that is called, as far as the key tells."""
        return self._of_key("region")

    def _of_key(self, part: str) -> str | None:
        found = _KEY.fullmatch(self.resource)
        return found[part] if found else None
