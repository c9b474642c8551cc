"""What the operator, the gateway's life and the KMS do to a world, and what must be refused whatever they did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from harness.explore.action import Action
from harness.explore.oracle import GONE, Oracle
from harness.explore.rule import Rule, Words, taken, unknown, unknown_request
from harness.explore.situation import edited

WRONG_VARIABLES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "hybrid": "KMS_PROVIDER",
        "misspelt": "KMS_PROVIDER",
        "no-keys": "JWT_ECDSA_KEY",
        "empty-item": "JWT_ECDSA_KEY",
        "wrong-curve": "JWT_ECDSA_KEY",
        "no-arn": "AWS_KMS_KEY_ARN",
        "malformed-arn": "AWS_KMS_KEY_ARN",
    }
)
"""Which variable a refused start must name."""


def _gone(oracle: Oracle, words: Words) -> str:
    return GONE if oracle.live is None else ""


# -- what hangs on no request --------------------------------------------------------------------------------------


def _connect(oracle: Oracle, words: Words) -> None:
    versions = sum(name.startswith(f"integration/{words[0]}-") for name in oracle.made)
    oracle.make("integration", f"{words[0]}-{versions + 1}")


def _borrowing(oracle: Oracle, words: Words) -> str:
    _, lender = words
    return _gone(oracle, words) or oracle.cause_of_verifying(oracle.context(lender)) or "context_mismatch"


def _lending(oracle: Oracle, words: Words) -> str:
    if words[0] == words[1]:
        return "a request does not borrow from itself"
    return unknown_request(oracle, words) or unknown_request(oracle, words, 1)


def _damage(oracle: Oracle, words: Words) -> None:
    name = f"file/{words[0]}"
    oracle.made[name] = replace(oracle.made[name], is_damaged=True)


def _undamaged(oracle: Oracle, words: Words) -> str:
    """A second flip of the same bit would mend it."""
    name = f"file/{words[0]}"
    return unknown(oracle, "file", words[0]) or "the file is damaged already" * oracle.made[name].is_damaged


# -- the gateway's life --------------------------------------------------------------------------------------------


def _lives(oracle: Oracle, words: Words) -> str:
    return "" if oracle.live is not None else "no gateway lives"


def _is_stopped(oracle: Oracle, words: Words) -> str:
    return "" if oracle.live is None else "a gateway lives already; stop it first"


def _starting(verb: str) -> Rule:
    """Stop what lives, edit the environment as the verb says, start."""

    def expected(oracle: Oracle, words: Words) -> str:
        return oracle.cause_of_starting(edited(oracle.configuration, Action(verb, words)))

    return Rule(effect=lambda oracle, words: oracle.started(), expected=expected)


def _no_way_back(oracle: Oracle, words: Words) -> str:
    return "" if oracle.configuration.provider == "AWS" else "there is nothing to roll back: the provider is local"


def _no_way_on(oracle: Oracle, words: Words) -> str:
    if oracle.configuration.provider == "AWS" or oracle.configuration.kms_key is None:
        return "there is nothing to roll forward to: cut over first"
    return ""


# -- the KMS -------------------------------------------------------------------------------------------------------


def _permit(oracle: Oracle, words: Words) -> None:
    oracle.kms = replace(oracle.kms, denied=oracle.kms.denied - {f"kms:{words[0]}"})
    oracle.look()


def _deny(oracle: Oracle, words: Words) -> None:
    oracle.kms = replace(oracle.kms, denied=oracle.kms.denied | {f"kms:{words[0]}"})
    oracle.look()


def _credentials(*, present: bool) -> Rule:
    def effect(oracle: Oracle, words: Words) -> None:
        oracle.kms = replace(oracle.kms, credentials=present)
        oracle.look()

    def objection(oracle: Oracle, words: Words) -> str:
        if oracle.trouble:
            return "the KMS is in trouble; recover first"
        return f"credentials are {'there' if present else 'lost'} already" * (oracle.kms.credentials is present)

    return Rule(effect=effect, objection=objection)


def _trouble(oracle: Oracle, words: Words) -> None:
    oracle.trouble = words[0] if words else ""
    oracle.look()


def _untroubled(oracle: Oracle, words: Words) -> str:
    if not oracle.kms.credentials:
        return "credentials are lost; restore them first"
    return f"the KMS is {oracle.trouble} already" * bool(oracle.trouble)


def _state(*, before: tuple[str, ...], after: str) -> Rule:
    """A change of a key's state, from the states in which AWS allows it."""

    def effect(oracle: Oracle, words: Words) -> None:
        oracle.kms = replace(oracle.kms, states={**oracle.kms.states, words[0]: after})
        oracle.look()

    def objection(oracle: Oracle, words: Words) -> str:
        state = oracle.kms.states.get(words[0], "Enabled")
        return f"the key {words[0]} is {state}" * (state not in before)

    return Rule(effect=effect, objection=objection)


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "connect": Rule(effect=_connect, expected=lambda oracle, words: oracle.cause_of_making()),
        "login": Rule(
            effect=lambda oracle, words: oracle.make("session", words[0]),
            expected=_gone,
            objection=lambda oracle, words: taken(oracle, "session", words[0]),
        ),
        "consent": Rule(
            effect=lambda oracle, words: oracle.make("consent_identifier", words[0]),
            expected=_gone,
            objection=lambda oracle, words: taken(oracle, "consent_identifier", words[0]),
        ),
        "borrow": Rule(expected=_borrowing, objection=_lending),
        "knock": Rule(expected=lambda oracle, words: _gone(oracle, words) or "not_authenticated"),
        "ask-nobody": Rule(expected=lambda oracle, words: _gone(oracle, words) or "not_found"),
        "damage": Rule(effect=_damage, objection=_undamaged),
        "provider": Rule(),
        "kms-key": Rule(),
        "keys": Rule(),
        "switch": Rule(),
        "start": replace(_starting("start"), objection=_is_stopped),
        "stop": Rule(objection=_lives),
        "restart": replace(_starting("restart"), objection=_lives),
        "crash": Rule(objection=_lives),
        "start-wrong": Rule(
            expected=lambda oracle, words: f"refused {WRONG_VARIABLES[words[0]]}", objection=_is_stopped
        ),
        "cut-over": _starting("cut-over"),
        "roll-back": replace(_starting("roll-back"), objection=_no_way_back),
        "roll-forward": replace(_starting("roll-forward"), objection=_no_way_on),
        "deny": Rule(effect=_deny),
        "allow": Rule(effect=_permit),
        "lose-credentials": _credentials(present=False),
        "restore-credentials": _credentials(present=True),
        "disable": _state(before=("Enabled",), after="Disabled"),
        "enable": _state(before=("Disabled",), after="Enabled"),
        "schedule-deletion": _state(before=("Enabled", "Disabled"), after="PendingDeletion"),
        "cancel-deletion": _state(before=("PendingDeletion",), after="Disabled"),
        "rotate-material": _state(before=("Enabled",), after="Enabled"),
        "trouble": Rule(effect=_trouble, objection=_untroubled),
        "recover": Rule(
            effect=_trouble,
            objection=lambda oracle, words: "" if oracle.trouble else "the KMS is in no trouble",
        ),
    }
)

ENDING: Final = frozenset({"stop", "crash", "restart", "cut-over", "roll-back", "roll-forward"})
"""What ends the live gateway before anything else."""
