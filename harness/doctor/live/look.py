"""How a live look is taken: one key, asked within a deadline, judged by rules of the doctor's usual shape."""

from __future__ import annotations

from collections.abc import Callable

from harness.background import Background
from harness.doctor.effective import Source, Undecided
from harness.doctor.live.road import BotoRoad, NoRoad, Road
from harness.doctor.live.rules import RULES
from harness.doctor.live.seen import ARN, REGION, STORE, Seen, Unasked
from harness.doctor.live.told import told
from harness.doctor.rule import AWS, Boot, Unevaluated
from harness.key_probe import probe
from harness.run import Finding

DEADLINE_S = 45.0
OpenRoad = Callable[[str], Road]


def look(
    after: Source, *, open_road: OpenRoad = BotoRoad.open, deadline_s: float = DEADLINE_S
) -> list[Finding | Unevaluated]:
    """Ask the key of an environment and judge its answers; never raises for what AWS does or does not say."""
    seen = _seen(Boot("after", after), open_road, deadline_s)
    findings: list[Finding | Unevaluated] = [each for rule in RULES for each in rule.findings(seen)]
    return [*findings, *told(seen)]


def _seen(after: Boot, open_road: OpenRoad, deadline_s: float) -> Seen:
    try:
        arn, region, store = after.value(ARN), after.value(REGION), after.value(STORE)
        is_aws = after.provider == AWS
    except Undecided as question:
        return Seen(after, Unasked(f"{question}", question.action))
    if not is_aws:
        return Seen(after, Unasked("the environment of the cutover does not name AWS", "Set KMS_PROVIDER=AWS there."))
    if not _names_a_key(arn) or not region.strip():
        why = "the environment of the cutover names no key ARN and region that could be asked"
        return Seen(after, Unasked(why, "Mend what the other findings say of them first."))
    answers: list[Seen] = []
    # A daemon: a credential process or a trickling answer must not outlive the doctor.
    asking = Background(lambda: answers.append(_asked(after, open_road, arn, region, store)), name="live")
    asking.ends(within_s=deadline_s)
    late = Unasked(f"AWS did not answer within {deadline_s:g} s")
    return answers[0] if answers else Seen(after, late)


def _asked(after: Boot, open_road: OpenRoad, arn: str, region: str, store: str) -> Seen:
    try:
        road = open_road(region)
    except NoRoad as blocked:
        return Seen(after, Unasked(f"{blocked}", blocked.action))
    found = probe(road.kms, arn, store=store or None)
    principal = road.principal() if any(each.result != "unreachable" for each in found.attempts) else ""
    return Seen(after, found, principal, road.address, road.leads_to_aws)


def _names_a_key(arn: str) -> bool:
    parts = arn.split(":")
    return len(parts) == 6 and parts[0] == "arn" and parts[2] == "kms" and arn.isascii() and arn.isprintable()
