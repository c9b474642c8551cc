"""How a gateway starts and stops: the start-up table row by row, what a refusal may say, what a stop leaves."""

from __future__ import annotations

from harness.checks.check import Evidence, all_opened, all_refused, check, first_bad
from harness.history import Event
from harness.model import SIGNED, WRAPPED
from harness.verdict import Verdict, failed, passed, unknown

BACK = "after-rollback"
ROW_BY_ROW = "starts:row-by-row"
KEPT_READABLE = ("provider-unset", "empty-leftovers", "malformed-leftovers", "other-pem-form")


def _refused_cleanly(evidence: Evidence, world: str, what: str) -> Verdict:
    """Exit code 1, no port, each variable (and item) named, and nothing secret said."""
    asked, boots = evidence.of("must-refuse", world=world), evidence.of("booted", world=world)
    if not boots or len(asked) != len(boots):
        return unknown(f"not all {what} were tried")
    for row, boot in zip(asked, boots, strict=True):
        if wrong := _wrong(boot, row["names"]):
            return failed(f"{world}, {row['row']}: {wrong}", [boot.n])
    return passed(f"{len(boots)} {what} refused before any port opened", [boot.n for boot in boots])


def _wrong(boot: Event, names: list[str]) -> str:
    if boot["accepted"] or boot["ports_opened"] or boot["exit_code"] != 1:
        return "the configuration was not refused cleanly"
    said = [str(problem).partition(":")[0] for problem in boot["problems"]]
    missing = [name for name in names if not any(each == name or each.startswith(f"{name} item") for each in said)]
    if missing:
        return f"the refusal does not name {', '.join(missing)}"
    if boot["said"]:
        return f"the refusal shows {', '.join(boot['said'])}"
    return ""


@check(
    "hybrid-refused",
    "A configuration that names more than one provider does not start",
    "G-01",
    worlds=("refused:hybrid",),
)
def hybrid_refused(evidence: Evidence) -> Verdict:
    """In every spelling that somebody may think of: refused, saying which variable."""
    return _refused_cleanly(evidence, "refused:hybrid", "hybrids")


@check("target-refuses-hybrids", "On the target itself two providers end with exit code 1 and no open port", "G-01")
def target_refuses_hybrids(evidence: Evidence) -> Verdict:
    """Its ports were held meanwhile: who opens one before it has read its environment is refused for the port."""
    tried = evidence.of("booted", environment="hybrid")
    if not tried:
        return unknown("no hybrid configuration was tried on the target")
    if wrong := _wrong(tried[0], ["KMS_PROVIDER"]):
        return failed(wrong, [tried[0].n])
    return passed("refused with exit code 1, KMS_PROVIDER named, no port opened", [tried[0].n])


@check(
    "misspelt-provider-refused",
    "A provider that is not spelled exactly does not start",
    "G-01",
    worlds=("refused:provider",),
)
def misspelt_provider_refused(evidence: Evidence) -> Verdict:
    """Another case, nothing, quotes: what a lenient reader would turn into a provider nobody chose."""
    return _refused_cleanly(evidence, "refused:provider", "misspelt providers")


@check(
    "aws-variables-refused",
    "AWS without a usable key ARN and region does not start",
    "G-09",
    worlds=("refused:aws",),
)
def aws_variables_refused(evidence: Evidence) -> Verdict:
    """Unset, empty, blank, a bare id, another partition: named before the window, not found in it."""
    return _refused_cleanly(evidence, "refused:aws", "AWS environments without key or region")


@check(
    "key-lists-refused",
    "A key list with an entry that cannot be used does not start",
    "G-12",
    worlds=("refused:key-list",),
)
def key_lists_refused(evidence: Evidence) -> Verdict:
    """At any place, the fifth included, by variable and item; nothing of a key is shown."""
    return _refused_cleanly(evidence, "refused:key-list", "key lists")


@check(
    "all-problems-at-once",
    "A refused start names every problem at once",
    "G-01",
    "G-12",
    worlds=("refused:at-once",),
)
def all_problems_at_once(evidence: Evidence) -> Verdict:
    """Whoever mends one variable at a time spends the window on it."""
    return _refused_cleanly(evidence, "refused:at-once", "environments with several problems")


@check(
    "lenient-starts",
    "Leftovers of AWS, an unset provider, the other PEM form, a multi-Region key start, and open what is theirs",
    "D-01",
    "G-09",
    "G-12",
    "G-23",
    worlds=(*(f"starts:{name}" for name in KEPT_READABLE), "starts:repeated-keys", ROW_BY_ROW),
)
def lenient_starts(evidence: Evidence) -> Verdict:
    """Not stricter than the table, and the same key in another spelling is the same root."""
    verdicts = [_all_start(evidence)]
    for name in KEPT_READABLE:
        local = evidence.probes(BACK, *WRAPPED, *SIGNED, world=f"starts:{name}")
        verdicts.append(all_opened(local, f"artifacts with {name.replace('-', ' ')}"))
    repeated = evidence.probes(BACK, *SIGNED, world="starts:repeated-keys", signer=evidence.old_key)
    verdicts.append(
        all_refused(repeated, "tokens of a key that repeated entries push to the fifth place", "forgotten_key")
    )
    return first_bad(verdicts)


def _all_start(evidence: Evidence) -> Verdict:
    asked, boots = evidence.of("must-start", world=ROW_BY_ROW), evidence.of("booted", world=ROW_BY_ROW)
    if not boots or len(asked) != len(boots):
        return unknown("not all rows that must start were tried")
    for row, boot in zip(asked, boots, strict=True):
        if not boot["accepted"]:
            return failed(f"{row['row']} was refused: {'; '.join(boot['problems'])}", [boot.n])
    return passed(f"{len(boots)} rows started", [boot.n for boot in boots])


@check(
    "start-remarks-said",
    "What starts although it looks wrong says so in its log",
    "D-01",
    "D-05",
    "G-22",
    worlds=(ROW_BY_ROW,),
)
def start_remarks_said(evidence: Evidence) -> Verdict:
    """A fifth key and a repeated one warn, leftovers of AWS are a note; by variable, and never as an error."""
    events = [event for event in evidence.history if event.world == ROW_BY_ROW and event.kind in {"must-start", "log"}]
    rows = [place for place, event in enumerate(events) if event.kind == "must-start"]
    for begun, ended in zip(rows, [*rows[1:], len(events)], strict=True):
        row, lines = events[begun], events[begun + 1 : ended]
        said = {line.get("variable") for line in lines if line["level"] in {"info", "warn"}}
        if missing := [name for name in row["names"] if name not in said]:
            return failed(f"{row['row']}: the log says nothing of {', '.join(missing)}", [row.n])
    if not any(events[place]["names"] for place in rows):
        return unknown("nothing that must be remarked was started")
    return passed(f"{len(rows)} starts, remarked as they must be", [event.n for event in events])


@check("alias-starts", "An alias in place of the key's ARN starts and works", "G-09", worlds=("starts:alias",))
def alias_starts(evidence: Evidence) -> Verdict:
    """`doctor` warns of it; the gateway takes it."""
    probes = evidence.of("functional-probe", world="starts:alias")
    if not probes:
        return unknown("no alias was tried")
    if not probes[0]["ok"]:
        return failed(f"with an alias a new CEK fails with {probes[0]['cause']}", [probes[0].n])
    return passed("started under an alias, one new CEK wrapped and unwrapped", [probes[0].n])


@check("stops-when-told", "A gateway ends when it is told to, with exit code 0, and leaves nothing behind", "G-02")
def stops_when_told(evidence: Evidence) -> Verdict:
    """In every world that ran it as a process: who must be killed may still have served; a file is kept state."""
    stops = evidence.of("stopped", world=None)
    told = [event for event in stops if event.get("exit_code") is not None]
    for event in told:
        if event["killed"] or event["exit_code"] != 0:
            return failed(f"{event['instance']} ended with exit code {event['exit_code']}", [event.n])
        if event["left"]:
            return failed(f"{event['instance']} left {', '.join(event['left'])} behind", [event.n])
    if not stops:
        return unknown("nothing was stopped")
    return passed(f"{len(stops)} stops, {len(told)} of them of processes", [event.n for event in stops])


@check("published-key-is-first", "The published key is the first entry's, under either provider", "G-10", "G-13")
def published_key_is_first(evidence: Evidence) -> Verdict:
    """In every world: after each start, whatever the provider, and never more than the one key."""
    boots = {(event.world, event["instance"]): event for event in evidence.of("booted", world=None)}
    keys = evidence.of("public-key", world=None)
    if not keys:
        return unknown("no published key was read")
    for event in keys:
        boot = boots.get((event.world, event.get("instance")))
        if boot is not None and event["fingerprint"] != boot["keys"][0]:
            return failed(f"{boot['instance']} in {event.world} does not publish its first key alone", [event.n])
    return passed(f"{len(keys)} looks, each time the first entry's key", [event.n for event in keys])


@check("procedure-completes", "Every step of the procedure could be done", "G-19", "G-23")
def procedure_completes(evidence: Evidence) -> Verdict:
    """What refuses a step that the guide needs is not ready for the window, whatever else could be judged."""
    ends = evidence.of("scenario-ended")
    if not ends:
        return unknown("the scenario did not come to an end")
    if ends[-1]["outcome"] != "ok":
        return failed(f"a step could not be done: {ends[-1]['why']}", [ends[-1].n])
    steps = [event.n for event in evidence.of("step-ended")]
    return passed(f"{len(steps)} steps done", steps)
