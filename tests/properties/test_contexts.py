"""Laws of the context: it opens for its own request, whole, inside the token it came in, and in no other way."""

from __future__ import annotations

import os

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fake_sombra.clock import Clock
from fake_sombra.crypto import tokens
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import ContextMismatch, Refusal, SignatureInvalid
from fake_sombra.gateway.contexts import Contexts
from fake_sombra.keyring.local import LocalKeyring
from tests.unit.fake_sombra.crypto import material
from tests.unit.fake_sombra.keyring.kms import run

_SETS = material.key_sets("a", "b")
_CLOCK = Clock(0.0, lambda: 1_000.0)
_IDS = st.text(min_size=1, max_size=12)
_LISTS = st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6)


def _contexts(*names: str) -> Contexts:
    sets = material.key_sets(*names)
    return Contexts(key_sets=sets, keyring=LocalKeyring(sets, random=os.urandom), clock=_CLOCK)


def _made(request_id: str, *names: str) -> tuple[bytes, str]:
    return run(_contexts(*names or ("a",)).make(request_id=request_id, core_identifier="core"))


@given(request=_IDS, other=_IDS)
def test_a_context_opens_for_its_own_request_and_for_no_other(request: str, other: str) -> None:
    """open(make(r), r) is the key; open(make(r), s) is a mismatch for every s but r."""
    assume(request != other)
    cek, context = _made(request)
    reading = _contexts("b", "a")

    assert run(reading.open_(context, request_id=request)) == cek
    with pytest.raises(ContextMismatch):
        run(reading.open_(context, request_id=other))


@given(request=_IDS, other=_IDS)
def test_a_context_of_another_request_does_not_open_inside_a_signed_token(request: str, other: str) -> None:
    """Swapped contexts are noticed even under a good outer signature."""
    assume(request != other)
    contexts, foreign = _contexts("a"), _made(other)[1]

    nonce = contexts.make_nonce(request_id=request, data_silo_id="crm", context=foreign)
    key = contexts.make_download_key(file_id="f", request_id=request, context=foreign)

    with pytest.raises(ContextMismatch):
        run(contexts.open_nonce(nonce))
    with pytest.raises(ContextMismatch):
        run(contexts.open_download_key(key))


@given(one=_IDS, other=_IDS, claim=st.sampled_from(["encryptedCEK", "wrap", "requestId", "coreIdentifier", "iat"]))
def test_a_claim_carried_over_from_another_context_never_opens(one: str, other: str, claim: str) -> None:
    """The body of one context with a claim of another, under either's signature, is no context."""
    first, second = _made(one)[1], _made(other)[1]
    head, body, signature = first.split(".")
    foreign = second.split(".")[1]
    assume(body != foreign)

    for forged in (f"{head}.{foreign}.{signature}", f"{head}.{body}.{second.split('.')[2]}"):
        with pytest.raises(SignatureInvalid):
            run(_contexts("a", "b").open_(forged, request_id=one))
    claims = {**tokens.verify(_SETS, first, purpose=Purpose.CONTEXT, now=0.0)}
    claims[claim] = "of another"
    stranger = tokens.sign(material.key_sets("f"), claims, purpose=Purpose.CONTEXT)
    with pytest.raises(SignatureInvalid):
        run(_contexts("a", "b").open_(stranger, request_id=one))


@given(request=_IDS, maker=_LISTS, reader=_LISTS)
def test_a_context_opens_if_and_only_if_the_first_key_of_its_maker_is_loaded(
    request: str, maker: list[str], reader: list[str]
) -> None:
    """Signed and wrapped by the first entry; opened while that entry is among the first four."""
    cek, context = _made(request, *maker)

    if maker[0] in reader[:4]:
        assert run(_contexts(*reader).open_(context, request_id=request)) == cek
    else:
        with pytest.raises(Refusal):
            run(_contexts(*reader).open_(context, request_id=request))
