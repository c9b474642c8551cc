"""Forks that show a refusal to bite: forged tokens, shut doors, expiry, another KMS key, the throw flag, the doctor."""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256

from harness.key_material import fresh_key
from harness.rehearsal.ageing import try_aged_tokens
from harness.rehearsal.config_sync import look_at_config_sync
from harness.rehearsal.doors import knock_everywhere, with_a_further_key
from harness.rehearsal.forgeries import try_forgeries
from harness.rehearsal.lifetimes import watch_tokens_age
from harness.rehearsal.preflight import examine_samples
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.sealed_sessions import exchange_over_the_cutover
from harness.rehearsal.seed import Seeder
from harness.rehearsal.stored import look_at_stored
from harness.runbook import Runbook, minutes
from harness.target import control
from scenarios.guide_forks import AFTER, THROW, Wrong, jwt_keys, plant_prerequisite, sample
from scenarios.guide_startup import walk_the_table
from scenarios.parts import functional_probe

_LOOKED_AT = 4
_CONSENT, _HASH = "CONSENT_IDENTIFIER_ENCRYPTION_KEY", "INTERNAL_KEY_HASH"


def before_the_stop(r: Rehearsal, run: Runbook) -> None:
    with r.fork("preflight", "The doctor reads what the chart and the Terraform module do by default") as f:
        examine_samples(f)
    with r.fork("forged", "Tokens are changed, and used for what they were not made for") as f:
        f.must_start("before")
        try_forgeries(f)
    with r.fork("doors", "Every route without its credentials, and where it is not") as f:
        f.must_start("before", changed={_HASH: with_a_further_key(f.environments["before"].get(_HASH, ""))})
        knock_everywhere(f)
    with r.fork("ageing", "Tokens are used just before and just after their end") as f:
        watch_tokens_age(f)
    with r.fork("stored:local", "What Transcend's cloud holds of requests made under Local") as f:
        f.must_start("before")
        requests, integrations = (f.ledger.of_latest(kind, "before") for kind in ("request", "integration"))
        look_at_stored(f, requests[:_LOOKED_AT], integrations[:1])
    with r.fork("config-sync", "What a start tells Transcend of itself, and what if it is not listened to") as f:
        for environment in ("before", "after"):
            look_at_config_sync(f, environment)
    with r.fork("exchange", "Browsers seal sessions towards the exchange key; pages outlive the cutover") as f:
        exchange_over_the_cutover(f)
    own_consent_key(r, run)
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


def own_consent_key(r: Rehearsal, run: Runbook) -> None:
    """With a key of their own, consent identifiers are matched through the cutover and without the old JWT key."""
    first, second = (b64encode(sha256(name.encode()).digest()).decode() for name in ("consent 1", "consent 2"))
    with r.fork("consent-key", "Consent identifiers have a key of their own") as f:
        f.must_start("before", changed={_CONSENT: first})
        older = len(f.ledger.of("consent_identifier"))
        Seeder(f, run.seed).others(2, integrations=False)
        made = f.ledger.of("consent_identifier")[older:]
        f.probe("before-cutover", made)
        for moment, changed in {
            AFTER: {_CONSENT: first},
            "old-key-dropped": {_CONSENT: first, "JWT_ECDSA_KEY": jwt_keys(f, "after")[0]},
            "consent-key-rotated": {_CONSENT: f"{second},{first}"},
            "consent-key-lost": {_CONSENT: second},
        }.items():
            f.stop()
            f.must_start("after", changed=changed)
            f.probe(moment, made)


def while_stopped(r: Rehearsal, run: Runbook) -> None:
    loud_starts(r, run)
    walk_the_table(r, run)


def loud_starts(r: Rehearsal, run: Runbook) -> None:
    """With the throw flag, and a key that comes back without one."""
    arn, loud = r.environments["after"].get("AWS_KMS_KEY_ARN", ""), {THROW: "true"}
    if arn.startswith("arn:aws:kms:") and ":key/" in arn:
        for wrong in _loud(loud):
            plant_prerequisite(r, run, wrong, arn)
        _key_comes_back(r, run, arn)


def _loud(flag: dict[str, str]) -> tuple[Wrong, ...]:
    """What the throw flag must refuse, and what it must let start."""
    access = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return (
        Wrong("loud-denial", "kms_access_denied", flag, deny="kms:Decrypt"),
        Wrong("loud-encrypt", "kms_access_denied", flag, deny="kms:Encrypt"),
        Wrong("loud-random", "kms_access_denied", flag, deny="kms:GenerateRandom"),
        Wrong("loud-no-credentials", "kms_credentials", flag, without=access),
        Wrong("loud-disabled", "kms_key_disabled", flag, state="Disabled"),
        Wrong("loud-unreachable", "kms_unreachable", {**flag, "FAKE_SOMBRA_KMS_RETRIES": "1"}, fault="*:outage"),
    )


def _key_comes_back(r: Rehearsal, run: Runbook, arn: str) -> None:
    """Disabled and denied while the gateway runs, and mended again without a restart."""
    with r.fork("key-comes-back", "The key is disabled, then a permission taken away; each comes back") as f:
        f.must_start("after")
        functional_probe(f, run.seed, AFTER)
        f.set_key_state(arn, "Disabled")
        functional_probe(f, run.seed, AFTER)
        f.set_key_state(arn, "Enabled")
        functional_probe(f, run.seed, AFTER)
        f.deny("kms:Decrypt")
        functional_probe(f, run.seed, AFTER)
        f.allow("kms:Decrypt")
        functional_probe(f, run.seed, AFTER)


def after_the_cutover(r: Rehearsal) -> None:
    another_kms_key(r)
    with r.fork("forged:cloud", "The same forgeries under AWS, where the genuine context does not open either") as f:
        f.must_start("after")
        try_forgeries(f, genuine="wrong_provider")
    with r.fork("stored:cloud", "What Transcend's cloud holds of requests made under AWS") as f:
        f.must_start("after")
        requests, integrations = (f.ledger.of_latest(kind, "after") for kind in ("request", "integration"))
        look_at_stored(f, requests[:_LOOKED_AT], integrations[:1])


def another_kms_key(r: Rehearsal) -> None:
    """A second key of the same account, which the gateway may use: it must not open what the first one wrapped."""
    first = r.environments["after"].get("AWS_KMS_KEY_ARN", "")
    second = first[:-4] + ("0000" if not first.endswith("0000") else "1111")
    with r.fork("another-kms-key", "The key's ARN is replaced by another key's") as f:
        f.need("make a second key", [control("kms-control", "POST", "/keys", {"arn": second})])
        f.must_start("after", changed={"AWS_KMS_KEY_ARN": second})
        f.probe(AFTER, sample(f))
