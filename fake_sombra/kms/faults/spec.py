"""How faults are written: `Decrypt:ThrottlingException@times(2); *:latency(20ms,200ms)` (docs/wire.md, "Faults")."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Final, get_args

from fake_sombra.kms.faults.codes import CODES
from fake_sombra.kms.faults.effects import Effect, Latency, Outage, Quota, Refuse, Simple, Spoil, Stale
from fake_sombra.kms.faults.fault import ALWAYS, Calls, Fault, Trigger
from fake_sombra.kms.operations import HANDLERS

_FAULT = re.compile(
    r"(?P<operation>[A-Za-z*?]+)(?:\[(?P<filters>[^\[\]]*)\])?"
    r":(?P<effect>[A-Za-z0-9-]+)(?:\((?P<args>[^()]*)\))?"
    r"(?:@(?P<trigger>[a-z_]+)(?:\((?P<times>[^()]*)\))?)?(?:#(?P<seed>[0-9]{1,18}))?"
)
_DURATION = re.compile(r"([0-9]{1,7}(?:\.[0-9]{1,3})?)(ms|s)")
_WHOLE = re.compile(r"[1-9][0-9]{0,8}")
_SHARE = re.compile(r"[01]|0?\.[0-9]{1,6}|1\.0{1,6}")
_RATE = re.compile(r"([1-9][0-9]{0,8})/s")
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}")
_FILTERS: Final = ("key", "region", "principal")
_MOST: Final = 100

SIMPLE: Final[tuple[Simple, ...]] = get_args(Simple)


class BadSpec(ValueError):
    """A spec that cannot be read; the message names the place and what to write instead."""


def parse(spec: str) -> tuple[Fault, ...]:
    """Read the faults of a spec, in order; raises `BadSpec`."""
    texts = [text.strip() for text in spec.split(";")]
    if texts[-1] == "":
        texts.pop()
    if not texts:
        raise BadSpec("the spec names no fault; write one such as Decrypt:ThrottlingException@times(2)")
    if len(texts) > _MOST:
        raise BadSpec(f"the spec names {len(texts)} faults; {_MOST} at most are taken")
    return tuple(_fault(text, place) for place, text in enumerate(texts, start=1))


def _fault(text: str, place: int) -> Fault:
    found = _FAULT.fullmatch(text)
    try:
        if found is None:
            raise BadSpec("is not CALLS:EFFECT@TRIGGER; write for example Encrypt:lost@on_call(3)")
        calls = _calls(found["operation"], found["filters"])
        trigger = ALWAYS if found["trigger"] is None else _trigger(found["trigger"], found["times"])
        return Fault(calls, _effect(found["effect"], found["args"]), trigger, int(found["seed"] or 0))
    except BadSpec as wrong:
        raise BadSpec(f"fault {place}, {text[:80]!r}: {wrong}") from None


def _calls(operation: str, filters: str | None) -> Calls:
    if not any(fnmatchcase(each, operation) for each in HANDLERS):
        raise BadSpec(f"the front offers no operation {operation}; {_nearest(operation, (*HANDLERS, '*'))}")
    given: dict[str, str] = {}
    for item in () if filters is None else filters.split(","):
        name, _, value = (part.strip() for part in item.partition("="))
        if name not in _FILTERS or not value or name in given:
            raise BadSpec(f"the filter {item.strip()!r} is not one of key=, region=, principal=, each once")
        given[name] = value
    return Calls(operation, **given)


def _effect(name: str, args: str | None) -> Effect:
    if name in _WITH_ARGUMENTS:
        made = _WITH_ARGUMENTS[name](None if args is None else args.strip())
        if made is None:
            raise BadSpec(f"{name} takes {_EXAMPLES[name]}")
        return made
    if name not in (*CODES, *SIMPLE):
        raise BadSpec(f"no effect is called {name}; {_nearest(name, (*CODES, *SIMPLE, *_WITH_ARGUMENTS))}")
    if args is not None:
        raise BadSpec(f"{name} takes nothing in brackets; leave them out")
    return next((Spoil(simple) for simple in SIMPLE if simple == name), Refuse(name))


def _trigger(name: str, times: str | None) -> Trigger:
    count = (times or "").strip()
    match name:
        case "always" if times is None:
            return ALWAYS
        case "once" if times is None:
            return Trigger("once")
        case "on_call" if _WHOLE.fullmatch(count):
            return Trigger("on_call", n=int(count))
        case "times" if _WHOLE.fullmatch(count):
            return Trigger("times", n=int(count))
        case "p" if _SHARE.fullmatch(count):
            return Trigger("p", p=float(count))
    raise BadSpec(f"{name} is no trigger here; write once, on_call(3), times(2), always or p(0.25)")


def _latency(args: str | None) -> Effect | None:
    parts = [_ms(part.strip()) for part in (args or "").split(",")]
    median, p99 = parts if len(parts) == 2 else (None, None)
    return Latency(median, p99) if median and p99 and median <= p99 else None


def _outage(args: str | None) -> Effect | None:
    return Outage(args) if args is None or _REGION.fullmatch(args) else None


def _quota(args: str | None) -> Effect | None:
    found = _RATE.fullmatch(args or "")
    return Quota() if args is None else Quota(int(found[1])) if found else None


def _stale(args: str | None) -> Effect | None:
    if _WHOLE.fullmatch(args or ""):
        return Stale(calls=int(args or ""))
    ms = _ms(args or "")
    return Stale(ms=ms) if ms else None


def _ms(text: str) -> int | None:
    found = _DURATION.fullmatch(text)
    return round(float(found[1]) * (1000 if found[2] == "s" else 1)) if found else None


def _nearest(name: str, known: tuple[str, ...]) -> str:
    near = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]}" if near else f"write one of {', '.join(known)}"


_WITH_ARGUMENTS: Final[Mapping[str, Callable[[str | None], Effect | None]]] = {
    "latency": _latency,
    "outage": _outage,
    "quota": _quota,
    "stale": _stale,
}
_EXAMPLES: Final[Mapping[str, str]] = {
    "latency": "median and p99, both above 0 and in order, such as latency(20ms,200ms)",
    "outage": "nothing, or a region, such as outage(eu-west-1)",
    "quota": "nothing for AWS's own quotas, or a rate, such as quota(10000/s)",
    "stale": "a number of calls or a time, such as stale(3) or stale(5s)",
}
KINDS: Final[tuple[tuple[str, str], ...]] = (
    *((code, "AWS refuses with this code; no effect") for code in CODES),
    ("latency(20ms,200ms)", "answers come late: median, p99"),
    ("outage(eu-west-1)", "the region takes no connections; no effect"),
    ("quota(10000/s)", "a shared token bucket; without a rate, AWS's own quotas"),
    ("stale(3)", "changes are seen only after three calls, or a time"),
    ("bad-gateway", "502 and HTML from something in between; no effect"),
    ("garbage", "200 and no JSON from something in between; no effect"),
    ("lost", "the call takes effect, the answer is lost"),
    ("lacking-fields", "the call takes effect, the answer has no fields"),
    ("random-plaintext", "the call takes effect, the plaintext is another of the same size"),
    ("wrong-key", "the call takes effect, the answer names another key"),
)
