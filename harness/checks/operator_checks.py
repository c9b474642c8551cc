"""What an operator works with around the gateway: secrets managers, and the vendor's CLI."""

from __future__ import annotations

from harness.checks.check import Evidence, check
from harness.checks.cutover_checks import overlaps
from harness.verdict import Verdict, failed, passed, unknown

_SECRET, _TRAPS = "changed-secret", "cli-traps"
_STORES = 3
_NO_CHECKSUM = "secret-without-checksum"


@check(
    "changed-secret-needs-restart",
    "Secrets come in from each manager; a changed one has no effect until a restart, and that shows",
    "G-14",
    worlds=(_SECRET,),
)
def changed_secret_needs_restart(evidence: Evidence) -> Verdict:
    """What is stored is held against the public key that is served: equal, stale, half stale, equal again."""
    seen = {stage: evidence.of("secret", world=_SECRET, stage=stage) for stage in _STAGES}
    rules = {event["deployment"]: event for event in evidence.of("doctor-on-deployment", world=_SECRET)}
    if len(seen["delivered"]) < _STORES or not all(seen.values()) or len(rules) < len(_RULES):
        return unknown("not every store, stage and deployment was looked at")
    for stage, fresh in _STAGES.items():
        found = tuple(event["stored"] == event["published"] != "" for event in seen[stage])
        if found != fresh:
            return failed(f"{stage}: {_what(fresh)} was to be seen", [event.n for event in seen[stage]])
    if not overlaps(evidence, _SECRET):
        return failed("two replicas with different keys were not found", [seen["one replica restarted"][0].n])
    for deployment, is_found in _RULES.items():
        if (_NO_CHECKSUM in rules[deployment]["rules"]) != is_found:
            return failed(f"a deployment {deployment} is told wrong by the doctor", [rules[deployment].n])
    numbers = [event.n for stage in _STAGES for event in seen[stage]]
    return passed("three stores deliver; the change shows as stale until the restart, replica by replica", numbers)


_STAGES: dict[str, tuple[bool, ...]] = {
    "delivered": (True,) * _STORES,
    "changed": (False,),
    "one replica restarted": (False, True),
    "restarted": (True,),
}
"""Whether the published key is the stored one, for each look in its order."""
_RULES = {"without a checksum": True, "with a checksum": False}


def _what(fresh: tuple[bool, ...]) -> str:
    return ", ".join("the stored key" if each else "a stale key" for each in fresh)


@check(
    "cli-traps-are-planned",
    "Each trap of the vendor's CLI is shown by its calls, and every plan has the command that works",
    "D-09",
    worlds=(_TRAPS,),
)
def cli_traps_are_planned(evidence: Evidence) -> Verdict:
    """The calls decide what is a trap and what works; the plan is held against them, word by word."""
    traps = {event["trap"]: event for event in evidence.of("cli-trap", world=_TRAPS)}
    plans = evidence.of("plan-rows", world=_TRAPS)
    if len(traps) < _TRAPS_KNOWN or not plans:
        return unknown("not every trap was tried, or no plan was read")
    for name, event in traps.items():
        if not event["trapped"] or not event["works"]:
            what = "does not work" if event["trapped"] else "is no trap here"
            return failed(f"{name} {what}", [event.n])
        for plan in plans:
            commands = "\n".join(plan["rows"].get(name, []))
            missing = [word for word in event["needs"] if word not in commands]
            if missing or event["not_in"] in commands:
                return failed(
                    f"the plan for {plan['platform']} has no command for {name} that works", [event.n, plan.n]
                )
    strangers = sorted({name for plan in plans for name in plan["rows"]} - traps.keys())
    if strangers:
        return failed(f"the plan speaks of {strangers[0]}, which was not tried", [plans[0].n])
    return passed(f"{len(traps)} traps, each in {len(plans)} plans", [event.n for event in (*traps.values(), *plans)])


_TRAPS_KNOWN = 6
