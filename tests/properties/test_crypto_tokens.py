"""Laws of the signature: what was signed verifies unchanged, under its purpose, while its signer is remembered."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fake_sombra.crypto import tokens
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import ForgottenKey, Refusal, SignatureInvalid, TokenExpired
from tests.unit.fake_sombra.crypto import material

_NAMES = "abcdef"
_JSON = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=12))
_CLAIMS = st.dictionaries(st.text(min_size=1, max_size=8), _JSON, min_size=1, max_size=5).filter(
    lambda claims: not {"kind", "exp"} & set(claims)
)
_PURPOSES = st.sampled_from(list(Purpose))
_LISTS = st.lists(st.sampled_from(_NAMES), min_size=1, max_size=7)


def _sign(claims: dict[str, Any], purpose: Purpose, *names: str) -> str:
    return tokens.sign(material.key_sets(*names), claims, purpose=purpose)


def _verify(token: str, purpose: Purpose, *names: str, now: float = 0.0) -> dict[str, Any]:
    return tokens.verify(material.key_sets(*names), token, purpose=purpose, now=now)


@given(claims=_CLAIMS, purpose=_PURPOSES, signer=st.sampled_from(_NAMES), names=_LISTS)
def test_a_token_verifies_if_and_only_if_its_signer_is_among_the_first_four(
    claims: dict[str, Any], purpose: Purpose, signer: str, names: list[str]
) -> None:
    """Loaded verifies, forgotten says so, unknown is invalid; a repeated key takes its places."""
    token = _sign(claims, purpose, signer)

    if signer in names[:4]:
        found = _verify(token, purpose, *names)
        assert {name: value for name, value in found.items() if name != "kind"} == claims
    else:
        with pytest.raises(ForgottenKey if signer in names else SignatureInvalid):
            _verify(token, purpose, *names)


@given(claims=_CLAIMS, made=_PURPOSES, read=_PURPOSES)
def test_a_token_of_one_purpose_never_verifies_as_another(claims: dict[str, Any], made: Purpose, read: Purpose) -> None:
    """Purpose confusion is refused, whatever the claims."""
    assume(made is not read)
    token = _sign(claims, made, "a")

    with pytest.raises(SignatureInvalid):
        _verify(token, read, "a", "b")


@given(claims=_CLAIMS, purpose=_PURPOSES, name=st.text(min_size=1, max_size=8), value=_JSON, data=st.data())
def test_a_token_with_any_changed_claim_is_refused(
    claims: dict[str, Any], purpose: Purpose, name: str, value: object, data: st.DataObject
) -> None:
    """Adding, changing or dropping a claim under the old signature never verifies."""
    head, body, mac = _sign(claims, purpose, "a").split(".")
    signed = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    dropped = data.draw(st.sampled_from([None, *claims]))
    changed = {key: each for key, each in {**signed, name: value}.items() if key != dropped}
    assume(json.dumps(changed) != json.dumps(signed))

    raw = json.dumps(changed, separators=(",", ":")).encode()
    with pytest.raises(SignatureInvalid):
        _verify(f"{head}.{urlsafe_b64encode(raw).rstrip(b'=').decode()}.{mac}", purpose, "a", "b")


@given(claims=_CLAIMS, purpose=_PURPOSES, data=st.data(), letter=st.characters())
def test_a_token_with_any_changed_character_is_refused(
    claims: dict[str, Any], purpose: Purpose, data: st.DataObject, letter: str
) -> None:
    """There is no second spelling of a token: no character can be replaced, added or dropped."""
    token = _sign(claims, purpose, "a")
    at = data.draw(st.integers(0, len(token) - 1))
    replaced, added, dropped = token[:at] + letter + token[at + 1 :], token[:at] + letter + token[at:], token[:at]
    assume(replaced != token)

    for changed in (replaced, added, dropped + token[at + 1 :], dropped):
        with pytest.raises(SignatureInvalid):
            _verify(changed, purpose, "a")


@given(text=st.text(max_size=200))
def test_no_text_is_a_token_by_chance(text: str) -> None:
    """Whatever is sent, the answer is a refusal with a cause, never another error."""
    with pytest.raises(Refusal):
        _verify(text, Purpose.CONTEXT, "a", "b", "c", "d", "e")


@given(expires=st.integers(0, 2**40), now=st.integers(0, 2**40), names=st.permutations("abcd"))
def test_expiry_depends_on_the_time_handed_in_alone(expires: int, now: int, names: list[str]) -> None:
    """Valid while now < exp; the place of the signer changes nothing (F09)."""
    token = tokens.sign(material.key_sets("a"), {"exp": expires}, purpose=Purpose.DOWNLOAD)

    if now < expires:
        assert _verify(token, Purpose.DOWNLOAD, *names, now=now)["exp"] == expires
    else:
        with pytest.raises(TokenExpired):
            _verify(token, Purpose.DOWNLOAD, *names, now=now)
