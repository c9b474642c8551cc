"""Sombra's public routes: what each answers when all is well, and whom it turns away."""

from __future__ import annotations

import json

import pytest

from tests.unit.fake_sombra.gateway.world import CREDENTIALS, INTERNAL_KEY, environ, in_loop, world

_ROUTES = (
    ("GET", "/v1/files?downloadKey=x"),
    ("POST", "/v1/data-subject-request"),
    ("GET", "/v1/data-subject-request/r"),
    ("GET", "/v1/data-subject-request/r/download-keys"),
    ("POST", "/v1/request-identifiers"),
    ("POST", "/v1/enrich-identifiers"),
    ("POST", "/v1/data-silo"),
    ("PUT", "/v1/data-silo"),
    ("POST", "/v1/datapoint"),
    ("POST", "/v1/register-saas"),
    ("POST", "/v1/custom/sign"),
    ("POST", "/v1/datapoint-chunked"),
    ("GET", "/v1/data-silo/s/pending-requests/ACCESS"),
)


@in_loop
async def test_health_and_the_public_key_need_no_credentials() -> None:
    async with world() as here:
        bare = {"authorization": "", "x-sombra-authorization": ""}

        health = await here.call("GET", "/health", headers=bare)
        key = await here.call("GET", "/public-keys/sombra-general-signing-key", headers=bare)

        assert (health.status, health.json) == (200, {"status": "ok"})
        assert key.headers["content-type"].startswith("text/plain")
        assert key.body.decode() == here.gateway.settings.key_sets.first.signing_key.public_pem
        assert health.headers["server"] == key.headers["server"] == "fake-sombra"


@in_loop
async def test_a_submitted_request_has_a_context_and_can_be_read() -> None:
    async with world() as here:
        request_id = await here.submit()

        seen = await here.call("GET", f"/v1/data-subject-request/{request_id}")

        assert seen.json == {
            "id": request_id,
            "coreIdentifier": "alice",
            "email": "alice@example.com",
            "status": "REQUEST_MADE",
            "subjectType": "customer",
            "type": "ACCESS",
        }
        assert here.context(request_id).count(".") == 2


@in_loop
async def test_a_restart_adds_a_context_and_keeps_the_request() -> None:
    async with world() as here:
        request_id = await here.submit()
        first = here.context(request_id)

        assert await here.submit(requestId=request_id) == request_id
        assert here.context(request_id) != first


@in_loop
async def test_restarting_an_unknown_request_is_not_found() -> None:
    async with world() as here:
        body = {"type": "ACCESS", "subject": {"coreIdentifier": "a"}, "subjectType": "customer"}
        seen = await here.call("POST", "/v1/data-subject-request", {**body, "requestId": "nowhere"})

        assert (seen.status, seen.code) == (404, "not_found")


@in_loop
async def test_download_keys_are_shaped_as_the_command_line_decodes_them() -> None:
    async with world() as here:
        request_id = await here.submit()
        await here.attach(request_id, b"12345", name="folder/a.pdf")
        await here.attach(request_id, b"6", name="b.pdf")

        seen = await here.call("GET", f"/v1/data-subject-request/{request_id}/download-keys?limit=1")

        page = seen.json
        node = page["nodes"][0]
        assert (page["totalCount"], len(page["nodes"])) == (2, 1)
        assert page["_links"]["next"].endswith("limit=1&offset=1")
        assert page["_links"]["prev"] is None
        assert (node["size"], node["mimetype"], node["fileName"]) == ("5", "application/pdf", "folder/a.pdf")
        assert node["error"] is None
        assert node["dataPoint"]["dataSilo"]["description"] == ""


@in_loop
async def test_a_file_comes_back_as_it_went_in() -> None:
    async with world() as here:
        request_id = await here.submit()
        await here.attach(request_id, b"the plain text")

        seen = await here.download(request_id)

        assert (seen.status, seen.body) == (200, b"the plain text")
        assert (seen.headers["content-type"], seen.headers["content-length"]) == ("application/pdf", "14")
        assert b"plain" not in next(iter(here.cloud.files.values())).ciphertext


@in_loop
async def test_identifiers_are_sealed_upstream_and_read_in_pages() -> None:
    async with world() as here:
        extra = {"phone": [{"value": "+1", "name": "phone"}], "loyalty": [{"value": "77", "name": "loyalty"}]}
        subject = {"coreIdentifier": "alice", "email": "a@b.c", "attestedExtraIdentifiers": extra}
        request_id = await here.submit(subject=subject)

        page = await here.call("POST", "/v1/request-identifiers", {"requestId": request_id})
        second = await here.call("POST", "/v1/request-identifiers", {"requestId": request_id, "first": 1, "offset": 3})

        found = [(each["name"], each["value"], each["type"]) for each in page.json["identifiers"]]
        assert found == [
            ("email", "a@b.c", "email"),
            ("coreIdentifier", "alice", "coreIdentifier"),
            ("phone", "+1", "phone"),
            ("loyalty", "77", "custom"),
        ]
        assert second.json["identifiers"] == page.json["identifiers"][3:]
        assert "alice" not in json.dumps(here.cloud.sets)


@pytest.mark.parametrize("by_nonce", [True, False])
@in_loop
async def test_enriching_adds_identifiers_and_moves_the_request_on(*, by_nonce: bool) -> None:
    async with world() as here:
        request_id = await here.submit()
        named = {"x-transcend-request-id": request_id, "x-transcend-enricher-id": "e"}
        headers = {"x-transcend-nonce": await here.nonce(request_id)} if by_nonce else named
        body = {"enrichedIdentifiers": {"phone": [{"value": "+1"}]}}

        first = await here.call("POST", "/v1/enrich-identifiers", body, headers=headers)
        again = await here.call("POST", "/v1/enrich-identifiers", body, headers=headers)
        page = await here.call("POST", "/v1/request-identifiers", {"requestId": request_id})

        assert (first.status, first.json) == (200, {"success": True})
        assert here.cloud.requests[request_id]["status"] == "COMPILING"
        assert (again.status, again.code) == (409, "conflict")
        assert b"Cannot update a resolved RequestEnricher" in again.body
        assert [each["value"] for each in page.json["identifiers"]] == ["alice@example.com", "alice", "+1"]


@in_loop
async def test_a_silo_answers_with_one_file_a_profile() -> None:
    async with world() as here:
        request_id = await here.submit()
        headers = {"x-transcend-nonce": await here.nonce(request_id)}
        profiles = [{"profileId": "p1", "profileData": {"name": "Zoë"}}, {"profileData": [1]}]

        seen = await here.call("POST", "/v1/data-silo", {"profiles": profiles}, headers=headers)
        keys = await here.call("GET", f"/v1/data-subject-request/{request_id}/download-keys")
        file = await here.download(request_id)

        assert seen.json == {"success": True}
        assert [node["fileName"] for node in keys.json["nodes"]] == ["p1.json", "profile.json"]
        assert file.json == {"name": "Zoë"}
        assert file.headers["content-type"] == "application/json"


@in_loop
async def test_an_empty_answer_proves_the_nonce_and_stores_nothing() -> None:
    async with world() as here:
        request_id = await here.submit()
        headers = {"x-transcend-nonce": await here.nonce(request_id)}
        before = list(here.cloud.writes)

        seen = await here.call("POST", "/v1/data-silo", {"profiles": []}, headers=headers)

        assert seen.status == 200
        assert here.cloud.writes == before


@in_loop
async def test_confirming_moves_a_request_on_once() -> None:
    async with world() as here:
        request_id = await here.submit()
        here.cloud.requests[request_id]["status"] = "SECONDARY"
        headers = {"x-transcend-nonce": await here.nonce(request_id)}

        first = await here.call("PUT", "/v1/data-silo", {"profiles": [{"profileId": "p"}]}, headers=headers)
        again = await here.call("PUT", "/v1/data-silo", {}, headers=headers)

        assert first.json == {"success": True}
        assert here.cloud.requests[request_id]["status"] == "SECONDARY_COMPLETED"
        assert (again.status, again.code) == (409, "conflict")


@in_loop
async def test_a_request_that_is_over_takes_no_more_files() -> None:
    async with world() as here:
        request_id = await here.submit()
        nonce = {"x-transcend-nonce": await here.nonce(request_id)}
        here.cloud.requests[request_id]["status"] = "CANCELED"

        named = {**nonce, "x-transcend-datapoint-name": "a"}
        point = await here.call("POST", "/v1/datapoint", b"x", headers=named)
        silo = await here.call("POST", "/v1/data-silo", {"profiles": [{"profileData": 1}]}, headers=nonce)

        assert (point.status, silo.status) == (409, 409)
        assert here.cloud.files == {}


@in_loop
async def test_registering_an_integration_answers_an_opaque_text() -> None:
    async with world() as here:
        body = {"secretMap": {"token": "t0p"}, "allowedHosts": ["h"], "allowedPlaintextPaths": []}

        seen = await here.call("POST", "/v1/register-saas", body)

        assert seen.headers["content-type"].startswith("text/plain")
        assert seen.body.count(b".") == 2
        assert b"t0p" not in seen.body


@pytest.mark.parametrize(("method", "path"), _ROUTES)
@in_loop
async def test_every_route_wants_both_credentials(method: str, path: str) -> None:
    async with world() as here:
        wrong = {
            "no API key": {"authorization": ""},
            "no internal key": {"x-sombra-authorization": ""},
            "another internal key": {"x-sombra-authorization": "Bearer YW5vdGhlcg=="},
            "not base64": {"x-sombra-authorization": "Bearer ***"},
            "the hash itself": {"x-sombra-authorization": f"Bearer {environ()['INTERNAL_KEY_HASH']}"},
            "not a bearer": {"x-sombra-authorization": f"Basic {INTERNAL_KEY}"},
        }

        for what, headers in wrong.items():
            seen = await here.call(method, path, headers=headers)
            assert (seen.status, seen.code) == (401, "not_authenticated"), what
            assert seen.json["message"] == seen.json["error"]["message"]
        assert here.cloud.writes == here.cloud.reads == []


@in_loop
async def test_the_header_of_the_rotation_page_is_logged_and_not_accepted() -> None:
    async with world() as here:
        bearer = CREDENTIALS["x-sombra-authorization"]
        headers = {"x-sombra-authorization": "", "x-sombra-authentication": bearer}

        seen = await here.call("GET", "/v1/data-subject-request/r", headers=headers)

        assert seen.status == 401
        assert len(here.log.of("header_misnamed")) == 1


@in_loop
async def test_any_listed_internal_key_is_accepted() -> None:
    listed = environ()
    listed["INTERNAL_KEY_HASH"] = f"{'A' * 43}=,{listed['INTERNAL_KEY_HASH']}"
    async with world(listed) as here:
        assert await here.submit()


@in_loop
async def test_the_cloud_judges_the_api_key() -> None:
    async with world() as here:
        headers = {"authorization": "Bearer another"}

        seen = await here.call("GET", "/v1/data-subject-request/r", headers=headers)

        assert (seen.status, seen.code) == (401, "not_authenticated")


@in_loop
async def test_a_cloud_that_is_down_is_a_bad_gateway() -> None:
    async with world() as here:
        here.net.hang_up("http://transcend.fake")

        seen = await here.call("GET", "/v1/data-subject-request/r")

        assert (seen.status, seen.code) == (502, "bad_gateway")


@in_loop
async def test_unknown_routes_and_methods_are_told_apart() -> None:
    async with world() as here:
        unknown = await here.call("GET", "/v1/nothing")
        wrong = await here.call("DELETE", "/v1/data-silo")
        options = await here.call("OPTIONS", "/v1/data-silo")
        head = await here.call("HEAD", "/health")

        assert (unknown.status, unknown.code) == (404, "not_found")
        assert (wrong.status, wrong.code) == (405, "bad_request")
        assert wrong.headers["allow"] == options.headers["allow"] == "OPTIONS, POST, PUT"
        assert options.status == 204
        assert (head.status, head.body) == (200, b"")


@in_loop
async def test_a_refusal_is_one_log_line_without_secrets() -> None:
    async with world() as here:
        request_id = await here.submit()

        seen = await here.call("POST", "/v1/request-identifiers", {"requestId": request_id, "first": "many"})

        (line,) = here.log.of("call_refused")
        assert (line["level"], line["code"], line["status"]) == ("warn", "bad_request", 400)
        assert line["route"] == "POST /v1/request-identifiers"
        assert line["request_id"] == request_id
        assert line["call_id"] == seen.headers["x-request-id"]
        assert line["instance"] == here.gateway.instance
        assert INTERNAL_KEY not in str(here.log.entries)
