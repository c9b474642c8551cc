"""Wrong and missing keys, expired and foreign tokens: documented status and body, nothing written or leaked."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest

from fake_sombra.crypto import tokens
from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.gateway import authentication
from fake_sombra.settings import load
from fake_sombra.transcend import app
from harness.target import Call, Reply
from tests.conformance.wire.conftest import Entered
from tests.conformance.wire.scene import CONTENT, Scene, opened


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one request, as it was handed them, and others that were made to deceive."""

    request_id: str
    other_id: str
    nonce: str = field(repr=False)
    download_key: str = field(repr=False)
    others_download_key: str = field(repr=False)


@pytest.fixture
def scene(fork: Entered) -> Scene:
    """The old era, served under Local."""
    scene = fork("before")
    scene.enter("before")
    return scene


def _tokens(scene: Scene) -> Tokens:
    request_id, other_id = scene.ids["old"]["compiling"], scene.ids["old"]["approving"]
    keys = [_download_key(scene, each) for each in (request_id, other_id)]
    return Tokens(request_id, other_id, scene.nonces[request_id], *keys)


def _download_key(scene: Scene, request_id: str) -> str:
    path = f"v1/data-subject-request/{request_id}/download-keys"
    return str(scene.client().sombra("GET", path).json["nodes"][0]["downloadKey"])


def _headers(scene: Scene, **more: str) -> dict[str, str]:
    keys = {
        "authorization": f"Bearer {scene.secrets.api_key}",
        "x-sombra-authorization": f"Bearer {scene.secrets.internal_key}",
    }
    return {**keys, **{name.replace("_", "-"): value for name, value in more.items()}}


def _with_nonce(scene: Scene, nonce: str) -> list[Call]:
    """One call to each route that takes a nonce."""
    headers = _headers(scene, x_transcend_nonce=nonce, x_transcend_datapoint_name="a.bin")
    bodies: Mapping[tuple[str, str], object] = {
        ("POST", "/v1/data-silo"): {"profiles": [{"profileData": {"a": 1}}]},
        ("PUT", "/v1/data-silo"): {},
        ("POST", "/v1/datapoint"): {},
        ("POST", "/v1/datapoint-chunked"): {"dataPointName": "a", "data": []},
        ("POST", "/v1/enrich-identifiers"): {"enrichedIdentifiers": {"email": [{"value": "a@example.com"}]}},
    }
    return [
        Call(method, "customer", path, headers, json.dumps(body).encode()) for (method, path), body in bodies.items()
    ]


def _download(scene: Scene, key: str) -> Call:
    return Call("GET", "customer", f"/v1/files?downloadKey={key}", _headers(scene))


def _judge(scene: Scene, replies: list[Reply], *, status: int, cause: str) -> None:
    assert [(reply.status, reply.cause) for reply in replies] == [(status, cause)] * len(replies)
    for reply in replies:
        body = reply.json
        assert body["message"] == body["error"]["message"]
        assert reply.headers["content-type"] == "application/json"
    said = b"".join(reply.body for reply in replies) + json.dumps(scene.world.logs()).encode()
    secrets = (scene.secrets.api_key, scene.secrets.internal_key, scene.secrets.ingress_secret, *scene.nonces.values())
    assert not [secret for secret in secrets if secret.encode() in said]
    assert CONTENT[:20] not in said


def _key_sets(scene: Scene, *names: str) -> KeySets:
    return load(scene.environ("local", *names)).key_sets


def test_a_token_of_a_stranger_opens_nothing(scene: Scene) -> None:
    """Well-formed, and signed by a key that was never this Sombra's."""
    known, before = _tokens(scene), scene.writes()
    stranger = opened()
    try:
        keys = _key_sets(stranger, "old")
    finally:
        stranger.world.close()
    claims = tokens._claims(known.nonce.split(".")[1])
    foreign = tokens.sign(keys, claims, purpose=Purpose.NONCE)
    foreign_key = tokens.sign(keys, tokens._claims(known.download_key.split(".")[1]), purpose=Purpose.DOWNLOAD)

    replies = scene.world.exchange([*_with_nonce(scene, foreign), _download(scene, foreign_key)])

    _judge(scene, replies, status=400, cause="signature_invalid")
    assert "fileMetadata#verify" in replies[-1].json["message"]
    assert scene.writes() == before


@pytest.mark.parametrize("spoil", ["cut", "flipped", "none", "kind", "text", "spaced"])
def test_a_damaged_token_opens_nothing(scene: Scene, spoil: str) -> None:
    known, before = _tokens(scene), scene.writes()
    spoilt = {
        "cut": known.nonce[:-1],
        "flipped": known.nonce[:-1] + ("A" if known.nonce[-1] != "A" else "B"),
        "none": "eyJhbGciOiJub25lIn0." + known.nonce.split(".")[1] + ".",
        "kind": known.download_key,
        "text": "not-a-token",
        "spaced": f"{known.nonce} x",
    }[spoil]

    replies = scene.world.exchange(_with_nonce(scene, spoilt))

    _judge(scene, replies, status=400, cause="signature_invalid")
    assert scene.writes() == before


def test_an_expired_download_key_is_named_by_the_check_clients_look_for(scene: Scene) -> None:
    known = _tokens(scene)
    assert scene.world.exchange([_download(scene, known.download_key)])[0].body == CONTENT

    scene.start({**scene.environ("local", "old"), "FAKE_SOMBRA_CLOCK_OFFSET_S": "3601"})
    (reply,) = scene.world.exchange([_download(scene, known.download_key)])

    _judge(scene, [reply], status=400, cause="token_expired")
    assert reply.json["error"]["where"] == "fileMetadata#verify"
    assert CONTENT not in reply.body


def test_a_download_key_for_another_requests_file_opens_nothing(scene: Scene) -> None:
    """Signed by Sombra's own key, with the context of one request and the file of another."""
    known = _tokens(scene)
    mine, other = (tokens._claims(key.split(".")[1]) for key in (known.download_key, known.others_download_key))
    forged = {
        "file of another": {**mine, "fileId": other["fileId"]},
        "request of another": {**mine, "requestId": other["requestId"]},
        "context of another": {**mine, "encryptedCEKContext": other["encryptedCEKContext"]},
    }
    keys = [tokens.sign(_key_sets(scene, "old"), claims, purpose=Purpose.DOWNLOAD) for claims in forged.values()]

    replies = scene.world.exchange([_download(scene, key) for key in keys])

    _judge(scene, replies, status=400, cause="context_mismatch")


def test_a_nonce_with_another_requests_context_writes_nothing(scene: Scene) -> None:
    known, before = _tokens(scene), scene.writes()
    claims = tokens._claims(known.nonce.split(".")[1])
    forged = tokens.sign(_key_sets(scene, "old"), {**claims, "requestId": known.other_id}, purpose=Purpose.NONCE)

    replies = scene.world.exchange(_with_nonce(scene, forged))

    _judge(scene, replies, status=400, cause="context_mismatch")
    assert scene.writes() == before


def test_a_key_set_that_was_forgotten_is_told_from_a_stranger(scene: Scene) -> None:
    known = _tokens(scene)
    four = ",".join([scene.keys["new"]] * 4)

    scene.start({**scene.environ("local", "old"), "JWT_ECDSA_KEY": f"{four},{scene.keys['old']}"})
    replies = scene.world.exchange([*_with_nonce(scene, known.nonce), _download(scene, known.download_key)])

    _judge(scene, replies, status=400, cause="forgotten_key")


_WRONG_KEYS: Final = [
    pytest.param({"x-sombra-authorization": None}, id="no internal key"),
    pytest.param({"x-sombra-authorization": "Bearer"}, id="an empty internal key"),
    pytest.param({"x-sombra-authorization": "Bearer c29tZXRoaW5n"}, id="another internal key"),
    pytest.param({"x-sombra-authorization": "Bearer !"}, id="an internal key that is no base64"),
    pytest.param({"x-sombra-authorization": "{internal}"}, id="an internal key without its scheme"),
    pytest.param({"x-sombra-authentication": "Bearer {internal}", "x-sombra-authorization": None}, id="misnamed"),
    pytest.param({"authorization": None}, id="no API key"),
    pytest.param({"authorization": "Basic {api}"}, id="another scheme"),
]


@pytest.mark.parametrize("changed", _WRONG_KEYS)
def test_a_caller_without_both_keys_is_refused_before_anything_is_read(
    scene: Scene, changed: Mapping[str, str | None]
) -> None:
    known, before = _tokens(scene), scene.writes()
    told = {"internal": scene.secrets.internal_key, "api": scene.secrets.api_key}
    wrong = {name: None if value is None else value.format(**told) for name, value in changed.items()}
    calls = [*_with_nonce(scene, known.nonce), _download(scene, known.download_key)]
    keyless = [
        Call(
            call.method,
            call.place,
            call.path,
            {name: value for name, value in {**call.headers, **wrong}.items() if value is not None},
            call.body,
        )
        for call in calls
    ]

    replies = scene.world.exchange(keyless)

    _judge(scene, replies, status=401, cause="not_authenticated")
    assert scene.writes() == before


def test_an_api_key_that_transcend_does_not_know_is_refused_by_it_and_writes_nothing(scene: Scene) -> None:
    known, before = _tokens(scene), scene.writes()
    calls = [*_with_nonce(scene, known.nonce)[:3], _download(scene, known.download_key)]
    wrong = [
        Call(call.method, call.place, call.path, {**call.headers, "authorization": "Bearer nobody"}, call.body)
        for call in calls
    ]

    _judge(scene, scene.world.exchange(wrong), status=401, cause="not_authenticated")
    assert scene.writes() == before


@dataclass
class _Counted:
    """Counts comparisons of secrets, and that each is of two digests of one length."""

    compared: list[bool] = field(default_factory=list)

    def compare_digest(self, one: bytes, other: bytes) -> bool:
        self.compared.append(len(one) == len(other))
        return hmac.compare_digest(one, other)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> _Counted:
    counted = _Counted()
    for module in (authentication, app):
        monkeypatch.setattr(module, "hmac", counted)
    return counted


@pytest.mark.parametrize("position", [0, 1, 2, None])
def test_internal_keys_are_compared_in_the_same_time_whichever_matches(
    fork: Entered, counted: _Counted, position: int | None
) -> None:
    """By digests of one length, with every hash of the list, match or no match."""
    scene = fork("before")
    other = "bm90aGluZyBvZiBvdXJzIGF0IGFsbCwgbm90aGluZyE="
    hashes = [other] * 3
    if position is not None:
        hashes[position] = scene.secrets.internal_key_hash
    scene.start({**scene.environ("local", "old"), "INTERNAL_KEY_HASH": ",".join(hashes)})
    counted.compared.clear()

    (reply,) = scene.world.exchange([Call("GET", "customer", "/v1/files", _headers(scene))])

    assert reply.status == (401 if position is None else 400)
    assert counted.compared == [True] * 3


@pytest.mark.parametrize("key", ["right", "", "x" * 5000, "Bearer"])
def test_api_keys_are_compared_by_digests_of_one_length(scene: Scene, counted: _Counted, key: str) -> None:
    sent = scene.secrets.api_key if key == "right" else key
    calls: list[Any] = [
        Call("GET", "transcend", "/fake/v1/organization", {"authorization": f"Bearer {sent}"}),
        Call("POST", "transcend", "/graphql", {"authorization": f"Bearer {sent}"}, b'{"query": "{ __typename }"}'),
    ]
    counted.compared.clear()

    scene.world.exchange(calls)

    assert counted.compared == [True] * 2
