"""How a request lives, step by step, and which keys each step needs (claims.md, "The shape of the proof")."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from harness.explore.oracle import GONE, Oracle
from harness.explore.rule import Rule, Words, taken, unknown, unknown_request
from harness.explore.situation import Request
from harness.model import era_of
from harness.rehearsal.seed import IN_FLIGHT

_ENRICHED: Final = {"REQUEST_MADE": "COMPILING", "ENRICHING": "COMPILING"}
_CONFIRMED: Final = {
    "SECONDARY": "SECONDARY_COMPLETED",
    "SECONDARY_APPROVING": "SECONDARY_COMPLETED",
    "COMPILING": "APPROVING",
}
_RESUMED: Final = {"ON_HOLD": "COMPILING", "WAITING": "COMPILING"}
_APPROVED: Final = {"APPROVING": "DOWNLOADABLE"}
_CANCELED: Final = {status: "CANCELED" for status in IN_FLIGHT if not status.startswith("SECONDARY")}


def _submit(oracle: Oracle, words: Words) -> None:
    oracle.requests[words[0]] = Request("REQUEST_MADE", [])
    _context(oracle, words[0])


def _resubmit(oracle: Oracle, words: Words) -> None:
    oracle.requests[words[0]].status = "REQUEST_MADE"
    _context(oracle, words[0])


def _context(oracle: Oracle, name: str) -> None:
    request = oracle.requests[name]
    request.contexts.append(era_of("request", oracle.boot))
    latest = len(request.contexts) - 1
    oracle.make("request", f"{name}-{latest + 1}", request=name, context=latest)
    _identifiers(oracle, name)


def _identifiers(oracle: Oracle, name: str) -> None:
    """One more set of identifiers, under the latest context."""
    request = oracle.requests[name]
    request.sets.append(len(request.contexts) - 1)
    era = request.contexts[-1]
    oracle.make("identifier", f"{name}-{len(request.sets)}", request=name, era=era, context=request.sets[-1])


def _webhook(oracle: Oracle, words: Words) -> None:
    nonce, name = words
    latest = len(oracle.requests[name].contexts) - 1
    oracle.make("nonce", nonce, request=name, context=latest)
    oracle.make("webhook_token", nonce, request=name, context=latest)


def _file(oracle: Oracle, words: Words) -> None:
    """A file is sealed under the key of the nonce's context, whatever wraps new keys now."""
    file, nonce = words
    made = oracle.made[f"nonce/{nonce}"]
    era = oracle.context(made.request, made.context)
    oracle.make("file", file, request=made.request, era=era, context=made.context)


def _listed(oracle: Oracle, words: Words) -> None:
    download, file = words
    made = oracle.made[f"file/{file}"]
    oracle.make("download_key", download, request=made.request, context=made.context, file=f"file/{file}")


def _status(oracle: Oracle, name: str, steps: Mapping[str, str]) -> None:
    request = oracle.requests[name]
    request.status = steps[request.status]


def _requested_by(oracle: Oracle, nonce: str) -> str:
    return oracle.made[f"nonce/{nonce}"].request


def _enrich(oracle: Oracle, words: Words) -> None:
    name = _requested_by(oracle, words[0])
    _identifiers(oracle, name)
    _status(oracle, name, _ENRICHED)


def _conflict(oracle: Oracle, name: str, steps: Mapping[str, str]) -> str:
    return "" if oracle.requests[name].status in steps else "conflict"


def _paused(oracle: Oracle) -> str:
    return "conflict" if oracle.is_paused else ""


def _gone(oracle: Oracle) -> str:
    return GONE if oracle.live is None else ""


def _used(oracle: Oracle, nonce: str) -> str:
    return _gone(oracle) or oracle.cause_of_using(f"nonce/{nonce}")


_FLYING: Final = dict.fromkeys(IN_FLIGHT, "")


def _attaching(oracle: Oracle, words: Words) -> str:
    return _used(oracle, words[1]) or _conflict(oracle, _requested_by(oracle, words[1]), _FLYING)


def _answering(oracle: Oracle, words: Words) -> str:
    return _used(oracle, words[1]) or _paused(oracle) or _attaching(oracle, words)


def _enriching(oracle: Oracle, words: Words) -> str:
    name = _requested_by(oracle, words[0])
    used = _used(oracle, words[0])
    return (
        used or oracle.cause_of_opening(oracle.context(name)) or _conflict(oracle, name, _ENRICHED) or _paused(oracle)
    )


def _confirming(oracle: Oracle, words: Words) -> str:
    name = _requested_by(oracle, words[0])
    return _used(oracle, words[0]) or _paused(oracle) or _conflict(oracle, name, _CONFIRMED)


def _downloading(oracle: Oracle, words: Words) -> str:
    if oracle.live is None:
        return GONE
    key = f"download_key/{words[0]}"
    is_damaged = oracle.made[oracle.made[key].file].is_damaged
    return oracle.cause_of_using(key) or ("tampered" if is_damaged else "")


def _opening(oracle: Oracle, words: Words) -> str:
    return _gone(oracle) or oracle.cause_of_opening(oracle.context(words[0]))


def _files_nonce(oracle: Oracle, words: Words) -> str:
    return taken(oracle, "file", words[0]) or unknown(oracle, "nonce", words[1])


def _step(steps: Mapping[str, str]) -> Rule:
    """A step that Transcend takes alone: it needs no key, and a pause does not stop it."""
    return Rule(
        effect=lambda oracle, words: _status(oracle, words[0], steps),
        expected=lambda oracle, words: _conflict(oracle, words[0], steps),
        objection=unknown_request,
    )


RULES: Final[Mapping[str, Rule]] = MappingProxyType(
    {
        "submit": Rule(
            effect=_submit,
            expected=lambda oracle, words: oracle.cause_of_making(),
            objection=lambda oracle, words: f"there is a request {words[0]} already" * (words[0] in oracle.requests),
        ),
        "resubmit": Rule(
            effect=_resubmit, expected=lambda oracle, words: oracle.cause_of_making(), objection=unknown_request
        ),
        "webhook": Rule(
            effect=_webhook,
            expected=lambda oracle, words: _gone(oracle) or oracle.cause_of_verifying(oracle.context(words[1])),
            objection=lambda oracle, words: taken(oracle, "nonce", words[0]) or unknown_request(oracle, words, 1),
        ),
        "upload": Rule(effect=_file, expected=_attaching, objection=_files_nonce),
        "answer": Rule(effect=_file, expected=_answering, objection=_files_nonce),
        "list": Rule(
            effect=_listed,
            expected=lambda oracle, words: _gone(oracle),
            objection=lambda oracle, words: (
                taken(oracle, "download_key", words[0]) or unknown(oracle, "file", words[1])
            ),
        ),
        "download": Rule(
            expected=_downloading, objection=lambda oracle, words: unknown(oracle, "download_key", words[0])
        ),
        "enrich": Rule(
            effect=_enrich, expected=_enriching, objection=lambda oracle, words: unknown(oracle, "nonce", words[0])
        ),
        "confirm": Rule(
            effect=lambda oracle, words: _status(oracle, _requested_by(oracle, words[0]), _CONFIRMED),
            expected=_confirming,
            objection=lambda oracle, words: unknown(oracle, "nonce", words[0]),
        ),
        "open": Rule(expected=_opening, objection=unknown_request),
        "resume": Rule(
            effect=lambda oracle, words: _status(oracle, words[0], _RESUMED),
            expected=lambda oracle, words: _conflict(oracle, words[0], _RESUMED) or _opening(oracle, words),
            objection=unknown_request,
        ),
        "approve": _step(_APPROVED),
        "cancel": _step(_CANCELED),
        "move": Rule(
            effect=lambda oracle, words: setattr(oracle.requests[words[0]], "status", words[1]),
            objection=unknown_request,
        ),
        "pause": Rule(effect=lambda oracle, words: setattr(oracle, "is_paused", True)),
        "unpause": Rule(effect=lambda oracle, words: setattr(oracle, "is_paused", False)),
    }
)
