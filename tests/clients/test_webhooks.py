"""Webhooks at the published receiver and at three libraries, from before the cutover until after the rollback."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from tests.clients.phases import World
from tests.clients.programs import PUBLISHED, Server, listening
from tests.clients.receivers import FETCHING, KEEPING, started

pytestmark = pytest.mark.gate

# The published receiver knows nobody: 204. The others have something to say: 200.
_ACCEPTED: Final = {**dict.fromkeys((*KEEPING, *FETCHING), 200), "published": 204}
_REFUSED: Final = dict.fromkeys(_ACCEPTED, 401)
_OK: Final = {"status": 200, "code": None}
_WRONG_PROVIDER: Final = {"status": 500, "code": "wrong_provider"}


def test_receivers_that_keep_the_public_key_refuse_new_webhooks_until_they_are_restarted(
    world: World, tmp_path: Path
) -> None:
    world.enter("before")
    erasure, old_key = world.request("SECONDARY")["id"], world.public_key()
    old = world.transcend(f"requests/{erasure}/webhook", {"dataSiloId": "crm", "url": None})
    with started(world, tmp_path) as receivers:
        assert receivers.take(world, erasure) == _ACCEPTED

        world.enter("after")
        assert receivers.take(world, erasure) == {**_ACCEPTED, **dict.fromkeys(KEEPING, 401)}

    with started(world, tmp_path) as restarted:
        assert restarted.take(world, erasure) == _ACCEPTED
        assert restarted.take_again(old) == _REFUSED, "only the new key is published"
        key_after = world.public_key()

        world.enter("rolled back")
        assert restarted.take(world, erasure) == _ACCEPTED, "the new key still stands first, so it still signs"

    assert world.public_key() == key_after != old_key


def test_no_receiver_takes_a_token_of_another_key_another_organization_or_another_hour(
    world: World, tmp_path: Path
) -> None:
    request = world.request("SECONDARY")["id"]
    genuine = world.transcend(f"requests/{request}/webhook", {"dataSiloId": "crm", "url": None})
    told = jwt.decode(genuine["headers"]["x-sombra-token"], options={"verify_signature": False})
    forged = [_forged(told), _forged({**told, "aud": "another"}), _forged({**told, "exp": _an_hour_ago()})]
    with started(world, tmp_path) as receivers:
        assert receivers.take_again(genuine) == _ACCEPTED

        for token in forged:
            headers = {**genuine["headers"], "x-sombra-token": token}
            assert receivers.take_again({**genuine, "headers": headers}) == _REFUSED


def _forged(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, ec.generate_private_key(ec.SECP384R1()), algorithm="ES384")


def _an_hour_ago() -> int:
    return int((datetime.now(UTC) - timedelta(hours=1)).timestamp())


def test_a_nonce_is_good_for_an_answer_under_the_provider_that_wrapped_its_request(
    world: World, tmp_path: Path
) -> None:
    """G-11 and G-17: the old key that stays second verifies the nonce, and still its request cannot be opened."""
    world.enter("before")
    old = world.request("COMPILING")["id"]
    with started(world, tmp_path) as receivers:
        inbox = receivers.urls["jose/fetched"]
        world.send(old, inbox)
        assert receivers.answers() == {old: _OK}

        world.enter("after")
        new = world.submit("made-under-aws")
        world.send(new, inbox)
        assert receivers.answers() == {old: _WRONG_PROVIDER, new: _OK}

        world.enter("rolled back")
        assert receivers.answers() == {old: _OK, new: _WRONG_PROVIDER}


def test_what_the_published_receiver_calls_back_about_fails_after_the_cutover_and_returns_with_the_rollback(
    world: World, tmp_path: Path
) -> None:
    """The webhook itself is taken: nothing is opened to send it. What fails is logged by the receiver alone."""
    world.enter("before")
    job, done, open_ = (world.request(status)["id"] for status in ("DELAYED", "ENRICHING", "REQUEST_MADE"))
    with listening(PUBLISHED, world.receiver_environ(), folder=tmp_path) as published:
        assert _answers_the_job(world, published, job) == "Successfully"
        assert _enriches(world, published, done) == "Successfully"
        assert world.status_of(done) == "COMPILING"
        assert any(name.startswith("friends/Page 0") for name in world.files_of(job))

    world.enter("after")
    new = world.submit("made-under-aws-too")
    with listening(PUBLISHED, world.receiver_environ(), folder=tmp_path) as published:
        assert _answers_the_job(world, published, job) == "Failed to"
        assert _enriches(world, published, open_) == "Failed to"
        assert world.status_of(open_) == "REQUEST_MADE"
        assert _enriches(world, published, new) == _answers_the_job(world, published, new) == "Successfully"

        world.enter("rolled back")
        assert _answers_the_job(world, published, job) == _enriches(world, published, open_) == "Successfully"
        assert world.status_of(open_) == "COMPILING"
        assert _answers_the_job(world, published, new) == "Failed to"


def _answers_the_job(world: World, published: Server, request: str) -> str:
    """How the receiver's upload of its rows in pages ended."""
    said = len(published.output.lines)
    assert world.send(request, f"{published.url}/transcend/new-dsr-paginated") == 200
    return _how_it_ended(published, "upload(?:ed)? data", request, since=said)


def _enriches(world: World, published: Server, request: str) -> str:
    """How the receiver's answer to a preflight check ended."""
    said = len(published.output.lines)
    assert world.send(request, f"{published.url}/transcend/enrichment", kind="preflight") == 200
    return _how_it_ended(published, "enriched user", request, since=said)


def _how_it_ended(published: Server, what: str, request: str, *, since: int) -> str:
    line = published.output.until(rf"(?:Successfully|Failed to) {what} ?- ?\S*{request}", since=since)
    return "Successfully" if line.startswith("Successfully") else "Failed to"
