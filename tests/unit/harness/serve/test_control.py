"""The control URL: what it changes, what it answers, and what it refuses without changing anything."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from fake_sombra.http import Message, Scope
from harness.serve.control import routes
from harness.target import Call, Reply
from tests.unit.harness.serve.served import Served, changed

_MEMBERS = {"url", "key", "iv", "authTag", "sha256", "size", "mimetype"}


def _file(world: Served, request_id: str) -> Reply:
    """The request's first file, as the API hands it out."""
    customer = world.hands.r.customer
    listing = world.hands.ask(customer.download_keys(request_id))[0]
    return world.hands.ask(customer.download(listing.json["nodes"][0]["downloadKey"]))[0]


def test_the_state_names_the_running_gateway_by_fingerprints(world: Served) -> None:
    state = world.control("GET", "/state").json

    assert (state["is_running"], state["environment"], state["provider"]) == (True, "before", "local")
    assert state["keys"] == state["boots"][0]["keys"]
    assert state["overlay"]["FAKE_SOMBRA_INGRESS_SECRET"] == "(rehearsal)"
    assert world.hands.r.secrets.ingress_secret not in str(state)


def test_a_cutover_loses_the_files_and_a_rollback_brings_them_back(world: Served) -> None:
    request = world.ids[0]
    before = _file(world, request)
    over = world.control("POST", "/cutover")
    during = _file(world, request)
    back = world.control("POST", "/rollback")
    after = _file(world, request)

    assert before.ok
    assert (over.status, over.json["provider"], over.json["environment"]) == (200, "AWS", "after")
    assert (during.status, during.cause) == (500, "wrong_provider")
    assert (back.status, back.json["provider"], back.json["environment"]) == (200, "local", "rollback")
    assert after.body == before.body


def test_what_is_done_already_is_a_conflict_and_changes_nothing(world: Served) -> None:
    too_early = world.control("POST", "/rollback")
    world.control("POST", "/cutover")
    twice = world.control("POST", "/cutover")
    running = world.control("POST", "/gateway/start", {"env_file": world.env["before"]})

    assert [(each.status, each.cause) for each in (too_early, twice, running)] == [(409, "conflict")] * 3
    assert world.hands.r.live == ("after-2",)


def test_a_gateway_is_stopped_once_and_started_from_an_env_file_that_serve_wrote(world: Served) -> None:
    stopped = world.control("POST", "/gateway/stop")
    again = world.control("POST", "/gateway/stop")
    down = world.hands.ask(world.hands.r.customer.health())[0]
    started = world.control("POST", "/gateway/start", {"env_file": world.env["after"]})

    assert (stopped.json["is_running"], stopped.json["provider"], again.status) == (False, None, 200)
    assert down.status == 0
    assert (started.status, started.json["environment"], started.json["provider"]) == (200, "after", "AWS")


def test_an_env_file_of_ones_own_is_an_environment_of_its_own(world: Served, tmp_path: Path) -> None:
    own = changed(world.env["before"], tmp_path, ORGANIZATION_URI="another")
    world.control("POST", "/gateway/stop")
    started = world.control("POST", "/gateway/start", {"env_file": own})

    assert (started.status, started.json["environment"]) == (200, "file-1")
    assert world.control("GET", "/token").json["aud"] == "another"
    assert _file(world, world.ids[0]).ok, "the printed internal key works under it"


@pytest.mark.parametrize(
    ("env_file", "told"),
    [
        (None, "env_file is missing"),
        (7, "env_file is missing"),
        ("", "env_file is missing"),
        ("/no/such/file.env", "cannot be read"),
        ("/tmp", "cannot be read"),  # noqa: S108  a folder, not a file
        ("a\0b", "cannot be read"),
    ],
)
def test_an_env_file_that_cannot_be_read_is_422_and_nothing_changes(world: Served, env_file: object, told: str) -> None:
    reply = world.control("POST", "/gateway/start", {"env_file": env_file})

    assert (reply.status, reply.cause) == (422, "bad_env_file")
    assert told in reply.json["message"]
    assert world.hands.r.live == ("before-1",)


def test_an_env_file_out_of_its_syntax_is_422_with_the_line_and_without_its_text(world: Served, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.env"
    wrong.write_text("KMS_PROVIDER=local\nc2VjcmV0LXBpZWNlLW9mLWEta2V5\n", "utf-8")

    reply = world.control("POST", "/gateway/start", {"env_file": str(wrong)})

    assert (reply.status, reply.cause) == (422, "bad_env_file")
    assert "wrong.env:2" in reply.json["message"]
    assert b"c2VjcmV0" not in reply.body


def test_a_refused_configuration_answers_its_problems_and_nothing_is_started(world: Served, tmp_path: Path) -> None:
    refused = changed(world.env["after"], tmp_path, KMS_PROVIDER="aws", AWS_REGION=None)
    world.control("POST", "/gateway/stop")

    reply = world.control("POST", "/gateway/start", {"env_file": refused})

    assert (reply.status, reply.cause) == (422, "configuration_refused")
    assert any(problem.startswith("KMS_PROVIDER") for problem in reply.json["error"]["problems"])
    assert world.control("GET", "/state").json["is_running"] is False
    assert world.control("POST", "/gateway/start", {"env_file": world.env["before"]}).status == 200


def test_the_clock_moves_forward_lets_download_keys_expire_and_outlives_a_restart(world: Served) -> None:
    customer, request = world.hands.r.customer, world.ids[0]
    key = world.hands.ask(customer.download_keys(request))[0].json["nodes"][0]["downloadKey"]
    fresh = world.hands.ask(customer.download(key))[0]
    moved = world.control("POST", "/clock", {"advance_s": 3601})
    expired = world.hands.ask(customer.download(key))[0]
    world.control("POST", "/gateway/stop")
    world.control("POST", "/gateway/start", {"env_file": world.env["before"]})
    still = world.hands.ask(customer.download(key))[0]

    assert fresh.ok
    assert moved.json["clock_offset_s"] == 3601
    assert (expired.status, expired.cause) == (400, "token_expired")
    assert still.cause == "token_expired"
    assert world.hands.gateway() is not None
    assert (world.hands.gateway() or {})["clock_offset_s"] == 3601


@pytest.mark.parametrize("seconds", [-1, -0.5, "60", True, None, 1e10, [60]])
def test_a_clock_that_cannot_be_moved_so_is_400_and_stays(world: Served, seconds: object) -> None:
    reply = world.control("POST", "/clock", {"advance_s": seconds})

    assert (reply.status, reply.cause) == (400, "bad_request")
    assert world.control("GET", "/state").json["clock_offset_s"] == 0


def test_the_clock_of_a_stopped_gateway_moves_too(world: Served) -> None:
    world.control("POST", "/gateway/stop")
    world.control("POST", "/clock", {"advance_s": 10})
    world.control("POST", "/clock", {"advance_s": 0.5})

    assert world.control("POST", "/cutover").json["clock_offset_s"] == 10.5
    assert (world.hands.gateway() or {})["clock_offset_s"] == 10.5


def test_a_token_is_signed_now_by_the_first_key_of_the_running_gateway(world: Served) -> None:
    first = world.control("GET", "/token")
    bare = world.control("GET", "/token", headers={"accept": "text/plain"})
    pem = world.hands.ask(world.hands.r.customer.public_key())[0].body
    world.control("POST", "/cutover")
    other = world.control("GET", "/token").json["token"]

    claims = jwt.decode(first.json["token"], pem, algorithms=["ES384"], audience="rehearsal")
    assert (claims["scope"], claims["value"]) == ("coreIdentifier", first.json["value"])
    assert jwt.decode(bare.body.decode(), pem, algorithms=["ES384"], audience="rehearsal")["jti"] != claims["jti"]
    assert bare.headers["content-type"] == "text/plain"
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(other, pem, algorithms=["ES384"], audience="rehearsal")


def test_a_token_of_a_stopped_sombra_is_a_bad_gateway(world: Served) -> None:
    world.control("POST", "/gateway/stop")

    assert world.control("GET", "/token").status == 502


def test_what_a_browser_is_handed_opens_the_ciphertext_and_is_what_was_uploaded(world: Served) -> None:
    request = world.hands.r.ledger.requests["r000"].id
    known = [each.digest for each in world.hands.r.ledger.of("file") if each.request == "r000"]

    handed = world.control("GET", f"/encrypted/{request}").json

    assert [entry["sha256"] for entry in handed] == known
    for entry in handed:
        assert set(entry) == _MEMBERS
        place = entry["url"].removeprefix("http://transcend.fake")
        ciphertext = world.hands.ask(Call("GET", "transcend", place))[0]
        key, iv, tag = (b64decode(entry[name], validate=True) for name in ("key", "iv", "authTag"))
        assert (len(key), len(iv), len(tag)) == (32, 12, 16)
        assert len(ciphertext.body) == entry["size"] == int(ciphertext.headers["content-length"])
        assert ciphertext.headers["access-control-allow-origin"] == "*"
        plaintext = AESGCM(key).decrypt(iv, ciphertext.body + tag, None)
        assert hashlib.sha256(plaintext).hexdigest() == entry["sha256"]


def test_what_a_browser_is_handed_for_an_unreadable_request_is_the_gateways_refusal_and_no_key(world: Served) -> None:
    request = world.ids[0]
    world.control("POST", "/cutover")

    reply = world.control("GET", f"/encrypted/{request}")

    assert (reply.status, reply.cause) == (500, "wrong_provider")
    assert set(reply.json) == {"error", "message"}
    assert b'key"' not in reply.body


def test_a_restarted_request_hands_out_the_files_that_open_and_the_refusal_of_the_others(world: Served) -> None:
    request = world.hands.r.ledger.requests["r000"]
    world.control("POST", "/cutover")
    world.hands.must(world.hands.r.customer.submit(request, restart=True))
    webhook = {"dataSiloId": "crm", "url": None}
    headers = world.hands.must(world.hands.r.cloud("POST", f"requests/{request.id}/webhook", webhook)).json["headers"]
    world.hands.must(world.hands.r.customer.datapoint(headers["x-transcend-nonce"], "new.bin", b"made under AWS"))

    old, older, new = world.control("GET", f"/encrypted/{request.id}").json

    assert set(new) == _MEMBERS
    assert new["sha256"] == hashlib.sha256(b"made under AWS").hexdigest()
    for refused in (old, older):
        assert refused["error"]["code"] == "wrong_provider"
        assert not _MEMBERS & set(refused) - {"url", "size", "mimetype"}


def test_a_damaged_ciphertext_is_handed_out_without_a_digest(world: Served) -> None:
    request = world.hands.r.ledger.requests["r000"].id
    listing = world.hands.must(world.hands.r.cloud("GET", f"requests/{request}/encrypted")).json["files"]
    tamper = {"kind": "file", "id": listing[0]["fileId"], "how": "flip"}
    world.hands.must(Call("POST", "transcend-control", "/tamper", {}, str(tamper).replace("'", '"').encode()))

    handed = world.control("GET", f"/encrypted/{request}").json

    assert [entry["sha256"] is None for entry in handed] == [True, False]


@pytest.mark.parametrize("request_id", ["no-such-request", "a%20b", "..", "%2e%2e%2fx", "x" * 300])
def test_a_request_that_is_not_there_is_404(world: Served, request_id: str) -> None:
    assert world.control("GET", f"/encrypted/{request_id}").status == 404


class _Receiver:
    """A receiver of webhooks on this machine: remembers what it was sent, answers as told."""

    def __init__(self, status: int = 204) -> None:
        self.status = status
        self.headers: dict[str, str] = {}
        self.body = b""

    async def __call__(
        self, scope: Scope, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
    ) -> None:
        self.headers = {name.decode(): value.decode() for name, value in scope["headers"]}
        self.body = (await receive())["body"]
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def test_a_webhook_reaches_a_receiver_on_this_machine_with_token_and_nonce(world: Served) -> None:
    receiver = _Receiver()
    world.world._transport.listen("http://127.0.0.1:4000", receiver)
    asked = {"url": "http://127.0.0.1:4000/transcend/new-dsr", "request_id": world.ids[0]}

    reply = world.control("POST", "/webhooks/send", asked)

    pem = world.hands.ask(world.hands.r.customer.public_key())[0].body
    token = receiver.headers["x-sombra-token"]
    assert (reply.status, reply.json) == (200, {"status": 204})
    assert jwt.decode(token, pem, algorithms=["ES384"], audience="rehearsal")["scope"] == "coreIdentifier"
    proved = world.hands.ask(world.hands.r.customer.answer(receiver.headers["x-transcend-nonce"], []))[0]
    assert proved.ok


def test_a_preflight_webhook_carries_a_nonce_for_the_check_alone(world: Served) -> None:
    receiver = _Receiver(200)
    world.world._transport.listen("http://127.0.0.1:4000", receiver)
    asked = {"url": "http://127.0.0.1:4000/transcend/enrichment", "request_id": world.ids[0], "kind": "preflight"}

    reply = world.control("POST", "/webhooks/send", asked)
    answered = world.hands.ask(world.hands.r.customer.answer(receiver.headers["x-transcend-nonce"], []))[0]

    assert (reply.status, reply.json) == (200, {"status": 200})
    assert json.loads(receiver.body)["requestIdentifier"]["value"] == "r000@example.com"
    assert answered.cause == "signature_invalid"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "flight"},
        {"kind": []},
        {"url": "http://example.com/hook"},
        {"url": "http://127.0.0.1@example.com/"},
        {"url": "http://127.0.0.1.example.com/"},
        {"url": "file:///etc/passwd"},
        {"url": "http://[::1"},
        {"url": None},
        {"url": 7},
        {"request_id": None},
        {"data_silo_id": "a b"},
    ],
)
def test_a_webhook_to_elsewhere_or_about_nothing_is_400_and_not_sent(world: Served, changes: dict[str, Any]) -> None:
    receiver = _Receiver()
    world.world._transport.listen("http://127.0.0.1:4000", receiver)
    asked = {"url": "http://127.0.0.1:4000/", "request_id": world.ids[0], **changes}

    reply = world.control("POST", "/webhooks/send", asked)

    assert (reply.status, reply.cause) == (400, "bad_request")
    assert receiver.headers == {}


def test_a_webhook_that_nobody_receives_or_that_a_pause_holds_back_is_refused(world: Served) -> None:
    asked = {"url": "http://127.0.0.1:4001/", "request_id": world.ids[0]}
    nobody = world.control("POST", "/webhooks/send", asked)
    world.admin("POST", "/pause")
    paused = world.control("POST", "/webhooks/send", asked)

    assert nobody.status == 502
    assert (paused.status, paused.cause) == (409, "conflict")


def test_faults_are_planted_shown_and_lifted(world: Served) -> None:
    world.control("POST", "/cutover")
    planted = world.control("POST", "/faults", {"spec": "Encrypt:ThrottlingException"})
    refused = world.hands.ask(world.hands.r.customer.submit(world.hands.r.ledger.requests["r000"], restart=True))[0]
    lifted = world.control("DELETE", "/faults")
    taken = world.hands.ask(world.hands.r.customer.submit(world.hands.r.ledger.requests["r000"], restart=True))[0]

    assert [each["spec"] for each in planted.json["faults"]] == ["Encrypt:ThrottlingException"]
    assert (refused.status, refused.cause) == (503, "kms_throttled")
    assert lifted.json == {"faults": []} == world.control("GET", "/faults").json
    assert taken.ok


def test_a_fault_that_nobody_knows_is_400(world: Served) -> None:
    assert world.control("POST", "/faults", {"spec": "Encrypt:NoSuchThing"}).status == 400
    assert world.control("POST", "/faults", {}).status == 400
    assert world.control("GET", "/faults").json == {"faults": []}


def test_the_journal_of_the_kms_shows_calls_and_never_a_content(world: Served) -> None:
    empty = world.control("GET", "/kms/journal").json["calls"]
    world.control("POST", "/cutover")
    world.control("GET", f"/encrypted/{world.ids[0]}")
    calls = world.control("GET", "/kms/journal").json["calls"]
    later = world.control("GET", f"/kms/journal?since={len(calls)}").json["calls"]

    assert empty == []
    assert {"GenerateRandom", "Encrypt", "Decrypt"} <= {call["operation"] for call in calls}
    assert later == []
    assert world.control("GET", "/kms/journal?since=x%26y").status == 400


def test_the_wire_page_lists_exactly_the_routes_that_there_are(world: Served) -> None:
    page = (Path(__file__).parents[4] / "docs/wire.md").read_text("utf-8")
    table = page.partition("### Control URL")[2].partition("### Admin page")[0]
    told = set(re.findall(r"`(GET|POST|DELETE) (/[^`? ]*)`", "".join(re.findall(r"^\| `.*$", table, re.MULTILINE))))

    assert told == {(route.method, route.path.replace("{id}", "{request_id}")) for route in routes(world.hands)}
