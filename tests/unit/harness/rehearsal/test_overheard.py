"""What nobody may say is found wherever it stands, in each spelling, and named without being repeated."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64encode
from typing import Any

import pytest

from harness.artifacts import Artifact, Ledger, Submitted
from harness.rehearsal.arrivals import look_at_arrivals
from harness.rehearsal.listening import Listening
from harness.rehearsal.overheard import secrets_said, secrets_sent
from harness.target import Call, Reply, Secrets
from tests.unit.harness.fakes import FakeWorld, rehearsal, reply

_SECRETS = Secrets("an-api-key", "the-internal-key", "an-ingress-secret")
_KEY = bytes(range(224, 256))  # its base64 has characters of both alphabets
_REQUEST = Submitted("r000", "R0", "COMPILING", "r000@example.com", "core-id-r000")


def _ledger() -> Ledger:
    consent = Artifact(
        "consent_identifier/c0", "consent_identifier", "before-1", None, {"identifier": "c0@example.com"}
    )
    return Ledger({consent.name: consent}, {"r000": _REQUEST}, [_KEY])


def _hear(ears: Listening, *answers: Reply) -> None:
    ears.hear([Call("GET", "customer", "/")] * len(answers), answers)


def _said(text: str) -> list[str]:
    return secrets_said([{"message": text}], environments=(), secrets=_SECRETS, ledger=_ledger())


def _sent(*arrivals: dict[str, Any]) -> list[str]:
    return secrets_sent(arrivals, environments=(), secrets=_SECRETS, ledger=_ledger())


@pytest.mark.parametrize("value", [_REQUEST.email, _REQUEST.core_identifier, _REQUEST.loyalty, _REQUEST.found])
def test_every_identifier_of_a_data_subject_is_known_also_in_base64(value: str) -> None:
    assert _said("a request of somebody") == []

    for form in (value, b64encode(value.encode()).decode()):
        assert _said(f"about {form}") == ["an identifier of a data subject"]


def test_identifiers_too_short_to_be_told_apart_are_passed_over() -> None:
    short = Ledger(requests={"r": Submitted("r", "R", "COMPILING", "r@e.com", "r")})

    assert secrets_said([{"message": "r"}], environments=(), secrets=_SECRETS, ledger=short) == []


def test_a_consent_identifier_is_known_in_base64() -> None:
    assert _said(b64encode(b"c0@example.com").decode()) == ["a consent identifier"]


@pytest.mark.parametrize(
    "form",
    [
        _KEY.hex(),
        b64encode(_KEY).decode(),
        urlsafe_b64encode(_KEY).decode(),
        urlsafe_b64encode(_KEY).decode().rstrip("="),
    ],
)
def test_a_content_key_is_known_in_every_spelling(form: str) -> None:
    ears = Listening((), [_KEY])

    _hear(ears, Reply(200, {"x-note": "nothing"}, b"{}"))
    assert (ears.answers, ears.said) == (1, set())
    _hear(ears, Reply(200, {"x-debug-key": form}))

    assert ears.said == {"the key of a request"}
    assert _said(form) == ["the key of a request"]


def test_a_key_is_listened_for_from_the_moment_it_is_known_also_raw() -> None:
    keys: list[bytes] = []
    ears = Listening((), keys)

    _hear(ears, Reply(200, {}, _KEY))
    assert not ears.said
    keys.append(_KEY)
    _hear(ears, Reply(200, {}, b"before" + _KEY + b"after"))

    assert ears.said == {"the key of a request"}


def test_a_token_is_an_answer_and_in_a_refusal_a_leak() -> None:
    token, ears = ".".join(["eyJhbGciOiJIUzM4NCJ9", "x" * 40, "y" * 64]).encode(), Listening(())

    _hear(ears, Reply(200, {}, token), Reply(400, {}, b"no token: eyJ.a.b"))
    assert not ears.said
    _hear(ears, Reply(400, {}, b'{"context": "' + token + b'"}'))

    assert ears.said == {"a token, in a refusal"}


def test_a_submission_states_who_a_data_subject_is_and_nothing_else_does() -> None:
    stated = json.dumps({"request": {"email": _REQUEST.email}})
    submission = {"method": "POST", "path": "/fake/v1/requests", "headers": [], "body": stated}
    elsewhere = {**submission, "path": "/fake/v1/requests/R0/identifiers"}

    assert _sent(submission) == []
    assert _sent(submission, elsewhere) == ["an identifier of a data subject"]


def test_contexts_are_sent_and_keys_and_the_internal_key_are_not() -> None:
    upload = {"method": "PUT", "path": "/fake/v1/requests/R0/files/F0", "headers": [["x-cek-context", "a.b.c"]]}
    told = [*upload["headers"], ["x-key", _KEY.hex()], ["x-sombra-authorization", "Bearer the-internal-key"]]

    assert _sent(upload) == []
    assert _sent({**upload, "headers": told}) == ["the internal key", "the key of a request"]


def test_arrivals_are_read_without_being_listened_to_and_go_into_the_history_as_names() -> None:
    arrived = {"arrivals": [{"n": 1, "method": "GET", "path": "/", "headers": [["x-key", _KEY.hex()]], "body": ""}]}
    world = FakeWorld(lambda call: reply(200, arrived))
    r = rehearsal(world)
    r.ledger.keys.append(_KEY)

    look_at_arrivals(r)
    r.read_logs()

    (scan,) = r.history.of("arrival-scan")
    assert (scan["arrivals"], scan["heard"]) == (1, ["the key of a request"])
    assert r.history.of("answer-scan")[0]["heard"] == []
    assert world.calls == [Call("GET", "transcend-control", "/arrivals", {"content-type": "application/json"})]


def test_a_cloud_that_shows_no_arrivals_has_none() -> None:
    r = rehearsal(FakeWorld(lambda call: reply(404, {"error": {"code": "not_found"}})))

    look_at_arrivals(r)

    assert r.history.of("arrival-scan")[0]["arrivals"] == 0
