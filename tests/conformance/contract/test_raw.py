"""Calls that no document describes: tricks in paths, names and headers, bytes that are no text, numbers without end."""

from __future__ import annotations

import http.client
import json
import socket
import string
from collections.abc import Iterator
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.target import Call, Place, Reply
from harness.targets.process import Processes
from tests.conformance.wire.scene import Scene, opened

_ROUTES: Final = (
    "/v1/files",
    "/v1/data-subject-request",
    "/v1/request-identifiers",
    "/v1/enrich-identifiers",
    "/v1/data-silo",
    "/v1/datapoint",
    "/v1/datapoint-chunked",
    "/v1/custom/sign",
    "/v1/register-saas",
    "/health",
    "/graphql",
    "/fake/v1/requests",
    "/tunnel/health",
)
_TRICKS: Final = (
    "..",
    ".",
    "%2e%2e",
    "%2E%2e%2f",
    "..%2f..%2fetc%2fpasswd",
    "%00",
    "%0a",
    "%0d%0aset-cookie:x=1",
    "%c0%ae%c0%ae",
    "%ff",
    "%",
    "%zz",
    "%f0%9f%92%a9",
    "a" * 3000,
    "",
    "\\..\\",
    "{id}",
    "*",
    "@",
    "0x1",
    "-1",
    "9" * 400,
)
_TEXTS: Final = st.one_of(
    st.sampled_from(_TRICKS),
    st.text(alphabet=string.printable.strip(), max_size=20),
    st.text(alphabet=st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n"), max_size=20),
)
_VALUES: Final = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(min_value=-(10**400), max_value=10**400),
        st.floats(allow_nan=True, allow_infinity=True),
        st.text(max_size=12),
        st.sampled_from(_TRICKS),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
_MEMBERS: Final = (
    "type",
    "subject",
    "subjectType",
    "requestId",
    "first",
    "offset",
    "profiles",
    "enrichedIdentifiers",
    "createdAt",
    "region",
    "attributes",
    "code",
    "context",
    "data",
    "dataPointName",
    "fileId",
    "query",
    "variables",
    "operationName",
)
_BODIES: Final = st.one_of(
    st.binary(max_size=60),
    st.dictionaries(st.sampled_from(_MEMBERS), _VALUES, max_size=5).map(lambda body: json.dumps(body).encode()),
    st.sampled_from(
        [b"[" * 5000, b'{"a":' * 5000, b"1e999", b'{"a": 1e999}', b"\xef\xbb\xbf{}", b'"\\ud800"', b"{}{}"]
    ),
)
_KNOWN: Final = frozenset({200, 204, 400, 401, 404, 405, 409, 413, 415, 502})


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """A filled world under Local."""
    scene = opened()
    scene.start(scene.environ("local", "old"))
    scene.fill("old")
    yield scene
    scene.stop()
    scene.world.close()


@st.composite
def _targets(draw: st.DrawFn) -> str:
    route = draw(st.sampled_from(_ROUTES))
    segments = draw(st.lists(st.sampled_from(_TRICKS), max_size=2))
    query = draw(st.lists(st.tuples(st.sampled_from(("limit", "offset", "downloadKey", "%", "")), _TEXTS), max_size=2))
    path = "/".join([route, *segments]) if draw(st.booleans()) else route
    spelled = "&".join(f"{name}={_printable(value)}" for name, value in query)
    return _printable(path) + (f"?{spelled}" if spelled else "")


def _printable(text: str) -> str:
    """As a client can put it on a request line."""
    return "".join(letter if "!" <= letter <= "~" and letter not in "#?" else f"%{ord(letter):02X}" for letter in text)


def _judge(reply: Reply) -> None:
    assert reply.status in _KNOWN, reply
    assert reply.cause != "internal", reply
    if reply.status >= 400 and reply.body:
        content = json.loads(reply.body)
        told = content["errors"][0]["message"] if "errors" in content else content["error"]["message"]
        assert told
        assert "Traceback" not in told
    assert "set-cookie" not in reply.headers


@pytest.mark.gate
def test_no_call_crashes_a_listener_or_writes_beside_it(scene: Scene) -> None:
    """Whatever target, headers and body come, the answer is of the documented kind and the log has no crash."""
    names = st.sampled_from(
        (
            "x-transcend-nonce",
            "x-transcend-datapoint-name",
            "x-transcend-request-id",
            "x-transcend-enricher-id",
            "content-type",
            "content-length",
            "accept",
            "cookie",
            "x-sombra-authentication",
        )
    )

    @settings(max_examples=200, deadline=None)
    @given(
        place=st.sampled_from(["customer", "transcend"]),
        method=st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"]),
        target=_targets(),
        headers=st.dictionaries(names, _TEXTS.filter(lambda text: text.isprintable()), max_size=3),
        body=_BODIES,
    )
    def law(place: Place, method: str, target: str, headers: dict[str, str], body: bytes) -> None:
        latin = {name: value.encode("latin-1", "replace").decode("latin-1") for name, value in headers.items()}
        credentials = {
            "authorization": f"Bearer {scene.secrets.api_key}",
            "x-sombra-authorization": f"Bearer {scene.secrets.internal_key}",
        }
        (reply,) = scene.world.exchange([Call(method, place, target, {**credentials, **latin}, body)])
        _judge(reply)

    law()

    assert [line for line in scene.world.logs() if line.get("event") in {"call_crashed", "failed"}] == []


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "a/../../b",
        "/etc/passwd",
        "a//b",
        "./a",
        "a/.",
        "..",
        "",
        "a\\b",
        "C:\\x",
        "a\x00b",
        "a\tb",
        "%2e%2e/\x7f",
        "x" * 1025,
    ],
)
def test_a_file_cannot_be_named_out_of_its_folder(scene: Scene, name: str) -> None:
    client, request_id = scene.client(), scene.ids["old"]["approving"]
    before = scene.writes()
    headers = {"x-transcend-nonce": scene.nonces[request_id], "x-transcend-datapoint-name": name}
    calls = [
        Call("POST", "customer", "/v1/datapoint", {**_keys(scene), **headers}, b"x"),
        Call(
            "POST",
            "customer",
            "/v1/datapoint-chunked",
            {**_keys(scene), "x-transcend-nonce": scene.nonces[request_id]},
            json.dumps({"dataPointName": "a", "fileId": name or "/", "data": []}).encode(),
        ),
        Call(
            "POST",
            "customer",
            "/v1/data-silo",
            {**_keys(scene), "x-transcend-nonce": scene.nonces[request_id]},
            json.dumps({"profiles": [{"profileId": name or "/", "profileData": {}}]}).encode(),
        ),
    ]

    replies = scene.world.exchange(calls)

    assert [(reply.status, reply.cause) for reply in replies[:1]] == [(400, "bad_request")]
    refused = [reply for reply in replies[1:] if reply.status == 400]
    # "..", "." and the like become harmless names by the ".json" that follows them.
    harmless = {"..", "a/.", ""}
    assert len(refused) == (2 if name not in harmless else len(refused))
    if name not in harmless:
        assert scene.writes() == before
    listed = client.sombra("GET", f"v1/data-subject-request/{request_id}/download-keys").json["nodes"]
    assert not any(part in {"", ".", ".."} for node in listed for part in node["fileName"].split("/"))


def _keys(scene: Scene) -> dict[str, str]:
    return {
        "authorization": f"Bearer {scene.secrets.api_key}",
        "x-sombra-authorization": f"Bearer {scene.secrets.internal_key}",
    }


_RAW: Final = (
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET /health HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
    b"GET /health HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\ncontent-length: 3\r\n\r\nabc",
    b"POST /v1/data-silo HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n",
    b"GET /health HTTP/9.9\r\nhost: x\r\n\r\n",
    b"GET http://[::1 HTTP/1.1\r\nhost: x\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /%00 HTTP/1.1\r\nhost: \xff\xfe\r\nx: \x80\r\n\r\n",
    b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{",
    b"G" * 100_000,
)


@pytest.mark.gate
def test_a_server_survives_what_is_no_http(scene: Scene) -> None:
    world = opened(Processes())
    try:
        world.start(world.environ("local", "old"))
        origins = [world.world._origins[name] for name in ("customer", "transcend")]  # type: ignore[attr-defined]
        for origin in origins:
            host, _, port = origin.removeprefix("http://").partition(":")
            for raw in _RAW:
                _throw(host, int(port), raw)
            connection = http.client.HTTPConnection(host, int(port), timeout=30)
            connection.request("GET", "/health")
            assert connection.getresponse().status in {200, 404}
            connection.close()
        said: list[Any] = world.world.logs()
    finally:
        world.stop()
        world.world.close()

    assert "Traceback" not in json.dumps(said)


def _throw(host: str, port: int, raw: bytes) -> None:
    with socket.create_connection((host, port), timeout=30) as connection:
        try:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(65_536):
                pass
        except OSError:
            return  # a server may hang up on what it cannot read
