"""Who holds which access key, once a front has been told; until then every signature is taken as it comes."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fake_sombra.kms.call import Caller
from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.incoming import Incoming
from fake_sombra.kms.policy import Principal
from fake_sombra.kms.signatures import Scope, check

_EXPIRED = "The security token included in the request is expired"
_INVALID = "The security token included in the request is invalid."
_FIELDS = ("access_key_id", "secret_access_key", "session_token", "principal", "expires_at")


@dataclass(frozen=True, slots=True)
class Credential:
    """One access key; `principal` is an ARN, None for a user of the front's account; `expires_at` is in seconds."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)
    principal: str | None = None
    expires_at: float | None = None

    def __post_init__(self) -> None:
        if not self.access_key_id or not self.secret_access_key:
            raise ValueError("a credential needs an access_key_id and a secret_access_key")
        if self.principal is not None:
            Principal.parse(self.principal)

    def to_json(self) -> dict[str, Any]:
        """For a snapshot, secrets included."""
        return {name: getattr(self, name) for name in _FIELDS}

    @classmethod
    def from_json(cls, given: Any) -> Credential:
        """Read one; raises ValueError that names what is wrong, never with a value."""
        if not isinstance(given, Mapping) or not set(given) <= set(_FIELDS):
            raise ValueError(f"a credential is an object of {', '.join(_FIELDS)}")
        texts = {name: value for name, value in given.items() if name != "expires_at" and value is not None}
        wrong = [name for name, value in texts.items() if not isinstance(value, str)]
        expires = given.get("expires_at")
        if wrong or isinstance(expires, bool) or not isinstance(expires, int | float | None):
            raise ValueError(f"{wrong[0] if wrong else 'expires_at'} of a credential has the wrong type")
        missing = [name for name in _FIELDS[:2] if name not in texts]
        if missing:
            raise ValueError(f"a credential lacks its {missing[0]}")
        return cls(**texts, expires_at=expires)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Every access key that may sign; with none known, whoever signs is let in and no signature is checked."""

    known: Mapping[str, Credential] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Iterable[Credential]) -> Credentials:
        """Index them; the last of equal access keys counts."""
        return cls({each.access_key_id: each for each in given})

    def caller(self, request: Incoming, *, now: float) -> Caller:
        """Who signed a request; raises as AWS does for what is not signed, or not as it should be."""
        scope = Scope.of(request)
        replica = request.replica
        if not self.known:
            return Caller(scope.region, scope.access_key_id, replica=replica)
        credential = self.known.get(scope.access_key_id)
        if credential is None:
            raise KmsError("UnrecognizedClientException", _INVALID)
        check(request, scope, credential.secret_access_key, now=now)
        _require_token(request, credential, now=now)
        return Caller(scope.region, scope.access_key_id, credential.principal, replica)


def _require_token(request: Incoming, credential: Credential, *, now: float) -> None:
    given = request.header("x-amz-security-token") or ""
    if not hmac.compare_digest(given.encode(), (credential.session_token or "").encode()):
        raise KmsError("UnrecognizedClientException", _INVALID)
    if credential.expires_at is not None and now >= credential.expires_at:
        raise KmsError("ExpiredTokenException", _EXPIRED)
