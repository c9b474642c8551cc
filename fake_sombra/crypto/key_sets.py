"""Which key sets a boot remembers: the first four of the list; later ones are known only as forgotten (D-05)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from fake_sombra.crypto.derive import KeySet, key_set
from fake_sombra.crypto.signing_key import SigningKey

REMEMBERED = 4


@dataclass(frozen=True, slots=True)
class KeySets:
    """Loaded sets, newest first (1 to 4), and those whose only use is to name a cause."""

    loaded: tuple[KeySet, ...]
    forgotten: tuple[KeySet, ...] = ()
    own_consent_keys: tuple[bytes, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, signing_keys: Sequence[SigningKey], *, consent_keys: tuple[bytes, ...] = ()) -> KeySets:
        """Derive every set of a list in its order; at least one key is needed.

        `consent_keys` (64 bytes each) stand in for the derived ones (CONSENT_IDENTIFIER_ENCRYPTION_KEY).
        """
        sets = tuple(key_set(each) for each in signing_keys)
        return cls(sets[:REMEMBERED], sets[REMEMBERED:], consent_keys)

    @property
    def consent_keys(self) -> tuple[bytes, ...]:
        """Keys for consent identifiers, first is current."""
        return self.own_consent_keys or tuple(each.consent for each in self.loaded)

    @property
    def first(self) -> KeySet:
        """The set that signs and, under Local, wraps."""
        return self.loaded[0]

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """Fingerprints of the loaded sets, in order."""
        return tuple(each.fingerprint for each in self.loaded)
