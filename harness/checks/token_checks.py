"""What tokens and doors let through: who must be let in, for how long, and what lies inside a token that verifies."""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.check import Evidence, Probed, as_expected, check, numbers
from harness.drill import WORLD as DRILL
from harness.history import Event
from harness.model import CARRIERS, Boot, KmsState, era_of, expect
from harness.verdict import Verdict, failed, passed, unknown

OUTER = "fileMetadata#verify"
_SENTENCES = {
    400: ("bad_request", "signature_invalid", "forgotten_key", "token_expired", "context_mismatch"),
    401: ("not_authenticated",),
    404: ("not_found",),
    409: ("conflict",),
    413: ("too_large",),
    429: ("rate_limited",),
    503: ("kms_unreachable", "kms_throttled"),
}
_STATUS = {cause: status for status, causes in _SENTENCES.items() for cause in causes}
_UNWRAP = frozenset({400, 500})  # one of the two: `status=4xx` is a variant (protocol.md)
_SILENT = frozenset({"connection_refused", "bad_gateway", ""})


@check(
    "doors-are-shut",
    "No route is open without its credentials, nor at the listener where it is not; each listed internal key admits",
    "G-16",
    "G-17",
    worlds=("doors",),
)
def doors_are_shut(evidence: Evidence) -> Verdict:
    """The internal key on every customer route, the shared secret on every route of Transcend's."""
    knocks = evidence.of("knock", world="doors")
    for event in knocks:
        if event["cause"] not in (event["expected"] or [""]) or event["ok"] != (not event["expected"]):
            said = event["cause"] or "let in"
            return failed(f"{event['route']} {event['how']} was {said}", [event.n])
    if not any(event["expected"] for event in knocks):
        return unknown("nobody knocked")
    return passed(f"{len(knocks)} knocks, each let in or not as it must be", [event.n for event in knocks])


@check(
    "tokens-end-in-time",
    "Download keys and sessions end when they must, and not before",
    "G-11",
    "D-12",
    worlds=("ageing",),
)
def tokens_end_in_time(evidence: Evidence) -> Verdict:
    """An hour of a download key, the configured spans of sessions; a nonce has no end."""
    uses = evidence.of("aged", world="ageing")
    for event in uses:
        if not as_expected(event):
            wanted, said = event["expected"] or "taken", event["cause"] or "taken"
            return failed(f"a {event['name']} was {said} after {event['age_s']} s, must be {wanted}", [event.n])
    return passed(f"{len(uses)} uses, each as its age demands", [event.n for event in uses])


@check(
    "tokens-open-what-they-hold",
    "A nonce or download key that verifies gives what its context gives, no more",
    "G-05",
    "G-06",
    "G-11",
)
def tokens_open_what_they_hold(evidence: Evidence) -> Verdict:
    """Every route that takes one opens its context first: across the cutover each is refused by the wrap inside."""
    carried = [each for each in evidence.probes(AFTER, *CARRIERS) if each.event["readable"]]
    carried += [each for each in evidence.probes(BACK, *CARRIERS) if each.event["readable"]]
    makers = _makers(evidence)
    for each in carried:
        wanted = _inside(each, makers)
        if wanted is not None and each.event["inside"] != wanted:
            said = each.event["inside"] or "opened"
            name = each.event["artifact"]
            return failed(
                f"what {name} holds was {said} {each.event['moment']}, must be {wanted or 'opened'}", [each.event.n]
            )
    if not any(_inside(each, makers) for each in carried):
        return unknown("no token was used that another provider's gateway made")
    return passed(f"{len(carried)} tokens used, each opens what its context does", numbers(carried))


AFTER, BACK = "after-cutover", "after-rollback"


def _makers(evidence: Evidence) -> dict[str, Boot]:
    """By artifact, the gateway that made it; by instance, each that lived."""
    boots = {event["instance"]: _boot(event) for event in evidence.of("booted") if event["accepted"]}
    made = {
        event["artifact"]: boots[event["instance"]] for event in evidence.of("artifact") if event["instance"] in boots
    }
    return {**boots, **made}


def _boot(event: Event) -> Boot:
    return Boot(event["provider"], tuple(event["keys"]), event["kms_key"])


def _inside(each: Probed, makers: dict[str, Boot]) -> str | None:
    """The cause that the context inside must meet now; empty when it opens, None when nobody knows."""
    maker, server = makers.get(each.event["artifact"]), makers.get(each.event["instance"])
    if maker is None or server is None:
        return None
    return expect("request", era_of("request", maker), server, KmsState()).cause


@check(
    "outer-refusals-named",
    "A download key that fails by itself says fileMetadata#verify, and only then",
    "G-12",
    worlds=("keys:old-dropped",),
)
def outer_refusals_named(evidence: Evidence) -> Verdict:
    """By these words a client tells a stale key from a file that cannot be opened (clients.md section 5)."""
    outer = [*evidence.probes(AFTER, "download_key", world="keys:old-dropped"), *evidence.probes(AFTER, "download_key")]
    for each in outer:
        must = not each.event["readable"]
        if (each.event["where"] == OUTER) != must:
            return failed(
                f"{each.event['artifact']} in {each.event.world} says {each.event['where'] or 'nothing'}",
                [each.event.n],
            )
    if {each.event["readable"] for each in outer} != {True, False}:
        return unknown("no download key failed by itself, or all did")
    return passed(f"{len(outer)} download keys, each refusal at its own place", numbers(outer))


@check("statuses-fit-causes", "Each cause comes with its HTTP status and a message, wherever it is met", "G-03", "G-22")
def statuses_fit_causes(evidence: Evidence) -> Verdict:
    """Clients decide by it whether to try again; an unwrap that fails is 500, or 400 throughout."""
    seen, causes = list(_refusals(evidence)), set()
    unwraps: dict[bool, set[int]] = {True: set(), False: set()}  # the drill's environments are not the operator's
    for event, cause, status, has_message in seen:
        if cause in _SILENT:
            continue
        causes.add(cause)
        if cause in _STATUS and status != _STATUS[cause]:
            return failed(f"{cause} came with HTTP {status} in {event.world}, must be {_STATUS[cause]}", [event.n])
        if cause not in _STATUS:
            unwraps[event.world == DRILL].add(status)
            if status not in _UNWRAP:
                return failed(f"{cause} came with HTTP {status} in {event.world}, must be 500 or 400", [event.n])
        if not has_message:
            return failed(f"{cause} came without a message on top in {event.world}", [event.n])
    if not any(unwraps.values()):
        return unknown("nothing that failed to open was seen")
    if any(len(statuses) > 1 for statuses in unwraps.values()):
        return failed("what does not open is sometimes HTTP 500 and sometimes 400")
    return passed(f"{len(causes)} causes, each with its status", [event.n for event, *_ in seen[:40]])


def _refusals(evidence: Evidence) -> Iterator[tuple[Event, str, int, bool]]:
    """Where one was met, its cause, its status, and whether it has a message; each world tells all it has heard."""
    probes = [each.event for each in evidence.probed if each.event["class"] != "webhook_token"]  # a receiver's verdict
    for event in (*probes, *(each for kind in ("forgery", "knock") for each in evidence.of(kind, world=None))):
        yield event, str(event.get("inside") or event["cause"]), int(event["status"]), True
    for event in evidence.of("answer-scan", world=None):
        for cause, status, has_message in event.get("refusals") or ():
            yield event, cause, status, has_message
