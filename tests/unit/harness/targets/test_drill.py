"""The drill's adapter opens what its own key wrapped, and says why it opens nothing else."""

from __future__ import annotations

import asyncio
import os

import pytest

from fake_sombra.errors import KmsIncorrectKey, Refusal, Tampered, WrongProvider
from fake_sombra.keyring import Keyring, WrapLabel
from harness.drill import PROVIDER
from harness.targets.drill import DrillKeyring

OURS, LOCAL = WrapLabel(PROVIDER, "key-1"), WrapLabel("local", "0123456789abcdef")


def keyring(key: str = "key-1") -> Keyring:
    return DrillKeyring(key, random=os.urandom)


def _refused(ciphertext: bytes, *, label: WrapLabel | None, under: str = "key-1") -> type[Refusal]:
    with pytest.raises(Refusal) as refused:
        asyncio.run(keyring(under).unwrap(ciphertext, label=label))
    return type(refused.value)


def test_another_boot_under_the_same_key_opens_what_was_wrapped() -> None:
    made = asyncio.run(keyring().generate())

    assert (len(made.plaintext), len(made.wrapped.ciphertext), made.wrapped.label) == (32, 60, OURS)
    assert asyncio.run(keyring().unwrap(made.wrapped.ciphertext, label=None)) == made.plaintext
    asyncio.run(keyring().self_test())


def test_a_refusal_names_its_cause() -> None:
    wrapped = asyncio.run(keyring().generate()).wrapped.ciphertext
    damaged = bytes([wrapped[0] ^ 1]) + wrapped[1:]

    assert _refused(damaged, label=OURS) is Tampered
    assert _refused(damaged, label=None) is Tampered
    assert _refused(wrapped, label=OURS, under="key-2") is KmsIncorrectKey
    assert _refused(bytes(40), label=LOCAL) is WrongProvider
    assert _refused(bytes(40), label=None) is WrongProvider
    assert _refused(b"", label=OURS) is Tampered


def test_a_label_never_opens_anything_and_never_keeps_anything_shut() -> None:
    wrapped = asyncio.run(keyring().generate()).wrapped.ciphertext

    assert asyncio.run(keyring().unwrap(wrapped, label=LOCAL))
    assert _refused(wrapped[:-1], label=OURS) is Tampered


def test_what_is_no_key_inside_is_not_taken_for_one() -> None:
    adapter = DrillKeyring("key-1", random=lambda size: bytes(16 if size == 32 else size))

    short = asyncio.run(adapter.generate()).wrapped.ciphertext

    assert _refused(short, label=OURS) is Tampered
