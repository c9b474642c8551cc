"""What a rehearsal needs of the thing it rehearses on: the seam every target fills.

A `World` holds the three owners of state (the KMS, Transcend's cloud, the operator's environment) and starts
and stops gateways in it. Steps speak HTTP to it through `exchange` and nothing else.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from secrets import token_bytes, token_urlsafe
from typing import Any, Literal, NoReturn, Protocol, runtime_checkable

Place = Literal["customer", "ingress", "gateway-control", "transcend", "transcend-control", "kms", "kms-control"]

CONNECTION_REFUSED = "connection_refused"


class TargetFailed(Exception):
    """A part of the world could not be started, or ended by itself; the message names it and its last words."""


class AnswerLacks(Exception):
    """An answer without the field a step reads from it: a refusal, or silence, where a document was needed."""


class Listing(list[Any]):
    """A JSON array; reading an entry it has not raises `AnswerLacks`, so that a step fails and not the run."""

    def __getitem__(self, place: Any) -> Any:
        try:
            return super().__getitem__(place)
        except IndexError as error:
            raise AnswerLacks(f"an answer lists {len(self)} entries, and none at [{place}]") from error


class Document(dict[str, Any]):
    """A JSON object; reading a field it has not raises `AnswerLacks`; its arrays are listings."""

    @classmethod
    def of(cls, found: dict[str, Any]) -> Document:
        """For the decoder."""
        return cls({name: Listing(value) if isinstance(value, list) else value for name, value in found.items()})

    def __missing__(self, name: str) -> NoReturn:
        raise AnswerLacks(f"an answer holds no {name!r} but {', '.join(map(repr, self)) or 'nothing'}")


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP call to a place of a world; `instance` picks a gateway when several live."""

    method: str
    place: Place
    path: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    instance: str | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back; status 0 means that nobody answered."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)

    @property
    def ok(self) -> bool:
        """The call succeeded."""
        return 200 <= self.status < 300

    @property
    def json(self) -> Any:
        """The body as JSON, or an empty object where it is none."""
        try:
            return json.loads(self.body, object_hook=Document.of)
        except ValueError:
            return Document()

    @property
    def cause(self) -> str:
        """The stable cause code of a refusal; empty when the call succeeded."""
        if self.ok:
            return ""
        if self.status == 0:
            return CONNECTION_REFUSED
        document = self.json
        error = document.get("error") if isinstance(document, dict) else None
        code = error.get("code") if isinstance(error, dict) else None
        return code if isinstance(code, str) else f"http_{self.status}"

    @property
    def where(self) -> str:
        """The check a refusal says it failed (`fileMetadata#verify`); empty where it says none."""
        document = self.json
        error = document.get("error") if isinstance(document, dict) else None
        place = error.get("where") if isinstance(error, dict) else None
        return place if isinstance(place, str) else ""

    @property
    def has_message(self) -> bool:
        """Whether a text stands at the top of the body, where clients read it (docs/wire.md, "Error body")."""
        document = self.json
        message = document.get("message") if isinstance(document, dict) else None
        return isinstance(message, str) and message != ""


@dataclass(frozen=True, slots=True)
class BootReport:
    """How a start ended; a refused one names its problems and shows that no port was opened."""

    instance: str
    accepted: bool
    exit_code: int | None
    problems: tuple[str, ...]
    ports_opened: bool
    seconds: float

    def told(self) -> dict[str, Any]:
        """What of it goes into a history."""
        return {
            "accepted": self.accepted,
            "exit_code": self.exit_code,
            "problems": list(self.problems),
            "ports_opened": self.ports_opened,
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class StopReport:
    """How a stop ended: its exit code, whether it had to be killed, and the files it left (names, no content)."""

    exit_code: int
    was_killed: bool
    left: tuple[str, ...] = ()

    def told(self) -> dict[str, Any]:
        """What of it goes into a history."""
        return {"exit_code": self.exit_code, "killed": self.was_killed, "left": list(self.left)}


class World(Protocol):
    """Three owners of state and the gateways that live between them."""

    @property
    def target(self) -> str:
        """`inprocess` or `process`."""
        ...

    def start(self, environ: Mapping[str, str], *, instance: str) -> BootReport:
        """Start a gateway from an effective environment and wait until it is healthy or refused."""
        ...

    def stop(self, instance: str) -> StopReport | None:
        """Stop a gateway as an operator does, and wait until it is gone; None where there is no process to ask."""
        ...

    def exchange(self, calls: Sequence[Call]) -> list[Reply]:
        """Make several calls at once; replies come in the order of the calls."""
        ...

    def overlay(self) -> Mapping[str, str]:
        """The variables this world replaces in an operator's environment (protocol.md), complete."""
        ...

    def logs(self) -> list[Mapping[str, Any]]:
        """Every log record of every gateway so far, in order."""
        ...

    def fork(self) -> World:
        """An independent copy of all that survives a restart; no gateway lives in it yet."""
        ...

    def drill(self) -> World:
        """Such a copy for the fake alone, which may be started there under the drill's provider (`harness.drill`)."""
        ...

    def close(self) -> None:
        """Stop everything that was started."""
        ...


class Addressed(World, Protocol):
    """A world that can be handed to somebody else: its places have addresses, the same over every stop and start."""

    def addresses(self) -> Mapping[str, str]:
        """The origin of each place, as `http://127.0.0.1:5039`."""
        ...

    def private_folder(self) -> Path:
        """A folder for this user's eyes alone that goes with the world, also when its owner is killed."""
        ...


@runtime_checkable
class HoldsPorts(Protocol):
    """A world that can take the ports away which a gateway would open."""

    def ports_held(self) -> AbstractContextManager[None]:
        """Hold every port while the block runs: who opens one before it has read its environment says so then."""
        ...


@runtime_checkable
class Mortal(Protocol):
    """A world whose gateways can be killed, besides being stopped."""

    def kill(self, instance: str) -> None:
        """End a gateway at once, without a word to it, and wait until it is gone."""
        ...


@dataclass(frozen=True, slots=True)
class Secrets:
    """What the harness itself knows: an API key and its own internal key."""

    api_key: str = field(repr=False)
    internal_key: str = field(repr=False)
    ingress_secret: str = field(repr=False)
    aws_secret: str = field(default="rehearsal", repr=False)

    @classmethod
    def fresh(cls) -> Secrets:
        """Random ones, for one run."""
        internal = b64encode(token_bytes(32)).decode()
        return cls(token_urlsafe(24), internal, token_urlsafe(24), token_urlsafe(30))

    @property
    def internal_key_hash(self) -> str:
        """The rehearsal hash that is appended to INTERNAL_KEY_HASH (protocol.md)."""
        return b64encode(sha256(b64decode(self.internal_key)).digest()).decode()


@dataclass(frozen=True, slots=True)
class WorldPlan:
    """What a fresh world is made of: what exists at the KMS, and the harness's own credentials."""

    kms_keys: tuple[str, ...]
    account: str
    secrets: Secrets
    kms_stores: tuple[str, ...] = ()

    def kms_calls(self) -> list[Call]:
        """What makes a KMS front hold it: keys, and custom key stores to draw random bytes from."""
        keys = [control("kms-control", "POST", "/keys", {"arn": arn}) for arn in self.kms_keys]
        return keys + [control("kms-control", "POST", "/stores", {"id": store}) for store in self.kms_stores]


class Target(Protocol):
    """Opens fresh worlds."""

    @property
    def name(self) -> str:
        """As the command line and the report call it."""
        ...

    def open(self, plan: WorldPlan) -> World:
        """Make a fresh world and start what surrounds the gateway."""
        ...


def control(place: Place, method: str, path: str, document: object = None) -> Call:
    """A call to one of the fake's own control ports."""
    body = b"" if document is None else json.dumps(document, separators=(",", ":")).encode()
    return Call(method, place, path, {"content-type": "application/json"}, body)
