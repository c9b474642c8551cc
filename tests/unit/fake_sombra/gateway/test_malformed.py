"""What a caller sends wrongly is `bad_request`: never a traceback, never a 500, nothing written."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_sombra.gateway import calls
from fake_sombra.http import Request
from tests.unit.fake_sombra.gateway.world import CREDENTIALS, CUSTOMER, SECRET, TRANSCEND, in_loop, world

_PUBLIC = (
    ("POST", "/v1/data-subject-request"),
    ("POST", "/v1/request-identifiers"),
    ("POST", "/v1/enrich-identifiers"),
    ("POST", "/v1/data-silo"),
    ("PUT", "/v1/data-silo"),
    ("POST", "/v1/register-saas"),
    ("POST", "/v1/custom/sign"),
    ("POST", "/v1/datapoint-chunked"),
)
_INGRESS = (
    "open-context",
    "rewrap-for-session",
    "proxy-saas",
    "login",
    "consent/encrypt",
    "consent/lookup",
    "webhook",
    "re-sign-context",
    "re-sign-integration",
)
_NOT_OBJECTS = (b"", b"{", b"[]", b"1", b'"x"', b"null", b'{"a": NaN}', b"\xff\xfe", b'{"a": "\\ud800"}')
_MEMBERS = (
    "type",
    "subject",
    "subjectType",
    "requestId",
    "first",
    "offset",
    "profiles",
    "enrichedIdentifiers",
    "secretMap",
    "allowedHosts",
    "allowedPlaintextPaths",
    "encryptedCEKContext",
    "session",
    "audience",
    "identifier",
    "encrypted",
    "publicKey",
    "url",
    "coreIdentifier",
    "profileData",
)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_MEMBERS), inner, max_size=4),
    max_leaves=8,
)


@pytest.mark.parametrize(("method", "path"), _PUBLIC)
@in_loop
async def test_a_body_that_is_no_json_object_is_a_bad_request(method: str, path: str) -> None:
    async with world() as here:
        for body in _NOT_OBJECTS:
            seen = await here.call(method, path, body)
            assert (seen.status, seen.code) == (400, "bad_request"), body
        assert here.cloud.writes == []


@pytest.mark.parametrize("route", _INGRESS)
@in_loop
async def test_the_other_ingress_is_as_strict(route: str) -> None:
    async with world() as here:
        for body in _NOT_OBJECTS:
            seen = await here.call("POST", f"/fake/v1/{route}", body, origin=TRANSCEND)
            assert (seen.status, seen.code) == (400, "bad_request"), body


@given(
    route=st.sampled_from([*_PUBLIC, *((TRANSCEND, f"/fake/v1/{route}") for route in _INGRESS)]),
    body=st.dictionaries(st.sampled_from(_MEMBERS), _VALUES, max_size=6),
)
@settings(max_examples=200, deadline=None)
def test_no_body_is_answered_with_a_500(route: tuple[str, str], body: dict[str, object]) -> None:
    """Whatever JSON a caller sends, the answer is a refusal with a code, or success; never a crash."""

    async def scenario() -> None:
        async with world() as here:
            if route[0] == TRANSCEND:
                seen = await here.call("POST", route[1], json.dumps(body).encode(), origin=TRANSCEND)
            else:
                headers = {"x-transcend-nonce": "no.nonce.here"}
                seen = await here.call(route[0], route[1], json.dumps(body).encode(), headers=headers)
            assert seen.status == 200 or seen.code != "internal"
            assert here.log.of("call_crashed") == []

    asyncio.run(scenario())


@in_loop
async def test_a_body_nested_beyond_reason_is_a_bad_request() -> None:
    deep = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    async with world() as here:
        seen = await here.call("POST", "/v1/register-saas", deep)

        assert (seen.status, seen.code) == (400, "bad_request")


@in_loop
async def test_a_body_over_its_limit_is_too_large_whether_it_says_so_or_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def silent() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield b" " * 100

    monkeypatch.setattr(calls, "JSON_LIMIT", 1000)
    async with world() as here:
        said = await here.call("POST", "/v1/data-silo", b"", headers={"content-length": "1001"})
        unsaid = await here.call("POST", "/v1/data-silo", silent())
        just_fits = await here.call("POST", "/v1/data-silo", b"{}".ljust(1000))

        assert [(seen.status, seen.code) for seen in (said, unsaid)] == [(413, "too_large")] * 2
        assert just_fits.code == "bad_request"


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "limit=x", "limit=-1", "limit=", "limit=1e3", "offset=-1", "limit=\u0661"]
)
@in_loop
async def test_pages_are_bounded(query: str) -> None:
    async with world() as here:
        request_id = await here.submit()
        path = f"/v1/data-subject-request/{request_id}/download-keys?"
        assert (await here.call("GET", f"{path}limit=100&offset=0")).status == 200

        seen = await here.call("GET", path + query.encode().decode("latin-1"))

        assert (seen.status, seen.code) == (400, "bad_request")


@pytest.mark.parametrize("first", [0, 101, "1", 1.5, True])
@in_loop
async def test_pages_of_identifiers_are_bounded(first: object) -> None:
    async with world() as here:
        request_id = await here.submit()

        seen = await here.call("POST", "/v1/request-identifiers", {"requestId": request_id, "first": first})

        assert (seen.status, seen.code) == (400, "bad_request")


@pytest.mark.parametrize("request_id", ["a%20b", "..", "%2e%2e", "a" * 300, "a%0ab"])
@in_loop
async def test_ids_that_are_none_never_reach_the_cloud(request_id: str) -> None:
    async with world() as here:
        seen = await here.call("GET", f"/v1/data-subject-request/{request_id}")

        assert (seen.status, seen.code) == (400, "bad_request")
        assert here.cloud.reads == []


@in_loop
async def test_missing_headers_and_queries_are_named() -> None:
    async with world() as here:
        nonce = await here.call("POST", "/v1/data-silo", {"profiles": []})
        name = await here.call("POST", "/v1/datapoint", b"x", headers={"x-transcend-nonce": "n"})
        key = await here.call("GET", "/v1/files")
        enricher = await here.call(
            "POST", "/v1/enrich-identifiers", {"enrichedIdentifiers": {}}, headers={"x-transcend-request-id": "r"}
        )

        assert b"x-transcend-nonce" in nonce.body
        assert b"x-transcend-datapoint-name" in name.body
        assert b"downloadKey" in key.body
        assert b"x-transcend-enricher-id" in enricher.body
        assert {seen.code for seen in (nonce, name, key, enricher)} == {"bad_request"}


@in_loop
async def test_a_secret_sent_to_the_wrong_door_opens_nothing() -> None:
    async with world() as here:
        headers = {"x-fake-ingress-secret": SECRET}
        request = Request("POST", f"{CUSTOMER}/v1/data-silo", headers, b"{}")
        async with here.net.send(request) as answer:
            assert answer.status == 401
        request = Request("POST", f"{TRANSCEND}/fake/v1/login", CREDENTIALS, b"{}")
        async with here.net.send(request) as answer:
            assert answer.status == 401
