"""What a gateway asks of Transcend's cloud: keep requests, contexts and ciphertexts, and hand them back."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote

from sqlalchemy import Connection

from fake_sombra.errors import BadRequest, Conflict
from fake_sombra.transcend import files, identifiers, integrations, organization, pending, requests, statuses
from fake_sombra.transcend.blobs import TAG_BYTES
from fake_sombra.transcend.calls import Call, Reply, as_json
from fake_sombra.transcend.fields import Fields, from_base64
from fake_sombra.transcend.routing import Route
from fake_sombra.transcend.store import Store
from fake_sombra.transcend.submission import details_of

_LABELS: Final = ("x-file-name", "x-file-mimetype", "x-file-iv", "x-cek-context", "x-data-silo-id")


@dataclass(frozen=True, slots=True)
class GatewaySide:
    """The routes that a gateway calls with its caller's API key."""

    store: Store
    clock: Callable[[], float]
    new_id: Callable[[], str]

    def routes(self) -> tuple[Route, ...]:
        """Return the table of docs/wire.md, "Called by the gateway"."""
        return (
            Route("GET", "files/{file_id}", self._download),
            Route("POST", "requests", self._submit),
            Route("GET", "requests/{id}", self._read),
            Route("GET", "requests/{id}/files", self._list_files),
            Route("PUT", "requests/{id}/files/{file_id}", self._upload),
            Route("POST", "requests/{id}/identifiers", self._add_identifiers),
            Route("GET", "requests/{id}/identifiers", self._read_identifiers),
            Route("POST", "requests/{id}/advance", self._advance),
            Route("POST", "config-sync", self._sync),
            Route("POST", "integrations/{id}/context", self._connect),
            Route("GET", "data-silos/{id}/pending-requests/{type}", self._list_pending),
        )

    async def _submit(self, call: Call) -> Reply:
        body = await call.json()
        request_id, token = body.identifier("requestId"), body.text("encryptedCEKContext")
        submitted, at, is_restart = body.nested("request"), self.clock(), body.flag("restart")
        with self.store.write() as rows:
            if is_restart:
                requests.set_status(rows, request_id, "REQUEST_MADE")
                requests.touch(rows, request_id, at=at)
            else:
                made_at = submitted.instant("createdAt")
                requests.add(
                    rows,
                    request_id,
                    details=details_of(submitted),
                    kind=submitted.text("type"),
                    at=at if made_at is None else made_at,
                )
            requests.add_context(rows, request_id, context_id=self.new_id(), token=token, at=at)
            return as_json({"request": requests.find(rows, request_id).submitted()})

    def _read(self, call: Call) -> Reply:
        with self.store.read() as rows:
            held = requests.find(rows, call.params["id"])
            token = requests.token_of(rows, held.id, held.context_id)
            return as_json({**held.listed(), "encryptedCEKContext": token})

    def _list_files(self, call: Call) -> Reply:
        limit = call.number("limit", default=25, low=0, high=1000)
        offset = call.number("offset", default=0, low=0, high=2**31)
        with self.store.read() as rows:
            return as_json(files.page(rows, call.params["id"], limit=limit, offset=offset))

    async def _upload(self, call: Call) -> Reply:
        label, token = _label(call)
        with self.store.read() as rows:  # refuse before the body comes; the commit asks again
            _may_attach(rows, call.params["id"], token)
        with self.store.blobs.draft() as draft:
            async for chunk in call.chunks():
                draft.write(chunk)
            if len(draft.tag) < TAG_BYTES:
                raise BadRequest(f"the body is shorter than its tag of {TAG_BYTES} bytes")
            blob = draft.keep().name
            try:
                self._commit(call, label=label, token=token, sealed=(blob, draft.size, draft.tag))
            except BaseException:
                draft.drop()
                raise
        return as_json({"fileId": call.params["file_id"]})

    def _commit(self, call: Call, *, label: files.Label, token: str, sealed: tuple[str, int, bytes]) -> None:
        blob, size, tag = sealed
        with self.store.write() as rows:
            files.add(
                rows,
                call.params["file_id"],
                request_id=call.params["id"],
                context_id=_may_attach(rows, call.params["id"], token),
                label=label,
                sealed=(blob, size, base64.b64encode(tag).decode()),
                at=self.clock(),
            )

    def _download(self, call: Call) -> Reply:
        with self.store.read() as rows:
            file = files.find(rows, call.params["file_id"])
        size, content = self.store.blobs.read(file.blob)
        return Reply(
            content,
            headers=[
                (b"content-type", b"application/octet-stream"),
                (b"content-length", b"%d" % size),
                (b"x-file-iv", file.iv.encode()),
                (b"x-file-auth-tag", file.auth_tag.encode()),
                (b"x-file-mimetype", file.mimetype.encode("latin-1")),
                (b"x-request-id", file.request_id.encode()),
            ],
        )

    async def _add_identifiers(self, call: Call) -> Reply:
        body, set_id = await call.json(), self.new_id()
        token, sealed = body.text("encryptedCEKContext"), body.text("sealed")
        from_base64("'sealed'", sealed)
        with self.store.write() as rows:
            identifiers.add(rows, call.params["id"], set_id=set_id, token=token, sealed=sealed, at=self.clock())
        return as_json({"setId": set_id})

    def _read_identifiers(self, call: Call) -> Reply:
        with self.store.read() as rows:
            return as_json({"sets": identifiers.every_set(rows, call.params["id"])})

    async def _advance(self, call: Call) -> Reply:
        step = (await call.json()).text("step")
        if step not in statuses.GATEWAY_STEPS:
            raise BadRequest(f"'step' is none of {', '.join(sorted(statuses.GATEWAY_STEPS))}")
        with self.store.write() as rows:
            requests.find(rows, call.params["id"])
            if requests.is_paused(rows):
                raise Conflict("the organization has paused its requests; unpause it first")
            status = requests.step(rows, call.params["id"], step).status
            requests.touch(rows, call.params["id"], at=self.clock())
            return as_json({"status": status})

    async def _sync(self, call: Call) -> Reply:
        body = await call.json()
        sync = organization.Sync(
            instance=body.optional_text("id"),
            uri=body.text("uri"),
            config_jwt=body.text("configJwt"),
            kms_provider=body.text("kmsProvider"),
            key_sets=[_key_set(fields) for fields in body.objects("keySets")],
        )
        with self.store.write() as rows:
            organization.add_sync(rows, sync, at=self.clock())
        return as_json({"done": True, "keysMetadata": {"keySets": organization.numbered(sync.key_sets)}})

    async def _connect(self, call: Call) -> Reply:
        token, context_id = (await call.json()).text("integrationContext"), self.new_id()
        with self.store.write() as rows:
            integrations.add_context(rows, call.params["id"], context_id=context_id, token=token, at=self.clock())
        return as_json({"contextId": context_id})

    def _list_pending(self, call: Call) -> Reply:
        limit = call.number("limit", default=50, low=1, high=5000)
        offset = call.number("offset", default=0, low=0, high=2**31)
        with self.store.read() as rows:
            nodes = pending.page(
                rows, call.params["id"], kind=call.params["type"], limit=limit, offset=offset, now=self.clock()
            )
        return as_json({"nodes": nodes})


def _may_attach(rows: Connection, request_id: str, token: str) -> str:
    statuses.after("attach", requests.find(rows, request_id).status)
    return requests.context_of(rows, request_id, token)


def _label(call: Call) -> tuple[files.Label, str]:
    given = Fields({name: call.header(name.encode()) for name in _LABELS})
    iv = given.text("x-file-iv")
    from_base64("'x-file-iv'", iv, sizes=(12, 16))
    name = Fields({"x-file-name": unquote(given.text("x-file-name"))}).text("x-file-name")
    label = files.Label(
        file_name=name,
        mimetype=given.text("x-file-mimetype"),
        iv=iv,
        data_silo_id=given.text("x-data-silo-id"),
    )
    return label, given.text("x-cek-context")


def _key_set(fields: Fields) -> dict[str, Any]:
    fields.text("keyType")
    for canary in fields.objects("canaries"):
        canary.text("canaryValue")
    return {**fields.content, "canaries": [dict(canary.content) for canary in fields.objects("canaries")]}
