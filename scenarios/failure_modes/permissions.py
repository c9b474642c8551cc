"""F10 to F14: who calls the KMS, what it may do there, and since when."""

from __future__ import annotations

from harness.checks.check import Evidence
from harness.failures import Seen, Stage, fails, failure, rule
from harness.failures.looks import cause_of, green_but_broken
from scenarios.failure_modes.parts import (
    AFTER,
    ARN,
    ONE_TRY,
    allow,
    deploy,
    kms,
    policy,
    start_under_aws,
)
from scenarios.parts import functional_probe

ACCOUNT = "arn:aws:iam::111122223333:user"
OURS = f"{ACCOUNT}/rehearsal"
"""The principal that a gateway of this rehearsal signs as."""
ON_THE_KEY = ("kms:Encrypt", "kms:Decrypt", "kms:DescribeKey")
THROW = "AWS_KMS_THROW_PERMISSIONS_ERRORS"


def _whose_call_was_denied(evidence: Evidence) -> Seen | None:
    """Green and broken, and the KMS names somebody as the caller."""
    seen, said = green_but_broken(evidence), evidence.of("kms-said")
    if seen is None or not said:
        return None
    return Seen(seen.symptom, f"{seen.cause}; KMS: {said[-1]['message']}", (*seen.evidence, said[-1].n))


def _note_denials(stage: Stage) -> None:
    """What the KMS answered to the last denied call, into the history; AWS writes no secret into it."""
    denied = [call for call in stage.r.read_journal(AFTER) if call["result"] == "AccessDeniedException"]
    if denied:
        stage.r.record("kms-said", principal=denied[-1]["principal"], message=denied[-1]["message"])


@failure(
    "F10",
    "Sombra calls the KMS as somebody else: the node's role, a default account",
    claims="G-09 D-06",
    says="kms_access_denied",
    symptom="Access is denied to a role that nobody recognises; the role that was prepared is never used.",
    cause="The pod has no service account of its own, so the SDK finds other credentials on its way.",
    detect="`doctor` misses the service account; in the report and in CloudTrail the caller of each KMS call is named.",
    remedy="Give the workload its own service account and role; take other credentials out of its environment.",
    look=_whose_call_was_denied,
    detected_by=(fails("healthy-and-works"), rule("identity-missing")),
    reports="hashicorp/vault-helm#716 hashicorp/vault-helm#410",
)
def wrong_principal(stage: Stage) -> None:
    deploy(stage, wrong=("      serviceAccountName: sombra\n", ""))
    prepared = f"{ACCOUNT}/sombra" if stage.is_planted else OURS
    document = policy(allow(ON_THE_KEY, stage.files["after"][ARN]), allow(["kms:GenerateRandom"]))
    kms(stage, "/identity-policies", principal=prepared, policy=document)
    start_under_aws(stage)
    _note_denials(stage)


@failure(
    "F11",
    "Permission errors are swallowed",
    claims="D-06 G-19",
    says="kms_access_denied",
    symptom="Pods are healthy, no alarm; requests are stuck, and files do not open.",
    cause="AWS_KMS_THROW_PERMISSIONS_ERRORS is false by default: a denied KMS refuses calls, not the start.",
    detect="A functional canary beside health: submit one test request and open it. `doctor` warns of the flag.",
    remedy="Set AWS_KMS_THROW_PERMISSIONS_ERRORS=true for the cutover: a denied gateway then does not start.",
    look=green_but_broken,
    detected_by=(fails("healthy-and-works"), rule("permission-errors-hidden")),
)
def permission_errors_swallowed(stage: Stage) -> None:
    if not stage.is_planted:
        stage.edit("after", **{THROW: "true"})
    stage.r.deny("kms:Decrypt")
    start_under_aws(stage)


def _written_never_read(evidence: Evidence) -> Seen | None:
    """Requests were taken, and none of them opens."""
    seen = green_but_broken(evidence)
    hole = evidence.of("accepted")
    if seen is None or not hole or not hole[-1]["accepted"] or hole[-1]["opened"]:
        return None
    told = f"{hole[-1]['accepted']} new requests were accepted, and {hole[-1]['opened']} of them can be opened"
    return Seen(told, cause_of(evidence, hole[-1]["cause"]), (hole[-1].n,))


@failure(
    "F12",
    "Encrypt is allowed and Decrypt is not: a hole one can only write into",
    claims="G-09 D-06",
    says="kms_access_denied",
    symptom="New requests are accepted, health is green; nothing that was written can be read back.",
    cause="The policy grants kms:Encrypt without kms:Decrypt, or forgets kms:GenerateRandom, which has no key to name.",
    detect="Probe every action of the principal that will run, on the key and on `*`; open one new request before "
    "the rest.",
    remedy="Grant Encrypt, Decrypt and DescribeKey on the key, GenerateRandom on `*`. What was written opens then.",
    look=_written_never_read,
    detected_by=(fails("healthy-and-works"), rule("encrypt-without-decrypt")),
)
def write_only_hole(stage: Stage) -> None:
    r, granted = stage.r, [each for each in ON_THE_KEY if not stage.is_planted or each != "kms:Decrypt"]
    document = policy(allow(granted, stage.files["after"][ARN]), allow(["kms:GenerateRandom"]))
    kms(stage, "/identity-policies", principal=OURS, policy=document)
    stage.documents["iam-policy"] = document
    start_under_aws(stage)
    drafts = list(r.ledger.requests.values())[:2]
    taken = [reply for reply in r.exchange([r.customer.submit(each) for each in drafts]) if reply.ok]
    ids = [str(reply.json["request"]["id"]) for reply in taken]
    tried = r.exchange([r.cloud("POST", f"requests/{each}/open", {}) for each in ids])
    opening = [reply for reply in tried if reply.ok]
    cause = next((reply.cause for reply in tried if not reply.ok), "")
    r.record("accepted", accepted=len(taken), opened=len(opening), cause=cause)


def _flapping(evidence: Evidence) -> Seen | None:
    """Some new requests fail and others pass, in no order."""
    probes = evidence.of("functional-probe", moment=AFTER)
    failed = [event for event in probes if not event["ok"]]
    if not failed or len(failed) == len(probes):
        return None
    order = " ".join("ok" if event["ok"] else "fail" for event in probes)
    told = f"{len(failed)} of {len(probes)} new requests fail, one after the other: {order}"
    return Seen(told, cause_of(evidence, failed[0]["cause"]), tuple(event.n for event in probes))


@failure(
    "F13",
    "A permission has been granted, and has not spread yet",
    claims="G-09 G-15",
    says="kms_access_denied",
    limits="Nothing spreads here: the KMS refuses by the chance of a seed, so that success and failure "
    "alternate as they do meanwhile.",
    symptom="It fails, is tried again, passes, fails again; minutes later all is well, and nobody changed anything.",
    cause="IAM and key policies take effect after seconds to minutes, not everywhere at once.",
    detect="Ask for several successes in a row before the window goes on, not for one.",
    remedy="Grant before the window. Declare the time it takes as part of the step; wait for five probes in a row.",
    look=_flapping,
    detected_by=(fails("healthy-and-works"),),
    reports="hashicorp/terraform#6576 hashicorp/terraform-provider-aws#49247 hashicorp/terraform-provider-aws#12863",
)
def permission_not_spread_yet(stage: Stage) -> None:
    stage.edit("after", **ONE_TRY)
    stage.r.start("after")
    stage.r.look_at_health()
    with stage.r.fault("Encrypt:AccessDeniedException@p(0.5)#4" if stage.is_planted else "*:stale(1)"):
        for _ in range(6):
            functional_probe(stage.r, stage.seed, AFTER)


@failure(
    "F14",
    "The key's own policy does not let the account decide, or an organization denies",
    claims="G-09",
    says="kms_access_denied",
    symptom="Access is denied although the IAM policy is right to the letter.",
    cause="A key policy without the account's root as principal ignores IAM policies; a deny anywhere outweighs them.",
    detect="Read the key policy beside the IAM policy; AWS' message says which of them did not allow.",
    remedy="Add the statement that delegates to the account, or name the role in the key policy itself.",
    look=_whose_call_was_denied,
    detected_by=(fails("healthy-and-works"), rule("key-policy-shut")),
)
def key_policy_without_delegation(stage: Stage) -> None:
    arn = stage.files["after"][ARN]
    right = policy(allow(ON_THE_KEY, arn), allow(["kms:GenerateRandom"]))
    kms(stage, "/identity-policies", principal=OURS, policy=right)
    who = f"{ACCOUNT}/admin" if stage.is_planted else "arn:aws:iam::111122223333:root"
    of_the_key = policy(allow(["kms:*"], Principal={"AWS": who}))
    kms(stage, "/keys/policy", arn=arn, policy=of_the_key)
    stage.documents.update({"iam-policy": right, "key-policy": of_the_key})
    stage.principal = OURS
    start_under_aws(stage)
    _note_denials(stage)
