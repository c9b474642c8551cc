"""Who signed a token, what it is for, whether it is still valid: in this order, and never mixed up."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from itertools import permutations
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from fake_sombra.crypto import tokens
from fake_sombra.crypto.tokens import Purpose
from fake_sombra.errors import ForgottenKey, SignatureInvalid, TokenExpired
from tests.unit.fake_sombra.crypto import material

NOW = 1_700_000_000.0
CLAIMS = {"requestId": "r-1", "iat": int(NOW)}


def _signed_by(*names: str, purpose: Purpose = Purpose.CONTEXT, **claims: Any) -> str:
    return tokens.sign(material.key_sets(*names), {**CLAIMS, **claims}, purpose=purpose)


def _verified(token: str, *names: str, purpose: Purpose = Purpose.CONTEXT, now: float = NOW) -> dict[str, Any]:
    return tokens.verify(material.key_sets(*names), token, purpose=purpose, now=now)


def _by_hand(header: object, claims: object, key: bytes, algorithm: str = "HS384") -> str:
    parts = [json.dumps(part, separators=(",", ":")).encode() for part in (header, claims)]
    signed = b".".join(urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    mac = jwt.get_algorithm_by_name(algorithm).sign(signed, key)
    return (signed + b"." + urlsafe_b64encode(mac).rstrip(b"=")).decode()


def test_a_token_is_a_standard_hs384_jwt_under_the_first_sets_key() -> None:
    token = _signed_by("a", "b")

    claims = jwt.decode(token, material.key_sets("a").first.hmac_nonce, algorithms=["HS384"])

    assert claims == CLAIMS
    assert jwt.get_unverified_header(token) == {"alg": "HS384", "typ": "JWT"}


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("names", [("a",), ("a", "b"), ("b", "a"), ("b", "c", "d", "a")])
def test_any_of_the_four_loaded_keys_verifies(purpose: Purpose, names: tuple[str, ...]) -> None:
    claims = _verified(_signed_by("a", purpose=purpose), *names, purpose=purpose)

    assert {name: claims[name] for name in CLAIMS} == CLAIMS


@pytest.mark.parametrize("purpose", Purpose)
def test_a_signer_at_position_five_or_later_is_forgotten(purpose: Purpose) -> None:
    token = _signed_by("a", purpose=purpose)
    assert _verified(token, "b", "c", "d", "a", purpose=purpose)

    for names in (("b", "c", "d", "e", "a"), ("b", "c", "d", "e", "f", "a")):
        with pytest.raises(ForgottenKey):
            _verified(token, *names, purpose=purpose)


@pytest.mark.parametrize("purpose", Purpose)
def test_a_signer_that_is_not_in_the_list_is_invalid(purpose: Purpose) -> None:
    with pytest.raises(SignatureInvalid):
        _verified(_signed_by("a", purpose=purpose), "b", "c", purpose=purpose)


@pytest.mark.parametrize(("made", "read"), list(permutations(Purpose, 2)))
def test_a_token_of_one_purpose_never_verifies_as_another(made: Purpose, read: Purpose) -> None:
    token = _signed_by("a", purpose=made, exp=NOW + 60, sub="s")
    assert _verified(token, "a", purpose=made)

    with pytest.raises(SignatureInvalid):
        _verified(token, "a", purpose=read)


@pytest.mark.parametrize("kind", ["nonce", "download", "integration"])
def test_claims_cannot_smuggle_in_another_kind(kind: str) -> None:
    with pytest.raises(ValueError, match="cannot be of the kind"):
        _signed_by("a", kind=kind)


def test_a_token_of_a_kind_without_a_purpose_is_no_context() -> None:
    with pytest.raises(SignatureInvalid):
        _verified(_signed_by("a", kind="config"), "a")


def test_wire_kinds_are_those_of_the_contract() -> None:
    kinds = {
        purpose: _verified(_signed_by("a", purpose=purpose), "a", purpose=purpose).get("kind") for purpose in Purpose
    }

    assert kinds == {
        Purpose.CONTEXT: None,
        Purpose.INTEGRATION: "integration",
        Purpose.NONCE: "nonce",
        Purpose.DOWNLOAD: "download",
        Purpose.CODE: "code",
        Purpose.CODE_CONTEXT: "code context",
        Purpose.DATA_SUBJECT_SESSION: None,
        Purpose.EMPLOYEE_SESSION: None,
    }


@pytest.mark.parametrize("expires", [NOW, NOW - 1, NOW - 0.001, 0, -1, "soon", None, True, [NOW + 5]])
def test_a_token_is_expired_from_its_exp_on_without_leeway(expires: object) -> None:
    assert _verified(_signed_by("a", exp=NOW + 0.001), "a")

    with pytest.raises(TokenExpired):
        _verified(_signed_by("a", exp=expires), "a")


def test_time_is_the_one_that_is_handed_in() -> None:
    token = _signed_by("a", exp=100)

    assert _verified(token, "a", now=99.9)["exp"] == 100
    with pytest.raises(TokenExpired):
        _verified(token, "a", now=100)


def test_expiry_never_advances_to_the_next_key() -> None:
    """F09: an expired token is expired, wherever its signer stands; a stranger's is invalid, expired or not."""
    token = _signed_by("a", exp=NOW - 1)

    for names in (("a",), ("b", "a"), ("b", "c", "d", "a")):
        with pytest.raises(TokenExpired):
            _verified(token, *names)
    with pytest.raises(SignatureInvalid):
        _verified(token, "b")
    with pytest.raises(ForgottenKey):
        _verified(token, "b", "c", "d", "e", "a")


def test_every_loaded_key_is_tried_in_order_until_one_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    """F08: keys before the signer are tried and passed over, those behind it are not touched."""
    tried: list[bytes] = []

    class Watched:
        def verify(self, signed: bytes, key: bytes, mac: bytes) -> bool:
            tried.append(key)
            return hs384.verify(signed, key, mac)

    hs384 = tokens._HS384
    token = _signed_by("c")
    monkeypatch.setattr(tokens, "_HS384", Watched())

    _verified(token, "a", "b", "c", "d", "e")

    assert tried == [each.hmac_nonce for each in material.key_sets("a", "b", "c").loaded]


@pytest.mark.parametrize(
    "header",
    [
        {"alg": "none", "typ": "JWT"},
        {"alg": "hs384", "typ": "JWT"},
        {"alg": "HS384"},
        {"typ": "JWT"},
        {"alg": "HS384", "typ": "JWT", "kid": "1"},
        {"alg": "HS384", "crit": ["x"], "typ": "JWT", "x": 1},
        {"alg": "HS384", "b64": False, "crit": ["b64"], "typ": "JWT"},
        [],
        None,
        "HS384",
    ],
)
def test_any_other_header_is_refused_even_when_it_is_signed(header: object) -> None:
    key = material.key_sets("a").first.hmac_nonce
    assert _verified(_by_hand({"alg": "HS384", "typ": "JWT"}, CLAIMS, key), "a") == CLAIMS

    with pytest.raises(SignatureInvalid):
        _verified(_by_hand(header, CLAIMS, key), "a")


@pytest.mark.parametrize("algorithm", ["HS256", "HS512"])
def test_another_hmac_under_the_same_key_is_refused(algorithm: str) -> None:
    key = material.key_sets("a").first.hmac_nonce * 2

    for claimed in (algorithm, "HS384"):
        with pytest.raises(SignatureInvalid):
            _verified(_by_hand({"alg": claimed, "typ": "JWT"}, CLAIMS, key, algorithm), "a")


def test_an_unsigned_token_and_one_signed_with_the_public_key_are_refused() -> None:
    public = material.signing_key("a").public_pem.encode()
    forged = [
        jwt.encode(CLAIMS, "", algorithm="none"),
        _by_hand({"alg": "HS384", "typ": "JWT"}, CLAIMS, public),
        _by_hand({"alg": "HS384", "typ": "JWT"}, CLAIMS, b""),
        jwt.encode(CLAIMS, material.private_key("a"), algorithm="ES384"),
    ]

    for token in forged:
        with pytest.raises(SignatureInvalid):
            _verified(token, "a")


@pytest.mark.parametrize("claims", [[], "text", 1, None, True])
def test_signed_claims_that_are_no_object_are_refused(claims: object) -> None:
    key = material.key_sets("a").first.hmac_nonce

    with pytest.raises(SignatureInvalid):
        _verified(_by_hand({"alg": "HS384", "typ": "JWT"}, claims, key), "a")


@pytest.mark.parametrize(
    "damage",
    [
        lambda token: "",
        lambda token: "...",
        lambda token: token[:-1],
        lambda token: token + "=",
        lambda token: token + "\n",
        lambda token: " " + token,
        lambda token: token + ".",
        lambda token: token.rsplit(".", 1)[0] + ".",
        lambda token: token.rsplit(".", 1)[0],
        lambda token: token.replace(".", ".."),
        lambda token: token.replace("-", "+").replace("_", "/") + "+",
        lambda token: token + "é",
        lambda token: token + "\ud800",
        lambda token: "x" * 100_000,
        lambda token: "[" * 50_000,
    ],
)
def test_what_is_no_token_is_refused(damage: Callable[[str], str]) -> None:
    token = _signed_by("a")
    assert _verified(token, "a") == CLAIMS

    with pytest.raises(SignatureInvalid):
        _verified(damage(token), "a")


def test_text_outside_of_ascii_survives_the_journey() -> None:
    assert _verified(_signed_by("a", name="Zoë – 数"), "a")["name"] == "Zoë – 数"


def test_a_webhook_token_is_es384_by_the_first_key_for_one_hour() -> None:
    token = tokens.sign_webhook_token(material.key_sets("a", "b"), value="u-1", audience="acme", jti="j", now=NOW + 0.7)
    options: Any = {"verify_exp": False, "verify_iat": False}

    claims = jwt.decode(
        token, material.signing_key("a").public_pem, algorithms=["ES384"], audience="acme", options=options
    )

    assert claims == {
        "scope": "coreIdentifier",
        "value": "u-1",
        "aud": "acme",
        "jti": "j",
        "iat": int(NOW),
        "exp": int(NOW) + 3600,
    }
    with pytest.raises(jwt.InvalidSignatureError):
        jwt.decode(token, material.signing_key("b").public_pem, algorithms=["ES384"], audience="acme", options=options)
    with pytest.raises(SignatureInvalid):
        _verified(token, "a")


def test_a_refusal_never_holds_the_token() -> None:
    token = _signed_by("a", exp=NOW - 1, secret="planted")
    body = urlsafe_b64decode(token.split(".")[1] + "==")
    assert b"planted" in body

    for names in (("a",), ("b",), ("b", "c", "d", "e", "a")):
        with pytest.raises((SignatureInvalid, TokenExpired, ForgottenKey)) as refused:
            _verified(token, *names)
        assert "planted" not in str(refused.value)
        assert token[40:60] not in str(refused.value)


def test_a_loop_that_goes_on_after_a_bad_token_alone_dies_at_a_key_of_another_curve() -> None:
    """F08: such a key cannot be loaded here; elsewhere PyJWT's error for it escapes a loop written for bad tokens."""
    token = jwt.encode({"value": "x"}, material.key_sets("a").first.signing_key.private_key, algorithm="ES384")
    other_curve = ec.generate_private_key(ec.SECP256R1()).public_key()

    with pytest.raises(jwt.InvalidKeyError) as died:
        jwt.decode(token, other_curve, algorithms=["ES384"])

    assert not isinstance(died.value, jwt.InvalidTokenError)
