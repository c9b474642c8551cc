"""How each artifact class is opened again, and what counts as readable (claims.md, second table).

Every probe is a real attempt over the wire; only the reply decides, never the era.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from harness.artifacts import Artifact
from harness.rehearsal.receiver import Receiver, Rejected
from harness.rehearsal.wire import Cloud, Customer
from harness.target import CONNECTION_REFUSED, Call, Reply, Secrets

INSIDE_CAUSES = frozenset({"wrong_provider", "unknown_key", "tampered", "context_mismatch", "conflict"})
OCTETS = "application/octet-stream"
_BLOCK = 16
_WEBHOOK_TOKEN_S = 3600  # an hour (sombra.md 5.1)
_THROUGH_TRANSCEND = "bad_gateway"  # how a stopped Sombra looks to those who reach it through Transcend

Exchange = Callable[[Sequence[Call]], list[Reply]]


@dataclass(frozen=True, slots=True)
class Observed:
    """What one probe saw; `leaked` is true when a refusal carried plaintext, `matches` is consent's look-up.

    `inside` is the cause of what lies inside a token that verifies, and `where` the check that a download key failed.
    `listed` is whether the listing that leads to a file was answered.
    """

    artifact: Artifact
    readable: bool
    cause: str
    status: int
    leaked: bool = False
    matches: bool | None = None
    inside: str = ""
    where: str = ""
    listed: bool | None = None

    def told(self) -> dict[str, Any]:
        """What of it goes into a history: names and causes, never a handle."""
        return {
            "artifact": self.artifact.name,
            "class": self.artifact.kind,
            "readable": self.readable,
            "cause": self.cause,
            "status": self.status,
            "leaked": self.leaked,
            "matches": self.matches,
            "inside": self.inside,
            "where": self.where,
            "listed": self.listed,
        }


@dataclass(frozen=True, slots=True)
class Prober:
    """Opens artifacts over one world's wire."""

    secrets: Secrets
    exchange: Exchange
    audience: str

    def probe(self, artifacts: Iterable[Artifact]) -> list[Observed]:
        """Attempt every artifact once; the result keeps the order of the argument."""
        wanted = list(artifacts)
        seen: dict[str, Observed] = {}
        for kind in dict.fromkeys(artifact.kind for artifact in wanted):
            group = [artifact for artifact in wanted if artifact.kind == kind]
            attempt = self._webhook_tokens if kind == "webhook_token" else self._attempt
            seen.update((each.artifact.name, each) for each in attempt(group))
        return [seen[artifact.name] for artifact in wanted]

    def _attempt(self, artifacts: list[Artifact]) -> list[Observed]:
        if artifacts[0].kind == "file":
            return self._files(artifacts)
        replies = self.exchange([self._call(artifact) for artifact in artifacts])
        return [_JUDGES[artifact.kind](artifact, reply) for artifact, reply in zip(artifacts, replies, strict=True)]

    def _call(self, artifact: Artifact) -> Call:
        return _CALLS[artifact.kind](Customer(self.secrets), Cloud(self.secrets), artifact.handle)

    def _files(self, files: list[Artifact]) -> list[Observed]:
        """A fresh download key for each file, then the file."""
        customer = Customer(self.secrets)
        requests = list(dict.fromkeys(file.handle["id"] for file in files))
        listings = self.exchange([customer.download_keys(request) for request in requests])
        by_request = dict(zip(requests, listings, strict=True))
        keys = {file.name: _key_for(file, by_request[file.handle["id"]]) for file in files}
        listed = [file for file in files if keys[file.name]]
        replies = self.exchange([customer.download(keys[file.name]) for file in listed])
        seen = {file.name: _judge_file(file, reply) for file, reply in zip(listed, replies, strict=True)}
        found = [(file, by_request[file.handle["id"]]) for file in files]
        return [replace(seen.get(file.name) or _unlisted(file, listing), listed=listing.ok) for file, listing in found]

    def _webhook_tokens(self, tokens: list[Artifact]) -> list[Observed]:
        """Verified as a receiver does that fetches the PEM now (clients.md section 9)."""
        reply = self.exchange([Customer(self.secrets).public_key()])[0]
        return [_judge_webhook(token, reply, self.audience) for token in tokens]


def cause_of(reply: Reply) -> str:
    """Why a reply is no success, a stopped Sombra told alike directly and through Transcend; `garbage` for nonsense."""
    return (CONNECTION_REFUSED if reply.cause == _THROUGH_TRANSCEND else reply.cause) or "garbage"


def _refused(artifact: Artifact, reply: Reply) -> Observed:
    return Observed(artifact, False, cause_of(reply), reply.status, _leaks(artifact, reply))


def _leaks(artifact: Artifact, reply: Reply) -> bool:
    blocks = (artifact.plaintext[at : at + _BLOCK] for at in range(0, len(artifact.plaintext), _BLOCK))
    return any(len(block) == _BLOCK and block in reply.body for block in blocks)


def _opened_if(artifact: Artifact, reply: Reply, *, right: bool) -> Observed:
    return Observed(artifact, True, "", reply.status) if reply.ok and right else _refused(artifact, reply)


def _judge_file(artifact: Artifact, reply: Reply) -> Observed:
    """The exact plaintext, under its own length and kind (docs/wire.md, `GET /v1/files`)."""
    said = (reply.headers.get("content-length"), reply.headers.get("content-type"))
    named = said == (str(len(artifact.plaintext)), artifact.handle.get("mimetype", OCTETS))
    return _opened_if(artifact, reply, right=named and hashlib.sha256(reply.body).hexdigest() == artifact.digest)


def _judge_request(artifact: Artifact, reply: Reply) -> Observed:
    return _opened_if(artifact, reply, right=reply.json.get("opened") is True)


def _judge_identifier(artifact: Artifact, reply: Reply) -> Observed:
    """Its own values come back, all that were stated, and nobody else's."""
    values = {each.get("value") for each in reply.json.get("identifiers", [])}
    stated = {artifact.handle["value"], *artifact.handle.get("stated", "").split()}
    known = {*stated, *artifact.handle.get("others", "").split()}
    return _opened_if(artifact, reply, right=stated <= values <= known)


def _judge_integration(artifact: Artifact, reply: Reply) -> Observed:
    return _opened_if(artifact, reply, right=reply.json.get("credential") == artifact.handle["credential"])


def _judge_session(artifact: Artifact, reply: Reply) -> Observed:
    return _opened_if(artifact, reply, right=reply.json.get("subject") == artifact.handle["subject"])


def _judge_signature(artifact: Artifact, reply: Reply) -> Observed:
    """The token verifies when what is refused, if anything, is what lies inside it."""
    if reply.ok or reply.cause in INSIDE_CAUSES or reply.cause.startswith("kms_"):
        return Observed(artifact, True, "", reply.status, inside=reply.cause, where=reply.where)
    return replace(_refused(artifact, reply), where=reply.where)


def _judge_consent(artifact: Artifact, reply: Reply) -> Observed:
    document = reply.json
    if reply.ok and document.get("identifier") == artifact.handle["identifier"]:
        return Observed(artifact, True, "", reply.status, matches=document.get("matches") is True)
    return _refused(artifact, reply)


def _judge_webhook(artifact: Artifact, reply: Reply, audience: str) -> Observed:
    if not reply.ok:
        return _refused(artifact, reply)
    try:
        claims = Receiver(reply.body, audience).claims(artifact.handle["token"])
    except Rejected as rejected:
        return Observed(artifact, False, rejected.cause, reply.status)
    lasts = claims.get("exp", 0) - claims.get("iat", 0) == _WEBHOOK_TOKEN_S
    right = claims.get("value") == artifact.handle["value"] and lasts and bool(claims.get("jti"))
    return _opened_if(artifact, reply, right=right)


def _key_for(file: Artifact, listing: Reply) -> str:
    nodes: Iterable[Mapping[str, str]] = listing.json.get("nodes", []) if listing.ok else []
    return next((node["downloadKey"] for node in nodes if node["fileName"] == file.handle["fileName"]), "")


def _unlisted(file: Artifact, listing: Reply) -> Observed:
    return Observed(file, False, listing.cause or "not_listed", listing.status)


_JUDGES: Mapping[str, Callable[[Artifact, Reply], Observed]] = {
    "request": _judge_request,
    "identifier": _judge_identifier,
    "integration": _judge_integration,
    "session": _judge_session,
    "nonce": _judge_signature,
    "download_key": _judge_signature,
    "consent_identifier": _judge_consent,
}


def _named(handle: Mapping[str, str]) -> dict[str, str]:
    return {"contextId": handle["contextId"]} if "contextId" in handle else {}


_CALLS: Mapping[str, Callable[[Customer, Cloud, Mapping[str, str]], Call]] = {
    "request": lambda _, cloud, h: cloud("POST", f"requests/{h['id']}/open", _named(h)),
    "identifier": lambda customer, _, h: customer.identifiers(h["id"]),
    "integration": lambda _, cloud, h: cloud("POST", f"integrations/{h['id']}/proxy", {"path": "/me", **_named(h)}),
    "session": lambda _, cloud, h: cloud("POST", "login", {"audience": h["audience"], "session": h["token"]}),
    "nonce": lambda customer, _, h: customer.answer(h["token"], []),
    "download_key": lambda customer, _, h: customer.download(h["token"]),
    "consent_identifier": lambda _, cloud, h: cloud(
        "POST", f"consent/{h['id']}/lookup", {"identifier": h["identifier"]}
    ),
}
