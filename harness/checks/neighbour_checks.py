"""What stands around Sombra and is not stopped with it: integrations' heartbeats (D-11), webhook receivers (D-10)."""

from __future__ import annotations

from collections.abc import Sequence

from harness.checks.check import CLOUD, Evidence, all_opened, all_refused, check, first_bad
from harness.history import Event
from harness.verdict import Verdict, failed, passed, unknown

PAUSED, RECEIVER = "paused", "cached-receiver"
AFTER, BACK = "after-cutover", "after-rollback"
GONE = "connection_refused"


@check(
    "paused-traffic-accounted",
    "A pause stops no heartbeat and no token refresh: each is accounted for, and ends as it must",
    "D-11",
    worlds=(PAUSED,),
)
def paused_traffic_accounted(evidence: Evidence) -> Verdict:
    """Paused: all succeed. Stopped: lost and counted. Under AWS: the old credentials fail until reconnected."""
    return first_bad(
        (
            _went(evidence, "paused", cause=""),
            _went(evidence, "stopped", cause=GONE),
            _went(evidence, AFTER, cause="wrong_provider"),
            _went(evidence, "reconnected", cause="", refreshes=False),
            all_opened(evidence.probes(BACK, "integration", world=PAUSED, wrap="L"), "credentials stored under Local"),
            all_refused(
                evidence.probes(BACK, "integration", world=PAUSED, wrap=CLOUD),
                "credentials stored at a reconnection",
                "wrong_provider",
            ),
        )
    )


def _went(evidence: Evidence, moment: str, *, cause: str, refreshes: bool = True) -> Verdict:
    """Every integration was heard of once, and each of its calls ended as given; an empty cause is success."""
    beats = evidence.of("heartbeat", world=PAUSED, moment=moment)
    renewed = evidence.of("token-refresh", world=PAUSED, moment=moment) if refreshes else []
    everyone = {event["integration"] for event in evidence.of("heartbeat", world=PAUSED)}
    for found in (beats, renewed) if refreshes else (beats,):
        if not everyone or sorted(event["integration"] for event in found) != sorted(everyone):
            return failed(f"{moment}: {len(everyone)} integrations, {len(found)} {_kind(found)}", _numbers(found))
    if not all(event["paused"] for event in beats):
        return unknown(f"{moment}: the organization was not paused", _numbers(beats))
    for event in (*beats, *renewed):
        if event["cause"] != cause:
            said, wanted = event["cause"] or "done", cause or "done"
            return failed(f"{moment}: {event['integration']}'s {event.kind} was {said}, must be {wanted}", [event.n])
    ended = f"refused as {cause}" if cause else "answered"
    counted = f"{len(beats)} heartbeats" + (f" and {len(renewed)} token refreshes" if refreshes else "")
    return passed(f"{moment}: {counted} {ended}", _numbers((*beats, *renewed)))


def _kind(found: Sequence[Event]) -> str:
    return f"{found[0].kind}s" if found else "calls"


def _numbers(events: Sequence[Event]) -> list[int]:
    return [event.n for event in events]


@check(
    "receivers-need-a-restart",
    "A webhook receiver that keeps the public key refuses every new webhook until it is restarted",
    "D-10",
    worlds=(RECEIVER,),
)
def receivers_need_a_restart(evidence: Evidence) -> Verdict:
    """Good before; refused with the kept key; good once restarted, which then refuses what was signed before."""
    stages = {event["stage"]: event for event in evidence.of("delivery", world=RECEIVER)}
    wanted = {
        "before": "",
        "kept": "signature_invalid",
        "restarted": "",
        "restarted-old-webhook": "signature_invalid",
    }
    missing = wanted.keys() - stages.keys()
    if missing:
        return unknown(f"no webhook was delivered {min(missing)}")
    for stage, cause in wanted.items():
        event = stages[stage]
        if event["cause"] != cause:
            said, must = event["cause"] or "taken", cause or "taken"
            return failed(f"{stage}: the receiver holding {event['holds']} said {said}, must say {must}", [event.n])
    return passed("new webhooks are refused until the receiver is restarted", _numbers([*stages.values()]))
