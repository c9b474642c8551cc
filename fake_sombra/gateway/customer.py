"""The customer ingress: Sombra's public routes (sombra.md 6B), from HTTP to use cases and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fake_sombra.errors import BadRequest
from fake_sombra.gateway.calls import Call, Reply, json_reply, text_reply
from fake_sombra.gateway.cron import Cron
from fake_sombra.gateway.custom_functions import CustomFunctions
from fake_sombra.gateway.edge import Route
from fake_sombra.gateway.files import Files
from fake_sombra.gateway.identifiers import Identifiers, enriched
from fake_sombra.gateway.integrations import Integrations
from fake_sombra.gateway.requests import Requests
from fake_sombra.gateway.shapes import ACTIONS, file_name, identity
from fake_sombra.gateway.silos import Silos, page_of, profiles_of

_PAGE_LIMIT = 100
_PENDING_LIMIT = 5000
_FAR = 2**31
_DONE = {"success": True}


@dataclass(frozen=True, slots=True)
class CustomerIngress:
    """Handlers over the use cases of one boot; `public_pem` is the first key's."""

    public_pem: str
    requests: Requests
    files: Files
    identifiers: Identifiers
    silos: Silos
    integrations: Integrations
    cron: Cron
    custom_functions: CustomFunctions
    random: Callable[[int], bytes]

    def routes(self) -> tuple[Route, ...]:
        """Return the table of docs/wire.md, "Gateway, customer ingress"."""
        request = "/v1/data-subject-request"
        return (
            Route("GET", "/health", health, is_open=True),
            Route("GET", "/public-keys/sombra-general-signing-key", self._public_key, is_open=True),
            Route("GET", "/v1/files", self._download),
            Route("POST", request, self._submit),
            Route("GET", f"{request}/{{id}}", self._read),
            Route("GET", f"{request}/{{id}}/download-keys", self._download_keys),
            Route("POST", "/v1/request-identifiers", self._identifiers),
            Route("POST", "/v1/enrich-identifiers", self._enrich),
            Route("POST", "/v1/data-silo", self._answer),
            Route("PUT", "/v1/data-silo", self._confirm),
            Route("POST", "/v1/datapoint", self._attach),
            Route("POST", "/v1/datapoint-chunked", self._attach_page),
            Route("GET", "/v1/data-silo/{id}/pending-requests/{action}", self._list_pending),
            Route("POST", "/v1/custom/sign", self._sign_code),
            Route("POST", "/v1/register-saas", self._register),
        )

    async def _public_key(self, call: Call) -> Reply:
        return text_reply(self.public_pem)

    async def _submit(self, call: Call) -> Reply:
        body = await call.json()
        if isinstance(restarted := body.content.get("requestId"), str):
            call.about = restarted
        return json_reply(await self.requests.submit(body, authorization=_caller(call)))

    async def _read(self, call: Call) -> Reply:
        request_id = _request_id(call, call.parameters["id"], where="the path's request id")
        return json_reply(await self.requests.read(request_id, authorization=_caller(call)))

    async def _download_keys(self, call: Call) -> Reply:
        request_id = _request_id(call, call.parameters["id"], where="the path's request id")
        limit = call.query_integer("limit", default=25, low=1, high=_PAGE_LIMIT)
        offset = call.query_integer("offset", default=0, low=0, high=_FAR)
        page = await self.files.download_keys(request_id, limit=limit, offset=offset, authorization=_caller(call))
        return json_reply(page)

    async def _download(self, call: Call) -> Reply:
        key = call.query("downloadKey")
        if not key:
            raise BadRequest("query.downloadKey is missing; list the keys of the request first")
        file = await call.hold(self.files.download(key, authorization=_caller(call)))
        headers = [
            (b"content-type", file.mimetype.encode("latin-1", "replace")),
            (b"content-length", b"%d" % file.size),
        ]
        return Reply(200, headers, file.body)

    async def _identifiers(self, call: Call) -> Reply:
        body = await call.json()
        request_id = call.about = body.identity("requestId")
        page = await self.identifiers.read(
            request_id,
            first=body.integer("first", default=10, low=1, high=_PAGE_LIMIT),
            offset=body.integer("offset", default=0, low=0, high=_FAR),
            authorization=_caller(call),
        )
        return json_reply(page)

    async def _enrich(self, call: Call) -> Reply:
        body = await call.json()
        found = enriched(body, random=self.random)
        if body.content.get("status") is not None:
            body.choice("status", "CANCELED", "ON_HOLD")
        nonce = call.header(b"x-transcend-nonce")
        if nonce is not None:
            request_id = call.about = await self.silos.prove(nonce)
        else:
            identity(call.required_header(b"x-transcend-enricher-id"), where="x-transcend-enricher-id")
            request_id = _request_id(
                call, call.required_header(b"x-transcend-request-id"), where="x-transcend-request-id"
            )
        await self.identifiers.enrich(request_id, found, authorization=_caller(call))
        return json_reply(_DONE)

    async def _answer(self, call: Call) -> Reply:
        profiles = profiles_of(await call.json())
        await self.silos.answer(_nonce(call), profiles, authorization=_caller(call))
        return json_reply(_DONE)

    async def _confirm(self, call: Call) -> Reply:
        body = await call.json()
        if body.content.get("profiles") is not None:
            body.objects("profiles")
        await self.silos.confirm(_nonce(call), authorization=_caller(call))
        return json_reply(_DONE)

    async def _attach(self, call: Call) -> Reply:
        name = file_name(_utf8(call.required_header(b"x-transcend-datapoint-name")), where="x-transcend-datapoint-name")
        file_id = await self.silos.attach(
            _nonce(call),
            name=name,
            mimetype=call.header(b"content-type") or "application/octet-stream",
            content=call.stream(),
            authorization=_caller(call),
        )
        return json_reply({**_DONE, "fileId": file_id})

    async def _attach_page(self, call: Call) -> Reply:
        page = page_of(await call.json())
        file_id = await self.silos.attach_page(_nonce(call), page, authorization=_caller(call))
        return json_reply({**_DONE, "fileId": file_id})

    async def _list_pending(self, call: Call) -> Reply:
        silo_id = identity(call.parameters["id"], where="the path's data silo id")
        kind = call.parameters["action"]
        if kind not in ACTIONS:
            raise BadRequest("the path ends with no RequestAction; ACCESS or ERASURE is one")
        limit = call.query_integer("limit", default=50, low=1, high=_PENDING_LIMIT)
        offset = call.query_integer("offset", default=0, low=0, high=_FAR)
        page = await self.cron.pending(silo_id, kind=kind, limit=limit, offset=offset, authorization=_caller(call))
        return json_reply(page)

    async def _sign_code(self, call: Call) -> Reply:
        return json_reply(await self.custom_functions.sign(await call.json()))

    async def _register(self, call: Call) -> Reply:
        return text_reply(await self.integrations.register(await call.json()))


async def health(call: Call) -> Reply:
    """Say that the process is up: green also when the KMS is not (fidelity.md#health)."""
    return json_reply({"status": "ok"})


def _caller(call: Call) -> str:
    return call.header(b"authorization") or ""


def _nonce(call: Call) -> str:
    return call.required_header(b"x-transcend-nonce")


def _request_id(call: Call, value: str, *, where: str) -> str:
    call.about = identity(value, where=where)
    return value


def _utf8(header: str) -> str:
    """Read a header as UTF-8 where it is, for clients that send names unescaped."""
    try:
        return header.encode("latin-1").decode()
    except UnicodeDecodeError:
        return header
