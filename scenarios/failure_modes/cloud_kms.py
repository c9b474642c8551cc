"""F15 to F22: the key at the KMS, what it is named by, what became of it, and the way to it."""

from __future__ import annotations

from harness.checks.check import CLOUD, Evidence
from harness.failures import Seen, Stage, fails, failure, rule
from harness.failures.looks import green_but_broken, opened, refused
from harness.model import WRAPPED
from harness.rehearsal.preflight import sample
from scenarios.failure_modes.parts import (
    AFTER,
    ARN,
    ONE_TRY,
    another_key,
    kms,
    roll_back,
    start_under_aws,
)


@failure(
    "F15",
    "The key is named in another region or account, by an alias, or not as an ARN",
    claims="G-09",
    says="kms_key_not_found",
    symptom="Sombra starts, health is green; the first request fails because there is no such key.",
    cause="A KMS client looks in its own region: AWS_REGION and the ARN must agree. Only a malformed ARN refuses "
    "the start.",
    detect="`doctor` compares region and ARN; a functional probe directly after the start.",
    remedy="Make AWS_REGION and the ARN's region agree, and name the key by its own ARN.",
    look=green_but_broken,
    detected_by=(fails("healthy-and-works"), rule("region-mismatch")),
)
def key_elsewhere(stage: Stage) -> None:
    if stage.is_planted:
        stage.edit("after", AWS_REGION="us-east-1")
    start_under_aws(stage)


@failure(
    "F16",
    "The key is of the wrong kind: for signing, RSA, HMAC",
    claims="G-09",
    says="kms_invalid_key_usage",
    symptom="Sombra starts, health is green; the first wrap fails.",
    cause="Only a symmetric key for encryption wraps; nothing of the ARN shows what a key is for.",
    detect="`aws kms describe-key`: KeySpec SYMMETRIC_DEFAULT, KeyUsage ENCRYPT_DECRYPT; a functional probe.",
    remedy="Make a key of the right kind and name that. A key's usage never changes.",
    look=green_but_broken,
    detected_by=(fails("healthy-and-works"),),
)
def key_of_another_usage(stage: Stage) -> None:
    if stage.is_planted:
        arn = stage.files["after"][ARN]
        kms(stage, "/keys/forget", arn=arn)
        kms(stage, "/keys", arn=arn, spec="RSA_2048", usage="SIGN_VERIFY")
    start_under_aws(stage)


@failure(
    "F17",
    "Decrypt does not name its key, and so hides a wrong ARN",
    claims="G-09",
    symptom="A cutover to another key seems to work: what the first key wrapped still opens. An audit finds out later.",
    cause="A symmetric ciphertext tells the KMS which key it needs; a Decrypt without KeyId uses any the caller may "
    "use.",
    detect="Two usable keys in one account: under the second, nothing of the first may open.",
    remedy="Decrypt with the key's ARN. Compare the ARN of the configuration with the one that was agreed on.",
    look=opened(AFTER, *WRAPPED, wrap="A", what="things of another key"),
    detected_by=(fails("model-agrees"),),
    reports="hashicorp/vault#20337",
)
def decrypt_without_its_key(stage: Stage) -> None:
    if stage.is_planted:
        stage.edit("after", FAKE_SOMBRA_KMS_DECRYPT="unpinned")
    start_under_aws(stage)
    stage.edit("after", **{ARN: another_key(stage, stage.files["after"][ARN])})
    stage.r.stop()
    stage.r.must_start("after")
    stage.try_all(AFTER, *WRAPPED)


@failure(
    "F18",
    "The key is disabled, or waits for its deletion, after the cutover",
    claims="G-09 G-22",
    says="kms_key_disabled",
    symptom="From one minute to the next nothing that AWS wrapped opens; health stays green.",
    cause="Somebody, or a clean-up job, changed the key's state. An emulator without rules would not show it.",
    detect="Alarm on DisableKey and ScheduleKeyDeletion; rates of refusals by cause.",
    remedy="Enable the key, or cancel its deletion: everything opens again.",
    look=refused(AFTER, *WRAPPED, wrap=CLOUD, only="kms_key_disabled"),
    detected_by=(fails("new-artifacts-open"),),
)
def key_disabled_in_use(stage: Stage) -> None:
    if start_under_aws(stage):
        stage.new_work()
    if stage.is_planted:
        stage.r.set_key_state(stage.files["after"][ARN], "Disabled")
    stage.try_all(AFTER)


@failure(
    "F19",
    "Terraform goes back to local and destroys the key; a second cutover makes another",
    claims="D-08 G-25",
    says="kms_access_denied",
    symptom="The rollback is clean. After the second cutover nothing of the first one opens, under a new ARN.",
    cause="The module makes the key only in AWS mode: going back to local deletes it, and deletion ends all it "
    "wrapped.",
    detect="Read the plan before the rollback: no delete and no replace of the KMS key.",
    remedy="Take the key out of that state, or protect it from deletion. Within the waiting period, cancel the "
    "deletion.",
    look=refused(AFTER, *WRAPPED, wrap=CLOUD),
    detected_by=(fails("new-artifacts-open"), rule("kms-key-destroyed")),
    reports="robertdebock/terraform-aws-vault#28 terraform-aws-modules/terraform-aws-eks#2402",
)
def key_destroyed_by_the_rollback(stage: Stage) -> None:
    if start_under_aws(stage):
        stage.new_work()
    stage.documents["tfplan"] = sample("terraform-rollback.json" if stage.is_planted else "terraform-cutover.json")
    roll_back(stage)
    if stage.is_planted:
        first = stage.files["after"][ARN]
        kms(stage, "/keys/forget", arn=first)
        stage.edit("after", **{ARN: another_key(stage, first)})
    stage.r.stop()
    stage.r.must_start("after")
    stage.try_all(AFTER)


@failure(
    "F20",
    "The alias is the same, the key behind it is another",
    claims="G-09",
    says="kms_incorrect_key",
    symptom="Ciphertexts are invalid after an infrastructure change that left the configuration as it was; it looks "
    "like "
    "damage.",
    cause="AWS_KMS_KEY_ARN names an alias, and the alias was pointed at a new key.",
    detect="`doctor` refuses an alias; resolve it before and after each change and compare the key's ARN.",
    remedy="Point the alias back; then name the key's own ARN.",
    look=refused(AFTER, *WRAPPED, wrap=CLOUD),
    detected_by=(fails("new-artifacts-open"), rule("arn-is-alias")),
    reports="minio/minio#14716",
)
def alias_of_another_key(stage: Stage) -> None:
    first = stage.files["after"][ARN]
    alias = f"{first.rsplit(':', 1)[0]}:alias/sombra"
    kms(stage, "/aliases", alias_arn=alias, key_arn=first)
    if stage.is_planted:
        stage.edit("after", **{ARN: alias})
    if start_under_aws(stage):
        stage.new_work()
    kms(stage, "/aliases", alias_arn=alias, key_arn=another_key(stage, first))
    stage.try_all(AFTER)


@failure(
    "F21",
    "The custom key store is disconnected",
    claims="G-09 G-22",
    says="kms_internal",
    symptom="Every wrap and unwrap fails at once, although key, policy and network are as they were.",
    cause="A key in a CloudHSM store is unavailable while the store is not connected.",
    detect="Watch the connection state of the store; rates of refusals by cause.",
    remedy="Connect the store again; nothing is lost.",
    look=refused(AFTER, *WRAPPED, wrap=CLOUD),
    detected_by=(fails("new-artifacts-open"),),
)
def key_store_disconnected(stage: Stage) -> None:
    if start_under_aws(stage):
        stage.new_work()
    if stage.is_planted:
        stage.r.set_key_state(stage.files["after"][ARN], "Unavailable")
    stage.try_all(AFTER)


def _starts_and_says_why(evidence: Evidence) -> Seen | None:
    """It starts within its deadline, is broken, and one line of the log says why."""
    seen, boot = green_but_broken(evidence), evidence.of("booted")[-1]
    if seen is None:
        return None
    lines = [event for event in evidence.of("log") if event["event"] == "kms_self_test_failed"]
    told = f"started after {'less than 5' if boot['seconds'] < 5 else 'more than 5'} s; {seen.symptom}"
    said = f"; self test: {lines[-1]['code']}" if lines else "; and nothing in the log says so"
    return Seen(told, seen.cause + said, seen.evidence)


@failure(
    "F22",
    "Nothing gets through to the KMS: a firewall, a missing VPC endpoint",
    claims="G-09 G-19",
    says="kms_unreachable",
    symptom="The start takes long and says nothing; then health is green and every request fails.",
    cause="The SDK waits for connections that nobody refuses; probes may kill the pod before it gives up.",
    detect="A deadline for the start and one log line with the cause; a functional probe from inside the pod.",
    remedy="Open the way to kms.<region>.amazonaws.com, or make the VPC endpoint; nothing was lost.",
    look=_starts_and_says_why,
    detected_by=(fails("healthy-and-works"),),
    reports="hashicorp/vault#8844 hashicorp/vault#9568",
)
def kms_cannot_be_reached(stage: Stage) -> None:
    stage.edit("after", **ONE_TRY)
    with stage.r.fault("*:outage" if stage.is_planted else "*:stale(1)"):
        start_under_aws(stage)
