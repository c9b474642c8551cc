"""Signature Version 4 from the side that checks it: who claims to have signed, and whether the secret agrees."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import parse_qsl, quote

from fake_sombra.kms.errors import KmsError
from fake_sombra.kms.incoming import Incoming

ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SERVICE: Final = "kms"
_SKEW_S: Final = 300.0
_TIME = "%Y%m%dT%H%M%SZ"
_SCOPE = re.compile(
    r"AWS4-HMAC-SHA256 .*?Credential=(?P<key>[^/,\s]+)/(?P<date>[0-9]{8})/(?P<region>[a-z0-9-]+)"
    r"/(?P<service>[a-z0-9-]+)/aws4_request\b(?P<rest>.*)"
)
_REST = re.compile(r",\s*SignedHeaders=(?P<headers>[a-z0-9;-]+),\s*Signature=(?P<signature>[0-9a-f]{64})")
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key "
    "and signing method. Consult the service documentation for details."
)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a signer says of itself; `rest` is the part of the header that only a check needs."""

    access_key_id: str
    date: str
    region: str
    rest: str

    @classmethod
    def of(cls, request: Incoming) -> Scope:
        """Read the authorization header; raises as AWS does where there is no scope of the KMS."""
        authorization = request.header("authorization")
        if not authorization:
            raise KmsError("MissingAuthenticationTokenException", "Missing Authentication Token")
        found = _SCOPE.fullmatch(authorization)
        if found is None:
            raise KmsError("IncompleteSignatureException", "Authorization header requires a 'Credential' scope.")
        if found["service"] != _SERVICE:
            raise KmsError("InvalidSignatureException", "Credential should be scoped to correct service: 'kms'.")
        return cls(found["key"], found["date"], found["region"], found["rest"])


def check(request: Incoming, scope: Scope, secret: str, *, now: float) -> None:
    """Raise IncompleteSignatureException or InvalidSignatureException unless the secret signed just this request."""
    parts = _REST.fullmatch(scope.rest)
    if parts is None:
        missing = [f"Authorization header requires '{each}' parameter." for each in ("Signature", "SignedHeaders")]
        raise KmsError("IncompleteSignatureException", " ".join(missing))
    sent = request.header("x-amz-date")
    if not sent:
        raise KmsError(
            "IncompleteSignatureException",
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.",
        )
    _require_fresh(sent, scope.date, now)
    names = parts["headers"].split(";")
    signed = {name: request.header(name) for name in names}
    expected = _signature(request, scope, secret, sent=sent, signed=signed)
    if "host" not in signed or None in signed.values() or not hmac.compare_digest(expected, parts["signature"]):
        raise KmsError("InvalidSignatureException", _MISMATCH)


def _require_fresh(sent: str, date: str, now: float) -> None:
    try:
        at = datetime.strptime(sent, _TIME).replace(tzinfo=UTC).timestamp()
    except ValueError as error:
        raise KmsError(
            "IncompleteSignatureException", f"Date must be in ISO-8601 'basic format'. Got '{sent[:32]}'."
        ) from error
    if not sent.startswith(date):
        said = f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}'"
        raise KmsError("InvalidSignatureException", f"{said} != '{sent[:8]}', from '{sent}'.")
    here, bound = _spelled(now), _SKEW_S / 60
    if at < now - _SKEW_S:
        earliest = _spelled(now - _SKEW_S)
        said = f"Signature expired: {sent} is now earlier than {earliest} ({here} - {bound:.0f} min.)"
        raise KmsError("InvalidSignatureException", said)
    if at > now + _SKEW_S:
        latest = _spelled(now + _SKEW_S)
        said = f"Signature not yet current: {sent} is still later than {latest} ({here} + {bound:.0f} min.)"
        raise KmsError("InvalidSignatureException", said)


def _signature(request: Incoming, scope: Scope, secret: str, *, sent: str, signed: dict[str, str | None]) -> str:
    """The signature that the holder of the secret makes (AWS' general reference, "Signature Version 4")."""
    headers = "".join(f"{name}:{' '.join((value or '').split())}\n" for name, value in signed.items())
    canonical = "\n".join(
        (
            request.method,
            quote(request.path or "/", safe="/-_.~%"),
            _canonical_query(request.query),
            headers,
            ";".join(signed),
            hashlib.sha256(request.body).hexdigest(),
        )
    )
    place = f"{scope.date}/{scope.region}/{_SERVICE}/aws4_request"
    asked = "\n".join((ALGORITHM, sent, place, hashlib.sha256(canonical.encode()).hexdigest()))
    key = f"AWS4{secret}".encode()
    for part in (scope.date, scope.region, _SERVICE, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, asked.encode(), "sha256").hex()


def _canonical_query(query: str) -> str:
    pairs = ((quote(each, safe="-_.~"), quote(value, safe="-_.~")) for each, value in parse_qsl(query, True))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


def _spelled(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime(_TIME)
