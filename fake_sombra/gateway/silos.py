"""How a customer's service answers for its data silo: with the nonce it was sent, and with nothing else."""

from __future__ import annotations

import json
from dataclasses import dataclass

from fake_sombra.errors import BadRequest
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.files import Files
from fake_sombra.gateway.shapes import Fields, file_name
from fake_sombra.gateway.upstream import Upstream
from fake_sombra.http import Body


@dataclass(frozen=True, slots=True)
class Profile:
    """One file that a data silo answers with."""

    name: str
    content: bytes


class Silos:
    """Takes the answers of data silos; each use opens the nonce's context before anything else."""

    def __init__(self, *, contexts: Contexts, files: Files, upstream: Upstream) -> None:
        self._contexts = contexts
        self._files = files
        self._upstream = upstream

    async def prove(self, nonce: str) -> str:
        """Verify a nonce, a preflight check's or a data silo's, and open its context; whose request it is."""
        return await self._contexts.prove_nonce(nonce)

    async def answer(self, nonce: str, profiles: list[Profile], *, authorization: str) -> None:
        """Seal each profile as a file; an empty list only proves the nonce."""
        opened = await self._contexts.open_nonce(nonce)
        if not profiles:
            return
        await self._upstream.advance(opened.request_id, step="answer", authorization=authorization)
        for profile in profiles:
            await self._files.upload(
                opened,
                name=profile.name,
                mimetype="application/json",
                content=profile.content,
                authorization=authorization,
            )

    async def attach(self, nonce: str, *, name: str, mimetype: str, content: Body, authorization: str) -> str:
        """Seal a stream as one file and return its id; the status stays."""
        opened = await self._contexts.open_nonce(nonce)
        return await self._files.upload(
            opened, name=name, mimetype=mimetype, content=content, authorization=authorization
        )

    async def attach_page(self, nonce: str, page: Page, *, authorization: str) -> str:
        """Seal one page of a data point as a file of its own and return its id (fidelity.md#datapoint-chunked)."""
        return await self.attach(
            nonce, name=page.name, mimetype="application/json", content=page.content, authorization=authorization
        )

    async def confirm(self, nonce: str, *, authorization: str) -> None:
        """Say that the silo has done its part, and let the request go on."""
        opened = await self._contexts.open_nonce(nonce)
        await self._upstream.advance(opened.request_id, step="confirm", authorization=authorization)


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of a data point, on their way to become one file."""

    name: str
    content: bytes


def page_of(body: Fields) -> Page:
    """Read a page: `{dataPointName, data: [...], fileId?, isLastPage?}`; the caller names it by its `fileId`."""
    name, file_id = body.text("dataPointName"), body.optional_text("fileId")
    body.flag("isLastPage")
    rows = body.content.get("data")
    if not isinstance(rows, list):
        raise BadRequest("body.data: expected a list of rows")
    path = file_name(f"{name}.json" if file_id is None else f"{name}/{file_id}.json", where="dataPointName or fileId")
    return Page(path, json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode())


def profiles_of(body: Fields) -> list[Profile]:
    """Read the answer of a silo: `{profiles: [{profileId?, profileData}]}`."""
    return [_profile(each) for each in body.objects("profiles")]


def _profile(fields: Fields) -> Profile:
    if "profileData" not in fields.content:
        raise BadRequest("body.profiles: each profile needs its profileData")
    name = file_name(f"{fields.optional_text('profileId') or 'profile'}.json", where="body.profiles: profileId")
    content = json.dumps(fields.content["profileData"], ensure_ascii=False, separators=(",", ":"))
    return Profile(name, content.encode())
