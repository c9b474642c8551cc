"""F23 to F25, F33: what one gateway of a fleet has and another has not, by its age, its memory or its luck."""

from __future__ import annotations

from collections import Counter

from harness.checks.check import CLOUD, Evidence
from harness.failures import Seen, Stage, fails, failure
from harness.failures.looks import cause_of, green_but_broken
from scenarios.failure_modes.parts import (
    AFTER,
    ONE_TRY,
    start_under_aws,
    wrong_sombra,
)
from scenarios.parts import functional_probe

ACCOUNT = "arn:aws:iam::111122223333:user"


def by_replica(evidence: Evidence) -> Seen | None:
    """The same things open through one instance and not through another."""
    probes = evidence.probes(AFTER, wrap=CLOUD)
    refusals = Counter(each.event["instance"] for each in probes if not each.event["readable"])
    tried = Counter(each.event["instance"] for each in probes)
    if not refusals or len(refusals) == len(tried):
        return None
    told = ", ".join(f"{name}: {refusals[name]} of {count} refused" for name, count in tried.items())
    shut = [each for each in probes if not each.event["readable"]]
    return Seen(told, cause_of(evidence, shut[0].event["cause"]), tuple(each.event.n for each in shut))


@failure(
    "F23",
    "Credentials expire long after they were found good",
    claims="G-22 D-06",
    says="kms_credentials",
    limits="No day passes: the KMS refuses one of two callers as AWS does when a session has run out.",
    symptom="A day after sign-off the older pod fails and the younger one works; a restart seems to mend it.",
    cause="A session token was read at the start and is not renewed; age decides, not configuration.",
    detect="Group refusals by replica and its age; let a rehearsed replica outlive its credentials.",
    remedy="Use a credential provider that renews (a service account's web identity), no static session tokens.",
    look=by_replica,
    detected_by=(fails("new-artifacts-open"),),
    reports="ankane/active_kms#4 aws/aws-sdk-js-v3#4679",
)
def credentials_expire_later(stage: Stage) -> None:
    r = stage.r
    stage.edit("after", **ONE_TRY)
    r.start("after", identity="monday")
    r.look_at_health()
    functional_probe(r, stage.seed, AFTER)
    r.start("after", identity="tuesday")
    expired = f"Decrypt[principal={ACCOUNT}/monday]:ExpiredTokenException"
    with r.fault(expired if stage.is_planted else "*:stale(1)"):
        for instance in r.live:
            stage.try_all(AFTER, "file", "identifier", through=instance)


def _throttled(evidence: Evidence) -> Seen | None:
    """Cold reads of several replicas at once are throttled."""
    probes = evidence.probes(AFTER, wrap=CLOUD)
    slow = [each for each in probes if each.event["cause"] == "kms_throttled"]
    if not slow:
        return None
    replicas = {each.event["instance"] for each in probes}
    told = f"{len(slow)} of {len(probes)} reads through {len(replicas)} replicas at once are told to slow down"
    return Seen(told, cause_of(evidence, "kms_throttled"), tuple(each.event.n for each in slow))


@failure(
    "F24",
    "The KMS throttles, and a storm of restarts makes it worse",
    claims="G-22",
    says="kms_throttled",
    limits="A quota of one call a second stands in for a region's; how long a warm-up takes is not measured.",
    symptom="After a restart of all replicas reads are slow, time out, and fail; minutes later all is well.",
    cause="Each cold replica opens every key anew, and a region's quota is shared by all that call it.",
    detect="Count ThrottlingException; restart all replicas at once in a rehearsal with a shared quota.",
    remedy="Restart one replica after the other; raise the quota before the window; retry with jitter.",
    look=_throttled,
    detected_by=(fails("new-artifacts-open"),),
    reports="kubernetes/kubernetes#90856 aws/aws-dynamodb-encryption-java#6",
)
def restarts_are_throttled(stage: Stage) -> None:
    r = stage.r
    stage.edit("after", **ONE_TRY)
    if start_under_aws(stage):
        stage.new_work()
    r.stop()
    for _ in range(3):
        r.start("after")
    with r.fault("Decrypt:quota(1/s)" if stage.is_planted else "*:stale(1)"):
        for instance in r.live:
            stage.try_all(AFTER, "file", "identifier", through=instance)


@failure(
    "F25",
    "One blip of the KMS is kept as a lasting failure",
    claims="G-22",
    says="kms_unreachable",
    symptom="The KMS was away for a second, and one gateway never recovers although others work.",
    cause="The first error of a client is cached, or a broken client is kept; only a new start helps.",
    detect="Let one call fail in a rehearsal, then ask for success.",
    remedy="Restart that gateway. In code of your own, never cache a failure that may pass.",
    look=green_but_broken,
    detected_by=(fails("healthy-and-works"),),
    reports="kroxylicious/kroxylicious#788",
)
def blip_kept_for_ever(stage: Stage) -> None:
    r = stage.r
    stage.edit("after", **ONE_TRY)
    with wrong_sombra(stage, "first-failure-lasts"):
        r.must_start("after")
        r.look_at_health()
        functional_probe(r, stage.seed, AFTER)
        with r.fault("Decrypt:outage@once"):
            r.probe("blip", r.ledger.of("request")[-1:])
        functional_probe(r, stage.seed, AFTER)


@failure(
    "F33",
    "Replicas keep different things in memory",
    claims="G-22",
    says="kms_access_denied",
    limits="Two gateways of a wrong Sombra; calls are sent to each by name, no load balancer decides.",
    symptom="Errors depend on which replica answers; trying again helps, sometimes.",
    cause="Each replica caches keys it has made or opened; when the KMS denies, the caches differ.",
    detect="Group refusals by replica; ask every replica for the same things.",
    remedy="Mend the permission. Restart all replicas to see what is really readable.",
    look=by_replica,
    detected_by=(fails("model-agrees"),),
    reports="kubernetes/kubernetes#138950",
)
def replicas_diverge(stage: Stage) -> None:
    r = stage.r
    with wrong_sombra(stage, "fresh-keys-kept"):
        if start_under_aws(stage):
            stage.new_work()
        r.must_start("after")
        if stage.is_planted:
            r.deny("kms:Decrypt")
        for instance in r.live:
            stage.try_all(AFTER, "file", "identifier", through=instance)
