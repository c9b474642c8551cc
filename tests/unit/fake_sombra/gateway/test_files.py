"""Files in both directions: exact, streamed, and never clean when they were damaged on the way."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest

from fake_sombra.gateway.files import BLOCK, HELD_BACK
from fake_sombra.http import NoAnswer, Request
from tests.unit.fake_sombra.gateway.world import CREDENTIALS, CUSTOMER, World, in_loop, world

_SIZES = (0, 1, 4096, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 3 * BLOCK + HELD_BACK - 1, 5 * BLOCK + 17)


async def _in_pieces(content: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(content), size):
        yield content[start : start + size]


async def _received(here: World, request_id: str) -> tuple[int, int, bytes, bool]:
    """Download as a client does: status, promised length, bytes that came, and whether the end was clean."""
    url = f"{CUSTOMER}/v1/files?downloadKey={await here.download_key(request_id)}"
    received = bytearray()
    async with here.net.send(Request("GET", url, CREDENTIALS)) as answer:
        promised = int(answer.headers["content-length"])
        try:
            async for chunk in answer.chunks:
                received += chunk
        except NoAnswer:
            return answer.status, promised, bytes(received), False
    return answer.status, promised, bytes(received), True


@pytest.mark.parametrize("size", _SIZES)
@pytest.mark.parametrize("chunk", [1 << 10, 300_000, 4 << 20])
@in_loop
async def test_every_size_comes_back_exactly(size: int, chunk: int) -> None:
    content = hashlib.shake_128(b"content").digest(size)
    async with world() as here:
        here.cloud.chunk = chunk
        request_id = await here.submit()
        await here.attach(request_id, _in_pieces(content, 100_000))

        status, promised, received, is_clean = await _received(here, request_id)

        assert (status, promised, is_clean) == (200, size, True)
        assert received == content


@pytest.mark.parametrize("size", [1, 4096, BLOCK])
@in_loop
async def test_a_damaged_small_file_is_refused_before_the_status_line(size: int) -> None:
    async with world() as here:
        request_id = await here.submit()
        file = here.cloud.files[await here.attach(request_id, bytes(size))]
        assert (await here.download(request_id)).status == 200

        file.flip()
        seen = await here.download(request_id)

        assert (seen.status, seen.code) == (500, "tampered")


@pytest.mark.parametrize("place", [0, BLOCK + 5, -1])
@in_loop
async def test_a_damaged_large_file_loses_its_connection_and_its_tail(place: int) -> None:
    size = 3 * BLOCK + 9
    async with world() as here:
        request_id = await here.submit()
        file = here.cloud.files[await here.attach(request_id, _in_pieces(bytes(size), BLOCK))]
        assert (await _received(here, request_id))[3]

        damaged = bytearray(file.ciphertext)
        damaged[place] ^= 1
        file.ciphertext = bytes(damaged)
        status, promised, received, is_clean = await _received(here, request_id)

        assert (status, promised, is_clean) == (200, size, False)
        assert len(received) <= size - HELD_BACK
        assert here.log.of("call_refused")[-1]["code"] == "tampered"


@pytest.mark.parametrize("size", [4096, 3 * BLOCK])
@in_loop
async def test_a_cut_file_never_ends_cleanly(size: int) -> None:
    async with world() as here:
        request_id = await here.submit()
        file = here.cloud.files[await here.attach(request_id, bytes(size))]

        file.ciphertext = file.ciphertext[:-1]
        if size <= BLOCK:
            assert (await here.download(request_id)).code == "tampered"
        else:
            assert not (await _received(here, request_id))[3]


@pytest.mark.parametrize("size", [200_000, 4 * BLOCK])
@in_loop
async def test_a_cloud_that_hangs_up_in_the_middle_is_no_clean_answer(size: int) -> None:
    async with world() as here:
        request_id = await here.submit()
        await here.attach(request_id, bytes(size))

        here.cloud.hang_up_after = size // 2
        if size <= BLOCK:
            assert (await here.download(request_id)).code == "bad_gateway"
        else:
            assert not (await _received(here, request_id))[3]


@pytest.mark.parametrize("damage", ["flip", "garbage", "empty"])
@in_loop
async def test_a_damaged_tag_is_tampering(damage: str) -> None:
    async with world() as here:
        request_id = await here.submit()
        file = here.cloud.files[await here.attach(request_id, b"content")]

        file.tag = {"flip": "A" * 22 + "==", "garbage": "not base64!", "empty": ""}[damage]
        seen = await here.download(request_id)

        assert (seen.status, seen.code) == (500, "tampered")


@in_loop
async def test_a_file_that_another_request_owns_is_a_mismatch() -> None:
    async with world() as here:
        request_id = await here.submit()
        file_id = await here.attach(request_id, b"content")
        key = await here.download_key(request_id)

        here.cloud.files[file_id].request_id = "another"
        seen = await here.call("GET", f"/v1/files?downloadKey={key}")

        assert (seen.status, seen.code) == (400, "context_mismatch")


@in_loop
async def test_a_file_that_is_gone_is_not_found() -> None:
    async with world() as here:
        request_id = await here.submit()
        await here.attach(request_id, b"content")
        key = await here.download_key(request_id)

        here.cloud.files.clear()

        assert (await here.call("GET", f"/v1/files?downloadKey={key}")).code == "not_found"


@in_loop
async def test_an_upload_streams_and_is_kept_only_when_it_arrives_whole() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield bytes(100_000)
        raise ConnectionResetError

    async with world() as here:
        request_id = await here.submit()
        headers = {"x-transcend-nonce": await here.nonce(request_id), "x-transcend-datapoint-name": "a"}

        with pytest.raises(NoAnswer):
            await here.call("POST", "/v1/datapoint", broken(), headers=headers)
        assert here.cloud.files == {}

        await here.call("POST", "/v1/datapoint", _in_pieces(bytes(100_000), 1000), headers=headers)
        assert len(here.cloud.files) == 1


@pytest.mark.parametrize(
    "name", ["../a", "a/../b", "/etc/passwd", "a\\b", "a//b", "a/", ".", "a\tb", "a\x7fb", "x" * 2000]
)
@in_loop
async def test_names_that_would_escape_a_folder_are_refused(name: str) -> None:
    async with world() as here:
        request_id = await here.submit()
        nonce = {"x-transcend-nonce": await here.nonce(request_id)}

        attached = await here.call("POST", "/v1/datapoint", b"x", headers={**nonce, "x-transcend-datapoint-name": name})
        profile = {"profileId": f"{name}/x", "profileData": {}}
        answered = await here.call("POST", "/v1/data-silo", {"profiles": [profile]}, headers=nonce)

        assert (attached.status, attached.code) == (400, "bad_request")
        assert (answered.status, answered.code) == (400, "bad_request")
        assert here.cloud.files == {}


@pytest.mark.parametrize("name", ["folder/a b.pdf", "Zo\u00eb.txt", "100%.txt", "a..b"])
@in_loop
async def test_names_travel_unchanged(name: str) -> None:
    async with world() as here:
        request_id = await here.submit()
        await here.attach(request_id, b"x", name=name.encode().decode("latin-1"))

        seen = await here.call("GET", f"/v1/data-subject-request/{request_id}/download-keys")

        assert seen.json["nodes"][0]["fileName"] == name


@in_loop
async def test_many_files_at_once_do_not_mix() -> None:
    async with world() as here:
        requests = [await here.submit() for _ in range(6)]
        contents = {each: hashlib.shake_128(each.encode()).digest(BLOCK + 5000) for each in requests}

        await asyncio.gather(*(here.attach(each, _in_pieces(contents[each], 70_000)) for each in requests))
        received = await asyncio.gather(*(_received(here, each) for each in requests))

        assert {each: got[2] for each, got in zip(requests, received, strict=True)} == contents
        assert len({file.headers["x-file-iv"] for file in here.cloud.files.values()}) == 6
