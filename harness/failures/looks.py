"""What an operator would notice, found in a history: refusals, a green service that does nothing, a start refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from harness.checks.check import CLOUD, Evidence, Probed
from harness.failures.mode import Look, Seen
from harness.history import TRUNK, Event

AFTER = "after-cutover"
_BY = {"L": " wrapped by Local", CLOUD: " wrapped by the cloud KMS"}
_WHEN = {
    "after-cutover": "after the cutover",
    "after-rollback": "after the rollback",
    "old-environment": "under the old environment",
}


def refused(moment: str, *kinds: str, wrap: str | None = None, world: str = TRUNK, only: str = "") -> Look:
    """Things that had been readable are refused at a moment; `only` asks for one cause."""

    def look(evidence: Evidence) -> Seen | None:
        probes = evidence.probes(moment, *kinds, wrap=wrap, world=world)
        shut = [each for each in probes if not each.event["readable"] and only in {"", each.event["cause"]}]
        if not shut:
            return None
        told = f"{len(shut)} of {len(probes)}{_BY.get(wrap or '', '')} are refused {_when(moment)}: {_kinds(shut)}"
        return Seen(told, cause_of(evidence, shut[0].event["cause"], world=world), _numbers(shut))

    return look


def opened(moment: str, *kinds: str, wrap: str | None = None, what: str) -> Look:
    """Things are readable at a moment although they must not be."""

    def look(evidence: Evidence) -> Seen | None:
        probes = evidence.probes(moment, *kinds, wrap=wrap)
        wrong = [each for each in probes if each.event["readable"] and not each.expected.readable]
        if not wrong:
            return None
        return Seen(f"{len(wrong)} {what} still open {_when(moment)}: {_kinds(wrong)}",
                    f"nothing refuses; must be {wrong[0].expected.cause}", _numbers(wrong))  # fmt: skip

    return look


def green_but_broken(evidence: Evidence) -> Seen | None:
    """Both health listeners are green, and a new request fails."""
    health, probes = evidence.of("health"), evidence.of("functional-probe", moment=AFTER)
    broken = [event for event in probes if not event["ok"]]
    if not broken or not health or {health[-1]["customer"], health[-1]["ingress"]} != {200}:
        return None
    told = f"health is green on both listeners, and {len(broken)} of {len(probes)} new requests fail"
    return Seen(told, cause_of(evidence, broken[0]["cause"]), (health[-1].n, *(event.n for event in broken)))


def start_refused(evidence: Evidence) -> Seen | None:
    """A gateway does not start: exit code, no port, and the problem it names."""
    boots = [event for event in evidence.of("booted") if not event["accepted"]]
    if not boots:
        return None
    ports = "a port was open" if any(event["ports_opened"] for event in boots) else "no port was opened"
    tries = "one try" if len(boots) == 1 else f"{len(boots)} tries"
    told = f"Sombra does not start ({tries}, exit code {boots[0]['exit_code']}, {ports})"
    return Seen(told, boots[0]["problems"][0], tuple(event.n for event in boots))


def cause_of(evidence: Evidence, code: str, *, world: str = TRUNK) -> str:
    """A cause code, and the log line that named it where there was one."""
    lines = [event for event in evidence.of("log", world=world) if event["code"] == code]
    return f"{code}; {_line(lines[-1])}" if lines else code


def _line(event: Event) -> str:
    return f"log of {event['instance']}: {event['level']} {event['event']} {event['code'] or ''}".rstrip()


def _when(moment: str) -> str:
    return _WHEN.get(moment, moment)


def _kinds(probes: Iterable[Probed]) -> str:
    counted = Counter(each.event["class"] for each in probes)
    return ", ".join(f"{count} {kind}" for kind, count in counted.items())


def _numbers(probes: Sequence[Probed]) -> tuple[int, ...]:
    return tuple(each.event.n for each in probes)
