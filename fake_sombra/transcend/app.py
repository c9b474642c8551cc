"""How the stand-in is put together: two ASGI applications over one store, product and control apart."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection
from dataclasses import dataclass

from fake_sombra.errors import NotAuthenticated
from fake_sombra.http import AsgiApp, Scope, Transport
from fake_sombra.logs import Log
from fake_sombra.transcend.arrivals import Arrivals, Heard
from fake_sombra.transcend.calls import Call, Receive
from fake_sombra.transcend.control import Control
from fake_sombra.transcend.gateway_side import GatewaySide
from fake_sombra.transcend.graphql import GraphqlDoor, Services
from fake_sombra.transcend.ingress import Ingress
from fake_sombra.transcend.operator_side import OperatorSide
from fake_sombra.transcend.routing import Routes, Send
from fake_sombra.transcend.store import Store
from fake_sombra.transcend.through_gateway import ThroughGateway
from fake_sombra.transcend.tunnel import PREFIX, Tunnel


def _unheard(level: str, event: str, **fields: object) -> None:
    """Stand in for a log that nobody reads."""


@dataclass(frozen=True, slots=True)
class Standin:
    """Transcend's cloud, ready to be served: never both on one port."""

    product: AsgiApp
    control: AsgiApp


def create(
    store: Store,
    *,
    transport: Transport,
    gateway_url: str,
    ingress_secret: str,
    api_keys: Collection[str],
    clock: Callable[[], float],
    new_id: Callable[[], str],
    log: Log = _unheard,
    customer_url: Callable[[], str | None] = lambda: None,
    tunnel_to: str | None = None,
) -> Standin:
    """Build the stand-in over a store; `clock` counts seconds since 1970, `new_id` gives no id twice.

    `customer_url` is where customers call the gateway, once that is known: `organization.sombra.customerUrl`.
    `tunnel_to` is the customer ingress that the tunnel leads to; without it there is none.
    """
    ingress, keys = Ingress(transport, gateway_url, ingress_secret), _Keys(api_keys)
    services, tunnel = Services(store, ingress, clock, new_id, customer_url), Tunnel(transport, target=tunnel_to)
    operators = (*OperatorSide(store, clock).routes(), *ThroughGateway(store, ingress, clock, new_id).routes())
    gateways, arrivals = GatewaySide(store, clock, new_id).routes(), Arrivals()
    return Standin(
        product=_Product(
            Routes(operators, prefix="/fake/v1/", admit=keys.admit, log=log),
            Heard(Routes(gateways, prefix="/fake/v1/", admit=keys.admit, log=log), arrivals),
            GraphqlDoor(services, admit=keys.admit, log=log),
            tunnel,
        ),
        control=Routes(Control(store, clock, tunnel, arrivals).routes(), prefix="/", admit=lambda _: None, log=log),
    )


@dataclass(frozen=True, slots=True)
class _Product:
    """The product port: GraphQL at its public address, the tunnel, and all else under a prefix of ours.

    What is no operator's route is the gateway's, known or not.
    """

    operators: Routes
    gateways: AsgiApp
    graphql: AsgiApp
    tunnel: AsgiApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path == "/graphql":
            await self.graphql(scope, receive, send)
        elif path.startswith(f"{PREFIX}/"):
            await self.tunnel(scope, receive, send)
        elif scope["type"] == "http" and self.operators.knows(scope["method"], path):
            await self.operators(scope, receive, send)
        else:
            await self.gateways(scope, receive, send)


class _Keys:
    """The API keys that are let in, compared in constant time whatever their length."""

    def __init__(self, keys: Collection[str]) -> None:
        self._digests = [_digest(key) for key in keys]

    def admit(self, call: Call) -> None:
        """Raise `NotAuthenticated` for a caller without one of the keys."""
        scheme, _, key = (call.header(b"authorization") or "").partition(" ")
        presented = _digest(key)
        matches = [hmac.compare_digest(presented, digest) for digest in self._digests]
        if scheme.lower() != "bearer" or not any(matches):
            raise NotAuthenticated("API key invalid: it is missing or wrong; send 'authorization: Bearer <API key>'")


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
