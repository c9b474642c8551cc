"""The routes that Transcend's cloud calls: sessions, keys for browsers, integrations, consent, webhooks."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode, b64encode
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from fake_sombra.http import Loopback, Message, Scope
from tests.unit.fake_sombra.gateway.kms import OneKey, aws
from tests.unit.fake_sombra.gateway.world import SECRET, TRANSCEND, World, environ, in_loop, world

_ROUTES = (
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
_INTEGRATION = {"secretMap": {"b": "2", "a": "1"}, "allowedHosts": ["h"], "allowedPlaintextPaths": ["/"]}


async def _integration(here: World) -> str:
    seen = await here.call("POST", "/v1/register-saas", _INTEGRATION)
    assert seen.status == 200
    return seen.body.decode()


def _proxied(context: str) -> dict[str, str]:
    return {"integrationId": "i", "integrationContext": context, "path": "/"}


@pytest.mark.parametrize("route", _ROUTES)
@in_loop
async def test_every_route_wants_the_shared_secret(route: str) -> None:
    async with world() as here:
        for secret in ("", "another", f"{SECRET} "):
            seen = await here.call(
                "POST",
                f"/fake/v1/{route}",
                {},
                origin=TRANSCEND,
                headers={"x-fake-ingress-secret": secret},
            )
            assert (seen.status, seen.code) == (401, "not_authenticated")


@in_loop
async def test_without_a_configured_secret_nobody_gets_in_and_health_stays_open() -> None:
    environment = environ()
    del environment["FAKE_SOMBRA_INGRESS_SECRET"]
    async with world(environment) as here:
        assert (await here.ask("login", {"audience": "employee", "subject": "e"})).status == 401
        assert (await here.call("GET", "/health", origin=TRANSCEND)).status == 200


@in_loop
async def test_a_context_that_opens_says_so() -> None:
    async with world() as here:
        request_id = await here.submit()
        seen = await here.ask(
            "open-context", {"requestId": request_id, "encryptedCEKContext": here.context(request_id)}
        )

        assert seen.json == {"opened": True}


@in_loop
async def test_a_browser_gets_the_key_that_opens_the_file() -> None:
    async with world() as here:
        request_id = await here.submit()
        await here.attach(request_id, b"content")
        session = (await here.ask("login", {"audience": "data_subject", "subject": "alice"})).json["session"]
        private = ec.generate_private_key(ec.SECP384R1())

        seen = await here.ask("rewrap-for-session", _rewrap(here, request_id, session, private))

        (file,) = here.cloud.files.values()
        cek = _unwrapped(seen.json, private)
        iv, tag = b64decode(file.headers["x-file-iv"]), b64decode(file.tag)
        assert AESGCM(cek).decrypt(iv, file.ciphertext + tag, None) == b"content"


@in_loop
async def test_a_key_is_handed_to_a_data_subjects_session_only() -> None:
    async with world(environ("old"), kms=OneKey()) as here:
        request_id = await here.submit()
        private = ec.generate_private_key(ec.SECP384R1())
        employee = (await here.ask("login", {"audience": "employee", "subject": "e"})).json["session"]
        subject = (await here.ask("login", {"audience": "data_subject", "subject": "a"})).json["session"]

        wrong = await here.ask("rewrap-for-session", _rewrap(here, request_id, employee, private))
        assert wrong.code == "signature_invalid"

        await here.restart(aws("new", "old"))
        cut_over = await here.ask("rewrap-for-session", _rewrap(here, request_id, subject, private))
        assert cut_over.code == "wrong_provider"


@in_loop
async def test_a_browsers_key_must_be_one() -> None:
    async with world() as here:
        request_id = await here.submit()
        session = (await here.ask("login", {"audience": "data_subject", "subject": "a"})).json["session"]
        body = _rewrap(here, request_id, session, ec.generate_private_key(ec.SECP256R1()))

        for public in (body["publicKey"], "AAAA", "not base64!"):
            seen = await here.ask("rewrap-for-session", {**body, "publicKey": public})
            assert (seen.status, seen.code) == (400, "bad_request")


@pytest.mark.parametrize("audience", ["data_subject", "employee"])
@in_loop
async def test_sessions_survive_the_cutover_and_end_in_time(audience: str) -> None:
    async with world(environ("old"), kms=OneKey()) as here:
        made = (await here.ask("login", {"audience": audience, "subject": "alice"})).json["session"]

        await here.restart(aws("new", "old"))
        checked = await here.ask("login", {"audience": audience, "session": made})
        assert checked.json == {"subject": "alice"}

        here.now[0] += 6 * 86_400
        expired = await here.ask("login", {"audience": audience, "session": made})
        assert (expired.status, expired.code) == (400, "token_expired")


@in_loop
async def test_a_session_of_one_audience_is_none_of_the_other() -> None:
    async with world() as here:
        made = (await here.ask("login", {"audience": "employee", "subject": "e"})).json["session"]

        seen = await here.ask("login", {"audience": "data_subject", "session": made})

        assert seen.code == "signature_invalid"


@in_loop
async def test_an_integration_gives_its_credential_until_the_cutover() -> None:
    async with world(environ("old"), kms=OneKey()) as here:
        context = await _integration(here)
        canonical = json.dumps(_INTEGRATION["secretMap"], sort_keys=True, separators=(",", ":"))
        expected = f"sha256:{hashlib.sha256(canonical.encode()).hexdigest()}"

        before = await here.ask("proxy-saas", _proxied(context))
        assert before.json == {"status": 200, "credential": expected}

        await here.restart(aws("new", "old"))
        assert (await here.ask("proxy-saas", _proxied(context))).code == "wrong_provider"


@in_loop
async def test_a_requests_context_is_no_integration() -> None:
    async with world() as here:
        request_id = await here.submit()

        seen = await here.ask("proxy-saas", _proxied(here.context(request_id)))

        assert seen.code == "signature_invalid"


@in_loop
async def test_consent_identifiers_decrypt_after_a_rotation_but_no_longer_match() -> None:
    async with world(environ("old")) as here:
        encrypted = (await here.ask("consent/encrypt", {"identifier": "a@b.c"})).json["encrypted"]
        lookup = {"encrypted": encrypted, "identifier": "a@b.c"}
        assert (await here.ask("consent/lookup", lookup)).json == {"identifier": "a@b.c", "matches": True}
        other = await here.ask("consent/lookup", {**lookup, "identifier": "x"})
        assert other.json == {"identifier": "a@b.c", "matches": False}

        await here.restart(environ("new", "old"))
        assert (await here.ask("consent/lookup", lookup)).json == {"identifier": "a@b.c", "matches": False}
        await here.restart(environ("new"))
        assert (await here.ask("consent/lookup", lookup)).code == "unknown_key"


@in_loop
async def test_a_webhook_token_verifies_under_the_key_served_now_and_not_under_an_older_one() -> None:
    async with world(environ("old")) as here:
        request_id = await here.submit()
        old_pem = (await here.call("GET", "/public-keys/sombra-general-signing-key")).body

        await here.restart(environ("new", "old"))
        made = (await here.ask("webhook", _job(here, request_id, None))).json
        pem = (await here.call("GET", "/public-keys/sombra-general-signing-key")).body

        token = made["headers"]["x-sombra-token"]
        options = {"verify_exp": False, "verify_iat": False}
        claims = jwt.decode(token, pem, algorithms=["ES384"], audience="acme", options=options)  # type: ignore[arg-type]
        assert (claims["scope"], claims["value"]) == ("coreIdentifier", "alice")
        assert claims["exp"] - claims["iat"] == 3600
        assert made["body"]["coreIdentifier"] == {"value": "alice"}
        with pytest.raises(jwt.InvalidSignatureError):
            jwt.decode(token, old_pem, algorithms=["ES384"], audience="acme", options=options)  # type: ignore[arg-type]


@in_loop
async def test_a_webhook_is_posted_and_the_receivers_status_handed_back() -> None:
    got: list[bytes] = []

    async def receiver(scope: Scope, receive: Any, send: Any) -> None:
        got.append((await receive())["body"])
        assert {b"x-sombra-token", b"x-transcend-nonce"} <= {name for name, _ in scope["headers"]}
        start: Message = {"type": "http.response.start", "status": 204, "headers": []}
        await send(start)
        await send({"type": "http.response.body", "body": b""})

    async with world() as here:
        request_id = await here.submit()
        assert isinstance(here.net, Loopback)
        here.net.listen("http://receiver.fake", receiver)

        seen = await here.ask("webhook", _job(here, request_id, "http://receiver.fake/hook"))
        nobody = await here.ask("webhook", _job(here, request_id, "http://nobody.fake/hook"))
        no_address = await here.ask("webhook", _job(here, request_id, "ftp://receiver.fake"))

        assert seen.json == {"status": 204}
        assert json.loads(got[0])["extras"]["request"]["id"] == request_id
        assert (nobody.status, nobody.code) == (502, "bad_gateway")
        assert (no_address.status, no_address.code) == (400, "bad_request")


@in_loop
async def test_a_preflight_webhook_names_the_identifier_it_asks_about() -> None:
    async with world() as here:
        request_id = await here.submit()

        job = (await here.ask("webhook", _job(here, request_id, None))).json["body"]
        body = (await here.ask("webhook", _preflight(here, request_id))).json["body"]

        assert body["requestIdentifier"] == {"name": "email", "type": "email", "value": "alice@example.com"}
        assert body["extras"]["profile"] == {"identifier": "alice@example.com", "type": "email"}
        assert (body["dataSubject"], body["isTest"]) == ({"type": "employee"}, True)
        for name in ("type", "coreIdentifier"):
            assert body[name] == job[name]
        assert body["extras"]["request"] == job["extras"]["request"]
        assert "dataSilo" not in body["extras"]
        assert "requestIdentifier" not in job


@in_loop
async def test_a_preflight_nonce_answers_the_check_and_no_job() -> None:
    """Sombra's own documents: the nonce of the enrichment stage is not valid for the fulfilment that follows."""
    async with world() as here:
        request_id = await here.submit()
        made = (await here.ask("webhook", _preflight(here, request_id))).json["headers"]
        nonce = {"x-transcend-nonce": made["x-transcend-nonce"]}

        job = await here.call("POST", "/v1/data-silo", {"profiles": []}, headers=nonce)
        check = await here.call("POST", "/v1/enrich-identifiers", {"enrichedIdentifiers": {}}, headers=nonce)

        assert (job.status, job.code) == (400, "signature_invalid")
        assert b"preflight" in job.body
        assert check.status == 200


@pytest.mark.parametrize("identifier", [{}, {"name": "email"}, {"value": "a@example.com"}, "alice", []])
@in_loop
async def test_a_preflight_webhook_about_nothing_is_a_bad_request(identifier: object) -> None:
    async with world() as here:
        request_id = await here.submit()

        seen = await here.ask("webhook", {**_preflight(here, request_id), "requestIdentifier": identifier})

        assert (seen.status, seen.code) == (400, "bad_request")


def _preflight(here: World, request_id: str) -> dict[str, object]:
    about = {"enricherId": "e", "requestIdentifier": {"name": "email", "value": "alice@example.com"}}
    return {**_job(here, request_id, None), **about, "subjectType": "employee", "isTest": True}


def _job(here: World, request_id: str, url: str | None) -> dict[str, object]:
    return {
        "requestId": request_id,
        "dataSiloId": "silo",
        "encryptedCEKContext": here.context(request_id),
        "coreIdentifier": "alice",
        "type": "ACCESS",
        "url": url,
    }


def _rewrap(here: World, request_id: str, session: str, private: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    der = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {
        "requestId": request_id,
        "encryptedCEKContext": here.context(request_id),
        "session": session,
        "publicKey": b64encode(der).decode(),
    }


def _unwrapped(answer: dict[str, Any], private: ec.EllipticCurvePrivateKey) -> bytes:
    peer = serialization.load_der_public_key(b64decode(answer["publicKeyECDH"]))
    assert isinstance(peer, ec.EllipticCurvePublicKey)
    shared = private.exchange(ec.ECDH(), peer)
    key = HKDF(hashes.SHA384(), 32, salt=None, info=b"rewrap-for-session").derive(shared)
    parts = {name: b64decode(value) for name, value in answer["decryptionContext"].items()}
    return AESGCM(key).decrypt(parts["iv"], parts["wrappedKey"] + parts["authTag"], None)
