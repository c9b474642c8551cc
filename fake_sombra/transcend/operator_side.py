"""What an operator or a data subject's browser does at Transcend's cloud (in life: GraphQL, dashboard)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from fake_sombra.transcend import files, integrations, organization, requests, statuses
from fake_sombra.transcend.calls import Call, Reply, as_json
from fake_sombra.transcend.routing import Route
from fake_sombra.transcend.store import Store


@dataclass(frozen=True, slots=True)
class OperatorSide:
    """The routes that need no gateway."""

    store: Store
    clock: Callable[[], float]

    def routes(self) -> tuple[Route, ...]:
        """Return the table of docs/wire.md, "Called by an operator", but for what asks a gateway."""
        return (
            Route("GET", "requests", self._list),
            Route("POST", "requests/{id}/approve", partial(self._step, "approve")),
            Route("POST", "requests/{id}/cancel", partial(self._step, "cancel")),
            Route("GET", "requests/{id}/contexts", self._list_contexts),
            Route("GET", "requests/{id}/encrypted", self._list_encrypted),
            # A browser has no API key: in life it is handed a signed address.
            Route("GET", "encrypted/{id}", self._serve_encrypted, is_open=True),
            Route("OPTIONS", "encrypted/{id}", _allow, is_open=True),
            Route("POST", "organization/pause", partial(self._pause, is_paused=True)),
            Route("POST", "organization/unpause", partial(self._pause, is_paused=False)),
            Route("GET", "organization", self._organization),
            Route("PUT", "integrations/{id}", self._put_integration),
            Route("GET", "integrations", self._list_integrations),
        )

    def _list(self, call: Call) -> Reply:
        query = call.query()
        wanted = {statuses.known(name) for name in (query.optional_text("status") or "").split(",") if name}
        first = call.number("first", default=100, low=1, high=1000)
        after = query.optional_text("after") or None
        with self.store.read() as rows:
            page = requests.page(rows, wanted=wanted, first=first, after=after)
        nodes = [held.listed() for held in page.found]
        return as_json({"totalCount": page.total, "nodes": nodes, "endCursor": page.cursor})

    def _step(self, name: str, call: Call) -> Reply:
        with self.store.write() as rows:
            held = requests.step(rows, call.params["id"], name)
            requests.touch(rows, held.id, at=self.clock())
        return as_json({"request": {"id": held.id, "status": held.status}})

    def _list_contexts(self, call: Call) -> Reply:
        with self.store.read() as rows:
            return as_json({"contexts": requests.context_list(rows, call.params["id"])})

    def _list_encrypted(self, call: Call) -> Reply:
        origin = f"{call.scope.get('scheme', 'http')}://{call.header(b'host') or '127.0.0.1'}"
        with self.store.read() as rows:
            return as_json({"files": list(files.encrypted(rows, call.params["id"], origin=origin))})

    def _serve_encrypted(self, call: Call) -> Reply:
        with self.store.read() as rows:
            file = files.find(rows, call.params["id"])
        size, content = self.store.blobs.read(file.blob)
        kind = [(b"content-type", b"application/octet-stream"), (b"content-length", b"%d" % size)]
        return Reply(content, headers=[*kind, (b"access-control-allow-origin", b"*")])

    def _pause(self, call: Call, *, is_paused: bool) -> Reply:
        with self.store.write() as rows:
            organization.pause(rows, is_paused=is_paused)
        return as_json({"isPaused": is_paused})

    def _organization(self, call: Call) -> Reply:
        with self.store.read() as rows:
            return as_json(organization.view(rows))

    async def _put_integration(self, call: Call) -> Reply:
        title = (await call.json()).text("title")
        with self.store.write() as rows:
            return as_json(integrations.put(rows, call.params["id"], title=title, at=self.clock()))

    def _list_integrations(self, call: Call) -> Reply:
        with self.store.read() as rows:
            return as_json({"integrations": integrations.every(rows)})


def _allow(call: Call) -> Reply:
    allowed = [
        (b"access-control-allow-origin", b"*"),
        (b"access-control-allow-methods", b"GET, OPTIONS"),
        (b"access-control-allow-headers", b"*"),
    ]
    return Reply(status=204, headers=allowed)
