"""Wycheproof's vectors against what is ours: each is really tried, and what disagrees is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from fake_sombra.crypto import cipher, derive
from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.crypto.signing_key import SigningKey
from fake_sombra.errors import Tampered
from fake_sombra.keyring import CEK_SIZE
from fake_sombra.keyring.local import LocalKeyring
from harness.rehearsal import receiver

FOLDER = Path(__file__).with_name("vectors")
_CHUNK = 7
Vector = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many vectors a file plans, how many were tried, and the numbers of those we disagree with."""

    planned: int
    executed: int
    disagreements: tuple[int, ...]


def run(name: str) -> Outcome:
    """Try every vector of a file."""
    document = json.loads((FOLDER / name).read_text("utf-8"))
    tried = [(int(test["tcId"]), agrees) for test, agrees in TRIALS[name](document["testGroups"])]
    return Outcome(document["numberOfTests"], len(tried), tuple(number for number, agrees in tried if not agrees))


def _bytes(test: Vector, *names: str) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(test[name]) for name in names)


def _result(act: Callable[[], bytes]) -> bytes | None:
    """What came out, or None for our own refusal; any other error is a failure of ours."""
    try:
        return act()
    except Tampered:
        return None


def _gcm(groups: list[Vector]) -> Iterator[tuple[Vector, bool]]:
    for group in groups:
        for test in group["tests"]:
            key, iv, plain, sealed, tag = _bytes(test, "key", "iv", "msg", "ct", "tag")
            fits = len(iv) == cipher.IV_SIZE  # Sombra writes no other
            wanted = plain if fits and test["result"] == "valid" else None
            seen = [
                _result(lambda: cipher.open_(key, cipher.Sealed(iv, sealed, tag))),  # noqa: B023  called at once
                _result(lambda: _in_chunks(key, iv, sealed, tag)),  # noqa: B023  as above
            ]
            if fits:
                seen.append(_result(lambda: cipher.unpack(key, iv + sealed + tag)))  # noqa: B023  as above
            made = _sealed(key, iv, plain) if wanted is not None else (sealed, tag)
            yield test, all(each == wanted for each in seen) and made == (sealed, tag)


def _in_chunks(key: bytes, iv: bytes, sealed: bytes, tag: bytes) -> bytes:
    opening = cipher.Decryptor(key, iv, tag=tag)
    plain = b"".join(opening.update(sealed[at : at + _CHUNK]) for at in range(0, len(sealed), _CHUNK))
    opening.finish()
    return plain


def _sealed(key: bytes, iv: bytes, plain: bytes) -> tuple[bytes, bytes]:
    """Sealed whole and in chunks, which must be the same."""
    whole = cipher.seal(key, plain, random=lambda size: iv)
    sealing = cipher.Encryptor(key, iv)
    parts = b"".join(sealing.update(plain[at : at + _CHUNK]) for at in range(0, len(plain), _CHUNK))
    return (whole.ciphertext, whole.tag) if (parts, sealing.finish()) == (whole.ciphertext, whole.tag) else (b"", b"")


def _wrap(groups: list[Vector]) -> Iterator[tuple[Vector, bool]]:
    for group in groups:
        for test in group["tests"]:
            kek, plain, wrapped = _bytes(test, "key", "msg", "ct")
            keyring = _keyring(kek, plain)
            is_ours = test["result"] == "valid" and len(plain) == CEK_SIZE  # a right wrap of something else is no CEK
            opened = _awaited_or_refused(keyring.unwrap(wrapped, label=keyring.label))
            made = _awaited_or_refused(_wrapped(keyring)) if is_ours else wrapped
            yield test, opened == (plain if is_ours else None) and made == wrapped


def _keyring(kek: bytes, plain: bytes) -> LocalKeyring:
    """A Local KMS of one key set, whose derived key is the vector's."""
    loaded = replace(_any_sets().first, kek=kek)
    return LocalKeyring(KeySets((loaded,)), random=lambda size: plain)


@cache
def _any_sets() -> KeySets:
    return KeySets.of([SigningKey.of(ec.generate_private_key(ec.SECP384R1()))])


async def _wrapped(keyring: LocalKeyring) -> bytes:
    return (await keyring.generate()).wrapped.ciphertext


def _awaited_or_refused(work: Any) -> bytes | None:
    """Local KMS waits for nothing, so its coroutines end at the first step."""
    try:
        work.send(None)
    except StopIteration as ended:
        value: bytes = ended.value
        return value
    except Tampered:
        return None
    raise AssertionError("Local KMS waited for something")


def _hkdf(groups: list[Vector]) -> Iterator[tuple[Vector, bool]]:
    for group in groups:
        for test in group["tests"]:
            secret, label, wanted = _bytes(test, "ikm", "info", "okm")
            yield test, derive.derive(secret, label.decode(), test["size"]) == wanted


def _ecdsa(groups: list[Vector]) -> Iterator[tuple[Vector, bool]]:
    for group in groups:
        for test in group["tests"]:
            signed, signature = _bytes(test, "msg", "sig")
            fits = receiver.fits(group["publicKeyPem"].encode(), signed, signature)
            yield test, fits == (test["result"] == "valid")


TRIALS: Mapping[str, Callable[[list[Vector]], Iterator[tuple[Vector, bool]]]] = {
    "aes_gcm.json": _gcm,
    "aes_wrap.json": _wrap,
    "hkdf_sha384.json": _hkdf,
    "ecdsa_p384_sha384.json": _ecdsa,
}
