"""What a gateway tells Transcend's cloud of itself: the truth, nothing secret, and nothing that it depends on."""

from __future__ import annotations

from harness.checks.check import Evidence, check
from harness.verdict import Verdict, failed, passed, unknown

WORLD = "config-sync"


@check(
    "config-sync-is-told",
    "A start tells Transcend its provider and its public keys, and its health does not depend on it",
    "G-19",
    worlds=(WORLD,),
)
def config_sync_is_told(evidence: Evidence) -> Verdict:
    """Under either provider; where Transcend refuses to listen, the service is healthy all the same."""
    boots = {event["instance"]: event for event in evidence.of("booted", world=WORLD)}
    told = evidence.of("config-sync", world=WORLD)
    for event in told:
        boot = boots[event["instance"]]
        if event["times"] != 1:
            return failed(f"{event['environment']}: a start was told {event['times']} times", [event.n])
        if (event["provider"], event["keys"]) != (boot["provider"], boot["keys"]):
            return failed(f"{event['environment']}: another provider or other keys were told", [boot.n, event.n])
    health = evidence.of("health", world=WORLD)
    for event in health:
        if (event["customer"], event["ingress"]) != (200, 200):
            return failed(f"{event['instance']} is not healthy once it has told, or could not", [event.n])
    if len(told) < 2 or len(health) < 2 * len(told):
        return unknown("not both providers were seen to tell Transcend of their start")
    return passed(f"{len(told)} starts told, {len(health)} healthy", [event.n for event in (*told, *health)])
