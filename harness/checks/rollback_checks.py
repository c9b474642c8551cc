"""What the rollback must bring back: a healthy Local Sombra, and the old work where it stood (G-23)."""

from __future__ import annotations

from harness.checks.check import Evidence, check
from harness.checks.in_flight import all_statuses, what_was_lost
from harness.verdict import Verdict, failed, passed, unknown

BACK = "after-rollback"
GOES_ON = "goes-on"


@check("rollback-healthy", "After the rollback the service is healthy", "G-23", "D-01")
def rollback_healthy(evidence: Evidence) -> Verdict:
    """`KMS_PROVIDER=local` with the AWS variables left in place starts and is green."""
    boots = [event for event in evidence.of("booted", environment="rollback") if event["accepted"]]
    health = [event for event in evidence.of("health") if boots and event["instance"] == boots[-1]["instance"]]
    if not health:
        return unknown("no rollback was started")
    if boots[-1]["provider"] != "local" or health[-1]["customer"] != 200 or health[-1]["ingress"] != 200:
        return failed("the rolled back service is not a healthy Local Sombra", [boots[-1].n, health[-1].n])
    return passed("started under local and healthy", [boots[-1].n, health[-1].n])


@check(
    "old-work-goes-on",
    "After the rollback old work goes on: each next step is taken, each road is open",
    "G-23",
    worlds=(GOES_ON,),
)
def old_work_goes_on(evidence: Evidence) -> Verdict:
    """Readable is not enough: a request that opens but cannot be confirmed is stuck for ever."""
    roads = [each for each in evidence.of("road", world=GOES_ON, moment=BACK) if each["road"] != "bare_cli"]
    closed = [event for event in roads if not event["ok"]]
    if closed:
        return failed(f"the road {closed[0]['road']} is closed: {closed[0]['cause']}", [closed[0].n])
    if not roads:
        return unknown("no road was tried after the rollback")
    steps = evidence.of("next-step", world=GOES_ON)
    stuck = [event for event in steps if not event["ok"]]
    if stuck:
        return failed(f"{stuck[0]['status']}: {stuck[0]['step']} refused as {stuck[0]['cause']}", [stuck[0].n])
    return what_was_lost(evidence, GOES_ON) or all_statuses(steps, f"{len(roads)} roads open, every next step taken")
