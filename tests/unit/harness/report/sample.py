"""Runs as a rehearsal makes them, for the tests of every report: one go, one no-go, and their history."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from harness.history import Event, History
from harness.run import (
    CheckRecord,
    ClaimRecord,
    Config,
    Finding,
    Run,
    StepRecord,
    SurvivalRow,
    Window,
)
from harness.verdict import Outcome, Result

OLD, NEW = "3f0c9a51d2b87e64", "b1e4470d8c95a2f3"
ARN = "arn:aws:kms:eu-west-1:111122223333:key/1b5c7d2e-0f3a-4c68-9d21-7a60e2b4c915"

_CHECKS = (
    ("hybrid-refused", "A configuration that names more than one provider does not start", "G-01"),
    ("no-overlap", "At no instant do two live instances differ in provider or keys", "G-02"),
    ("cloud-refuses-local", "Under AWS every Local-wrapped key is refused as wrong_provider", "G-03"),
    ("local-refuses-cloud", "Under Local every AWS-wrapped key is refused as wrong_provider", "G-04"),
    ("in-flight-stuck", "Each in-flight status fails at its next step, and nothing is half done", "G-05"),
    ("files-leak-nothing", "No byte of plaintext leaves with a refusal", "G-06"),
    ("drained-loses-nothing", "After the drain nothing in flight is lost", "G-07"),
    ("new-key-signs", "Tokens made after the cutover are signed by the new key", "G-10"),
    ("old-tokens-verify", "Every token signed by the old key still verifies", "G-11"),
    ("kms-signs-nothing", "The KMS journal holds no sign, verify or import call", "G-13"),
    ("in-window", "Measured and declared time fit the window", "G-15"),
    ("all-roads-refused", "After the cutover all three roads are refused", "G-17"),
    ("healthy-and-working", "Health is green on both listeners and a new CEK opens", "G-19"),
    ("rollback-reads-all", "Everything readable before the cutover is readable again", "G-23"),
    ("cloud-era-lost", "After the rollback cloud-era requests are refused", "G-24"),
    ("old-env-loses", "Rolling back to the old environment loses what was written since", "D-04"),
)
_ROWS: tuple[tuple[str, str, str, int, int, int, dict[str, int]], ...] = (
    ("file", "L(old)", "before-cutover", 96, 96, 96, {}),
    ("request", "L(old)", "before-cutover", 48, 48, 48, {}),
    ("nonce", "s=old", "before-cutover", 27, 27, 27, {}),
    ("file", "L(old)", "stopped", 96, 0, 0, {"connection_refused": 96}),
    ("request", "L(old)", "stopped", 48, 0, 0, {"connection_refused": 48}),
    ("file", "L(old)", "after-cutover", 96, 0, 0, {"wrong_provider": 96}),
    ("file", "A(x)", "after-cutover", 8, 8, 8, {}),
    ("request", "L(old)", "after-cutover", 48, 0, 0, {"wrong_provider": 48}),
    ("request", "A(x)", "after-cutover", 4, 4, 4, {}),
    ("integration", "L(old)", "after-cutover", 3, 0, 0, {"wrong_provider": 3}),
    ("nonce", "s=old", "after-cutover", 27, 27, 27, {}),
    ("consent_identifier", "s=old", "after-cutover", 5, 5, 5, {}),
    ("file", "L(old)", "after-rollback", 96, 96, 96, {}),
    ("file", "A(x)", "after-rollback", 8, 0, 0, {"wrong_provider": 8}),
    ("nonce", "s=old", "after-rollback", 27, 27, 27, {}),
)
_LATE: dict[str, dict[str, Any]] = {"receivers": {"declared_s": 6000}, "drop": {"outcome": "ok"}}
_STEPS = (
    StepRecord("drain", "Approve or cancel what is in flight", ("G-07",), "ok", 0.31, 1800, False, in_window=False),
    StepRecord("stop", "Stop Sombra", ("G-02",), "ok", 0.2, 120, False),
    StepRecord("switch", "Switch the environment to the cloud KMS", ("G-10", "G-11"), "ok", 0.0, 600, False),
    StepRecord("start", "Start Sombra and look at its health", ("G-19",), "ok", 0.41, 300, False),
    StepRecord("validate", "Validate with a new request", ("G-19", "G-20"), "ok", 0.62, 900, False),
    StepRecord("receivers", "Restart the webhook receivers", ("D-10",), "ok", 0.05, 900, False),
    StepRecord("drop", "Drop the old signing key", ("D-02",), "skipped", 0.0, 300, True),
)
_FINDINGS = (
    Finding(
        "leftover-aws",
        "note",
        "D-01",
        "rollback.env",
        7,
        "AWS_KMS_KEY_ARN is still set under KMS_PROVIDER=local; Sombra does not read it.",
        "Leave it, or empty it.",
    ),
    Finding(
        "rolling-update",
        "error",
        "D-07",
        "values.yaml",
        31,
        "The deployment rolls: for a while two pods hold different providers.",
        "Set strategy.type to Recreate.",
    ),
)


def go_run() -> Run:
    """A guide run in which everything held."""
    checks = tuple(
        CheckRecord(name, title, (claim,), Result.PASS, _why(name), _evidence(place), ("trunk",))
        for place, (name, title, claim) in enumerate(_CHECKS)
    )
    return Run(
        version="0.1.0",
        scenario="guide",
        target="process",
        kms="moto+strict",
        seed=7,
        verdict=Outcome.GO,
        reason="All 16 claims that were judged hold; 2 stand in the exemption file.",
        duration_s=3.214,
        started_at="2026-03-04T09:15:02Z",
        config=_config(),
        window=Window(7200, 1.28, 3120, _STEPS),
        checks=checks,
        claims=_claims(checks),
        survival=tuple(SurvivalRow(*row) for row in _ROWS),
        findings=_FINDINGS[:1],
        checks_planned=len(checks),
        error_rates={
            "stopped": {"connection_refused": 144},
            "after-cutover": {"wrong_provider": 147},
            "after-rollback": {"wrong_provider": 8},
        },
        worlds=("trunk", "undrained", "drained"),
    )


def no_go_run() -> Run:
    """The same with the old key dropped from the list: tokens die, the rollback cannot read."""
    run = go_run()
    bad = {
        "old-tokens-verify": (Result.FAIL, "27 of 27 nonces were refused: signature_invalid"),
        "rollback-reads-all": (Result.FAIL, "96 of 96 files were refused: signature_invalid"),
        "in-window": (Result.FAIL, "137.0 of 120 minutes"),
        "drained-loses-nothing": (Result.UNKNOWN, "the fork drained was not run to its end"),
    }
    checks = tuple(
        replace(each, result=bad[each.id][0], why=bad[each.id][1]) if each.id in bad else each for each in run.checks
    )
    rows = tuple(
        replace(row, readable=0, causes={"signature_invalid": row.count})
        if row.moment == "after-rollback" and "old" in row.era
        else row
        for row in run.survival
    )
    return replace(
        run,
        verdict=Outcome.NO_GO,
        reason="G-11, G-15 and G-23 fail: the old signing key is not in JWT_ECDSA_KEY, so the rollback is lost.",
        checks=checks,
        claims=_claims(checks),
        survival=rows,
        findings=_FINDINGS,
        window=replace(
            run.window, declared_s=8220, steps=tuple(replace(each, **_LATE.get(each.id, {})) for each in _STEPS)
        ),
        error_rates={**run.error_rates, "after-rollback": {"wrong_provider": 8, "signature_invalid": 123}},
    )


def history() -> History:
    """Events for every number the sample runs cite."""
    cited = sorted({n for place in range(len(_CHECKS)) for n in _evidence(place)})
    return History(events=[_event(n) for n in cited])


def hostile_run(text: str) -> Run:
    """The no-go run with a hostile text in every field that takes one."""
    run = no_go_run()
    return replace(
        run,
        version=text,
        scenario=text,
        target=text,
        kms=text,
        reason=text,
        started_at=text,
        worlds=(text,),
        config=replace(run.config, before={text: text, "keys": [text], "shown": {text: text}}, overlay={text: text}),
        window=replace(
            run.window,
            steps=tuple(replace(each, id=text, title=text, claims=(text,)) for each in run.window.steps),
        ),
        checks=tuple(
            replace(each, id=text, title=text, claims=(text,), why=text, worlds=(text,)) for each in run.checks
        ),
        claims={name: replace(each, why=text, title=text, checks=(text,)) for name, each in run.claims.items()},
        survival=tuple(replace(each, era=text, causes={text: 1}) for each in run.survival),
        findings=tuple(replace(each, id=text, claim=text, file=text, message=text, next=text) for each in run.findings),
        error_rates={text: {text: 1}},
    )


def hostile_history(text: str) -> History:
    """The sample history with a hostile text in every field."""
    return History(events=[Event(each.n, each.at, text, text, {text: text}) for each in history()])


def _claims(checks: tuple[CheckRecord, ...]) -> dict[str, ClaimRecord]:
    judged = {
        check.claims[0]: ClaimRecord(check.result, check.why, (check.id,), check.evidence, check.title)
        for check in checks
    }
    waiting = {
        "G-26": ClaimRecord(Result.NOT_RUN, "made checkable by a later issue", (), (), "Other providers fit in"),
        "D-08": ClaimRecord(Result.NOT_RUN, "made checkable by a later issue", (), (), "Terraform deletes the KMS key"),
    }
    return dict(sorted({**judged, **waiting}.items(), key=lambda item: (item[0][0] == "D", item[0])))


def _why(name: str) -> str:
    if name == "in-window":
        return "52.0 of 120 minutes"
    return "all 96 Local-era files were refused as wrong_provider" if "refuse" in name else "all 27 probes agree"


def _evidence(place: int) -> tuple[int, ...]:
    first = 12 + place * 7
    return tuple(range(first, first + (40 if place == 2 else 3)))


def _event(number: int) -> Event:
    fields: dict[str, Any] = {
        "moment": "after-cutover",
        "artifact": f"file/r{number % 48:02d}-1",
        "class": "file",
        "readable": False,
        "cause": "wrong_provider",
        "status": 500,
    }
    return Event(number, number * 0.013, "trunk" if number % 3 else "drained", "probe", fields)


def _config() -> Config:
    secret = ["INTERNAL_KEY_HASH", "JWT_ECDSA_KEY"]
    shown = {"ORGANIZATION_URI": "https://acme.example"}
    before = {"provider": "local", "keys": [OLD], "kms_key_arn": None, "region": None}
    after = {"provider": "AWS", "keys": [NEW, OLD], "kms_key_arn": ARN, "region": "eu-west-1"}
    common = {"organization": "https://acme.example", "shown": shown, "secret": secret}
    return Config(
        digest="sha256:" + "5d" * 32,
        before={**before, **common, "source": "before.env"},
        after={**after, **common, "source": "after.env"},
        rollback={**after, "provider": "local", **common, "source": "after.env with KMS_PROVIDER=local"},
        overlay={"TRANSCEND_URL": "http://127.0.0.1:40121", "LOG_HTTP_TRANSPORT_URL": "(unset)"},
    )
