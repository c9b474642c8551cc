"""Custom functions, paged data points, limits of calls, and what a submission may say."""

from __future__ import annotations

import base64
import json
from typing import Any

import jwt
import pytest

from tests.unit.fake_sombra.gateway.kms import OneKey, aws
from tests.unit.fake_sombra.gateway.world import World, environ, in_loop, world

_CODE = {
    "code": "export default () => 1",
    "context": {"userDefinedEnv": {"TOKEN": "planted-value"}, "allowedHosts": ["h"]},
}
_SUBJECT = {"coreIdentifier": "alice", "email": "alice@example.com"}


def _claims(token: str) -> dict[str, Any]:
    claims: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return claims


@in_loop
async def test_a_custom_function_is_signed_and_its_environment_sealed() -> None:
    async with world() as here:
        seen = await here.call("POST", "/v1/custom/sign", _CODE)

        assert set(seen.json) == {"signedCodeJwt", "signedCodeContextJwt"}
        assert {jwt.get_unverified_header(token)["alg"] for token in seen.json.values()} == {"HS384"}
        code, context = _claims(seen.json["signedCodeJwt"]), _claims(seen.json["signedCodeContextJwt"])
        assert base64.b64decode(code["base64Code"]).decode() == _CODE["code"]
        assert (context["allowedHosts"], context["allowThirdPartyImports"], context["timeoutMs"]) == (
            ["h"],
            False,
            None,
        )
        assert context["userDefinedEncryptedEnv"]
        assert "planted-value" not in json.dumps(context) + json.dumps(here.log.entries)


@in_loop
async def test_without_an_environment_no_key_is_made() -> None:
    kms = OneKey()
    async with world(aws("a"), kms=kms) as here:
        before = len(kms.calls)

        seen = await here.call("POST", "/v1/custom/sign", {"code": "x", "context": {}})

        assert "userDefinedEncryptedEnv" not in _claims(seen.json["signedCodeContextJwt"])
        assert len(kms.calls) == before


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"code": "", "context": {}},
        {"code": 1, "context": {}},
        {"code": "x"},
        {"code": "x", "context": {"allowedHosts": "h"}},
        {"code": "x", "context": {"allowedHosts": [1]}},
        {"code": "x", "context": {"userDefinedEnv": "x"}},
        {"code": "x", "context": {"userDefinedEnv": {"a": 1}}},
        {"code": "x", "context": {"userDefinedEnv": [1]}},
        {"code": "x", "context": {"allowThirdPartyImports": "yes"}},
        {"code": "x", "context": {"timeoutMs": -1}},
        {"code": "x", "context": {"timeoutMs": 1e30}},
        {"code": "x", "context": {}, "customFunction": 1},
    ],
)
@in_loop
async def test_a_custom_function_that_is_none_is_refused(body: dict[str, Any]) -> None:
    async with world() as here:
        assert (await here.call("POST", "/v1/custom/sign", body)).code == "bad_request"


async def _page(here: World, request_id: str, **body: Any) -> Any:
    told = {"dataPointName": "friends", "data": [{"name": "Grace"}], "isLastPage": False, **body}
    headers = {"x-transcend-nonce": await here.nonce(request_id)}
    return await here.call("POST", "/v1/datapoint-chunked", told, headers=headers)


@in_loop
async def test_each_page_of_a_data_point_becomes_a_file_of_its_own() -> None:
    async with world() as here:
        request_id = await here.submit()
        for number in range(2):
            seen = await _page(here, request_id, fileId=f"Page {number} -- 0 - 1", isLastPage=number == 1)
            assert (seen.status, seen.json["success"]) == (200, True)

        listed = await here.call("GET", f"/v1/data-subject-request/{request_id}/download-keys")
        (first, second) = listed.json["nodes"]
        content = await here.call("GET", f"/v1/files?downloadKey={first['downloadKey']}")

        names = [first["fileName"], second["fileName"]]
        assert names == ["friends/Page 0 -- 0 - 1.json", "friends/Page 1 -- 0 - 1.json"]
        assert content.json == [{"name": "Grace"}]


@pytest.mark.parametrize(
    "body",
    [
        {"dataPointName": ""},
        {"dataPointName": None},
        {"dataPointName": "../friends"},
        {"dataPointName": "friends", "fileId": "../../etc/passwd"},
        {"dataPointName": "friends", "fileId": "a\\b"},
        {"dataPointName": "/friends"},
        {"data": None},
        {"data": {"name": "Grace"}},
        {"isLastPage": "yes"},
        {"fileId": 1},
    ],
)
@in_loop
async def test_a_page_that_is_none_is_refused_and_nothing_is_written(body: dict[str, Any]) -> None:
    async with world() as here:
        request_id = await here.submit()
        before = list(here.cloud.writes)

        seen = await _page(here, request_id, **body)

        assert (seen.status, seen.code) == (400, "bad_request")
        assert here.cloud.writes == before


@in_loop
async def test_calls_beyond_the_limit_are_refused_with_the_documented_headers_until_the_window_ends() -> None:
    async with world(environ("old", FAKE_SOMBRA_RATE_LIMIT="2/60")) as here:
        path = "/v1/data-subject-request/r"
        allowed = [await here.call("GET", path) for _ in range(2)]
        refused = await here.call("GET", path)
        other = await here.call("GET", path, headers={"authorization": "Bearer another"})
        health = await here.call("GET", "/health")
        here.now[0] += 61
        again = await here.call("GET", path)

        assert [seen.status for seen in allowed] == [404, 404]
        assert (refused.status, refused.code) == (429, "rate_limited")
        assert "Client error: Too many requests" in refused.json["message"]
        assert refused.headers["retry-after"] == "60"
        assert (refused.headers["x-ratelimit-limit"], refused.headers["x-ratelimit-remaining"]) == ("2", "0")
        assert refused.headers["x-ratelimit-reset"] == "2025-06-15T15:07:40.000Z"
        assert (other.status, health.status, again.status) == (401, 200, 404)
        assert "x-ratelimit-limit" not in health.headers


@in_loop
async def test_an_answer_within_the_limit_says_how_much_is_left() -> None:
    async with world(environ("old", FAKE_SOMBRA_RATE_LIMIT="5/60")) as here:
        await here.submit()

        seen = await here.call("POST", "/v1/request-identifiers", {"requestId": next(iter(here.cloud.requests))})

        assert (seen.status, seen.headers["x-ratelimit-remaining"]) == (200, "3")


@in_loop
async def test_without_a_limit_nothing_is_counted() -> None:
    async with world() as here:
        seen = await here.call("GET", "/v1/data-subject-request/r")

        assert not any(name.startswith("x-ratelimit") for name in seen.headers)


@pytest.mark.parametrize(
    "changed",
    [
        {"type": "DELETE"},
        {"type": "access"},
        {"type": None},
        {"region": {"country": "Germany"}},
        {"region": {"country": "DE", "countrySubDivision": "Bavaria"}},
        {"region": "DE"},
        {"isSilent": "yes"},
        {"isTest": None},
        {"subject": {}},
        {"subject": []},
        {"subject": {**_SUBJECT, "attestedExtraIdentifiers": {"custom": [{"name": "x"}]}}},
        {"subject": {**_SUBJECT, "attestedExtraIdentifiers": {"custom": {"value": "x"}}}},
        {"requestId": "../x"},
    ],
)
@in_loop
async def test_a_submission_that_no_client_could_read_back_is_refused(changed: dict[str, Any]) -> None:
    async with world() as here:
        body = {"type": "ACCESS", "subjectType": "customer", "subject": _SUBJECT}
        assert (await here.call("POST", "/v1/data-subject-request", body)).status == 200
        before = list(here.cloud.writes)

        seen = await here.call("POST", "/v1/data-subject-request", {**body, **changed})

        assert (seen.status, seen.code) == (400, "bad_request")
        assert here.cloud.writes == before


@in_loop
async def test_an_identifier_of_any_public_type_keeps_it_and_another_is_custom() -> None:
    async with world() as here:
        extra = {"rida": [{"value": "1"}], "loyalty": [{"value": "2"}]}
        request_id = await here.submit(subject={**_SUBJECT, "attestedExtraIdentifiers": extra})

        seen = await here.call("POST", "/v1/request-identifiers", {"requestId": request_id, "first": 50, "offset": 0})

        assert {each["name"]: each["type"] for each in seen.json["identifiers"]} == {
            "email": "email",
            "coreIdentifier": "coreIdentifier",
            "rida": "rida",
            "loyalty": "custom",
        }
