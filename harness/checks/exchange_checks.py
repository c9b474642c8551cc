"""How browsers come by a key: the exchange key that is published, and what is sealed towards it."""

from __future__ import annotations

from itertools import combinations

from harness.checks.check import Evidence, as_expected, check
from harness.verdict import Verdict, failed, passed, unknown

WORLD = "exchange"


@check(
    "pages-outlive-the-cutover",
    "A page that fetched the exchange key before is understood while its key is listed, for its own request alone",
    "G-11",
    "G-23",
    worlds=(WORLD,),
)
def pages_outlive_the_cutover(evidence: Evidence) -> Verdict:
    """The published key hangs on the first entry alone; any loaded entry opens what is sealed towards its own."""
    boots = {event["instance"]: event for event in evidence.of("booted", world=WORLD)}
    published = evidence.of("exchange-key", world=WORLD)
    for one, other in combinations(published, 2):
        same_first = boots[one["instance"]]["keys"][0] == boots[other["instance"]]["keys"][0]
        if (one["number"] == other["number"]) != same_first:
            return failed(
                f"the exchange keys of {one['environment']} and {other['environment']} do not follow their first entry",
                [one.n, other.n],
            )
    pages = evidence.of("sealed-session", world=WORLD)
    for event in pages:
        if not as_expected(event):
            said, must = event["cause"] or "answered", event["expected"] or "answered"
            return failed(f"{event['environment']}: {event['name']} was {said}, must be {must}", [event.n])
    if len({event["environment"] for event in pages}) < len(published) or len(published) < 2:
        return unknown("no page was tried before, after and back")
    return passed(f"{len(pages)} pages, each answered as it must be", [event.n for event in (*published, *pages)])
