"""States of the reference model as numbers: a configuration's number, and a bit for each era of what was made.

Nothing of the model is written again here: which era a gateway makes and who can open it is asked of
`harness.model`, once for each configuration, and kept as masks. A property test walks both side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from harness.model import Boot, Era, Expectation, KmsState, era_of, expect

KMS_KEYS: Final = ("x", "y")
KINDS: Final = ("file", "session", "webhook_token", "consent_identifier")
"""One class of each sort: wrapped, signed, verified under the key served now, decrypted by derived keys."""

LOCAL: Final = -1
"""A provider is the place of its key in `KMS_KEYS`, or this."""

STATES: Final = ("Enabled", "Disabled", "PendingDeletion")


class Configuration(NamedTuple):
    """Everything that is not an artifact: the operator's environment, the live gateway, the KMS, the keys held.

    Signing keys are numbers, the old one 0; `live_keys` is None where no gateway lives.
    """

    provider: int
    keys: tuple[int, ...]
    live_provider: int
    live_keys: tuple[int, ...] | None
    is_denied: bool
    has_credentials: bool
    state: int
    held: int

    @property
    def boot(self) -> Boot | None:
        """The live gateway, as the model knows it."""
        return None if self.live_keys is None else boot_of(self.live_provider, self.live_keys)

    @property
    def kms(self) -> KmsState:
        """The KMS, as the model knows it; the key y is always well."""
        denied = frozenset({"kms:Decrypt"}) if self.is_denied else frozenset()
        return KmsState(denied, {"x": STATES[self.state]}, credentials=self.has_credentials)


class Move(NamedTuple):
    """An action: where it leads, which artifacts it adds, and which it keeps of those there are."""

    action: str
    target: Configuration
    adds: int = 0
    keeps: int = -1


@dataclass(frozen=True, slots=True)
class Semantics:
    """The model's two words; others may be put in their place, to see the laws fail."""

    era_of: Callable[[str, Boot], Era] = era_of
    expect: Callable[[str, Era, Boot | None, KmsState], Expectation] = expect


@dataclass(slots=True)
class Space:
    """The states that so many signing keys make possible; masks are made when first asked for."""

    keys: int = 3
    semantics: Semantics = field(default_factory=Semantics)
    eras: list[tuple[str, Era]] = field(default_factory=list)
    _bits: dict[tuple[str, Era], int] = field(default_factory=dict)
    _readable: dict[tuple[Boot | None, bool, bool, int], int] = field(default_factory=dict)
    _causes: dict[tuple[Boot | None, bool, bool, int], tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for provider in (LOCAL, *range(len(KMS_KEYS))):
            for key in range(self.keys):
                for kind in KINDS:
                    self._bit(kind, boot_of(provider, (key,)))

    @property
    def start(self) -> Configuration:
        """Today's Sombra, stopped: Local, one key, all keys that will ever be used in a safe place."""
        return Configuration(LOCAL, (0,), LOCAL, None, False, True, 0, (1 << self.keys) - 1)

    @property
    def width(self) -> int:
        """How many bits the artifacts take."""
        return len(self.eras)

    @property
    def always(self) -> int:
        """A bit that every state has, for what holds or fails whatever was made."""
        return 1 << self.width

    @property
    def everything(self) -> int:
        """Every bit a state may have."""
        return (2 << self.width) - 1

    def mask(self, wanted: Callable[[str, Era], bool]) -> int:
        """The eras for which something holds."""
        return sum(1 << place for place, each in enumerate(self.eras) if wanted(*each))

    def made_by(self, boot: Boot, kind: str) -> int:
        """The bit of what a gateway makes."""
        return self._bit(kind, boot)

    def readable(self, boot: Boot | None, configuration: Configuration, *, healthy: bool = False) -> int:
        """What a gateway opens with the KMS as it stands, or as it should be."""
        return self._seen(boot, configuration, healthy=healthy)[0]

    def causes(self, boot: Boot | None, configuration: Configuration) -> tuple[str, ...]:
        """Why each era is refused, by its place; empty for what is readable."""
        return self._seen(boot, configuration, healthy=False)[1]

    def _seen(self, boot: Boot | None, at: Configuration, *, healthy: bool) -> tuple[int, tuple[str, ...]]:
        key = (boot, False, True, 0) if healthy else (boot, at.is_denied, at.has_credentials, at.state)
        if key not in self._readable:
            kms = KmsState() if healthy else at.kms
            found = [self.semantics.expect(kind, era, boot, kms) for kind, era in self.eras]
            self._readable[key] = sum(each.readable << place for place, each in enumerate(found))
            self._causes[key] = tuple("" if each.readable else each.cause or "none" for each in found)
        return self._readable[key], self._causes[key]

    def _bit(self, kind: str, boot: Boot) -> int:
        made = (kind, self.semantics.era_of(kind, boot))
        if made not in self._bits:
            self._bits[made] = 1 << len(self.eras)
            self.eras.append(made)
        return self._bits[made]

    def moves(self, at: Configuration) -> Iterator[Move]:
        """Every action that is possible, in an order that never changes."""
        yield from self._lives(at)
        yield from (Move(action, at._replace(keys=keys)) for action, keys in _lists(at))
        for provider in (LOCAL, *range(len(KMS_KEYS))):
            if provider != at.provider:
                yield Move(f"provider {name_of(provider)}", at._replace(provider=provider))
        for key in range(self.keys):
            if at.held >> key & 1 and key not in at.keys:
                yield Move(f"destroy k{key + 1}", at._replace(held=at.held & ~(1 << key)))
        yield from _kms(at)

    def _lives(self, at: Configuration) -> Iterator[Move]:
        boot = at.boot
        if boot is None:
            yield Move("start", at._replace(live_provider=at.provider, live_keys=at.keys))
            return
        yield Move("stop", at._replace(live_provider=LOCAL, live_keys=None))
        for kind in KINDS:
            if kind == "file" and not _can_wrap(at):
                continue
            yield Move(f"make {kind}", at, adds=self.made_by(boot, kind))


def boot_of(provider: int, keys: tuple[int, ...]) -> Boot:
    """A gateway, as the model knows it."""
    names = tuple(f"k{key + 1}" for key in keys)
    return Boot("local", names, None) if provider == LOCAL else Boot("AWS", names, KMS_KEYS[provider])


def name_of(provider: int) -> str:
    """As an operator says it."""
    return "local" if provider == LOCAL else f"AWS {KMS_KEYS[provider]}"


def _can_wrap(at: Configuration) -> bool:
    if at.live_provider == LOCAL:
        return True
    return at.has_credentials and (at.live_provider != 0 or at.state == 0)


def _lists(at: Configuration) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Each way to edit the list: a held key goes first or last, a key goes out, the last one comes first."""
    keys = at.keys
    for key in range(at.held.bit_length()):
        if at.held >> key & 1 and key not in keys:
            yield f"k{key + 1} first", (key, *keys)
            yield f"k{key + 1} last", (*keys, key)
    if len(keys) > 1:
        for place, key in enumerate(keys):
            yield f"drop k{key + 1}", (*keys[:place], *keys[place + 1 :])
        yield "last first", (keys[-1], *keys[:-1])


def _kms(at: Configuration) -> Iterator[Move]:
    yield Move("allow Decrypt" if at.is_denied else "deny Decrypt", at._replace(is_denied=not at.is_denied))
    word = "lose" if at.has_credentials else "restore"
    yield Move(f"{word} credentials", at._replace(has_credentials=not at.has_credentials))
    for state, action in enumerate(("enable x", "disable x", "schedule deletion of x")):
        if state != at.state and (at.state, state) != (2, 0):  # a cancelled deletion leaves the key disabled
            yield Move(action, at._replace(state=state))
