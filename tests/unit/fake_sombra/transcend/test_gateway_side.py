"""What a gateway stores and reads back, and what it is refused."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest

from fake_sombra.http import Message, Scope
from fake_sombra.transcend.blobs import CHUNK
from fake_sombra.transcend.statuses import IN_FLIGHT, STATUSES
from tests.unit.fake_sombra.transcend.world import IV, SUBMISSION, World, in_pieces, run_app


def _blobs(world: World) -> list[str]:
    return [path.name for path in world.store.blobs.directory.iterdir()]


def test_a_new_request_is_answered_as_the_public_route_answers(world: World) -> None:
    made = world.submit()

    assert made.content["request"] == {
        "id": "r1",
        "link": "https://transcend.invalid/privacy-requests/r1",
        "status": "REQUEST_MADE",
        "type": "ACCESS",
        "subjectType": "customer",
        "email": "ada@example.com",
        "coreIdentifier": "core-1",
        "isSilent": False,
        "isTest": False,
        "country": "GB",
        "countrySubDivision": None,
        "attributeValues": [
            {"name": "one", "attributeKey": {"name": "Tags"}},
            {"name": "two", "attributeKey": {"name": "Tags"}},
        ],
        "replyToEmailAddresses": [],
    }


def test_a_request_is_read_with_its_latest_context(world: World) -> None:
    world.submit()

    read = world.product("GET", "requests/r1").content

    assert read["encryptedCEKContext"] == "h.ctx1.s"
    assert read["contextId"] == "id-0001"
    assert read["isContextExpired"] is False
    assert read["createdAt"] == "2027-01-15T08:00:00.000Z"
    assert read["files"] == 0


def test_an_id_is_taken_once_and_a_refused_submission_adds_nothing(world: World) -> None:
    world.submit()

    refused = world.submit(token="h.other.s")

    assert (refused.status, refused.code) == (409, "conflict")
    assert world.store.counts()["contexts"] == 1


def test_a_restart_adds_a_context_and_keeps_age_files_and_old_contexts(world: World) -> None:
    world.submit()
    world.upload()
    world.put_status("APPROVING")
    world.now += 60

    restarted = world.submit(token="h.ctx2.s", restart=True)

    assert restarted.content["request"]["status"] == "REQUEST_MADE"
    read = world.product("GET", "requests/r1").content
    assert (read["encryptedCEKContext"], read["createdAt"]) == ("h.ctx2.s", "2027-01-15T08:00:00.000Z")
    files = world.product("GET", "requests/r1/files").content["nodes"]
    assert [file["encryptedCEKContext"] for file in files] == ["h.ctx1.s"]
    assert len(world.product("GET", "requests/r1/contexts").content["contexts"]) == 2


def test_what_is_not_there_cannot_be_restarted_or_read(world: World) -> None:
    assert world.submit(restart=True).code == "not_found"
    for path in ("requests/r1", "requests/r1/files", "requests/r1/identifiers", "files/f1"):
        assert world.product("GET", path).code == "not_found"
    assert world.store.counts()["contexts"] == 0


@pytest.mark.parametrize(
    "change",
    [
        {"requestId": "../x"},
        {"requestId": None},
        {"encryptedCEKContext": ""},
        {"restart": "yes"},
        {"request": []},
        {"request": {**SUBMISSION, "type": 3}},
        {"request": {**SUBMISSION, "subject": {}}},
        {"request": {**SUBMISSION, "subjectType": None}},
        {"request": {**SUBMISSION, "createdAt": "yesterday"}},
        {"request": {**SUBMISSION, "createdAt": "0001-01-01"}},
        {"request": {**SUBMISSION, "isTest": 1}},
        {"request": {**SUBMISSION, "attributes": [1]}},
        {"request": {**SUBMISSION, "attributes": [{"key": "", "values": []}]}},
        {"request": {**SUBMISSION, "attributes": [{"values": []}]}},
        {"request": {**SUBMISSION, "completedRequestStatus": "APPROVING"}},
        {"request": {**SUBMISSION, "dataSiloIds": [""]}},
        {"request": {**SUBMISSION, "replyToEmailAddresses": "a@example.com"}},
    ],
)
def test_a_submission_that_lacks_or_bends_a_field_is_refused(world: World, change: dict[str, Any]) -> None:
    told = {
        "requestId": "r1",
        "restart": False,
        "encryptedCEKContext": "h.c.s",
        "request": SUBMISSION,
        **change,
    }

    refused = world.product("POST", "requests", told)

    assert (refused.status, refused.code) == (400, "bad_request")
    assert world.store.counts()["requests"] == 0


def test_a_submission_may_bring_its_own_age(world: World) -> None:
    told = {**SUBMISSION, "createdAt": "2020-02-03T04:05:06Z"}
    world.product("POST", "requests", {"requestId": "r1", "encryptedCEKContext": "h.c.s", "request": told})

    assert world.product("GET", "requests/r1").content["createdAt"] == "2020-02-03T04:05:06.000Z"


def test_a_file_comes_back_as_it_went_in(world: World) -> None:
    world.submit()

    assert world.upload().content == {"fileId": "f1"}

    served = world.product("GET", "files/f1")
    assert served.body == b"ciphertext"
    assert served.headers["content-length"] == "10"
    assert served.headers["x-file-iv"] == IV
    assert served.headers["x-file-auth-tag"] == base64.b64encode(b"t" * 16).decode()
    assert served.headers["x-file-mimetype"] == "application/json"
    assert served.headers["x-request-id"] == "r1"


def test_a_large_file_comes_back_in_chunks_with_its_length(world: World) -> None:
    world.submit()
    sealed = bytes(range(256)) * (CHUNK // 64) + b"t" * 16

    assert world.upload(sealed=in_pieces(sealed, 65_521)).status == 200

    served = world.product("GET", "files/f1")
    assert served.body == sealed[:-16]
    assert served.headers["content-length"] == str(len(sealed) - 16)


def test_an_empty_file_is_a_file(world: World) -> None:
    world.submit()

    assert world.upload(sealed=b"t" * 16).status == 200

    assert world.product("GET", "files/f1").body == b""
    assert world.product("GET", "requests/r1/files").content["nodes"][0]["size"] == 0


def test_files_are_listed_oldest_first_a_page_at_a_time(world: World) -> None:
    world.submit()
    for name in ("f3", "f1", "f2"):
        world.upload(name)
    world.product("PUT", "integrations/silo-1", {"title": "CRM"})

    page = world.product("GET", "requests/r1/files?limit=2&offset=1").content

    assert page["totalCount"] == 3
    assert [file["fileId"] for file in page["nodes"]] == ["f1", "f2"]
    assert page["nodes"][0] == {
        "fileId": "f1",
        "fileName": "folder/café.json",
        "mimetype": "application/json",
        "size": 10,
        "dataSilo": {"id": "silo-1", "title": "CRM"},
        "encryptedCEKContext": "h.ctx1.s",
        "createdAt": "2027-01-15T08:00:00.000Z",
    }


@pytest.mark.parametrize("query", ["limit=x", "limit=-1", "limit=1001", "offset=1.5", "limit=", "limit=²"])
def test_a_page_is_asked_for_in_whole_numbers(world: World, query: str) -> None:
    world.submit()

    assert world.product("GET", f"requests/r1/files?{query}").code == "bad_request"


@pytest.mark.parametrize(
    "headers",
    [
        {"x-file-iv": "not base64"},
        {"x-file-iv": base64.b64encode(b"short").decode()},
        {"x-file-name": ""},
        {"x-file-name": "a%00b"},
        {"x-data-silo-id": ""},
        {"x-file-mimetype": ""},
        {"x-cek-context": ""},
    ],
)
def test_a_file_without_its_label_is_refused(world: World, headers: dict[str, str]) -> None:
    world.submit()

    assert world.upload(headers=headers).code == "bad_request"
    assert _blobs(world) == []


def test_a_file_under_a_context_this_request_never_had_is_refused(world: World) -> None:
    world.submit()
    world.submit("r2", token="h.ctx2.s")

    assert world.upload(headers={"x-cek-context": "h.ctx2.s"}).code == "context_mismatch"
    assert _blobs(world) == []


def test_a_file_id_is_taken_once_and_the_second_body_leaves_nothing(world: World) -> None:
    world.submit()
    world.upload()
    kept = _blobs(world)

    assert world.upload(sealed=b"another" + b"t" * 16).code == "conflict"

    assert _blobs(world) == kept
    assert world.product("GET", "files/f1").body == b"ciphertext"


@pytest.mark.parametrize("status", STATUSES)
def test_only_a_request_in_flight_takes_files(world: World, status: str) -> None:
    world.submit()
    world.put_status(status)

    answered = world.upload()

    assert answered.status == (200 if status in IN_FLIGHT else 409)
    assert len(_blobs(world)) == (1 if status in IN_FLIGHT else 0)


def test_a_request_that_is_cancelled_while_a_file_arrives_does_not_get_it(world: World) -> None:
    world.submit()
    product = world.standin.product
    cancel = _scope(world, "POST", "/fake/v1/requests/r1/cancel", {})

    async def body() -> AsyncIterator[bytes]:
        yield b"ciphertext"
        await run_app(product, cancel, [])
        yield b"t" * 16

    assert world.upload(sealed=body()).code == "conflict"
    assert _blobs(world) == []


def test_a_body_without_room_for_a_tag_is_refused(world: World) -> None:
    world.submit()

    assert world.upload(sealed=b"t" * 15).code == "bad_request"
    assert _blobs(world) == []


def _scope(world: World, method: str, path: str, headers: dict[str, str]) -> Scope:
    given = {"authorization": "Bearer rehearsal-api-key", **headers}
    return {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in given.items()],
    }


def test_an_upload_that_breaks_off_leaves_neither_row_nor_blob(world: World) -> None:
    world.submit()
    label = {
        "x-file-name": "a",
        "x-file-mimetype": "text/plain",
        "x-file-iv": IV,
        "x-cek-context": "h.ctx1.s",
        "x-data-silo-id": "silo-1",
    }
    scope = _scope(world, "PUT", "/fake/v1/requests/r1/files/f1", label)
    start: Message = {"type": "http.request", "body": b"x" * 100_000, "more_body": True}

    sent = asyncio.run(run_app(world.standin.product, scope, [start, {"type": "http.disconnect"}]))

    assert sent == []
    assert _blobs(world) == []
    assert world.store.counts()["files"] == 0
    assert world.upload().status == 200


def test_identifier_sets_are_kept_each_with_its_own_context(world: World) -> None:
    world.submit()
    first = {"sealed": "Zmlyc3Q=", "encryptedCEKContext": "h.ctx1.s"}
    world.product("POST", "requests/r1/identifiers", first)
    world.submit(token="h.ctx2.s", restart=True)
    second = {"sealed": "c2Vjb25k", "encryptedCEKContext": "h.ctx2.s"}
    set_id = world.product("POST", "requests/r1/identifiers", second).content["setId"]

    sets = world.product("GET", "requests/r1/identifiers").content["sets"]

    assert [(each["sealed"], each["encryptedCEKContext"]) for each in sets] == [
        ("Zmlyc3Q=", "h.ctx1.s"),
        ("c2Vjb25k", "h.ctx2.s"),
    ]
    assert sets[1]["setId"] == set_id


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"sealed": "§"}, "bad_request"),
        ({"sealed": None}, "bad_request"),
        ({"encryptedCEKContext": "h.unknown.s"}, "context_mismatch"),
    ],
)
def test_identifiers_that_cannot_be_opened_later_are_refused(world: World, change: dict[str, Any], code: str) -> None:
    world.submit()
    told = {"sealed": "Zmlyc3Q=", "encryptedCEKContext": "h.ctx1.s", **change}

    assert world.product("POST", "requests/r1/identifiers", told).code == code
    assert world.product("POST", "requests/r9/identifiers", told).status in {400, 404}
    assert world.store.counts()["identifier_sets"] == 0


def test_a_gateway_advances_a_request_unless_it_cannot_or_all_is_paused(world: World) -> None:
    world.submit()
    world.product("POST", "organization/pause")
    assert world.product("POST", "requests/r1/advance", {"step": "enrich"}).code == "conflict"
    world.product("POST", "organization/unpause")

    assert world.product("POST", "requests/r1/advance", {"step": "enrich"}).content == {"status": "COMPILING"}
    assert world.product("POST", "requests/r1/advance", {"step": "answer"}).content == {"status": "COMPILING"}
    assert world.product("POST", "requests/r1/advance", {"step": "enrich"}).code == "conflict"
    assert world.product("POST", "requests/r1/advance", {"step": "cancel"}).code == "bad_request"
    assert world.product("POST", "requests/r9/advance", {"step": "enrich"}).code == "not_found"
    assert world.product("GET", "requests/r1").content["status"] == "COMPILING"


def _sync(provider: str, *canaries: tuple[str, str]) -> dict[str, Any]:
    told = [{"keySource": "SOMBRA", "canaryType": kind, "canaryValue": value, "index": 0} for kind, value in canaries]
    key_sets = [{"keyType": "JWT_ECDSA_KEY", "canaries": told}]
    return {"id": "gw-1", "uri": "acme", "configJwt": "h.p.s", "kmsProvider": provider, "keySets": key_sets}


def test_a_gateway_reports_itself_and_its_canaries_get_lasting_ids(world: World) -> None:
    first = world.product("POST", "config-sync", _sync("local", ("HASH", "aa"))).content
    again = world.product("POST", "config-sync", _sync("local", ("HASH", "aa"), ("JWT", "bb"))).content

    assert first["done"] is True
    before, after = (each["keysMetadata"]["keySets"][0]["canaries"] for each in (first, again))
    assert before[0]["id"] == after[0]["id"] != after[1]["id"]
    assert before[0]["canaryValue"] == "aa"


def test_a_change_of_provider_or_keys_is_noted_and_never_refused(world: World) -> None:
    empty = world.product("GET", "organization").content
    for told in (
        _sync("local", ("HASH", "aa"), ("ENCRYPTED_VALUE", "1")),
        _sync("local", ("HASH", "aa"), ("ENCRYPTED_VALUE", "2")),
        _sync("AWS", ("HASH", "aa")),
        _sync("AWS", ("HASH", "bb"), ("HASH", "aa")),
    ):
        assert world.product("POST", "config-sync", told).status == 200

    seen = world.product("GET", "organization").content

    assert empty == {"uri": None, "isPaused": False, "sombra": {"provider": None, "keys": [], "syncs": []}}
    assert (seen["uri"], seen["sombra"]["provider"]) == ("acme", "AWS")
    assert [sync["isChanged"] for sync in seen["sombra"]["syncs"]] == [False, False, True, True]
    assert "h.p.s" not in str(seen)


@pytest.mark.parametrize("bent", [{"uri": None}, {"keySets": {}}, {"keySets": [{"keyType": 1}]}, {"kmsProvider": ""}])
def test_a_report_that_lacks_a_field_is_refused(world: World, bent: dict[str, Any]) -> None:
    assert world.product("POST", "config-sync", {**_sync("local"), **bent}).code == "bad_request"
    assert world.store.counts()["config_syncs"] == 0


def test_connecting_an_integration_again_adds_a_context(world: World) -> None:
    world.product("PUT", "integrations/crm", {"title": "CRM"})

    ids = [
        world.product("POST", "integrations/crm/context", {"integrationContext": token}).content["contextId"]
        for token in ("h.a.s", "h.b.s")
    ]

    assert len(set(ids)) == 2
    assert [row["token"] for row in world.store.snapshot()["integration_contexts"]] == ["h.a.s", "h.b.s"]
    assert world.product("POST", "integrations/no/context", {"integrationContext": "h.a.s"}).code == "not_found"
    assert world.product("POST", "integrations/crm/context", {}).code == "bad_request"
