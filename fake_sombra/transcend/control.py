"""What only a rehearsal may do to Transcend's cloud: set a status, damage what is stored, see all rows and arrivals."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fake_sombra.errors import BadRequest
from fake_sombra.transcend import requests, statuses
from fake_sombra.transcend.arrivals import Arrivals
from fake_sombra.transcend.calls import Call, Reply, as_json
from fake_sombra.transcend.routing import Route
from fake_sombra.transcend.store import Store
from fake_sombra.transcend.tamper import tamper
from fake_sombra.transcend.tunnel import Tunnel


@dataclass(frozen=True, slots=True)
class Control:
    """The routes of the control port, which has no product route and asks for no key."""

    store: Store
    clock: Callable[[], float]
    tunnel: Tunnel
    arrivals: Arrivals

    def routes(self) -> tuple[Route, ...]:
        """Return the table of docs/wire.md, "Control port"."""
        return (
            Route("POST", "requests/{id}/status", self._set_status),
            Route("GET", "snapshot", self._snapshot),
            Route("POST", "tamper", self._tamper),
            Route("GET", "counts", self._counts),
            Route("GET", "arrivals", self._arrivals),
            Route("POST", "tunnel", self._set_tunnel),
        )

    async def _set_status(self, call: Call) -> Reply:
        status = statuses.known((await call.json()).text("status"))
        with self.store.write() as rows:
            held = requests.set_status(rows, call.params["id"], status)
            requests.touch(rows, held.id, at=self.clock())
        return as_json({"request": {"id": held.id, "status": held.status}})

    def _snapshot(self, call: Call) -> Reply:
        return as_json({"tables": self.store.snapshot(), "blobs": str(self.store.blobs.directory)})

    async def _tamper(self, call: Call) -> Reply:
        body = await call.json()
        kind, how, thing_id = body.text("kind"), body.text("how"), body.identifier("id")
        with self.store.write() as rows:
            tamper(rows, self.store.blobs, kind=kind, thing_id=thing_id, how=how)
        return as_json({"tampered": {"kind": kind, "id": thing_id, "how": how}})

    async def _set_tunnel(self, call: Call) -> Reply:
        status = (await call.json()).content.get("down_status")
        if isinstance(status, bool) or not isinstance(status, int):
            raise BadRequest("'down_status' is missing or not a number")
        self.tunnel.choose(status)
        return as_json({"down_status": status})

    def _counts(self, call: Call) -> Reply:
        return as_json(self.store.counts())

    def _arrivals(self, call: Call) -> Reply:
        return as_json(self.arrivals.since(call.number("since", default=0, low=0, high=2**31)))
