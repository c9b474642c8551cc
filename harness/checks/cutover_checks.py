"""The switch itself: one provider at a time, in-flight requests, health, keys, the KMS journal, the window."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

from harness.checks.check import CLOUD, Evidence, check, first_bad
from harness.checks.in_flight import all_statuses, what_was_lost
from harness.history import TRUNK, Event
from harness.verdict import Verdict, failed, passed, unknown

AFTER, BEFORE = "after-cutover", "before-cutover"
_ENVIRONMENTS = frozenset({"before", "after", "rollback"})
_LOOKS = 2  # at a key, each start; more is one for each request
_KEY, _CANARY = 32, 16  # bytes
_HANDLING = ("GenerateRandom", "Encrypt", "Decrypt")
_FORBIDDEN = frozenset({"Sign", "Verify", "GetPublicKey", "ImportKeyMaterial", "GetParametersForImport"})


def overlaps(evidence: Evidence, world: str) -> list[tuple[Event, Event]]:
    """Pairs of boots that lived at the same instant with another provider or other keys (G-02)."""
    boots = [event for event in evidence.of("booted", world=world) if event["accepted"]]
    begun = {event["instance"]: event.n for event in evidence.of("starting", world=world)}
    ended = {event["instance"]: event.n for event in evidence.of("stopped", world=world)}

    def life(boot: Event) -> tuple[int, float]:
        return begun.get(boot["instance"], boot.n), ended.get(boot["instance"], float("inf"))

    def differ(one: Event, other: Event) -> bool:
        return (one["provider"], one["keys"], one["kms_key"]) != (other["provider"], other["keys"], other["kms_key"])

    return [
        (one, other)
        for one, other in combinations(boots, 2)
        if differ(one, other) and life(one)[0] < life(other)[1] and life(other)[0] < life(one)[1]
    ]


@check("no-overlap", "At no instant do two live instances differ in provider or keys", "G-02")
def no_overlap(evidence: Evidence) -> Verdict:
    """Judged on the life intervals of every instance of the trunk."""
    found = overlaps(evidence, TRUNK)
    boots = [event.n for event in evidence.of("booted") if event["accepted"]]
    if found:
        one, other = found[0]
        return failed(f"{one['instance']} and {other['instance']} were live at the same time", [one.n, other.n])
    if len({event["provider"] for event in evidence.of("booted") if event["accepted"]}) < 2:
        return unknown("only one provider was ever live")
    return passed(f"{len(boots)} instances, none overlapping another of a different provider or key", boots)


@check(
    "planted-overlap-found",
    "A planted overlap is detected and named",
    "G-02",
    worlds=("overlap:rolling-update", "overlap:surge-pod", "overlap:forgotten-deployment"),
)
def planted_overlap_found(evidence: Evidence) -> Verdict:
    """The detector must bite: a rolling update, a surge pod, a forgotten second deployment."""
    seen: list[int] = []
    for world in ("overlap:rolling-update", "overlap:surge-pod", "overlap:forgotten-deployment"):
        found = overlaps(evidence, world)
        if not found:
            return failed(f"the planted overlap {world} was not found")
        seen += [found[0][0].n, found[0][1].n]
    return passed("rolling update, surge pod and forgotten deployment were each found", seen)


@check("operator-boots", "The operator's own environments start", "G-01", "G-19", "G-23", "D-01")
def operator_boots(evidence: Evidence) -> Verdict:
    """Before, after and rollback, each in the trunk."""
    boots = [event for event in evidence.of("booted") if event["environment"] in _ENVIRONMENTS]
    refused = [event for event in boots if not event["accepted"]]
    if refused:
        problems = "; ".join(refused[0]["problems"])
        return failed(f"{refused[0]['environment']} was refused: {problems}", [refused[0].n])
    missing = _ENVIRONMENTS - {event["environment"] for event in boots}
    if missing:
        return unknown(f"{', '.join(sorted(missing))} was never started")
    return passed("before, after and rollback start", [event.n for event in boots])


@check(
    "next-steps-work-before",
    "Before the cutover each in-flight status can take its next step",
    "G-05",
    worlds=("happy",),
)
def next_steps_work_before(evidence: Evidence) -> Verdict:
    """The happy state of G-05, in a fork so that the trunk keeps its statuses."""
    steps = evidence.of("next-step", world="happy")
    bad = [event for event in steps if not event["ok"]]
    if bad:
        return failed(f"{bad[0]['status']}: {bad[0]['step']} refused as {bad[0]['cause']}", [event.n for event in bad])
    return what_was_lost(evidence, "happy") or all_statuses(steps, "every in-flight status took its next step")


@check("in-flight-cannot-proceed", "After the cutover no in-flight request can take its next step", "G-05")
def in_flight_cannot_proceed(evidence: Evidence) -> Verdict:
    """Each of the nine statuses is refused, stays where it is, and nothing is half done."""
    steps = evidence.of("next-step", moment=AFTER)
    for event in steps:
        if event["ok"] or event["cause"] != "wrong_provider":
            return failed(
                f"{event['request']} ({event['status']}): {event['step']} was {event['cause'] or 'done'}", [event.n]
            )
        if not event["unchanged"]:
            return failed(f"{event['request']} ({event['status']}): {event['step']} was left half done", [event.n])
    return all_statuses(steps, "every next step was refused as wrong_provider and nothing moved")


@check("drained-loses-nothing", "Drained first, the cutover loses nothing in flight", "G-07", worlds=("drained",))
def drained_loses_nothing(evidence: Evidence) -> Verdict:
    """The count is 0 after the drain and still after the cutover."""
    counts = evidence.of("in-flight", world="drained")
    wrong = [event for event in counts if event["moment"] != BEFORE and event["count"] != 0]
    if wrong:
        return failed(f"{wrong[0]['count']} requests are in flight {wrong[0]['moment']}", [wrong[0].n])
    moments = {event["moment"] for event in counts}
    if not {BEFORE, "drained", AFTER} <= moments or counts[0]["count"] <= 0:
        return unknown("the drain was not observed from a positive count to the cutover")
    return passed(
        f"{counts[0]['count']} in flight before, 0 after the drain and after the cutover", [e.n for e in counts]
    )


@check("paused-restarts", "A paused request is restarted after the cutover and completes", "G-08", worlds=("paused",))
def paused_restarts(evidence: Evidence) -> Verdict:
    """Paused before, restarted under AWS as the same request, completed; its new CEK is the cloud's."""
    events = {event["stage"]: event for event in evidence.of("paused-request", world="paused")}
    for stage in ("paused", "held", "not-enriched", "restarted", "old-nonce", "completed"):
        if stage not in events:
            return unknown(f"the stage {stage!r} was not reached")
        if not events[stage]["ok"]:
            return failed(f"{stage}: {events[stage]['why']}", [events[stage].n])
    restarted = events["restarted"]
    if restarted["further_requests"] or not restarted["is_dated_as_before"]:
        wrong = "made another request" if restarted["further_requests"] else "reset the request's date"
        return failed(f"the restart {wrong}", [restarted.n])
    cloud = evidence.probes(AFTER, "request", world="paused", wrap=CLOUD)
    opened = [each for each in cloud if each.event["readable"]]
    if len(opened) != len(cloud) or not cloud:
        return failed("the restarted request's new context does not open under AWS", [each.event.n for each in cloud])
    return passed("paused, restarted, completed under a cloud-wrapped CEK", [event.n for event in events.values()])


@check("healthy-and-works", "Health is green on both listeners and a new CEK wraps and unwraps", "G-19")
def healthy_and_works(evidence: Evidence) -> Verdict:
    """Green health alone is not a pass."""
    health, probes = evidence.of("health"), evidence.of("functional-probe", moment=AFTER)
    red = [event for event in health if event["customer"] != 200 or event["ingress"] != 200]
    if red:
        return failed(f"{red[0]['instance']} is not healthy", [red[0].n])
    if not probes or not health:
        return unknown("no functional probe was made after the cutover")
    broken = [event for event in probes if not event["ok"]]
    if broken:
        return failed(f"health is green but a new CEK fails with {broken[0]['cause']}", [broken[0].n])
    return passed("both listeners green, one new CEK wrapped and unwrapped", [health[-1].n, probes[-1].n])


@check("new-key-first", "The published key after the cutover is the new one, and new tokens are signed by it", "G-10")
def new_key_first(evidence: Evidence) -> Verdict:
    """The first key of `after` is published, and it is not the first key of `before`."""
    boots = {event["environment"]: event for event in evidence.of("booted") if event["accepted"]}
    keys = evidence.of("public-key")
    if "after" not in boots or len(keys) < 2:
        return unknown("the published key was not read before and after the cutover")
    published = [event["fingerprint"] for event in keys if event.n > boots["after"].n][:1]
    if published != boots["after"]["keys"][:1]:
        return failed("the published key is not the first key of the new environment", [boots["after"].n])
    if published[0] == boots["before"]["keys"][0]:
        return failed("the published key is still the old one: no new key goes first", [boots["after"].n])
    return passed("the new key is published and signs", [event.n for event in keys])


@check("kms-never-signs", "The KMS neither holds nor signs with the JWT key", "G-13")
def kms_never_signs(evidence: Evidence) -> Verdict:
    """No sign, verify or import call in the journal; tokens are made alike under both providers."""
    journals = evidence.of("kms-journal")
    calls = journals[-1]["calls"] if journals else []
    if not calls:
        return unknown("the KMS journal is empty")
    foreign = [call for call in calls if call[0] in _FORBIDDEN]
    if foreign:
        return failed(f"the KMS was asked to {foreign[0][0]}", [journals[-1].n])
    return passed(f"{len(calls)} KMS calls, none signs, verifies or imports", [journals[-1].n])


@check("one-call-pair-a-key", "Each new key cost one GenerateRandom and one Encrypt", "G-20")
def one_call_pair_a_key(evidence: Evidence) -> Verdict:
    """Counted by size: 32 bytes is a key, 16 a canary; requests and integrations each have a key. Nothing besides."""
    journals = evidence.of("kms-journal", moment=AFTER)
    if not journals:
        return unknown("the KMS journal was not read")
    made = [each for each in evidence.of("artifact") if each["class"] in {"request", "integration"}]
    clouds = {event["instance"] for event in evidence.of("booted", provider="AWS", accepted=True)}
    keys = sum(1 for each in made if each["instance"] in clouds and each.n < journals[-1].n)
    calls = [tuple(call) for call in journals[-1]["calls"]]
    if besides := _besides(calls, starts=len(clouds)):
        return failed(besides, [journals[-1].n])
    if journals[-1]["foreign"] or journals[-1]["contexts"]:
        told = f"{journals[-1]['foreign']} keys were not the KMS's own, {journals[-1]['contexts']} calls had a context"
        return failed(told, [journals[-1].n])
    random, encrypt = calls.count(("GenerateRandom", _KEY, "ok")), calls.count(("Encrypt", _KEY, "ok"))
    if not keys == random == encrypt:
        return failed(f"{keys} keys, {random} GenerateRandom, {encrypt} Encrypt", [journals[-1].n])
    return (
        passed(f"{keys} keys, as many GenerateRandom and Encrypt", [journals[-1].n]) if keys else unknown("no key made")
    )


def _besides(calls: Sequence[tuple[Any, ...]], *, starts: int) -> str:
    """What neither the keys nor the starts account for; empty where there is nothing."""
    described = sum(call[0] == "DescribeKey" for call in calls)
    if described > _LOOKS * starts:
        return f"the key was described {described} times for {starts} starts"
    handled = Counter((call[0], call[1]) for call in calls if call[0] in _HANDLING and call[2] == "ok")
    for operation, size in handled:
        if size not in {_KEY, _CANARY}:
            return f"{operation} was asked for {size} bytes, which is neither a key nor a canary"
        if handled[operation, _CANARY] > starts:
            return f"{operation} was asked for {handled[operation, _CANARY]} canaries in {starts} starts"
    return ""


@check("in-window", "Measured and declared time fit the window", "G-15")
def in_window(evidence: Evidence) -> Verdict:
    """The sum over the window's steps against the budget."""
    return _window(evidence, TRUNK)


@check("slow-step-overruns", "A step that is too slow overruns the window, and is found", "G-15", worlds=("slow-step",))
def slow_step_overruns(evidence: Evidence) -> Verdict:
    """The same judgement on a fork in which one step takes longer than the window."""
    verdict = _window(evidence, "slow-step")
    if verdict.result != "fail":
        return failed("the planted slow step was not found")
    return passed(f"found: {verdict.why}", verdict.evidence)


def _window(evidence: Evidence, world: str) -> Verdict:
    budgets = evidence.history.of("budget")
    steps = [event for event in evidence.of("step-ended", world=world) if event["in_window"]]
    if not budgets or not steps:
        return unknown("no step of the window was timed")
    used = sum(event["duration_s"] + event["declared_s"] for event in steps)
    budget = budgets[0]["seconds"]
    why = f"{used / 60:.1f} of {budget / 60:.0f} minutes"
    return (failed if used > budget else passed)(why, [event.n for event in steps])


@check(
    "roads-open-before",
    "Before: data subject, API and CLI can all download, and a silo is told what is pending",
    "G-16",
)
def roads_open_before(evidence: Evidence) -> Verdict:
    """The bare CLI is refused (D-09); with the internal key added on the way it works."""
    roads = evidence.of("road", moment=BEFORE)
    bare = [event for event in roads if event["road"] == "bare_cli"]
    closed = [event for event in roads if event["road"] != "bare_cli" and not event["ok"]]
    if closed:
        return failed(f"the road {closed[0]['road']} is closed: {closed[0]['cause']}", [closed[0].n])
    if any(event["ok"] for event in bare):
        return failed("a call without the internal key was answered", [bare[0].n])
    return first_bad([passed("all roads open, the bare CLI refused", [event.n for event in roads])])


@check("roads-closed-after", "After: none of the roads opens an old file", "G-17")
def roads_closed_after(evidence: Evidence) -> Verdict:
    """Each road is tried again and refused."""
    roads = evidence.of("road", moment=AFTER)
    opened = [event for event in roads if event["ok"]]
    if opened:
        return failed(f"the road {opened[0]['road']} still opens {opened[0]['artifact']}", [opened[0].n])
    return passed(f"{len(roads)} tries, all refused", [event.n for event in roads])


@check("archive-complete", "The archive is complete", "G-18")
def archive_complete(evidence: Evidence) -> Verdict:
    """Files expected = written = hashing right, each of the size and kind its listing names; skips are listed."""
    archives = evidence.of("archive")
    for event in archives:
        if not event["expected"] == event["written"] == event["verified"] or event["expected"] == 0:
            return failed(
                f"{event['expected']} expected, {event['written']} written, {event['verified']} right, "
                f"{len(event['skipped'])} skipped",
                [event.n],
            )
        if not event.get("paged", True):
            return failed("the files of a request come otherwise page by page", [event.n])
        if event["described"] != event["written"]:
            return failed(f"{event['written'] - event['described']} files are not as their listing says", [event.n])
    return passed("; ".join(f"{event['expected']} files" for event in archives), [event.n for event in archives])
