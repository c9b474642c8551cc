"""Forks that show a refusal to bite: forgeries, another KMS key, the throw flag, misspelt providers, the doctor."""

from __future__ import annotations

from harness.key_material import fresh_key
from harness.rehearsal.ageing import try_aged_tokens
from harness.rehearsal.forgeries import try_forgeries
from harness.rehearsal.preflight import examine_samples
from harness.rehearsal.rehearsal import Rehearsal
from harness.runbook import Runbook, minutes
from harness.target import control
from scenarios.guide_forks import THROW, Wrong, plant_prerequisite, refuse, sample

MISSPELT = {"other-case": "aws", "empty": "", "quoted": '"AWS"', "padded": " local"}


def before_the_stop(r: Rehearsal) -> None:
    with r.fork("preflight", "The doctor reads what the chart and the Terraform module do by default") as f:
        examine_samples(f)
    with r.fork("forged", "Contexts are changed, and used for what they were not made for") as f:
        f.must_start("before")
        try_forgeries(f)
    let_tokens_age(r)


def let_tokens_age(r: Rehearsal) -> None:
    """Two hours later, and with another key in front of the one that signed: age must not look like a wrong key."""
    later = {
        "FAKE_SOMBRA_CLOCK_OFFSET_S": str(minutes(120)),
        "JWT_ECDSA_KEY": f"{fresh_key('in front')},{r.environments['before']['JWT_ECDSA_KEY']}",
    }
    with r.fork("aged", "Tokens two hours after they were made") as f:
        f.must_start("before", changed=later)
        try_aged_tokens(f)


def while_stopped(r: Rehearsal, run: Runbook) -> None:
    arn, loud = r.environments["after"].get("AWS_KMS_KEY_ARN", ""), {THROW: "true"}
    if arn.startswith("arn:aws:kms:") and ":key/" in arn:
        for wrong in (
            Wrong("loud-denial", "kms_access_denied", loud, deny="kms:Decrypt"),
            Wrong("loud-disabled", "kms_key_disabled", loud, state="Disabled"),
        ):
            plant_prerequisite(r, run, wrong, arn)
    refuse(r, {f"provider-{name}": {"KMS_PROVIDER": value} for name, value in MISSPELT.items()})


def after_the_cutover(r: Rehearsal) -> None:
    """A second key of the same account, which the gateway may use: it must not open what the first one wrapped."""
    first = r.environments["after"].get("AWS_KMS_KEY_ARN", "")
    second = first[:-4] + ("0000" if not first.endswith("0000") else "1111")
    with r.fork("another-kms-key", "The key's ARN is replaced by another key's") as f:
        f.need("make a second key", [control("kms-control", "POST", "/keys", {"arn": second})])
        f.must_start("after", changed={"AWS_KMS_KEY_ARN": second})
        f.probe("after-cutover", sample(f))
