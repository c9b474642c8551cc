"""What resolvers work with: the store, the gateway, a clock; and who asks."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fake_sombra.errors import BadRequest, NotFound, SombraError, UpstreamDown
from fake_sombra.transcend.fields import is_id
from fake_sombra.transcend.ingress import Ingress, Said
from fake_sombra.transcend.store import Store

Resolver = Callable[..., Any]

_NAMES: Final = uuid.UUID("6d1f0f3e-5f0c-4f6a-9d0e-0a5a7f0c1d22")
_MOST_NODES: Final = 1000


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the stand-in that GraphQL shares with its REST routes."""

    store: Store
    ingress: Ingress
    clock: Callable[[], float]
    new_id: Callable[[], str]
    customer_url: Callable[[], str | None]


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: with a known API key or without, and under which origin the stand-in was called."""

    is_admitted: bool
    origin: str


class SombraRefused(SombraError):
    """A gateway refused what it was asked for; `code` is its cause."""

    def __init__(self, said: Said) -> None:
        message = said.content().get("message")
        self.code = said.code or "bad_gateway"
        self.status = said.status
        super().__init__(message if isinstance(message, str) else f"the gateway answered {said.status}")


def asked(said: Said, *names: str) -> Mapping[str, Any]:
    """Return a gateway's answer; raise `SombraRefused`, or `UpstreamDown` when it lacks one of the members."""
    if not said.is_ok:
        raise SombraRefused(said)
    content = said.content()
    if not all(name in content for name in names):
        raise UpstreamDown("the gateway's answer lacks what was asked for; is this address a gateway?")
    return content


def stable_id(*parts: str) -> str:
    """Return the id of something that is made up from its name: the same name has the same id."""
    return str(uuid.uuid5(_NAMES, "\0".join(parts)))


def known_id(value: str, *, what: str) -> str:
    """Check an id before it is looked for, or put into a path."""
    if not is_id(value):
        raise NotFound(f"there is no such {what}")
    return value


def page_size(first: int | None, *, default: int = 50) -> int:
    """Check how many nodes are asked for at a time."""
    size = default if first is None else first
    if not 0 <= size <= _MOST_NODES:
        raise BadRequest(f"'first' is not a number from 0 to {_MOST_NODES}")
    return size


def forwards_only(**unoffered: object) -> None:
    """Refuse to page backwards."""
    asked_for = [name for name, value in unoffered.items() if value is not None]
    if asked_for:
        raise BadRequest(f"'{asked_for[0]}' is not offered; page forwards with 'first' and 'after' or 'offset'")


def offset_of(offset: int | None) -> int:
    """Check where an offset page begins."""
    start = offset or 0
    if start < 0:
        raise BadRequest("'offset' is negative")
    return start
