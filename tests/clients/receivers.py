"""The webhook receivers that are tried: the published one, jsonwebtoken and jose on Node, PyJWT."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt

from tests.clients.loopback import Answer, Asked, serving
from tests.clients.phases import World
from tests.clients.programs import OTHERS, PUBLISHED, Server, listening
from tests.e2e.serving import call

KEEPING = ("published", "jsonwebtoken/kept", "jose/kept", "pyjwt/kept")
FETCHING = ("jsonwebtoken/fetched", "jose/fetched", "pyjwt/fetched")


@dataclass(slots=True)
class PyJwt:
    """A receiver as the vendor's Python example verifies, with a key that is kept or fetched for each webhook."""

    world: World
    kept: bytes = b""

    def answer(self, asked: Asked) -> Answer:
        """200 for a token that verifies, else 401."""
        if asked.path == "/fetched" or not self.kept:
            self.kept = self.world.public_key()
        key = self.world.public_key() if asked.path == "/fetched" else self.kept
        try:
            token, audience = asked.headers["x-sombra-token"], self.world.ready["audience"]
            claims = jwt.decode(token, key, algorithms=["ES384"], audience=audience)
        except jwt.InvalidTokenError:
            return Answer(401)
        return Answer(200 if claims["scope"] == "coreIdentifier" else 401)


@dataclass(frozen=True, slots=True)
class Receivers:
    """All of them, running."""

    urls: Mapping[str, str]
    published: Server
    others: Server

    def take(self, world: World, request_id: str) -> Mapping[str, int]:
        """What each answers to a webhook of a request that is sent now."""
        return {name: world.send(request_id, url) for name, url in self.urls.items()}

    def take_again(self, webhook: Mapping[str, Any]) -> Mapping[str, int]:
        """What each answers to a webhook that was made before: `{headers, body}`."""
        posted = {
            name: call("POST", url, webhook["body"], headers=webhook["headers"]) for name, url in self.urls.items()
        }
        return {name: answered.status for name, answered in posted.items()}

    def answers(self) -> Mapping[str, Any]:
        """What comes of using each nonce that the Node receivers keep, by request."""
        answers: dict[str, Any] = call("POST", self.others.url + "/answers").json
        return answers


@contextmanager
def started(world: World, folder: Path) -> Iterator[Receivers]:
    """Every receiver from its start to the end of the block."""
    environ = world.receiver_environ()
    with ExitStack() as stack:
        published = stack.enter_context(listening(PUBLISHED, environ, folder=folder))
        others = stack.enter_context(listening(OTHERS, environ, folder=folder))
        ours = stack.enter_context(serving(PyJwt(world).answer))
        pyjwt = {f"pyjwt/{habit}": f"{ours}/{habit}" for habit in ("kept", "fetched")}
        node = {name: f"{others.url}/{name}" for name in (*KEEPING, *FETCHING) if name.startswith("j")}
        urls = {"published": f"{published.url}/transcend/new-dsr", **node, **pyjwt}
        yield Receivers(urls, published, others)
