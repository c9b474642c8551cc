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
_HEADERS = {"content-length": str(len(_PLAIN)), "content-type": "application/octet-stream"}
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
    assert _file(Reply(200, _HEADERS, _PLAIN)).readable
    assert _file(Reply(200, _HEADERS, b"X" + _PLAIN[1:])).cause == "garbage"
    assert _file(Reply(200, _HEADERS, _PLAIN)).listed is True


@pytest.mark.parametrize(
    "wrong", [{"content-length": str(len(_PLAIN) + 16)}, {"content-type": "text/html"}, {"content-length": ""}]
)
def test_a_file_under_another_length_or_kind_is_not_what_was_sent(wrong: dict[str, str]) -> None:
    assert _file(Reply(200, {**_HEADERS, **wrong}, _PLAIN)).cause == "garbage"


def test_identifiers_of_somebody_else_are_not_what_was_asked_for() -> None:
    handle = {"id": "R0", "value": "a@b", "others": "core-r0 L-r0"}
    artifact = Artifact("identifier/r0", "identifier", "before-1", "r0", handle)

    def seen(*values: str) -> Observed:
        return _seen(artifact, lambda _: reply(200, {"identifiers": [{"value": each} for each in values]}))

    assert seen("a@b", "core-r0").readable
    assert seen("a@b", "core-r1").cause == "garbage"
    assert seen("core-r0").cause == "garbage"


def test_a_file_that_is_not_listed_or_whose_listing_is_refused_says_which() -> None:
    assert _seen(_FILE, lambda _: reply(200, {"nodes": []})).cause == "not_listed"
    refused = _seen(_FILE, lambda _: refusal("signature_invalid", 400))
    assert (refused.cause, refused.listed) == ("signature_invalid", False)


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

    assert _seen(token, lambda _: reply(200, {})).inside == ""
    for inside in ("wrong_provider", "unknown_key", "tampered", "kms_access_denied"):
        seen = _seen(token, functools.partial(_refusing, inside))
        assert (seen.readable, seen.inside) == (True, inside)
    for outside in ("signature_invalid", "forgotten_key", "token_expired", "not_authenticated"):
        assert _seen(token, functools.partial(_refusing, outside)).cause == outside


def test_a_refusal_says_which_check_it_failed() -> None:
    error = {"error": {"code": "signature_invalid", "message": "refused", "where": "fileMetadata#verify"}}
    key = Artifact("download_key/0", "download_key", "before-1", "r0", _SIGNED["download_key"])

    assert _seen(key, lambda _: reply(400, error)).where == "fileMetadata#verify"
    assert _seen(key, lambda _: refusal("signature_invalid", 400)).where == ""


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
    now = int(time.time())
    claims = {"scope": "coreIdentifier", "value": "core-r0", "aud": "acme", "iat": now, "exp": now + 3600, "jti": "1"}
    token = jwt.encode(claims, key, algorithm="ES384")
    old = jwt.encode({**claims, "iat": 1, "exp": 3601}, key, algorithm="ES384")
    long, nameless = (
        jwt.encode({**claims, **other}, key, algorithm="ES384") for other in ({"exp": now + 86_400}, {"jti": ""})
    )
    unsigned = jwt.encode(claims, "", algorithm="none")

    def seen(handle: dict[str, str], answer: Reply) -> Observed:
        return _seen(Artifact("webhook_token/r0", "webhook_token", "before-1", "r0", handle), lambda _: answer)

    assert seen({"token": token, "value": "core-r0"}, reply(body=_pem(key))).readable
    assert seen({"token": token, "value": "core-r1"}, reply(body=_pem(key))).cause == "garbage"
    assert seen({"token": token, "value": "core-r0"}, reply(body=_pem(other))).cause == "signature_invalid"
    assert seen({"token": old, "value": "core-r0"}, reply(body=_pem(key))).cause == "token_expired"
    assert seen({"token": long, "value": "core-r0"}, reply(body=_pem(key))).cause == "garbage"
    assert seen({"token": nameless, "value": "core-r0"}, reply(body=_pem(key))).cause == "garbage"
    assert seen({"token": unsigned, "value": "core-r0"}, reply(body=_pem(key))).cause == "signature_invalid"
    assert seen({"token": token, "value": "core-r0"}, reply(body=b"<html>")).cause == "signature_invalid"
    assert seen({"token": token, "value": "core-r0"}, Reply(0)).cause == "connection_refused"


def test_the_result_keeps_the_order_of_the_argument() -> None:
    wanted = [Artifact(f"{kind}/0", kind, "b", None, {**_OTHERS[kind][0]}) for kind in sorted(_OTHERS)]
    mixed = [wanted[2], wanted[0], wanted[4], wanted[1], wanted[3], _FILE]

    observed = Prober(SECRETS, lambda calls: [Reply(0)] * len(calls), "acme").probe(mixed)

    assert [each.artifact for each in observed] == mixed
