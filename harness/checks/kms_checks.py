"""What the KMS is asked: nothing under Local, nothing beyond the least policy, nothing twice that it has refused."""

from __future__ import annotations

from harness.checks.check import Evidence, check
from harness.checks.fork_checks import PREREQUISITES
from harness.verdict import Verdict, failed, passed, unknown

GRANTED = frozenset({"GenerateRandom", "Encrypt", "Decrypt", "DescribeKey", "GenerateDataKey"})
_MOST = 3  # a test at the start, and the two files of the functional probe


@check("local-leaves-kms-alone", "Under Local the KMS is not called at all", "G-01", "G-04")
def local_leaves_kms_alone(evidence: Evidence) -> Verdict:
    """Neither before the cutover nor after the rollback, whatever AWS variables are left over."""
    counts = {event["moment"]: event for event in evidence.of("kms-calls")}
    if not {"under-local", "aws-stopped", "rolled-back"} <= set(counts):
        return unknown("the KMS's calls were not counted before, between and after")
    early, during = counts["under-local"], counts["aws-stopped"]
    if early["count"]:
        return failed(f"the KMS was called {early['count']} times before the cutover", [early.n])
    late = counts["rolled-back"]["count"] - during["count"]
    if late:
        return failed(f"the KMS was called {late} times after the rollback", [counts["rolled-back"].n])
    if not during["count"]:
        return unknown("the KMS was not called under AWS either")
    return passed(f"{during['count']} calls, all under AWS", [event.n for event in counts.values()])


@check("only-granted-actions", "The KMS is asked for nothing that the least policy does not grant", "G-09", "G-13")
def only_granted_actions(evidence: Evidence) -> Verdict:
    """Under the guide's policy any other call is denied, and what comes of that is found too late."""
    journals = evidence.of("kms-journal", world=None)
    calls = [(event, call[0]) for event in journals for call in event["calls"]]
    if not calls:
        return unknown("the KMS journal is empty")
    for event, operation in calls:
        if operation not in GRANTED:
            return failed(f"the KMS was asked for {operation}", [event.n])
    return passed(f"{len(calls)} calls, all within the least policy", [event.n for event in journals])


@check(
    "refused-once",
    "What the KMS refuses for good is not asked again and again",
    "G-09",
    worlds=tuple(f"prerequisite:{name}" for name in PREREQUISITES),
)
def refused_once(evidence: Evidence) -> Verdict:
    """A missing permission does not come by asking; the quota is shared with what works."""
    events = [event for name in PREREQUISITES for event in evidence.of("kms-refused", world=f"prerequisite:{name}")]
    for event in events:
        for operation, count in event["counts"].items():
            if count > _MOST:
                return failed(f"{event.world}: {operation} was refused {count} times for two uses", [event.n])
    if not any(event["counts"] for event in events):
        return unknown("the KMS refused nothing")
    return passed(f"{len(events)} faults, none asked for again", [event.n for event in events])


@check(
    "key-comes-back",
    "A key that is enabled again, or allowed again, works without a restart",
    "G-22",
    "D-06",
    worlds=("key-comes-back",),
)
def key_comes_back(evidence: Evidence) -> Verdict:
    """Works, refused, works, refused, works."""
    probes = evidence.of("functional-probe", world="key-comes-back")
    seen = [event["cause"] for event in probes]
    wanted = ["", "kms_key_disabled", "", "kms_access_denied", ""]
    if seen != wanted:
        return failed(f"the probes say {[each or 'works' for each in seen]}", [event.n for event in probes])
    return passed("each came back by itself", [event.n for event in probes])
