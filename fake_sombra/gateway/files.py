"""How a file crosses the gateway: sealed chunk by chunk on its way up, never clean when its tag is wrong.

Up to 1 MiB a file is verified before the status line. A larger one streams, and its last 64 KiB (at least)
are held back until the tag is checked; a wrong tag then drops the connection (protocol.md).
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from fake_sombra.crypto import cipher
from fake_sombra.errors import ContextMismatch, UpstreamDown
from fake_sombra.gateway.contexts import Contexts, OpenNonce, context_of
from fake_sombra.gateway.identity import new_id
from fake_sombra.gateway.shapes import stored_bytes
from fake_sombra.gateway.upstream import Upstream
from fake_sombra.http import Answer, Body

BLOCK = 1 << 20
HELD_BACK = 64 << 10


@dataclass(frozen=True, slots=True)
class Plaintext:
    """A file on its way to a caller; `body` is whole and verified, or a stream that raises `Tampered`."""

    mimetype: str
    size: int
    body: Body = field(repr=False)


class Files:
    """Lists, opens and seals the files of requests."""

    def __init__(self, *, contexts: Contexts, upstream: Upstream, random: Callable[[int], bytes]) -> None:
        self._contexts = contexts
        self._upstream = upstream
        self._random = random

    async def download_keys(self, request_id: str, *, limit: int, offset: int, authorization: str) -> dict[str, Any]:
        """List a page of download keys; readable or not is asked by `GET /v1/files` only."""
        total, nodes = await self._upstream.files(request_id, limit=limit, offset=offset, authorization=authorization)
        return {
            "totalCount": total,
            "nodes": [self._node(request_id, node) for node in nodes],
            "_links": _links(request_id, limit=limit, offset=offset, total=total),
        }

    @asynccontextmanager
    async def download(self, download_key: str, *, authorization: str) -> AsyncIterator[Plaintext]:
        """Open a file; its connection to Transcend's cloud is held until the block ends."""
        opened = await self._contexts.open_download_key(download_key)
        async with self._upstream.file(opened.file_id, authorization=authorization) as answer:
            if answer.headers.get("x-request-id", opened.request_id) != opened.request_id:
                raise ContextMismatch("this file belongs to another request than its download key")
            yield await _plaintext(answer, opened.cek)

    async def upload(self, nonce: OpenNonce, *, name: str, mimetype: str, content: Body, authorization: str) -> str:
        """Seal content under the nonce's key while it arrives, and return the new file's id."""
        iv, file_id = self._random(12), new_id(self._random)
        headers = {
            "content-type": "application/octet-stream",
            "x-file-name": quote(name, safe=""),
            "x-file-mimetype": mimetype,
            "x-file-iv": b64encode(iv).decode(),
            "x-cek-context": nonce.context,
            "x-data-silo-id": nonce.data_silo_id,
        }
        await self._upstream.save_file(
            nonce.request_id,
            file_id,
            headers=headers,
            body=_sealed(content, cipher.Encryptor(nonce.cek, iv)),
            authorization=authorization,
        )
        return file_id

    def _node(self, request_id: str, node: Mapping[str, Any]) -> dict[str, Any]:
        file_id, name = str(node["fileId"]), str(node["fileName"])
        silo = node.get("dataSilo") or {}
        silo_id, silo_title = str(silo.get("id", "")), str(silo.get("title", ""))
        return {
            "downloadKey": self._contexts.make_download_key(
                file_id=file_id, request_id=request_id, context=self._contexts.fittest(*context_of(node))
            ),
            "error": None,
            "mimetype": str(node["mimetype"]),
            "size": str(node["size"]),
            "fileName": name,
            "dataPoint": {
                "id": file_id,
                "title": {"id": file_id, "defaultMessage": name},
                "description": None,
                "name": name,
                "slug": name,
                "encryption": None,
                "path": [],
                "metadata": {"references": []},
                "dataSilo": {
                    "id": silo_id,
                    "title": silo_title,
                    "description": "",
                    "type": "server",
                    "outerType": None,
                },
            },
        }


async def _plaintext(answer: Answer, cek: bytes) -> Plaintext:
    headers = answer.headers
    try:
        size = int(headers["content-length"])
        mimetype = headers.get("x-file-mimetype", "application/octet-stream")
        iv, tag = headers["x-file-iv"], headers["x-file-auth-tag"]
    except (KeyError, ValueError) as error:
        raise UpstreamDown("Transcend's cloud sent a file without its length, iv or tag") from error
    opening = cipher.Decryptor(cek, _stored(iv), tag=_stored(tag))
    if size > BLOCK:
        return Plaintext(mimetype, size, _opened(_blocks(answer.chunks), opening))
    content = opening.update(await answer.read())
    opening.finish()
    return Plaintext(mimetype, len(content), content)


def _stored(value: str) -> bytes:
    return stored_bytes(value, where="a stored file's iv or tag")


async def _sealed(content: Body, sealing: cipher.Encryptor) -> AsyncIterator[bytes]:
    if isinstance(content, bytes):
        yield sealing.update(content) + sealing.finish()
        return
    async for chunk in content:
        yield sealing.update(chunk)
    yield sealing.finish()


async def _opened(blocks: AsyncIterator[bytes], opening: cipher.Decryptor) -> AsyncIterator[bytes]:
    """Decrypt, always one block behind: what is held back goes out only when the tag is right."""
    held: list[bytes] = []
    async for block in blocks:
        plain = opening.update(block)
        if len(plain) >= HELD_BACK:
            for each in held:
                yield each
            held.clear()
        held.append(plain)
    opening.finish()
    for each in held:
        yield each


async def _blocks(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join small chunks into blocks of 1 MiB or a little more; only the last is shorter."""
    waiting: list[bytes] = []
    size = 0
    async for chunk in chunks:
        waiting.append(chunk)
        size += len(chunk)
        if size >= BLOCK:
            yield b"".join(waiting)
            waiting, size = [], 0
    if waiting:
        yield b"".join(waiting)


def _links(request_id: str, *, limit: int, offset: int, total: int) -> dict[str, str | None]:
    def page(start: int) -> str:
        return f"/v1/data-subject-request/{quote(request_id)}/download-keys?limit={limit}&offset={start}"

    before = page(max(offset - limit, 0)) if offset > 0 else None
    return {
        "self": page(offset),
        "next": page(offset + limit) if offset + limit < total else None,
        "prev": before,
        "previous": before,
    }
