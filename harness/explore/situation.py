"""What the oracle remembers of a world: the operator's configuration, the live gateway, requests, what was made."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from harness.explore.action import Action
from harness.model import Boot, Era

OLD: Final = "k1"
"""The signing key that every explored world begins with: its Local wraps are the era L(old)."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """The environment as the operator has it now; a gateway sees it at its start and never again (G-14)."""

    provider: str = "local"
    keys: tuple[str, ...] = (OLD,)
    kms_key: str | None = None
    switches: frozenset[str] = frozenset()

    def boot(self) -> Boot:
        """What the reference model makes of a gateway that starts with it."""
        consent = ("consent",) if "own-consent" in self.switches else ()
        return Boot(self.provider, self.keys, self.kms_key if self.provider == "AWS" else None, consent)


def edited(configuration: Configuration, action: Action) -> Configuration:
    """The configuration after an action; the same one where the action edits none."""
    edit = EDITS.get(action.verb)
    return configuration if edit is None else edit(configuration, action.words)


def _provider(configuration: Configuration, words: tuple[str, ...]) -> Configuration:
    kms_key = configuration.kms_key or ("x" if words[0] == "AWS" else None)
    return replace(configuration, provider=words[0], kms_key=kms_key)


def _switch(configuration: Configuration, words: tuple[str, ...]) -> Configuration:
    name, state = words
    others = configuration.switches - {name}
    return replace(configuration, switches=others | {name} if state == "on" else others)


EDITS: Final[Mapping[str, Callable[[Configuration, tuple[str, ...]], Configuration]]] = MappingProxyType(
    {
        "provider": _provider,
        "kms-key": lambda now, words: replace(now, kms_key=words[0]),
        "keys": lambda now, words: replace(now, keys=tuple(words[0].split(","))),
        "switch": _switch,
        "cut-over": lambda now, words: replace(now, provider="AWS", kms_key=words[0]),
        "roll-back": lambda now, words: replace(now, provider="local"),
        "roll-forward": lambda now, words: replace(now, provider="AWS"),
    }
)


@dataclass(frozen=True, slots=True)
class Live:
    """A gateway that answers, and the configuration it was started with."""

    boot: Boot
    configuration: Configuration

    @property
    def is_ahead(self) -> bool:
        """Its clock is two hours ahead."""
        return "ahead" in self.configuration.switches


@dataclass(slots=True)
class Request:
    """Its status, the era of each context it was given, and under which of them each identifier set lies."""

    status: str
    contexts: list[Era]
    sets: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Made:
    """One artifact: its class and era; the request, context and file it hangs on; whether its clock was ahead."""

    kind: str
    era: Era
    request: str = ""
    context: int = 0
    file: str = ""
    is_ahead: bool = False
    is_damaged: bool = False
