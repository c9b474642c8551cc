"""What only a rehearsal may do: any status, planted damage, a look at every row."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.unit.fake_sombra.transcend.world import World


def test_a_request_is_put_into_any_of_the_sixteen_and_no_other(world: World) -> None:
    world.submit()

    put = world.control("POST", "requests/r1/status", {"status": "REVOKED"})

    assert put.content == {"request": {"id": "r1", "status": "REVOKED"}}
    assert world.control("POST", "requests/r1/status", {"status": "revoked"}).code == "bad_request"
    assert world.control("POST", "requests/r9/status", {"status": "REVOKED"}).code == "not_found"


def test_the_snapshot_shows_every_row_and_where_the_blobs_are(world: World) -> None:
    world.submit()
    world.upload()

    seen = world.control("GET", "snapshot").content

    assert set(seen["tables"]) == set(world.control("GET", "counts").content)
    assert seen["tables"]["contexts"][0]["token"] == "h.ctx1.s"
    blob = Path(seen["blobs"]) / seen["tables"]["files"][0]["blob"]
    assert blob.read_bytes() == b"ciphertext"


def test_rows_are_counted(world: World) -> None:
    world.submit()

    counts = world.control("GET", "counts").content

    assert (counts["requests"], counts["contexts"], counts["files"]) == (1, 1, 0)
    assert len(counts) == 9


@pytest.mark.parametrize(("how", "damaged"), [("flip", b"ciphestext"), ("cut", b"ciphertex")])
def test_a_damaged_file_is_a_new_blob_so_a_fork_keeps_the_old_one(world: World, how: str, damaged: bytes) -> None:
    world.submit()
    world.upload()
    with world.store.fork() as fork:
        before = world.store.snapshot()["files"][0]["blob"]

        assert world.control("POST", "tamper", {"kind": "file", "id": "f1", "how": how}).status == 200

        assert world.product("GET", "files/f1").body == damaged
        assert fork.snapshot()["files"][0]["blob"] == before
        assert fork.blobs.read(before) == (10, b"ciphertext")


def test_an_empty_file_is_damaged_in_its_tag(world: World) -> None:
    world.submit()
    world.upload(sealed=b"t" * 16)

    world.control("POST", "tamper", {"kind": "file", "id": "f1", "how": "cut"})

    tag = base64.b64decode(world.product("GET", "files/f1").headers["x-file-auth-tag"])
    assert len(tag) == 16
    assert tag != b"t" * 16


@pytest.mark.parametrize("how", ["flip", "cut"])
@pytest.mark.parametrize("named", ["r1", "id-0002"])
def test_a_damaged_context_is_the_named_or_latest_one_and_keeps_its_signature(
    world: World, how: str, named: str
) -> None:
    world.submit()
    world.submit(token="h.context.s", restart=True)

    world.control("POST", "tamper", {"kind": "context", "id": named, "how": how})

    first, second = (row["token"] for row in world.store.snapshot()["contexts"])
    assert first == "h.ctx1.s"
    assert second != "h.context.s"
    assert (second.split(".")[0], second.split(".")[2]) == ("h", "s")


def test_an_integrations_context_and_an_identifier_set_are_damaged_likewise(world: World) -> None:
    world.submit()
    world.product("POST", "requests/r1/identifiers", {"sealed": "c2VhbGVk", "encryptedCEKContext": "h.ctx1.s"})
    world.product("PUT", "integrations/crm", {"title": "CRM"})
    world.product("POST", "integrations/crm/context", {"integrationContext": "h.a.s"})

    for kind, thing in (("integration", "crm"), ("identifier", "r1")):
        assert world.control("POST", "tamper", {"kind": kind, "id": thing, "how": "flip"}).status == 200

    rows = world.store.snapshot()
    assert rows["integration_contexts"][0]["token"] == "h.A.s"
    assert base64.b64decode(rows["identifier_sets"][0]["sealed"]) == b"sealed".replace(b"l", b"m")


@pytest.mark.parametrize(
    ("kind", "thing", "how", "code"),
    [
        ("label", "r1", "strip", "bad_request"),
        ("label", "r1", "flip", "bad_request"),
        ("context", "r1", "forge", "bad_request"),
        ("door", "r1", "flip", "bad_request"),
        ("file", "f1", "burn", "bad_request"),
        ("file", "f9", "flip", "not_found"),
        ("context", "r9", "flip", "not_found"),
        ("identifier", "r1", "flip", "not_found"),
    ],
)
def test_damage_that_cannot_be_done_is_refused_and_does_none(
    world: World, kind: str, thing: str, how: str, code: str
) -> None:
    world.submit()
    world.upload()
    before = world.store.snapshot()

    refused = world.control("POST", "tamper", {"kind": kind, "id": thing, "how": how})

    assert refused.code == code
    assert world.store.snapshot() == before


def test_what_is_no_token_cannot_be_damaged_as_one(world: World) -> None:
    world.submit(token="plain")

    assert world.control("POST", "tamper", {"kind": "context", "id": "r1", "how": "flip"}).code == "conflict"
