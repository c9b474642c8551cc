"""What trouble leaves behind: its cause at the caller and in the log, and service once the KMS heals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.checks.check import Evidence, check
from harness.faults import FAULTS, Planted
from harness.history import Event
from harness.verdict import Verdict, failed, passed, unknown

WORLD = "kms-faults"
_DAMAGED = "damaged"
_REFUSED: Mapping[str, str] = {
    "doors": "not_authenticated",
    "forged": "context_mismatch",
    "aged": "token_expired",
    "keys:old-dropped": "signature_invalid",
    "fifth-key": "forgotten_key",
    _DAMAGED: "tampered",
}


@check(
    "kms-faults-are-logged",
    "Each fault of the KMS is refused and logged by its own cause, and is over once it heals",
    "G-22",
    worlds=(WORLD,),
)
def kms_faults_are_logged(evidence: Evidence) -> Verdict:
    """Between its planting and its healing a fault shows in a probe and, where it has a cause, in a log line."""
    events = [event for event in evidence.history if event.world == WORLD]
    begun = {event["spec"]: place for place, event in enumerate(events) if event.kind == "fault"}
    ended = {event["spec"]: place for place, event in enumerate(events) if event.kind == "healed" and event["ok"]}
    seen: list[int] = []
    for planted in FAULTS:
        if planted.spec not in begun or planted.spec not in ended:
            return unknown(f"{planted.spec} was not planted and healed")
        meanwhile = events[begun[planted.spec] : ended[planted.spec]]
        wrong = _wrong(planted, meanwhile)
        if wrong:
            return failed(f"{planted.spec}: {wrong}", [event.n for event in meanwhile])
        seen += [event.n for event in meanwhile if event.kind == "log"]
    after = [event for event in events[max(ended.values()) :] if event.kind == "functional-probe"]
    if not after or not after[-1]["ok"]:
        return failed("the gateway did not recover when the last fault was healed", [event.n for event in after])
    return passed(f"{len(FAULTS)} faults, each told apart", seen)


def _wrong(planted: Planted, meanwhile: Sequence[Event]) -> str:
    """What contradicts a fault's cause; empty where all is as it must be."""
    probes = [event["cause"] for event in meanwhile if event.kind == "functional-probe"]
    if probes != [planted.cause]:
        return f"the probe says {probes or 'nothing'}, must say {planted.cause or 'all is well'}"
    logged = {event["code"] for event in meanwhile if event.kind == "log"}
    if planted.cause and planted.cause not in logged:
        return f"no log line names {planted.cause}"
    return ""


@check(
    "refusals-are-logged",
    "Whatever a call is refused for stands in the log, and so does a download that breaks off",
    "G-22",
    worlds=tuple(_REFUSED),
)
def refusals_are_logged(evidence: Evidence) -> Verdict:
    """Also where the caller is to blame: a dropped key shows as signatures that fit no more, and nowhere else."""
    seen: list[int] = []
    for world, cause in _REFUSED.items():
        lines = evidence.of("log", world=world, code=cause)
        if not lines:
            return failed(f"no log line in {world} names {cause}; is LOG_LEVEL above warn?")
        seen.append(lines[0].n)
    return _breaking_off_is_logged(evidence, seen)


def _breaking_off_is_logged(evidence: Evidence, seen: list[int]) -> Verdict:
    """Its status line had left as a success; between the two events nothing but this download was refused."""
    whole, cut = (evidence.of("damaged", world=_DAMAGED, what=f"a {what}file") for what in ("large ", "damaged large "))
    events = [event for event in evidence.history if event.world == _DAMAGED]
    meanwhile = [event for event in events if whole and cut and whole[0].n < event.n < cut[0].n]
    if not any(event.kind == "log-scan" for event in meanwhile):
        return unknown("the log was not read when a download broke off")
    lines = [event.n for event in meanwhile if event.kind == "log" and event["code"] == "tampered"]
    if not lines:
        return failed("no log line tells of the download that broke off", [event.n for event in cut])
    return passed(f"{len(seen)} causes and a download that broke off, each logged", [*seen, *lines])
