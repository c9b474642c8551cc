"""What can be done to a world, as one line of words each: the language of scenario files and of the explorer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from harness.rehearsal.seed import STATUSES

KMS_KEYS: Final = ("x", "y", "signing", "absent")
"""Two keys, one that is made for signatures, and one that was never made."""

DENIABLE: Final = ("Encrypt", "Decrypt", "GenerateRandom")
TROUBLES: Final = ("throttled", "unreachable", "internal")
WRONG_STARTS: Final = ("hybrid", "misspelt", "no-keys", "empty-item", "wrong-curve", "no-arn", "malformed-arn")
SWITCHES: Final = ("throw", "ahead", "own-consent", "elsewhere")
"""Parts of the environment that are on or off: AWS_KMS_THROW_PERMISSIONS_ERRORS, a clock two hours ahead, a consent
key of its own, another AWS_REGION than the key's."""

_NAMED: Final = re.compile(r"[a-z]+[0-9]{1,4}")
_KEYS: Final = re.compile(r"k[0-9]{1,2}(,k[0-9]{1,2})*")

_WORDS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "STATUS": STATUSES,
        "KMS": KMS_KEYS,
        "SWITCH": SWITCHES,
        "ON": ("on", "off"),
        "ACTION": DENIABLE,
        "TROUBLE": TROUBLES,
        "WRONG": WRONG_STARTS,
        "AUDIENCE": ("data_subject", "employee"),
        "PROVIDER": ("local", "AWS"),
    }
)

GRAMMAR: Final[Mapping[str, str]] = MappingProxyType(
    {
        # a request's life; r1, n1, f1, d1 are names of requests, nonces, files and download keys
        "submit": "REQUEST",
        "resubmit": "REQUEST",
        "webhook": "NONCE REQUEST",
        "upload": "FILE NONCE",
        "answer": "FILE NONCE",
        "list": "DOWNLOAD FILE",
        "download": "DOWNLOAD",
        "enrich": "NONCE",
        "confirm": "NONCE",
        "open": "REQUEST",
        "resume": "REQUEST",
        "approve": "REQUEST",
        "cancel": "REQUEST",
        "move": "REQUEST STATUS",
        "pause": "",
        "unpause": "",
        # what hangs on no request
        "connect": "INTEGRATION",
        "login": "SESSION AUDIENCE",
        "consent": "IDENTIFIER",
        # what must be refused, whatever the configuration
        "borrow": "REQUEST REQUEST",
        "knock": "",
        "ask-nobody": "",
        "damage": "FILE",
        # the operator's environment, which counts from the next start
        "provider": "PROVIDER",
        "kms-key": "KMS",
        "keys": "KEYS",
        "switch": "SWITCH ON",
        # the gateway's life
        "start": "",
        "stop": "",
        "restart": "",
        "crash": "",
        "start-wrong": "WRONG",
        "cut-over": "KMS",
        "roll-back": "",
        "roll-forward": "",
        # the KMS
        "deny": "ACTION",
        "allow": "ACTION",
        "lose-credentials": "",
        "restore-credentials": "",
        "disable": "KMS",
        "enable": "KMS",
        "schedule-deletion": "KMS",
        "cancel-deletion": "KMS",
        "rotate-material": "KMS",
        "trouble": "TROUBLE",
        "recover": "",
    }
)
"""Every verb and what it takes."""


class BadAction(ValueError):
    """A line that says nothing that can be done; the text says why."""


@dataclass(frozen=True, slots=True)
class Action:
    """A verb and its words; `str` is the line of a scenario file."""

    verb: str
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join((self.verb, *self.words))

    @classmethod
    def parse(cls, line: str) -> Action:
        """Read one line; raises `BadAction`."""
        verb, *words = line.split()
        grammar = GRAMMAR.get(verb)
        if grammar is None:
            raise BadAction(f"there is no action {_shown(verb)}; there are {', '.join(GRAMMAR)}")
        wanted = grammar.split()
        if len(words) != len(wanted):
            takes = grammar or "nothing"
            raise BadAction(f"{verb} takes {takes}, and was given {len(words)} words")
        for kind, word in zip(wanted, words, strict=True):
            _check(verb, kind, word)
        return cls(verb, tuple(words))


def _check(verb: str, kind: str, word: str) -> None:
    known = _WORDS.get(kind)
    if known is not None and word not in known:
        raise BadAction(f"{verb} takes one of {', '.join(known)}, not {_shown(word)}")
    if known is None and not (_KEYS if kind == "KEYS" else _NAMED).fullmatch(word):
        shape = "signing keys such as k2,k1" if kind == "KEYS" else "a name such as r1"
        raise BadAction(f"{verb} takes {shape}, not {_shown(word)}")


def _shown(word: str) -> str:
    return repr(word[:40])
