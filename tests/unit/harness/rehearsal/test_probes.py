"""What counts as readable: only what came back decides, and a refusal that carries plaintext is told."""

from __future__ import annotations

import functools
import time
from collections.abc import Sequence

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.artifacts import Artifact
from harness.rehearsal.probes import Observed, Prober
from harness.target import Call, Reply
from tests.unit.harness.fakes import SECRETS, Answering, refusal, reply

_PLAIN = b"the plaintext of a file, longer than a block"
_FILE = Artifact("file/r0-1", "file", "before-1", "r0", {"id": "R0", "fileName": "a.bin"}, _PLAIN)
_LISTING = reply(200, {"nodes": [{"fileName": "a.bin", "downloadKey": "a/key"}], "totalCount": 1})
_OTHERS = {
    "request": ({"id": "R0"}, {"opened": True}, {"opened": False}),
    "identifier": ({"id": "R0", "value": "a@b"}, {"identifiers": [{"value": "a@b"}]}, {"identifiers": []}),
    "integration": ({"id": "i0", "contextId": "c", "credential": "sha256:1"}, {"credential": "sha256:1"}, {}),
    "session": ({"token": "t", "audience": "employee", "subject": "s0"}, {"subject": "s0"}, {"subject": "s1"}),
    "consent_identifier": ({"id": "c0", "identifier": "x"}, {"identifier": "x", "matches": True}, {"identifier": "y"}),
}
_SIGNED = {"nonce": {"token": "t", "id": "R0"}, "download_key": {"token": "t", "id": "R0"}}


def _seen(artifact: Artifact, answer: Answering) -> Observed:
    def exchange(calls: Sequence[Call]) -> list[Reply]:
        return [answer(call) for call in calls]

    (observed,) = Prober(SECRETS, exchange, "acme").probe([artifact])
    return observed


def _file(answer: Reply) -> Observed:
    return _seen(_FILE, lambda call: _LISTING if "download-keys" in call.path else answer)


@pytest.mark.parametrize("kind", sorted(_OTHERS))
def test_an_artifact_is_readable_when_its_own_content_comes_back(kind: str) -> None:
    handle, right, wrong = _OTHERS[kind]
    artifact = Artifact(f"{kind}/0", kind, "before-1", None, handle)

    assert _seen(artifact, lambda _: reply(200, right)).readable
    other = _seen(artifact, lambda _: reply(200, wrong))
    assert (other.readable, other.cause) == (False, "garbage")
    refused = _seen(artifact, lambda _: refusal("wrong_provider"))
    assert (refused.readable, refused.cause, refused.status) == (False, "wrong_provider", 500)


def test_a_file_is_readable_when_its_digest_is_right() -> None:
    assert _file(reply(body=_PLAIN)).readable
    assert _file(reply(body=_PLAIN[:-1])).cause == "garbage"


def test_a_file_that_is_not_listed_or_whose_listing_is_refused_says_which() -> None:
    assert _seen(_FILE, lambda _: reply(200, {"nodes": []})).cause == "not_listed"
    assert _seen(_FILE, lambda _: refusal("signature_invalid", 400)).cause == "signature_invalid"


def test_a_refusal_that_carries_plaintext_is_a_leak() -> None:
    body = b'{"error":{"code":"tampered"}}'

    assert not _file(Reply(500, {}, body)).leaked
    assert _file(Reply(500, {}, body + _PLAIN[:16])).leaked
    assert _file(Reply(0, {}, _PLAIN)).leaked


def _refusing(code: str, _: Call) -> Reply:
    return refusal(code)


@pytest.mark.parametrize("kind", sorted(_SIGNED))
def test_a_signature_verifies_when_only_what_lies_inside_is_refused(kind: str) -> None:
    token = Artifact(f"{kind}/0", kind, "before-1", "r0", _SIGNED[kind])

    for inside in ("wrong_provider", "unknown_key", "tampered", "kms_access_denied"):
        assert _seen(token, functools.partial(_refusing, inside)).readable
    for outside in ("signature_invalid", "forgotten_key", "token_expired", "not_authenticated"):
        assert _seen(token, functools.partial(_refusing, outside)).cause == outside


def test_nobody_listening_is_one_cause_directly_and_through_transcend() -> None:
    request = Artifact("request/r0", "request", "before-1", "r0", {"id": "R0"})

    assert _seen(request, lambda _: Reply(0)).cause == "connection_refused"
    assert _seen(request, lambda _: refusal("bad_gateway", 502)).cause == "connection_refused"


def test_a_consent_look_up_that_misses_is_told_from_one_that_hits() -> None:
    consent = Artifact("consent_identifier/c0", "consent_identifier", "before-1", None, {"id": "c", "identifier": "x"})

    assert _seen(consent, lambda _: reply(200, {"identifier": "x", "matches": False})).matches is False
    assert _seen(consent, lambda _: reply(200, {"identifier": "x", "matches": True})).matches is True


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(*form)


def test_a_webhook_token_is_checked_against_the_key_that_is_published_now() -> None:
    key, other = (ec.generate_private_key(ec.SECP384R1()) for _ in range(2))
    claims = {"scope": "coreIdentifier", "value": "core-r0", "aud": "acme", "exp": int(time.time()) + 3600}
    token = jwt.encode(claims, key, algorithm="ES384")
    old = jwt.encode({**claims, "exp": 1}, key, algorithm="ES384")

    def seen(handle: dict[str, str], answer: Reply) -> Observed:
        return _seen(Artifact("webhook_token/r0", "webhook_token", "before-1", "r0", handle), lambda _: answer)

    assert seen({"token": token, "value": "core-r0"}, reply(body=_pem(key))).readable
    assert seen({"token": token, "value": "core-r1"}, reply(body=_pem(key))).cause == "garbage"
    assert seen({"token": token, "value": "core-r0"}, reply(body=_pem(other))).cause == "signature_invalid"
    assert seen({"token": old, "value": "core-r0"}, reply(body=_pem(key))).cause == "token_expired"
    assert seen({"token": token, "value": "core-r0"}, Reply(0)).cause == "connection_refused"


def test_the_result_keeps_the_order_of_the_argument() -> None:
    wanted = [Artifact(f"{kind}/0", kind, "b", None, {**_OTHERS[kind][0]}) for kind in sorted(_OTHERS)]
    mixed = [wanted[2], wanted[0], wanted[4], wanted[1], wanted[3], _FILE]

    observed = Prober(SECRETS, lambda calls: [Reply(0)] * len(calls), "acme").probe(mixed)

    assert [each.artifact for each in observed] == mixed
