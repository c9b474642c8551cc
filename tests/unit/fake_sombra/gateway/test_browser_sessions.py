"""A browser that sends its session encrypted, and an employee who has contexts signed anew."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tests.unit.fake_sombra.gateway.kms import OneKey, aws
from tests.unit.fake_sombra.gateway.world import Seen, World, environ, in_loop, world


class _Browser:
    """Encrypts towards a `publicKeyECDH`, and opens what comes back for it (docs/wire.md)."""

    def __init__(self, public_key: str) -> None:
        peer = serialization.load_der_public_key(b64decode(public_key))
        assert isinstance(peer, ec.EllipticCurvePublicKey)
        self._own = ec.generate_private_key(ec.SECP384R1())
        self._secret = self._own.exchange(ec.ECDH(), peer)

    def _key(self, purpose: bytes) -> AESGCM:
        return AESGCM(HKDF(hashes.SHA384(), 32, salt=None, info=purpose).derive(self._secret))

    def sends(self, session: str) -> str:
        own = self._own.public_key()
        der = own.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        iv = os.urandom(12)
        packed = iv + self._key(b"dh-encrypted").encrypt(iv, session.encode(), None)
        return f"{b64encode(der).decode()}.{b64encode(packed).decode()}"

    def opens(self, answer: Seen) -> bytes:
        context = {name: b64decode(value) for name, value in answer.json["decryptionContext"].items()}
        return self._key(b"rewrap-for-session").decrypt(context["iv"], context["wrappedKey"] + context["authTag"], None)


async def _browser(here: World) -> _Browser:
    return _Browser((await here.ask("exchange-key", {})).json["publicKeyECDH"])


async def _session(here: World, audience: str, subject: str) -> str:
    return str((await here.ask("login", {"audience": audience, "subject": subject})).json["session"])


async def _asked(here: World, request_id: str, dh_encrypted: str, audience: str = "data_subject") -> Seen:
    told = {"requestId": request_id, "encryptedCEKContext": here.context(request_id)}
    return await here.ask("rewrap-for-session", {**told, "dhEncrypted": dh_encrypted, "audience": audience})


@in_loop
async def test_the_data_subject_and_an_employee_get_the_same_key_each_for_the_own_browser() -> None:
    async with world() as here:
        request_id, one, two = await here.submit(), await _browser(here), await _browser(here)

        mine = await _asked(here, request_id, one.sends(await _session(here, "data_subject", "alice")))
        theirs = await _asked(here, request_id, two.sends(await _session(here, "employee", "eve")), "employee")

        assert (mine.status, theirs.status) == (200, 200)
        assert one.opens(mine) == two.opens(theirs)
        assert len(one.opens(mine)) == 32
        assert str(one.opens(mine)) not in str(mine.body)


@pytest.mark.parametrize(
    ("audience", "subject", "asked_as", "expected"),
    [
        ("data_subject", "mallory", "data_subject", (401, "not_authenticated")),
        ("employee", "alice", "data_subject", (400, "signature_invalid")),
        ("data_subject", "alice", "employee", (400, "signature_invalid")),
    ],
)
@in_loop
async def test_another_ones_session_gets_no_key(
    audience: str, subject: str, asked_as: str, expected: tuple[int, str]
) -> None:
    async with world() as here:
        request_id, browser = await here.submit(), await _browser(here)

        seen = await _asked(here, request_id, browser.sends(await _session(here, audience, subject)), asked_as)

        assert (seen.status, seen.code) == expected
        assert "decryptionContext" not in seen.json


@in_loop
async def test_an_expired_session_gets_no_key() -> None:
    async with world() as here:
        request_id, browser = await here.submit(), await _browser(here)
        sent = browser.sends(await _session(here, "data_subject", "alice"))
        assert (await _asked(here, request_id, sent)).status == 200

        here.now[0] += 6 * 86_400

        assert (await _asked(here, request_id, sent)).code == "token_expired"


@pytest.mark.parametrize("sent", ["", ".", "a.b", "!.!", "AAAA.AAAA", "A" * 20_000, "AAAA", f"{'A' * 16}.{'A' * 64}"])
@in_loop
async def test_what_no_browser_sends_is_refused(sent: str) -> None:
    async with world() as here:
        request_id = await here.submit()

        seen = await _asked(here, request_id, sent)

        assert seen.status == 400
        assert seen.code in {"bad_request", "signature_invalid"}


@in_loop
async def test_what_was_encrypted_towards_the_old_key_still_opens_while_that_key_is_loaded() -> None:
    async with world(environ("old")) as here:
        request_id, browser = await here.submit(), await _browser(here)
        sent = browser.sends(await _session(here, "data_subject", "alice"))
        before = browser.opens(await _asked(here, request_id, sent))

        await here.restart(environ("new", "old"))
        rotated = await _asked(here, request_id, sent)
        await here.restart(environ("new"))
        dropped = await _asked(here, request_id, sent)

        assert browser.opens(rotated) == before
        assert (dropped.status, dropped.code) == (400, "signature_invalid")


@in_loop
async def test_after_the_cutover_the_key_is_refused_and_the_session_is_not_the_reason() -> None:
    async with world(environ("old"), kms=OneKey()) as here:
        request_id, browser = await here.submit(), await _browser(here)
        sent = browser.sends(await _session(here, "data_subject", "alice"))
        assert (await _asked(here, request_id, sent)).status == 200

        await here.restart(aws("new", "old"))

        assert (await _asked(here, request_id, sent)).code == "wrong_provider"


async def _renewed(here: World, request_id: str, *, audience: str = "employee") -> Seen:
    browser = await _browser(here)
    told = {
        "requestId": request_id,
        "encryptedCEKContext": here.context(request_id),
        "dhEncrypted": browser.sends(await _session(here, audience, "eve")),
    }
    return await here.ask("re-sign-context", told)


@in_loop
async def test_a_context_signed_anew_outlives_the_key_that_signed_it_first() -> None:
    async with world(environ("old")) as here:
        request_id = await here.submit()
        old = here.context(request_id)
        await here.restart(environ("new", "old"))
        new = (await _renewed(here, request_id)).json["encryptedCEKContext"]

        await here.restart(environ("new"))
        opened = {
            name: await here.ask("open-context", {"requestId": request_id, "encryptedCEKContext": token})
            for name, token in {"old": old, "new": new}.items()
        }

        assert (opened["old"].code, opened["new"].status) == ("signature_invalid", 200)


@in_loop
async def test_signing_anew_cannot_carry_a_key_over_to_another_provider() -> None:
    async with world(environ("old"), kms=OneKey()) as here:
        request_id = await here.submit()

        await here.restart(aws("new", "old"))

        assert (await _renewed(here, request_id)).code == "wrong_provider"


@in_loop
async def test_under_aws_a_key_signed_anew_is_wrapped_by_one_more_encrypt() -> None:
    kms = OneKey()
    async with world(aws("old"), kms=kms) as here:
        request_id = await here.submit()
        await here.restart(aws("new", "old"))

        seen = await _renewed(here, request_id)
        await here.restart(aws("new"))
        opened = await here.ask("open-context", {"requestId": request_id, **seen.json})

        assert (seen.status, opened.status) == (200, 200)


@in_loop
async def test_only_an_employee_has_contexts_signed_anew() -> None:
    async with world() as here:
        request_id = await here.submit()
        assert (await _renewed(here, request_id)).status == 200

        assert (await _renewed(here, request_id, audience="data_subject")).code == "signature_invalid"


@in_loop
async def test_an_integration_signed_anew_has_the_same_credential() -> None:
    async with world(environ("old")) as here:
        body = {"secretMap": {"a": "1"}, "allowedHosts": [], "allowedPlaintextPaths": []}
        context = (await here.call("POST", "/v1/register-saas", body)).body.decode()
        proxied = {"integrationId": "i", "path": "/"}
        before = (await here.ask("proxy-saas", {**proxied, "integrationContext": context})).json
        await here.restart(environ("new", "old"))
        sent = (await _browser(here)).sends(await _session(here, "employee", "eve"))
        new = (await here.ask("re-sign-integration", {"integrationContext": context, "dhEncrypted": sent})).json

        await here.restart(environ("new"))

        assert (await here.ask("proxy-saas", {**proxied, "integrationContext": context})).code == "signature_invalid"
        assert (await here.ask("proxy-saas", {**proxied, **new})).json == before
