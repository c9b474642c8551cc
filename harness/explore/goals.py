"""What an exploration must have reached, or it has shown nothing: the declared list, as short sentences."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Final

from harness.explore.action import DENIABLE, TROUBLES, WRONG_STARTS
from harness.model import SIGNED, WRAPPED
from harness.rehearsal.seed import IN_FLIGHT

Goal = tuple[str, ...]
"""A family, then what tells its goals apart; a sentence when its parts are joined."""

ERAS: Final = ("L(old)", "L(new)", "A")
SIGNERS: Final = ("old", "new")
PROVIDERS: Final = ("local", "AWS")

CAUSES: Final = (
    "wrong_provider",
    "unknown_key",
    "forgotten_key",
    "tampered",
    "context_mismatch",
    "signature_invalid",
    "token_expired",
    "kms_access_denied",
    "kms_key_disabled",
    "kms_key_pending_deletion",
    "kms_key_not_found",
    "kms_invalid_key_usage",
    "kms_incorrect_key",
    "kms_throttled",
    "kms_unreachable",
    "kms_credentials",
    "kms_internal",
    "not_authenticated",
    "not_found",
    "conflict",
    "connection_refused",
)
"""All of interface.md but `bad_request` and `too_large`, which no state of a world brings about."""

LOSSES: Final = (
    *(f"{action} denied" for action in DENIABLE),
    "credentials lost",
    "key disabled",
    "key pending deletion",
    "key absent",
    "key of another use",
    "key of another region",
    "key replaced",
    *TROUBLES,
)
KINDS: Final = ("making a key", "opening a context", "starting")
PREFIXES: Final = ("switched", "stopped", "refused", "crashed", "started", "worked")
PLACES: Final = ("first", "second", "later", "fifth or later", "nowhere")


def goals() -> tuple[Goal, ...]:
    """Every goal, family by family."""
    return tuple(dict.fromkeys((*_steps(), *_causes(), *_losses(), *_lives(), *_lists(), *_sights(), *_turns())))


def sentence(goal: Goal) -> str:
    """As a person reads it."""
    return f"{goal[0]}: {', '.join(goal[1:])}"


def _steps() -> Iterator[Goal]:
    for status, era, ending in product(IN_FLIGHT, ERAS, ("done", "refused")):
        yield "next step", status, era, ending
    for verb in ("enrich", "answer", "confirm"):
        yield "paused", verb, "refused"
    for verb in ("approve", "cancel", "upload", "submit"):
        yield "paused", verb, "done"
    for one, other in (("L(old)", "A"), ("A", "L(old)"), ("L(old)", "L(new)")):
        yield "resubmitted", one, other


def _causes() -> Iterator[Goal]:
    return (("cause", cause) for cause in CAUSES)


def _losses() -> Iterator[Goal]:
    for loss, kind in product(LOSSES, KINDS):
        yield "loss", loss, kind


def _lives() -> Iterator[Goal]:
    for prefix in PREFIXES:
        yield "roll back", prefix
    yield "roll forward", "once"
    for number in ("second", "third"):
        yield "roll back", f"for the {number} time"
    for kind in WRONG_STARTS:
        yield "start refused", kind
    yield "start refused", "self test denied"
    for provider in PROVIDERS:
        yield "crash", provider
        yield "crash", provider, "with requests in flight"
        yield "start after a crash", provider
    for edit in ("keys", "provider", "kms-key", "switch"):
        yield "edited without a restart", edit


def _lists() -> Iterator[Goal]:
    for provider, count in product(PROVIDERS, ("1", "2", "3", "4", "5 or more")):
        yield "start with keys", provider, count
    for provider, place in product(PROVIDERS, PLACES):
        yield "start with the old key", provider, place
    yield "old key", "dropped, then listed again"


def _sights() -> Iterator[Goal]:
    """Each class under each provider, readable and refused; what one provider wrapped never opens under the other."""
    endings = ("readable", "refused")
    for kind, era, provider, ending in product(WRAPPED, ERAS, PROVIDERS, endings):
        if ending == "refused" or (era[0] == "L") == (provider == "local"):
            yield "seen", kind, era, provider, ending
    for kind, signer, provider, ending in product((*SIGNED, "webhook_token"), SIGNERS, PROVIDERS, endings):
        yield "seen", kind, signer, provider, ending
    for signer, provider in product(SIGNERS, PROVIDERS):
        for word in ("a look-up hits", "a look-up misses", "refused"):
            yield "seen", "consent_identifier", signer, provider, word
    for provider in PROVIDERS:
        yield "seen", "consent_identifier", "own key", provider, "a look-up hits"


def _turns() -> Iterator[Goal]:
    """What heals must open again; what was rotated must go on opening."""
    for healed in ("Decrypt allowed", "credentials restored", "key enabled", "KMS recovered", "key material rotated"):
        yield "opens again", healed
    yield "rotated before the stop", "L(new) at the cutover"
    yield "rolled back without the new key", "L(new) refused"
