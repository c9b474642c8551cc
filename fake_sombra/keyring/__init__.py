"""What every KMS provider must be able to do; a further provider is one more module here (G-26)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from fake_sombra.startup.reading import Reader

CEK_SIZE = 32
CANARY_SIZE = 16


@dataclass(frozen=True, slots=True)
class WrapLabel:
    """Who wrapped a key, as its context says. It may name a cause; it never decides a verdict."""

    provider: str
    key: str


@dataclass(frozen=True, slots=True)
class WrappedKey:
    """A content encryption key under the provider's key (`ciphertext`), and who wrapped it."""

    ciphertext: bytes
    label: WrapLabel


@dataclass(frozen=True, slots=True)
class DataKey:
    """A fresh 32-byte key in both forms; the plaintext half has no repr."""

    plaintext: bytes
    wrapped: WrappedKey

    def __repr__(self) -> str:
        return f"DataKey({self.wrapped.label!r})"


class Keyring(Protocol):
    """The one KMS provider of a boot."""

    @property
    def label(self) -> WrapLabel:
        """The label every key wrapped from now on carries."""
        ...

    async def generate(self) -> DataKey:
        """Make and wrap 32 random bytes; raises a `Refusal`."""
        ...

    async def wrap(self, plaintext: bytes) -> WrappedKey:
        """Wrap a key that is known already under the key every new one is wrapped by; raises a `Refusal`."""
        ...

    async def unwrap(self, ciphertext: bytes, *, label: WrapLabel | None) -> bytes:
        """Open a wrapped key by really trying; the label only helps to name the cause of a refusal."""
        ...

    async def self_test(self) -> None:
        """Wrap and unwrap a 16-byte canary (told apart from a CEK by its length); raises a `Refusal`."""
        ...

    def close(self) -> None:
        """Let go of what was opened."""
        ...


class FurtherSettings(Protocol):
    """What the environment says about a provider that does not ship: its settings class opens its own adapter."""

    def keyring(self, *, random: Callable[[int], bytes]) -> Keyring:
        """The adapter of this boot."""
        ...


FurtherProviders = Mapping[str, Callable[[Reader], FurtherSettings]]
"""Settings classes by the spelling of KMS_PROVIDER; what one cannot use it refuses through the reader."""
