"""How each public call is spelled: paths, headers and bodies of Sombra, of the stand-in and of the fake's controls.

Pure: arguments to `Call`. Sources: sombra.md section 6, clients.md section 4, docs/wire.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from harness.artifacts import Submitted
from harness.target import Call, Place, Secrets

_JSON = {"content-type": "application/json"}


def _body(document: object) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Customer:
    """The customer ingress, as the company's own services and the CLI call it."""

    secrets: Secrets

    def _call(
        self, method: str, path: str, document: object = None, *, headers: Mapping[str, str] | None = None
    ) -> Call:
        sent = {
            "authorization": f"Bearer {self.secrets.api_key}",
            "x-sombra-authorization": f"Bearer {self.secrets.internal_key}",
            **(_JSON if document is not None else {}),
            **(headers or {}),
        }
        return Call(method, "customer", path, sent, b"" if document is None else _body(document))

    def health(self, place: Place = "customer") -> Call:
        """`GET /health`, which needs no credential."""
        return Call("GET", place, "/health")

    def public_key(self) -> Call:
        """`GET /public-keys/sombra-general-signing-key`."""
        return Call("GET", "customer", "/public-keys/sombra-general-signing-key")

    def submit(self, request: Submitted, *, restart: bool = False) -> Call:
        """`POST /v1/data-subject-request`; with a request id it restarts (sombra.md 6.12)."""
        document: dict[str, Any] = {
            "type": "ERASURE" if request.status.startswith("SECONDARY") else "ACCESS",
            "subject": {
                "coreIdentifier": request.core_identifier,
                "email": request.email,
                "emailIsVerified": True,
                "attestedExtraIdentifiers": {"custom": [{"name": "loyalty", "value": request.loyalty}]},
            },
            "subjectType": "customer",
            "isSilent": True,
            "isTest": True,
        }
        if restart:
            document["requestId"] = request.id
        return self._call("POST", "/v1/data-subject-request", document)

    def restart(self, request: Mapping[str, Any]) -> Call:
        """The same route for a request as Transcend's cloud lists it; no identifier is decrypted (clients.md 6.6)."""
        subject = {name: request[name] for name in ("coreIdentifier", "email") if request.get(name)}
        document = {
            "type": request["type"],
            "subject": {**subject, "emailIsVerified": True},
            "subjectType": request["subjectType"],
            "requestId": request["id"],
            "isSilent": bool(request.get("isSilent")),
            "isTest": bool(request.get("isTest")),
        }
        return self._call("POST", "/v1/data-subject-request", document)

    def read(self, request_id: str) -> Call:
        """`GET /v1/data-subject-request/{id}`."""
        return self._call("GET", f"/v1/data-subject-request/{request_id}")

    def download_keys(self, request_id: str, *, offset: int = 0, limit: int = 100) -> Call:
        """`GET …/download-keys` as the CLI sends it."""
        query = urlencode({"limit": limit, "offset": offset})
        return self._call("GET", f"/v1/data-subject-request/{request_id}/download-keys?{query}")

    def download(self, key: str) -> Call:
        """`GET /v1/files`."""
        return self._call("GET", f"/v1/files?downloadKey={quote(key, safe='')}")

    def download_as_bare_cli(self, key: str) -> Call:
        """The same without the internal key, as `download-files` really sends it (D-09)."""
        call = self.download(key)
        headers = {name: value for name, value in call.headers.items() if name != "x-sombra-authorization"}
        return Call(call.method, call.place, call.path, headers)

    def identifiers(self, request_id: str) -> Call:
        """`POST /v1/request-identifiers`."""
        return self._call("POST", "/v1/request-identifiers", {"requestId": request_id, "first": 50, "offset": 0})

    def enrich(self, nonce: str, email: str) -> Call:
        """`POST /v1/enrich-identifiers` with a nonce."""
        document = {"enrichedIdentifiers": {"email": [{"value": email}]}}
        return self._call("POST", "/v1/enrich-identifiers", document, headers={"x-transcend-nonce": nonce})

    def answer(self, nonce: str, profiles: list[dict[str, Any]]) -> Call:
        """`POST /v1/data-silo`; an empty list only proves the nonce."""
        return self._call("POST", "/v1/data-silo", {"profiles": profiles}, headers={"x-transcend-nonce": nonce})

    def confirm(self, nonce: str) -> Call:
        """`PUT /v1/data-silo`."""
        return self._call("PUT", "/v1/data-silo", {}, headers={"x-transcend-nonce": nonce})

    def datapoint(self, nonce: str, name: str, content: bytes, *, mimetype: str = "application/octet-stream") -> Call:
        """`POST /v1/datapoint`, the raw upload."""
        headers = {
            "x-transcend-nonce": nonce,
            "x-transcend-datapoint-name": name,
            "content-type": mimetype,
        }
        call = self._call("POST", "/v1/datapoint", headers=headers)
        return Call(call.method, call.place, call.path, call.headers, content)

    def datapoint_page(self, nonce: str, name: str, rows: list[Any]) -> Call:
        """`POST /v1/datapoint-chunked`, one page."""
        document = {"dataPointName": name, "data": rows, "isLastPage": True}
        return self._call("POST", "/v1/datapoint-chunked", document, headers={"x-transcend-nonce": nonce})

    def pending_requests(self, silo: str, action: str) -> Call:
        """`GET /v1/data-silo/{id}/pending-requests/{action}`, the first page as the CLI asks for it."""
        return self._call("GET", f"/v1/data-silo/{silo}/pending-requests/{action}?offset=0&limit=100")

    def sign_code(self, code: str) -> Call:
        """`POST /v1/custom/sign` for a function without an environment of its own."""
        return self._call("POST", "/v1/custom/sign", {"code": code, "context": {}})

    def register_saas(self, secrets: Mapping[str, str]) -> Call:
        """`POST /v1/register-saas`."""
        document = {"secretMap": dict(secrets), "allowedHosts": ["api.example.com"], "allowedPlaintextPaths": []}
        return self._call("POST", "/v1/register-saas", document)


@dataclass(frozen=True, slots=True)
class Cloud:
    """The stand-in's product port, as a dashboard, a privacy centre or an operator calls it (docs/wire.md)."""

    secrets: Secrets

    def __call__(self, method: str, path: str, document: object = None) -> Call:
        """A call under the stand-in's prefix."""
        headers = {"authorization": f"Bearer {self.secrets.api_key}", **(_JSON if document is not None else {})}
        return Call(method, "transcend", f"/fake/v1/{path}", headers, b"" if document is None else _body(document))


@dataclass(frozen=True, slots=True)
class Ingress:
    """The Transcend ingress, as Transcend's cloud calls it (docs/wire.md)."""

    secrets: Secrets

    def __call__(self, route: str, document: object) -> Call:
        """A call with the shared secret; every route of this listener is a `POST`."""
        headers = {**_JSON, "x-fake-ingress-secret": self.secrets.ingress_secret}
        return Call("POST", "ingress", f"/fake/v1/{route}", headers, _body(document))
