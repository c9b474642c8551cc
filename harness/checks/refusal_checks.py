"""What must be refused although it looks right: a forged token, another KMS key, a start without permission."""

from __future__ import annotations

from harness.checks.check import CLOUD, Evidence, all_opened, all_refused, as_expected, check, first_bad
from harness.model import WRAPPED
from harness.verdict import Verdict, failed, passed, unknown

AFTER, BACK = "after-cutover", "after-rollback"
LOUD = tuple(f"prerequisite:loud-{name}" for name in ("denial", "encrypt", "random", "no-credentials"))
QUIET = ("prerequisite:loud-disabled", "prerequisite:loud-unreachable")


@check(
    "forged-contexts-refused",
    "A token that was changed, or belongs elsewhere, never opens",
    "G-03",
    worlds=("forged", "forged:cloud"),
)
def forged_contexts_refused(evidence: Evidence) -> Verdict:
    """Each forgery is refused by its own cause, under either provider; the genuine context is told apart."""
    tries = [event for world in ("forged", "forged:cloud") for event in evidence.of("forgery", world=world)]
    for event in tries:
        if not as_expected(event):
            said, wanted = event["cause"] or "opened", event["expected"] or "opened"
            return failed(f"{event['name']} was {said} in {event.world}, must be {wanted}", [event.n])
    return passed(f"{len(tries)} tokens, only the genuine ones are taken", [event.n for event in tries])


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
    "refused-leaves-nothing",
    "A submission that is refused leaves no request behind",
    "G-09",
    worlds=("prerequisite:disabled",),
)
def refused_leaves_nothing(evidence: Evidence) -> Verdict:
    """Whatever the KMS refuses: a request without a key would be seen by everyone and opened by nobody."""
    counted = evidence.of("left", world=None)
    left = [event for event in counted if event["count"]]
    if left:
        return failed(f"{left[0]['count']} requests were left behind in {left[0].world}", [event.n for event in left])
    refused = [event for event in evidence.of("functional-probe", world=None) if not event["ok"]]
    if not counted or not refused:
        return unknown("no submission was refused, or nobody counted what was left")
    return passed(f"{len(refused)} refused, none left behind", [event.n for event in counted])


@check(
    "throw-flag-obeyed",
    "With AWS_KMS_THROW_PERMISSIONS_ERRORS=true a denied gateway does not start, any other does",
    "D-06",
    worlds=(*LOUD, *QUIET),
)
def throw_flag_obeyed(evidence: Evidence) -> Verdict:
    """A disabled key is no missing permission: that start goes on and fails at its first use."""
    for world in LOUD:
        boot, planted = evidence.of("booted", world=world)[-1], evidence.of("planted", world=world)[0]
        if boot["accepted"] or not any(planted["expected"] in problem for problem in boot["problems"]):
            return failed(f"{world}: the gateway started, or does not say why not", [boot.n])
    for world in QUIET:
        boot = evidence.of("booted", world=world)[-1]
        if not boot["accepted"]:
            return failed(f"{world}: the flag refused a start that lacks no permission", [boot.n])
    boots = [evidence.of("booted", world=world)[-1].n for world in (*LOUD, *QUIET)]
    return passed("without permission: refused with the cause; otherwise: started", boots)


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


@check("answers-hold-nothing-secret", "No answer holds a key or a credential, whatever was asked", "G-06", "G-22")
def answers_hold_nothing_secret(evidence: Evidence) -> Verdict:
    """Every answer of every world was listened to."""
    scans = evidence.of("answer-scan", world=None)
    heard = [event for event in scans if event["heard"]]
    if heard:
        return failed(f"an answer in {heard[0].world} holds {', '.join(heard[0]['heard'])}", [heard[0].n])
    answers = sum(event["answers"] for event in scans)
    if not answers:
        return unknown("no answer was listened to")
    return passed(f"{answers} answers hold nothing secret", [event.n for event in scans])


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
