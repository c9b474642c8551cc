"""How a world is filled: requests in all sixteen statuses with files, tokens, sessions, integrations, identifiers."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.artifacts import Artifact, Submitted
from harness.rehearsal.overheard import claims_of
from harness.rehearsal.rehearsal import Rehearsal
from harness.target import control

STATUSES = (
    "REQUEST_MADE",
    "ENRICHING",
    "ON_HOLD",
    "WAITING",
    "COMPILING",
    "APPROVING",
    "DELAYED",
    "SECONDARY",
    "SECONDARY_APPROVING",
    "FAILED_VERIFICATION",
    "COMPLETED",
    "DOWNLOADABLE",
    "VIEW_CATEGORIES",
    "CANCELED",
    "SECONDARY_COMPLETED",
    "REVOKED",
)
IN_FLIGHT = STATUSES[:9]

FILES_EACH = 2
_FILE_SIZE = 2048
_KINDS = {1: "application/octet-stream", 2: "text/csv"}
_OTHERS = 3
_TOKENS_KEPT = 8


@dataclass(slots=True)
class Seeder:
    """Fills one world, repeatably: the same seed makes the same names, statuses and plaintexts."""

    rehearsal: Rehearsal
    seed: int
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.seed}/{len(self.rehearsal.ledger.artifacts)}")  # noqa: S311  test content

    def everything(self, count: int, *, statuses: Sequence[str] = STATUSES) -> list[Submitted]:
        """Requests over the statuses in turn, and a few of every class that hangs on no request."""
        requests = self.requests([statuses[number % len(statuses)] for number in range(count)])
        self.others(_OTHERS)
        return requests

    def left_behind(self) -> None:
        """Finished requests and one of every other class; no webhook token, for those live an hour."""
        self.requests(("COMPLETED", "DOWNLOADABLE"), webhook_tokens=0)
        self.others(1)

    def requests(self, statuses: Sequence[str], *, webhook_tokens: int = _TOKENS_KEPT) -> list[Submitted]:
        """Submit requests, upload their files, then let Transcend put them into their statuses."""
        first = len(self.rehearsal.ledger.requests)
        drafts = [self._draft(first + number, status) for number, status in enumerate(statuses)]
        made = self._submit(drafts)
        nonces = self._webhooks(made, kept=webhook_tokens)
        self._upload(made, nonces)
        set_status = [
            control("transcend-control", "POST", f"/requests/{each.id}/status", {"status": each.status})
            for each in made
        ]
        self.rehearsal.need("set statuses", set_status)
        self._download_keys(made)
        return made

    def bare_request(self) -> Submitted:
        """Submit one request, and nothing for it: the least that takes a new key."""
        return self._submit([self._draft(len(self.rehearsal.ledger.requests), "REQUEST_MADE")])[0]

    def _draft(self, number: int, status: str) -> Submitted:
        name = f"r{number:03d}"
        return Submitted(name, "", status, f"{name}@example.com", f"core-id-{name}")

    def _submit(self, drafts: list[Submitted]) -> list[Submitted]:
        r = self.rehearsal
        replies = r.need("submit requests", [r.customer.submit(draft) for draft in drafts])
        made = []
        for draft, reply in zip(drafts, replies, strict=True):
            request = Submitted(
                draft.name, str(reply.json["request"]["id"]), draft.status, draft.email, draft.core_identifier
            )
            r.ledger.requests[request.name] = request
            made.append(request)
            self.keep("request", request.name, request=request.name, handle={"id": request.id})
            handle = {
                "id": request.id,
                "value": request.email,
                "stated": request.stated,
                "others": request.others,
            }
            self.keep("identifier", request.name, request=request.name, handle=handle)
        return made

    def _webhooks(self, requests: list[Submitted], *, kept: int) -> list[str]:
        r = self.rehearsal
        calls = [
            r.cloud("POST", f"requests/{each.id}/webhook", {"dataSiloId": "crm", "url": None}) for each in requests
        ]
        nonces, ids, about = [], set(), 0
        for number, (request, reply) in enumerate(zip(requests, r.need("webhooks", calls), strict=True)):
            headers = reply.json["headers"]
            nonces.append(headers["x-transcend-nonce"])
            ids.add(str(claims_of(headers["x-sombra-token"]).get("jti")))
            about += _is_about(request, reply.json["body"])
            self.keep("nonce", request.name, request=request.name, handle={"token": nonces[-1], "id": request.id})
            if number < kept:
                handle = {"token": headers["x-sombra-token"], "value": request.core_identifier}
                self.keep("webhook_token", request.name, request=request.name, handle=handle)
        r.record("webhooks", made=len(nonces), ids=len(ids), about=about)
        return nonces

    def _upload(self, requests: list[Submitted], nonces: list[str]) -> None:
        r = self.rehearsal
        files, calls = [], []
        for request, nonce in zip(requests, nonces, strict=True):
            for number in range(1, FILES_EACH + 1):
                name, content = f"export-{number}.bin", self._random.randbytes(_FILE_SIZE + number)
                files.append((request, number, name, content))
                calls.append(r.customer.datapoint(nonce, name, content, mimetype=_KINDS[number]))
        r.need("upload files", calls)
        for request, number, name, content in files:
            handle = {"id": request.id, "fileName": name, "mimetype": _KINDS[number]}
            self.keep("file", f"{request.name}-{number}", request=request.name, handle=handle, plaintext=content)

    def _download_keys(self, requests: list[Submitted]) -> None:
        """For the first request in each status: every one of these tokens is used in each probe."""
        r, requests = self.rehearsal, requests[: len(STATUSES)]
        replies = r.need("download keys", [r.customer.download_keys(each.id) for each in requests])
        for request, reply in zip(requests, replies, strict=True):
            node = reply.json["nodes"][-1]
            handle = {"token": node["downloadKey"], "id": request.id}
            self.keep("download_key", request.name, request=request.name, handle=handle)

    def others(self, count: int, *, integrations: bool = True) -> None:
        """Integrations (which need a wrap), sessions and consent identifiers."""
        first = len(self.rehearsal.ledger.of("session"))
        for number in range(first, first + count):
            if integrations:
                self._integration(f"i{number}")
            self._session(f"s{number}", "data_subject" if number % 2 else "employee")
            self._consent(f"c{number}")

    def _integration(self, name: str) -> None:
        r = self.rehearsal
        r.need("name integration", [r.cloud("PUT", f"integrations/{name}", {"title": name})])
        self.connect(name)

    def connect(self, name: str) -> None:
        """Have a credential sealed by the provider of the moment, and stored at an integration beside older ones."""
        r = self.rehearsal
        secret_map = {"apiKey": self._random.randbytes(16).hex()}
        context = r.need("register integration", [r.customer.register_saas(secret_map)])[0].body.decode()
        connecting = r.cloud("POST", f"integrations/{name}/context", {"integrationContext": context})
        stored = r.need("store integration", [connecting])[0]
        canonical = json.dumps(secret_map, sort_keys=True, separators=(",", ":")).encode()
        handle = {
            "id": name,
            "contextId": str(stored.json["contextId"]),
            "credential": "sha256:" + hashlib.sha256(canonical).hexdigest(),
            "secret": secret_map["apiKey"],
        }
        self.keep("integration", name, handle=handle)

    def _session(self, name: str, audience: str) -> None:
        r = self.rehearsal
        reply = r.need("log in", [r.cloud("POST", "login", {"audience": audience, "subject": name})])[0]
        self.keep("session", name, handle={"token": reply.json["session"], "audience": audience, "subject": name})

    def _consent(self, name: str) -> None:
        r = self.rehearsal
        identifier = f"{name}@example.com"
        reply = r.need("consent identifier", [r.cloud("POST", "consent/encrypt", {"identifier": identifier})])[0]
        self.keep("consent_identifier", name, handle={"id": str(reply.json["id"]), "identifier": identifier})

    def keep(
        self,
        kind: str,
        suffix: str,
        *,
        request: str | None = None,
        handle: dict[str, str] | None = None,
        plaintext: bytes = b"",
    ) -> None:
        """Record one artifact under a stable name."""
        r = self.rehearsal
        name = f"{kind}/{suffix}"
        while name in r.ledger.artifacts:
            name += "+"
        r.made(Artifact(name, kind, r.serving or "", request, handle or {}, plaintext))


def _is_about(request: Submitted, body: Mapping[str, Any]) -> bool:
    """Whether a webhook says which request and which data subject it is about (sombra.md 6.28)."""
    named = body.get("extras", {}).get("request", {}).get("id"), body.get("coreIdentifier", {}).get("value")
    return named == (request.id, request.core_identifier)
