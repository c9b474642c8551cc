"""Wrong ways to sign and verify: which key, which purpose, which request."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from fake_sombra.crypto import exchange, strict_base64, tokens
from fake_sombra.crypto import key_sets as sets
from fake_sombra.crypto.derive import derive
from fake_sombra.crypto.key_sets import KeySet, KeySets
from fake_sombra.crypto.signing_key import NotASigningKey, SigningKey
from fake_sombra.errors import ForgottenKey, SignatureInvalid, TokenExpired
from fake_sombra.gateway import assembly, contexts
from fake_sombra.gateway.assembly import Parts
from fake_sombra.gateway.contexts import Context, Contexts
from fake_sombra.gateway.sessions import Sessions
from fake_sombra.startup import keys
from harness.mutants.mutant import Patches, mutant

DAY_S = 86_400.0


def _with_sets(choose: Any) -> Any:
    """A wrapper for functions whose first argument is the key sets: they see what `choose` makes of them."""
    return lambda original: lambda key_sets, *given, **named: original(choose(key_sets), *given, **named)


def _last_first(key_sets: KeySets) -> KeySets:
    return KeySets(key_sets.loaded[::-1], key_sets.forgotten, key_sets.configured_consent)


@mutant("verifies-with-first-only", breaks="G-11", killed_by="old-tokens-verify")
def verifies_with_first_only(patches: Patches) -> None:
    """Tokens are verified with the first entry only; the old key in second place is not looked at."""
    patches.wrap(tokens, "verify", _with_sets(lambda key_sets: KeySets(key_sets.loaded[:1], key_sets.forgotten)))


@mutant("signs-with-last", breaks="D-03", killed_by="rotated-before-stop")
def signs_with_last(patches: Patches) -> None:
    """Contexts, nonces and sessions are signed by the last entry instead of the first."""
    patches.wrap(tokens, "sign", _with_sets(_last_first))


@mutant("signs-webhooks-with-last", breaks="G-10", killed_by="old-webhook-tokens-fail")
def signs_webhooks_with_last(patches: Patches) -> None:
    """Webhook tokens are still signed by the old key, which stands last."""
    patches.wrap(tokens, "sign_webhook_token", _with_sets(_last_first))


@mutant("publishes-last", breaks="G-10", killed_by="new-key-first old-webhook-tokens-fail")
def publishes_last(patches: Patches) -> None:
    """The public key that receivers fetch is the last entry's, which is the old one."""
    _publishes(patches, lambda key_sets: key_sets.loaded[-1].signing_key.public_pem)


@mutant("published-key-cached-in-front", breaks="D-10", killed_by="receivers-need-a-restart")
def published_key_cached_in_front(patches: Patches) -> None:
    """A cache in front of Sombra goes on serving the first public key, so that restarting a receiver helps nobody."""
    kept: list[str] = []

    def first(key_sets: KeySets) -> str:
        kept.append(key_sets.first.signing_key.public_pem)
        return kept[0]

    _publishes(patches, first)


def _publishes(patches: Patches, choose: Callable[[KeySets], str]) -> None:
    """The customer ingress serves the PEM that is chosen."""

    def around(original: Any) -> Any:
        def customer(self: Parts) -> Any:
            chosen = choose(self.settings.key_sets)
            with Patches() as inner:
                inner.wrap(assembly, "CustomerIngress", lambda made: partial(_published, made, chosen))
                return original(self)

        return customer

    patches.wrap(Parts, "customer", around)


def _published(ingress: Any, pem: str, *, public_pem: str, **given: Any) -> Any:
    return ingress(public_pem=pem, **given)


@mutant(
    "signature-not-checked",
    breaks="G-03 D-02",
    killed_by="forged-contexts-refused old-key-is-the-rollback",
)
def signature_not_checked(patches: Patches) -> None:
    """The signature of a token is not checked, only whether it can be read."""
    patches.replace(tokens, "_is_signed_by", lambda *_: True)


@mutant("remembers-dropped-keys", breaks="D-04", killed_by="old-environment-loses")
def remembers_dropped_keys(patches: Patches) -> None:
    """Key sets of earlier boots stay in a cache, so that a dropped key goes on working."""
    known: dict[str, KeySet] = {}

    def around(original: Any) -> Any:
        def of(cls: type[KeySets], *given: Any, **named: Any) -> KeySets:
            made: KeySets = original.__func__(cls, *given, **named)
            known.update((each.fingerprint, each) for each in made.loaded)
            kept = tuple(each for name, each in known.items() if name not in made.fingerprints)
            return KeySets(made.loaded + kept, (), made.configured_consent)

        return classmethod(of)

    patches.wrap(KeySets, "of", around)


@mutant("five-sets-loaded", breaks="D-05 G-25", killed_by="fifth-set-forgotten")
def five_sets_loaded(patches: Patches) -> None:
    """Five key sets are loaded, not four."""
    patches.replace(sets, "REMEMBERED", 5)


@mutant("three-sets-loaded", breaks="D-05", killed_by="fifth-set-forgotten")
def three_sets_loaded(patches: Patches) -> None:
    """Three key sets are loaded, not four."""
    patches.replace(sets, "REMEMBERED", 3)


@mutant("forgotten-called-invalid", breaks="D-05", killed_by="fifth-set-forgotten")
def forgotten_called_invalid(patches: Patches) -> None:
    """A token of a forgotten key is refused like a forgery, so that nobody learns what to move."""
    patches.replace(ForgottenKey, "code", SignatureInvalid.code)


@mutant("sessions-of-one-boot", breaks="G-11", killed_by="old-tokens-verify")
def sessions_of_one_boot(patches: Patches) -> None:
    """The keys of sessions are random at each start, so that every cutover logs everybody out."""
    _derive_sessions(patches, lambda _: secrets.token_bytes(48))


@mutant("sessions-of-no-key", breaks="G-12", killed_by="key-lists-show")
def sessions_of_no_key(patches: Patches) -> None:
    """The keys of sessions hang on a constant instead of on JWT_ECDSA_KEY."""
    _derive_sessions(patches, lambda label: derive(b"session", label, 48))


def _derive_sessions(patches: Patches, make: Any) -> None:
    patches.wrap(
        sets,
        "derive",
        lambda original: (
            lambda secret, label, size: make(label) if label.endswith("SESSION_KEY") else original(secret, label, size)
        ),
    )


@mutant("tokens-of-one-provider", breaks="G-11", killed_by="old-tokens-verify")
def tokens_of_one_provider(patches: Patches) -> None:
    """The HMAC key of nonces and download keys is bound to the KMS provider."""

    def around(original: Any) -> Any:
        def init(self: Contexts, **given: Any) -> None:
            provider = given["keyring"].label.provider
            for each in given["key_sets"].loaded:
                object.__setattr__(each, "hmac_nonce", derive(each.signing_key.scalar, f"HMAC {provider}", 48))
            original(self, **given)

        return init

    patches.wrap(Contexts, "__init__", around)


@mutant("expired-called-invalid", breaks="G-11", killed_by="age-told-apart")
def expired_called_invalid(patches: Patches) -> None:
    """An expired token is tried against every key and then refused like a forgery, which sends people to the keys."""
    patches.replace(TokenExpired, "code", SignatureInvalid.code)


@mutant("leeway-of-a-day", breaks="G-11", killed_by="age-told-apart")
def leeway_of_a_day(patches: Patches) -> None:
    """A generous leeway for clocks accepts tokens for a day after their end."""
    patches.wrap(tokens, "_check_time", lambda original: lambda claims, now: original(claims, now - DAY_S))


@mutant("odd-key-ends-the-loop", breaks="G-12", killed_by="key-lists-show")
def odd_key_ends_the_loop(patches: Patches) -> None:
    """Any curve is taken into the list, and the loop that verifies dies at a key that is not P-384."""
    prepared = ECAlgorithm(ECAlgorithm.SHA384, ec.SECP384R1)

    def lenient(original: Any) -> Any:
        def read(item: str) -> SigningKey:
            try:
                made: SigningKey = original(item)
            except NotASigningKey as refused:
                if "curve" not in str(refused):
                    raise
                key: Any = serialization.load_pem_private_key(strict_base64.decode(item), password=None)
                return SigningKey.of(key)
            return made

        return read

    def looping(original: Any) -> Any:
        def is_signed_by(loaded: Sequence[KeySet], purpose: Any, signed: bytes, mac: bytes) -> bool:
            for each in loaded:
                try:
                    prepared.prepare_key(each.signing_key.public_pem)
                except jwt.InvalidTokenError:  # what is raised for another curve is no kind of this
                    continue
                if original((each,), purpose, signed, mac):
                    return True
            return False

        return is_signed_by

    patches.wrap(keys, "read_item", lenient)
    patches.wrap(tokens, "_is_signed_by", looping)


@mutant("kind-not-checked", breaks="G-03", killed_by="forged-contexts-refused")
def kind_not_checked(patches: Patches) -> None:
    """A token of one kind passes for another: a nonce, a download key or a session where a context belongs."""
    patches.wrap(
        tokens,
        "_claims",
        lambda original: lambda body: {name: value for name, value in original(body).items() if name != "kind"},
    )
    patches.replace(tokens, "_KINDS", {})


@mutant("context-of-another-request-opens", breaks="G-03", killed_by="forged-contexts-refused")
def context_of_another_request_opens(patches: Patches) -> None:
    """Whose request a context belongs to is not compared with the request that asks."""

    def verify(self: Contexts, token: str, *, request_id: str) -> Context:
        claims = tokens.verify(self._key_sets, token, purpose=tokens.Purpose.CONTEXT, now=self._clock.now())
        found = str(claims["requestId"])
        return Context(found, str(claims["coreIdentifier"]), *contexts._wrapped_in(claims))  # noqa: SLF001

    patches.replace(Contexts, "verify", verify)


@mutant("download-keys-born-expired", breaks="G-16", killed_by="happy-state roads-open-before")
def download_keys_born_expired(patches: Patches) -> None:
    """The lifetime of a download key is read in milliseconds: it has expired when it is used."""
    patches.replace(contexts, "DOWNLOAD_KEY_S", 0)


@mutant("exchange-names-another-key", breaks="G-20", killed_by="new-work-on-every-road")
def exchange_names_another_key(patches: Patches) -> None:
    """The browser is told the public key of the first entry, and its answer is sealed under the last one's."""

    def around(original: Any) -> Any:
        async def rewrap(self: Sessions, **given: Any) -> dict[str, object]:
            told: dict[str, object] = await original(self, **given)
            cek = await self._contexts.open_(given["context"], request_id=given["request_id"])
            last = self._key_sets.loaded[-1].ecdh_private
            sealed = exchange.rewrap_for_session(last, given["browser_public"], cek, random=self._random)
            return {**told, "decryptionContext": sealed["decryptionContext"]}

        return rewrap

    patches.wrap(Sessions, "rewrap", around)
