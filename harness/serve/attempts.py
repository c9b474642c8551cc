"""What opens right now, by trying: each context is opened and each file downloaded; the era decides nothing.

An attempt is kept until something changes (a start, a stop, the clock, a fault, or the wish to try again), for
each costs the KMS a call.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from harness.rehearsal.wire import Customer
from harness.serve import eras
from harness.serve.hands_on import HandsOn
from harness.survival import names_of_keys
from harness.target import Call, Reply

_LARGEST = 16 * 1024 * 1024  # a larger file is not downloaded for a page
_THROUGH_TRANSCEND = {"bad_gateway": "connection_refused"}  # a stopped Sombra, to those who go through the stand-in

Node = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tried:
    """Whether it opened, and if not why; `opens` is None where nothing was tried."""

    opens: bool | None
    cause: str = ""

    @classmethod
    def by(cls, reply: Reply, *, size: int | None = None) -> Tried:
        """What a reply shows; a body of another size than it must have is no success."""
        if reply.ok and size is not None and len(reply.body) != size:
            return cls(False, "garbage")
        return cls(reply.ok, _THROUGH_TRANSCEND.get(reply.cause, reply.cause))


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of a request."""

    name: str
    size: int
    era: str
    tried: Tried


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request: `era` and `context` are of its latest context, `is_expired` is what Transcend's cloud knows."""

    id: str
    status: str
    kind: str
    era: str
    context: Tried
    is_expired: bool
    files: tuple[FileRow, ...]


@dataclass(frozen=True, slots=True)
class IntegrationRow:
    """One integration, tried by a call through it."""

    id: str
    title: str
    contexts: int
    era: str
    tried: Tried


@dataclass(slots=True)
class Attempts:
    """Tries what a page shows, once for each version of the world."""

    hands: HandsOn
    at: float = 0.0
    _version: int = -1
    _seen: dict[str, Tried] = field(default_factory=dict)
    _turn: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def requests(self, nodes: Sequence[Node]) -> list[RequestRow]:
        """A row for each node of the stand-in's list."""
        with self._turn:
            self._renew()
            cloud, ids = self.hands.r.cloud, [str(node["id"]) for node in nodes]
            self._try({str(node["contextId"]): cloud("POST", f"requests/{node['id']}/open", {}) for node in nodes})
            known = self.hands.ask(*(cloud("GET", f"requests/{each}") for each in ids))
            listed = self.hands.ask(*(cloud("GET", f"requests/{each}/files?limit=100") for each in ids))
            files = {each: reply.json.get("nodes", []) for each, reply in zip(ids, listed, strict=True)}
            self._try_files(files)
            names = names_of_keys(self.hands.r.history)
            return [
                self._row({**node, **reply.json}, files[str(node["id"])], names)
                for node, reply in zip(nodes, known, strict=True)
            ]

    def integrations(self, nodes: Sequence[Node]) -> list[IntegrationRow]:
        """A row for each integration, by a call through its latest context."""
        with self._turn:
            self._renew()
            proxy = {"path": "/me"}
            self._try(
                {
                    _integration(node): self.hands.r.cloud("POST", f"integrations/{node['id']}/proxy", proxy)
                    for node in nodes
                }
            )
            made = eras.of_integrations(self.hands.r, names_of_keys(self.hands.r.history))
            return [
                IntegrationRow(
                    str(node["id"]),
                    str(node["title"]),
                    int(node["contexts"]),
                    made.get((str(node["id"]), int(node["contexts"])), ""),
                    self._seen[_integration(node)],
                )
                for node in nodes
            ]

    def forget(self) -> None:
        """Try everything again at the next look."""
        self._version = -1

    def _renew(self) -> None:
        if self._version != self.hands.version:
            self._version, self.at = self.hands.version, time.time()
            self._seen.clear()

    def _try(self, calls: Mapping[str, Call]) -> None:
        wanted = [name for name in calls if name not in self._seen]
        replies = self.hands.ask(*(calls[name] for name in wanted))
        self._seen.update((name, Tried.by(reply)) for name, reply in zip(wanted, replies, strict=True))

    def _try_files(self, files: Mapping[str, Sequence[Node]]) -> None:
        """A fresh download key for each file, then the file."""
        customer = Customer(self.hands.r.secrets)
        untried = {each: [file for file in nodes if file["fileId"] not in self._seen] for each, nodes in files.items()}
        ids = [each for each, nodes in untried.items() if nodes]
        listings = self.hands.ask(*(customer.download_keys(each) for each in ids))
        calls: dict[str, tuple[int, Call]] = {}
        for each, listing in zip(ids, listings, strict=True):
            keys = {node["dataPoint"]["id"]: node["downloadKey"] for node in listing.json.get("nodes", [])}
            for file in untried[each]:
                if file["size"] > _LARGEST:
                    self._seen[file["fileId"]] = Tried(None, "too large to try here")
                elif file["fileId"] in keys:
                    calls[file["fileId"]] = file["size"], customer.download(keys[file["fileId"]])
                else:
                    self._seen[file["fileId"]] = Tried(False, Tried.by(listing).cause or "not_listed")
        replies = self.hands.ask(*(call for _, call in calls.values()))
        for (file_id, (size, _)), reply in zip(calls.items(), replies, strict=True):
            self._seen[file_id] = Tried.by(reply, size=size)

    def _row(self, node: Node, files: Iterable[Node], names: Mapping[str, str]) -> RequestRow:
        return RequestRow(
            str(node["id"]),
            str(node["status"]),
            str(node["type"]),
            eras.of_context(str(node.get("encryptedCEKContext", "")), names),
            self._seen[str(node["contextId"])],
            bool(node["isContextExpired"]),
            tuple(
                FileRow(
                    str(file["fileName"]),
                    int(file["size"]),
                    eras.of_context(str(file["encryptedCEKContext"]), names),
                    self._seen[file["fileId"]],
                )
                for file in files
            ),
        )


def _integration(node: Node) -> str:
    return f"integration {node['id']} {node['contexts']}"
