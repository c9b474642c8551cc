"""A large file opened from disk by the gateway's own use case, with no HTTP on either side of it."""

from __future__ import annotations

import asyncio
import os
import time
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.options import BenchmarkFailed
from fake_sombra import settings
from fake_sombra.clock import Clock
from fake_sombra.crypto.cipher import IV_SIZE, TAG_SIZE, Decryptor, Encryptor
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.gateway.files import Files
from fake_sombra.gateway.upstream import Upstream
from fake_sombra.http import Answer, Request
from fake_sombra.keyring.opening import open_keyring
from fake_sombra.transcend.blobs import Blobs
from harness.generated import before_and_after

_CHUNK = 1 << 20
_SPEED_BLOCK = 16384


@dataclass(frozen=True, slots=True)
class _Disk:
    """Answers every request with one ciphertext, read as the stand-in reads it."""

    blobs: Blobs
    blob: str
    iv: bytes
    tag: bytes

    @asynccontextmanager
    async def send(self, request: Request) -> AsyncIterator[Answer]:
        size, content = self.blobs.read(self.blob)
        headers = {
            "content-length": str(size),
            "x-file-iv": b64encode(self.iv).decode(),
            "x-file-auth-tag": b64encode(self.tag).decode(),
        }
        yield Answer(200, headers, _chunks(content if not isinstance(content, bytes) else iter((content,))))

    async def close(self) -> None:
        """Nothing is held."""


def bytes_per_second(folder: str, *, size: int) -> float:
    """Seal a file of `size` bytes into a folder, then open it chunk by chunk; returns the rate of opening."""
    return asyncio.run(_measure(Path(folder), size))


def cipher_bytes_per_second(*, seconds: float) -> float:
    """What the cipher alone does in memory, by the same OpenSSL and in the blocks of `openssl speed`."""
    opening, block = Decryptor(os.urandom(32), os.urandom(IV_SIZE), tag=bytes(TAG_SIZE)), os.urandom(_SPEED_BLOCK)
    count, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds:
        for _ in range(64):
            opening.update(block)
        count += 64
    return count * _SPEED_BLOCK / took


async def _measure(folder: Path, size: int) -> float:
    environment = settings.load({**before_and_after()[0].variables, "TRANSCEND_URL": "http://disk.fake"})
    keyring = open_keyring(environment, random=os.urandom, warn=lambda _: None)
    contexts = Contexts(key_sets=environment.key_sets, keyring=keyring, clock=Clock(0.0, time.time))
    cek, context = await contexts.make(request_id="large", core_identifier="core")
    disk = _seal(Blobs(folder), cek, size=size)
    files = Files(contexts=contexts, upstream=Upstream(disk, url="http://disk.fake"), random=os.urandom)
    key = contexts.make_download_key(file_id="file", request_id="large", context=context)
    began, count = time.perf_counter(), 0
    async with files.download(key, authorization="") as plaintext:
        if isinstance(plaintext.body, bytes):
            raise BenchmarkFailed("the file is too small to stream; choose a larger --size")
        async for chunk in plaintext.body:
            count += len(chunk)
    took = time.perf_counter() - began
    if count != size:
        raise BenchmarkFailed(f"{count} of {size} bytes came out of the stream")
    return size / took


def _seal(blobs: Blobs, cek: bytes, *, size: int) -> _Disk:
    iv = os.urandom(IV_SIZE)
    sealing, block = Encryptor(cek, iv), bytes(_CHUNK)
    with blobs.draft() as draft:
        for start in range(0, size, _CHUNK):
            draft.write(sealing.update(block[: min(_CHUNK, size - start)]))
        draft.write(sealing.finish())
        return _Disk(blobs, draft.keep().name, iv, draft.tag)


async def _chunks(content: Iterator[bytes]) -> AsyncIterator[bytes]:
    for chunk in content:
        yield chunk
