"""The reference model: who can open what, folded from the history. No I/O, no cryptography, nothing of the fake.

An artifact was made under (wrap w, signer s). It is readable if and only if (s is none or loaded) and (w is
none, or w = L(k) with provider local and k loaded, or w = A(x) with provider AWS and key x usable)
(claims.md, "What survives what"). A further provider P is as AWS, with wraps P(x) (G-26).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from harness.history import TRUNK, Event, History

LOADED = 4  # Sombra remembers four key sets (D-05)

WRAPPED = ("file", "request", "identifier", "integration")
SIGNED = ("session", "nonce", "download_key")
CARRIERS = ("nonce", "download_key")
"""Tokens with a context inside."""
CLASSES = (*WRAPPED, *SIGNED, "webhook_token", "consent_identifier")

_STATE_CAUSES = {
    "Disabled": "kms_key_disabled",
    "PendingDeletion": "kms_key_pending_deletion",
    "Missing": "kms_key_not_found",
    "WrongUsage": "kms_invalid_key_usage",
    "WrongRegion": "kms_key_not_found",
    "WrongAccount": "kms_access_denied",
}


LOCAL = "local"
_FAMILIES = {LOCAL: "L", "AWS": "A"}
_NOT_FOUND_FIRST = frozenset({"Missing", "WrongRegion", "WrongAccount"})


@dataclass(frozen=True, slots=True)
class Era:
    """Under what an artifact was made: `wrap` is `L(<key>)`, `A(<key>)` or nothing, `signer` a fingerprint."""

    wrap: str | None
    signer: str | None

    @property
    def family(self) -> str:
        """Whose wrap it is: `L`, `A`, the name of a further provider, or nothing."""
        return (self.wrap or "").partition("(")[0]

    @property
    def wrapped_by(self) -> str:
        """The wrapping key; empty without a wrap."""
        return (self.wrap or "")[len(self.family) + 1 : -1]

    def __str__(self) -> str:
        return " ".join(part for part in (self.wrap, self.signer and f"s={self.signer}") if part)


@dataclass(frozen=True, slots=True)
class Boot:
    """What a live gateway was started with."""

    provider: str
    keys: tuple[str, ...]
    kms_key: str | None
    own_consent: tuple[str, ...] = ()

    @property
    def consent(self) -> tuple[str, ...]:
        """The keys of consent identifiers: the configured ones, or those derived from the loaded entries."""
        return self.own_consent or self.loaded

    @property
    def loaded(self) -> tuple[str, ...]:
        """The key sets that are remembered."""
        return self.keys[:LOADED]


@dataclass(frozen=True, slots=True)
class Expectation:
    """What must be seen: `cause` is empty when readable; `matches` is whether a consent look-up must hit."""

    readable: bool
    cause: str = ""
    matches: bool | None = None


@dataclass(frozen=True, slots=True)
class KmsState:
    """What the KMS would say: denied actions, and keys that are not simply usable."""

    denied: frozenset[str] = frozenset()
    states: Mapping[str, str] = field(default_factory=dict)
    credentials: bool = True


@dataclass(frozen=True, slots=True)
class State:
    """One world at one moment: live gateways, the KMS, and everything made so far."""

    live: Mapping[str, Boot] = field(default_factory=dict)
    kms: KmsState = field(default_factory=KmsState)
    artifacts: Mapping[str, tuple[str, Era]] = field(default_factory=dict)

    def serving(self) -> Boot | None:
        """The gateway that answers; the oldest one when several live."""
        return next(iter(self.live.values()), None)


def era_of(kind: str, boot: Boot) -> Era:
    """The era of an artifact made by a gateway right now."""
    wrap = None
    if kind in WRAPPED:
        wrap = f"{_family(boot.provider)}({boot.keys[0] if boot.provider == LOCAL else boot.kms_key})"
    return Era(wrap, boot.consent[0] if kind == "consent_identifier" else boot.keys[0])


def _family(provider: str) -> str:
    return _FAMILIES.get(provider, provider)


def expect(kind: str, era: Era, boot: Boot | None, kms: KmsState) -> Expectation:
    """Whether a gateway must open an artifact, and the cause it must name when it may not."""
    if boot is None:
        return Expectation(readable=False, cause="connection_refused")
    if kind == "webhook_token":
        return _refused_unless(era.signer == boot.keys[0], "signature_invalid")
    if kind == "consent_identifier":
        known = _refused_unless(era.signer in boot.consent, "unknown_key")
        return replace(known, matches=era.signer == boot.consent[0]) if known.readable else known
    if era.signer not in boot.loaded:
        forgotten = era.signer in boot.keys[LOADED:]
        return Expectation(readable=False, cause="forgotten_key" if forgotten else "signature_invalid")
    return _unwrap(era, boot, kms)


def _refused_unless(readable: bool, cause: str) -> Expectation:  # noqa: FBT001 - the condition reads as one
    return Expectation(readable, "" if readable else cause)


def _unwrap(era: Era, boot: Boot, kms: KmsState) -> Expectation:
    if era.wrap is None:
        return Expectation(readable=True)
    if boot.provider == "AWS" and not kms.credentials:
        return Expectation(readable=False, cause="kms_credentials")  # the KMS never looked at it
    if era.family != _family(boot.provider):
        return Expectation(readable=False, cause="wrong_provider")
    if boot.provider == LOCAL:
        return _refused_unless(era.wrapped_by in boot.loaded, "unknown_key")
    cause = _kms_cause(era.wrapped_by, boot, kms)
    return _refused_unless(cause == "", cause)


def _kms_cause(key: str, boot: Boot, kms: KmsState) -> str:
    """What the KMS says to a Decrypt pinned to the boot's key, which it looks up first; empty when it opens."""
    pinned = kms.states.get(boot.kms_key or "", "Enabled")
    if pinned in _NOT_FOUND_FIRST:
        return _STATE_CAUSES[pinned]
    if key != boot.kms_key:
        return "kms_incorrect_key"
    if "kms:Decrypt" in kms.denied:
        return "kms_access_denied"
    state = kms.states.get(key, "Enabled")
    return "" if state == "Enabled" else _STATE_CAUSES.get(state, "kms_internal")


def _boot(state: State, event: Event) -> State:
    if not event["accepted"]:
        return state
    boot = Boot(event["provider"], tuple(event["keys"]), event["kms_key"], tuple(event.get("consent", ())))
    return replace(state, live={**state.live, event["instance"]: boot})


def _stop(state: State, event: Event) -> State:
    return replace(state, live={name: boot for name, boot in state.live.items() if name != event["instance"]})


def _artifact(state: State, event: Event) -> State:
    boot = state.live.get(event["instance"])
    if boot is None:
        return state
    made = {**state.artifacts, event["artifact"]: (event["class"], era_of(event["class"], boot))}
    return replace(state, artifacts=made)


def _kms(state: State, event: Event) -> State:
    kms = state.kms
    match event["change"]:
        case "deny":
            kms = replace(kms, denied=kms.denied | {event["action"]})
        case "allow":
            kms = replace(kms, denied=kms.denied - {event["action"]})
        case "state":
            kms = replace(kms, states={**kms.states, event["key"]: event["state"]})
        case "credentials":
            kms = replace(kms, credentials=event["present"])
    return replace(state, kms=kms)


_STEPS = {"booted": _boot, "stopped": _stop, "artifact": _artifact, "kms-changed": _kms}


def fold(history: History) -> Iterator[tuple[Event, State]]:
    """Every event with the state of its world right after it; a fork begins as its parent stood, stopped."""
    states: dict[str, State] = {TRUNK: State()}
    for event in history:
        if event.kind == "forked":
            parent = states.get(event["parent"], State())
            states[event.world] = replace(parent, live={})
        state = states.setdefault(event.world, State())
        step = _STEPS.get(event.kind)
        if step is not None:
            state = states[event.world] = step(state, event)
        yield event, state


def judged_probes(history: History) -> Iterator[tuple[Event, Era, Expectation]]:
    """Every probe with the era of its artifact and what the model demands of it at that moment."""
    for event, state in fold(history):
        if event.kind == "probe" and event["artifact"] in state.artifacts:
            kind, era = state.artifacts[event["artifact"]]
            boot = state.live.get(event["instance"]) if event.get("instance") else state.serving()
            yield event, era, expect(kind, era, boot, state.kms)
