"""What must be refused although it looks right: a second provider's name, a forged context, another KMS key."""

from __future__ import annotations

from harness.checks.check import CLOUD, Evidence, all_opened, all_refused, check, first_bad
from harness.model import WRAPPED
from harness.verdict import Verdict, failed, passed, unknown

AFTER, BACK = "after-cutover", "after-rollback"
LOUD_DENIAL, LOUD_DISABLED = "prerequisite:loud-denial", "prerequisite:loud-disabled"


@check("hybrid-refused", "A configuration that names more than one provider does not start", "G-01")
def hybrid_refused(evidence: Evidence) -> Verdict:
    """Refused with exit 1, saying which variable, and no port opened."""
    return _refused_cleanly(evidence, "refused:hybrid", "hybrid configurations")


@check("misspelt-provider-refused", "A provider that is not spelled exactly does not start", "G-01")
def misspelt_provider_refused(evidence: Evidence) -> Verdict:
    """Another case, nothing, quotes: what a lenient reader would turn into a provider nobody chose."""
    return _refused_cleanly(evidence, "refused:provider", "misspelt providers")


def _refused_cleanly(evidence: Evidence, prefix: str, what: str) -> Verdict:
    boots = [event for world in evidence.forks(prefix) for event in evidence.of("booted", world=world)]
    for boot in boots:
        if boot["accepted"] or boot["ports_opened"] or boot["exit_code"] != 1:
            return failed(f"{boot.world}: the configuration was not refused cleanly", [boot.n])
        if not any("KMS_PROVIDER" in problem for problem in boot["problems"]):
            return failed(f"{boot.world}: the refusal does not name KMS_PROVIDER", [boot.n])
    return passed(f"{len(boots)} {what} refused before any port opened", [boot.n for boot in boots])


@check(
    "forged-contexts-refused",
    "A context that was changed, or belongs elsewhere, never opens",
    "G-03",
    worlds=("forged",),
)
def forged_contexts_refused(evidence: Evidence) -> Verdict:
    """Each forgery is refused by its own cause; the genuine context opens beside them."""
    tries = evidence.of("forgery", world="forged")
    for event in tries:
        if event["ok"] != (event["expected"] == "") or event["cause"] != event["expected"]:
            said, wanted = event["cause"] or "opened", event["expected"] or "opened"
            return failed(f"a context {event['name']} was {said}, must be {wanted}", [event.n])
    return passed(f"{len(tries)} contexts, only the genuine one opens", [event.n for event in tries])


@check(
    "kms-key-is-pinned",
    "Under another KMS key nothing opens that the first one wrapped",
    "G-09",
    worlds=("another-kms-key",),
)
def kms_key_is_pinned(evidence: Evidence) -> Verdict:
    """Though the caller may use both keys: Decrypt names the configured one."""
    probes = evidence.probes(AFTER, *WRAPPED, world="another-kms-key", wrap=CLOUD)
    return all_refused(probes, "artifacts of the first KMS key", "kms_incorrect_key")


@check(
    "throw-flag-obeyed",
    "With AWS_KMS_THROW_PERMISSIONS_ERRORS=true a denied gateway does not start, any other does",
    "D-06",
    worlds=(LOUD_DENIAL, LOUD_DISABLED),
)
def throw_flag_obeyed(evidence: Evidence) -> Verdict:
    """A disabled key is no missing permission: that start goes on and fails at its first use."""
    denied, disabled = (evidence.of("booted", world=world)[-1] for world in (LOUD_DENIAL, LOUD_DISABLED))
    if denied["accepted"] or not any("kms_access_denied" in problem for problem in denied["problems"]):
        return failed("a denied gateway started although the flag is set", [denied.n])
    if not disabled["accepted"]:
        return failed("the flag refused a start for a disabled key", [disabled.n])
    return passed("denied: refused with its cause; disabled: started", [denied.n, disabled.n])


@check(
    "restart-keeps-history",
    "A restart under AWS leaves what it restarts to the rollback",
    "G-23",
    "G-08",
    worlds=("paused",),
)
def restart_keeps_history(evidence: Evidence) -> Verdict:
    """A restart adds a context and never overwrites: files and identifiers of before come back."""
    kept = evidence.probes(BACK, world="paused", wrap="L")
    return first_bad(
        all_opened([each for each in kept if each.event["class"] == kind], f"Local-era {kind} artifacts of a restart")
        for kind in ("file", "identifier")
    )


@check(
    "age-told-apart",
    "A token that has expired is refused for its age, whichever key made it, and one without an end goes on verifying",
    "G-11",
    worlds=("aged",),
)
def age_told_apart(evidence: Evidence) -> Verdict:
    """Only a signature that does not fit may lead to the next key; nothing is accepted after its time."""
    causes = {"download_key": "token_expired", "nonce": ""}
    aged = evidence.of("aged", world="aged")
    missing = causes.keys() - {event["class"] for event in aged}
    if missing:
        return unknown(f"no {min(missing)} was offered after its time")
    for event in aged:
        if event["cause"] != causes[event["class"]]:
            said, wanted = event["cause"] or "accepted", causes[event["class"]] or "accepted"
            return failed(f"{event['artifact']}, two hours old, was {said}, must be {wanted}", [event.n])
    return passed(f"{len(aged)} old tokens, told apart by age alone", [event.n for event in aged])


@check("new-work-on-every-road", "What is made after the cutover can be downloaded on every road", "G-20")
def new_work_on_every_road(evidence: Evidence) -> Verdict:
    """Data subject, API and CLI; the exchange with a browser uses the new keys too."""
    roads = [event for event in evidence.of("road", moment="new-work") if event["road"] != "bare_cli"]
    closed = [event for event in roads if not event["ok"]]
    if closed:
        return failed(f"the road {closed[0]['road']} is closed to new work: {closed[0]['cause']}", [closed[0].n])
    return passed(f"{len(roads)} roads open to new work", [event.n for event in roads])


@check("logs-hold-nothing-secret", "No log line holds a key, a credential, a data subject or content", "G-22")
def logs_hold_nothing_secret(evidence: Evidence) -> Verdict:
    """In every world that was read."""
    scans = evidence.of("log-scan", world=None)
    heard = [event for event in scans if event["heard"]]
    if heard:
        return failed(f"a log line of {heard[0].world} holds {', '.join(heard[0]['heard'])}", [heard[0].n])
    if not evidence.of("log", world=None):
        return unknown("no log line was read")
    return passed(f"the logs of {len(scans)} looks hold nothing secret", [event.n for event in scans])
