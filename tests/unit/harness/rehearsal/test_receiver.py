"""A receiver takes what its own key signed and nothing else, whatever Sombra serves by now."""

from __future__ import annotations

import time

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.artifacts import Artifact
from harness.rehearsal.receiver import Receiver, Rejected, published_fingerprint
from harness.rehearsal.rehearsal import Rehearsal, StepFailed
from harness.rehearsal.webhooks import deliver, started_receiver
from harness.target import Call, Reply
from tests.unit.harness.fakes import FakeWorld, refusal, rehearsal, reply

KEY, OTHER = (ec.generate_private_key(ec.SECP384R1()) for _ in range(2))


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    form = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return key.public_key().public_bytes(*form)


def _token(key: ec.EllipticCurvePrivateKey = KEY, **changed: object) -> str:
    claims = {"scope": "coreIdentifier", "value": "core-r0", "aud": "acme", "exp": int(time.time()) + 3600, **changed}
    return jwt.encode(claims, key, algorithm="ES384")


def _cause(receiver: Receiver, token: str) -> str:
    with pytest.raises(Rejected) as rejected:
        receiver.claims(token)
    return rejected.value.cause


def test_a_receiver_reads_what_its_key_signed_for_its_organization() -> None:
    receiver = Receiver(_pem(KEY), "acme")

    assert receiver.claims(_token())["value"] == "core-r0"
    assert _cause(receiver, _token(OTHER)) == "signature_invalid"
    assert _cause(receiver, _token(aud="another")) == "signature_invalid"
    assert _cause(receiver, _token(exp=1)) == "token_expired"
    assert _cause(receiver, _token(scope="all")) == "garbage"


@pytest.mark.parametrize("pem", [b"<html>", _pem(ec.generate_private_key(ec.SECP256R1()))], ids=["html", "P-256"])
def test_a_key_of_another_kind_verifies_nothing_and_breaks_nothing(pem: bytes) -> None:
    assert _cause(Receiver(pem, "acme"), _token()) == "signature_invalid"


def test_what_is_published_and_no_key_has_no_fingerprint() -> None:
    assert len(published_fingerprint(_pem(KEY))) == 16
    assert published_fingerprint(b"<html>") == ""


def _served(*pems: bytes) -> Rehearsal:
    left = list(pems)
    return rehearsal(FakeWorld(lambda call: reply(body=left.pop(0)) if "public-keys" in call.path else reply(404)))


def _webhook(token: str) -> Artifact:
    return Artifact("webhook_token/r0", "webhook_token", "after-2", "r0", {"token": token, "value": "core-r0"})


def test_a_receiver_that_is_not_restarted_keeps_the_key_it_fetched() -> None:
    r = _served(_pem(KEY), _pem(OTHER))
    new = _webhook(_token(OTHER))

    kept = started_receiver(r)
    deliver(r, kept, new, stage="kept")
    deliver(r, started_receiver(r), new, stage="restarted")

    told = [(event["stage"], event["ok"], event["cause"]) for event in r.history.of("delivery")]
    assert told == [("kept", False, "signature_invalid"), ("restarted", True, "")]


def test_a_webhook_that_names_somebody_else_is_not_taken() -> None:
    r = _served(_pem(KEY))

    deliver(r, started_receiver(r), _webhook(_token(value="core-r1")), stage="kept")

    assert r.history.of("delivery")[0]["cause"] == "garbage"


@pytest.mark.parametrize("answer", [Reply(0), refusal("not_found", 404), reply(body=b"<html>")])
def test_a_receiver_cannot_start_without_a_key(answer: Reply) -> None:
    def always(call: Call) -> Reply:
        return answer

    with pytest.raises(StepFailed, match="public key"):
        started_receiver(rehearsal(FakeWorld(always)))
