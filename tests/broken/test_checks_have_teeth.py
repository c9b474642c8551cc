"""Every check passes on a good run and fails on the same run with the one wrong thing it is there to find."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from harness.checks.check import Evidence
from harness.environment import default_rollback
from harness.generated import before_and_after
from harness.history import TRUNK, Event, History
from harness.judge import table
from harness.progress import Silent
from harness.runner import Plan, rehearse
from harness.targets.inprocess import InProcess
from harness.verdict import Result
from scenarios.guide import guide


@functools.cache
def good() -> Evidence:
    """One good run for all tests of this worker; nobody changes it."""
    before, after = before_and_after()
    plan = Plan(before, after, default_rollback(after))
    return Evidence(rehearse(guide, plan, target=InProcess(), progress=Silent()).history)


@dataclass(frozen=True)
class Wrong:
    """Events of a kind and world that match are changed, or left out."""

    kind: str
    world: str = TRUNK
    match: Mapping[str, Any] | None = None
    change: Mapping[str, Any] | None = None

    def applied_to(self, history: History) -> History:
        """A changed copy; at least one event must have matched."""
        broken, touched = History(), 0
        for event in history:
            if self._matches(event):
                touched += 1
                if self.change is None:
                    continue
                broken.events.append(replace(event, fields={**event.fields, **self.change}))
            else:
                broken.events.append(event)
        assert touched, "the planted wrong matched nothing"
        return broken

    def _matches(self, event: Event) -> bool:
        wanted = self.match or {}
        return (
            event.kind == self.kind
            and event.world == self.world
            and all(event.get(name) == value for name, value in wanted.items())
        )


AFTER, BACK, BEFORE = "after-cutover", "after-rollback", "before-cutover"
OPENED = {"readable": True, "cause": ""}
REFUSED = {"readable": False, "cause": "tampered"}

PLANTED: Mapping[str, Wrong] = {
    "happy-state": Wrong("probe", match={"moment": BEFORE, "class": "file"}, change=REFUSED),
    "model-agrees": Wrong("probe", match={"moment": AFTER, "class": "file"}, change={"cause": "tampered"}),
    "stopped-refuses-all": Wrong("probe", match={"moment": "stopped", "class": "nonce"}, change=OPENED),
    "cloud-refuses-local": Wrong("probe", match={"moment": AFTER, "cause": "wrong_provider"}, change=OPENED),
    "refusals-were-attempts": Wrong("kms-journal", match={"moment": AFTER}, change={"calls": []}),
    "openings-were-attempts": Wrong("probe", match={"moment": AFTER, "class": "nonce"}),
    "files-leak-nothing": Wrong("probe", match={"moment": AFTER, "class": "file"}, change={"leaked": True}),
    "old-tokens-verify": Wrong("probe", match={"moment": AFTER, "class": "session"}, change=REFUSED),
    "old-webhook-tokens-fail": Wrong("probe", match={"moment": AFTER, "class": "webhook_token"}, change=OPENED),
    "new-artifacts-open": Wrong("probe", match={"moment": AFTER, "class": "integration"}, change=REFUSED),
    "rollback-restores": Wrong("probe", match={"moment": BACK, "class": "request"}, change=REFUSED),
    "rollback-refuses-cloud": Wrong("probe", match={"moment": BACK, "class": "file"}, change=OPENED),
    "every-class-seeded": Wrong("probe", match={"moment": BACK, "class": "consent_identifier"}),
    "consent-lookups": Wrong("probe", match={"class": "consent_identifier"}, change={"matches": True}),
    "list-unchanged": Wrong("listing", match={"moment": AFTER}, change={"statuses": {}}),
    "no-overlap": Wrong("stopped", match={"instance": "before-1"}),
    "planted-overlap-found": Wrong("booted", "overlap:surge-pod", {"environment": "after"}, {"accepted": False}),
    "hybrid-refused": Wrong("booted", "refused:hybrid", change={"accepted": True}),
    "target-refuses-hybrids": Wrong("booted", match={"environment": "hybrid"}, change={"exit_code": 0}),
    "aws-variables-refused": Wrong("booted", "refused:aws", change={"problems": ["AWS_REGION: is not set"]}),
    "key-lists-refused": Wrong("booted", "refused:key-list", change={"said": ["JWT_ECDSA_KEY"]}),
    "all-problems-at-once": Wrong("booted", "refused:at-once", change={"problems": ["KMS_PROVIDER: is a list"]}),
    "lenient-starts": Wrong("probe", "starts:other-pem-form", {"class": "file"}, REFUSED),
    "alias-starts": Wrong("functional-probe", "starts:alias", change={"ok": False, "cause": "kms_key_not_found"}),
    "start-remarks-said": Wrong("log", "starts:row-by-row", {"variable": "AWS_KMS_KEY_ARN"}),
    "stops-when-told": Wrong("stopped", match={"instance": "before-1"}, change={"exit_code": 143, "killed": False}),
    "published-key-is-first": Wrong("public-key", "starts:alias", change={"fingerprint": ""}),
    "procedure-completes": Wrong("scenario-ended", change={"outcome": "failed", "why": "submit: refused"}),
    "doors-are-shut": Wrong("knock", "doors", {"how": "without the internal key"}, {"ok": True, "cause": ""}),
    "tokens-end-in-time": Wrong("aged", "ageing", {"name": "download key"}, {"ok": True, "cause": ""}),
    "tokens-open-what-they-hold": Wrong("probe", match={"moment": AFTER, "class": "nonce"}, change={"inside": ""}),
    "outer-refusals-named": Wrong("probe", "keys:old-dropped", {"class": "download_key"}, {"where": ""}),
    "statuses-fit-causes": Wrong("probe", match={"cause": "wrong_provider"}, change={"status": 404}),
    "keys-are-fresh": Wrong("stored", "stored:cloud", change={"key": 1}),
    "nothing-in-the-clear": Wrong("stored", "stored:local", change={"in_clear": ["the key of a request"]}),
    "contexts-name-their-wrap": Wrong("stored", "stored:cloud", change={"provider": "aws"}),
    "old-requests-shown": Wrong("read-back", change={"shown": 0}),
    "local-leaves-kms-alone": Wrong("kms-calls", match={"moment": "rolled-back"}, change={"count": 10_000}),
    "only-granted-actions": Wrong("kms-journal", change={"calls": [["ListKeys", None, "ok"]]}),
    "refused-once": Wrong("kms-refused", "prerequisite:deny-decrypt", change={"counts": {"Decrypt": 9}}),
    "key-comes-back": Wrong("functional-probe", "key-comes-back", change={"cause": "kms_key_disabled"}),
    "answers-hold-nothing-secret": Wrong("answer-scan", change={"heard": ["JWT_ECDSA_KEY"]}),
    "own-consent-key": Wrong("probe", "consent-key", {"moment": AFTER}, {"matches": False}),
    "operator-boots": Wrong(
        "booted", match={"environment": "after"}, change={"accepted": False, "problems": ["AWS_REGION: is not set"]}
    ),
    "next-steps-work-before": Wrong("next-step", "happy", {"step": "enrich"}, {"ok": False, "cause": "conflict"}),
    "in-flight-cannot-proceed": Wrong("next-step", match={"step": "confirm"}, change={"unchanged": False}),
    "drained-loses-nothing": Wrong("in-flight", "drained", {"moment": AFTER}, {"count": 2}),
    "paused-restarts": Wrong("paused-request", "paused", {"stage": "completed"}, {"ok": False, "why": "conflict"}),
    "healthy-and-works": Wrong(
        "functional-probe", match={"moment": AFTER}, change={"ok": False, "cause": "kms_access_denied"}
    ),
    "new-key-first": Wrong("public-key", change={"fingerprint": "0000000000000000"}),
    "kms-never-signs": Wrong("kms-journal", change={"calls": [["Sign", None, "ok"]]}),
    "one-call-pair-a-key": Wrong("kms-journal", match={"moment": AFTER}, change={"calls": [["Encrypt", 32, "ok"]]}),
    "in-window": Wrong("step-ended", match={"step": "switch"}, change={"declared_s": 9000.0}),
    "slow-step-overruns": Wrong("step-ended", "slow-step", change={"duration_s": 1.0}),
    "roads-open-before": Wrong("road", match={"moment": BEFORE, "road": "bare_cli"}, change={"ok": True}),
    "roads-closed-after": Wrong("road", match={"moment": AFTER, "road": "data_subject"}, change={"ok": True}),
    "archive-complete": Wrong("archive", change={"verified": 0}),
    "rollback-healthy": Wrong("health", match={"instance": "rollback-3"}, change={"ingress": 503}),
    "prerequisites-told-apart": Wrong("functional-probe", "prerequisite:disabled", change={"cause": "kms_internal"}),
    "green-but-broken": Wrong("functional-probe", "prerequisite:silent-denial", change={"ok": True}),
    "faults-are-logged": Wrong("log", "prerequisite:disabled"),
    "kms-faults-are-logged": Wrong("log", "kms-faults", {"code": "kms_throttled"}),
    "refusals-are-logged": Wrong("log", "fifth-key", {"code": "forgotten_key"}),
    "key-lists-show": Wrong("public-key", "keys:swapped", change={"fingerprint": "0000000000000000"}),
    "damage-told-apart": Wrong("damaged", "damaged", change={"cause": "wrong_provider"}),
    "rollback-from-every-step": Wrong("probe", "rollback@switch", {"class": "file"}, REFUSED),
    "old-key-is-the-rollback": Wrong("probe", "drop-old-key", {"class": "file"}, OPENED),
    "rotated-before-stop": Wrong("probe", "rotate-before-stop", {"moment": "old-environment"}, OPENED),
    "config-sync-is-told": Wrong("config-sync", "config-sync", {"environment": "after"}, {"keys": ["?", "?"]}),
    "pages-outlive-the-cutover": Wrong("exchange-key", "exchange", {"environment": "after"}, {"number": 0}),
    "refused-leaves-nothing": Wrong("left", "prerequisite:disabled", change={"count": 1}),
    "old-work-goes-on": Wrong("next-step", "goes-on", {"step": "confirm"}, {"ok": False, "cause": "unknown_key"}),
    "old-environment-loses": Wrong("probe", "restore-old-env", {"class": "file"}, OPENED),
    "fifth-set-forgotten": Wrong("probe", "fifth-key", {"moment": "five-sets", "class": "nonce"}, OPENED),
    "misspelt-provider-refused": Wrong("booted", "refused:provider", change={"accepted": True}),
    "forged-contexts-refused": Wrong("forgery", "forged", {"name": "a session as a nonce"}, {"ok": True, "cause": ""}),
    "kms-key-is-pinned": Wrong("probe", "another-kms-key", {"class": "file"}, OPENED),
    "throw-flag-obeyed": Wrong("booted", "prerequisite:loud-unreachable", change={"accepted": False}),
    "restart-keeps-history": Wrong("probe", "paused", {"class": "identifier"}, REFUSED),
    "new-work-on-every-road": Wrong("road", match={"moment": "new-work"}, change={"ok": False, "cause": "tampered"}),
    "logs-hold-nothing-secret": Wrong("log-scan", change={"heard": ["JWT_ECDSA_KEY"]}),
    "chart-traps-told": Wrong("preflight", "preflight", {"sample": "chart-defaults.yaml"}, {"findings": []}),
    "key-deletion-told": Wrong("preflight", "preflight", {"sample": "terraform-rollback.json"}, {"exit_code": 0}),
    "changed-secret-needs-restart": Wrong("secret", "changed-secret", {"stage": "restarted"}, {"published": "0" * 16}),
    "cli-traps-are-planned": Wrong("plan-rows", "cli-traps", {"platform": "ecs"}, {"rows": {}}),
    "kms-rotation-keeps": Wrong("probe", "kms-rotation", {"class": "file"}, REFUSED),
    "paused-traffic-accounted": Wrong("token-refresh", "paused", {"moment": "stopped", "integration": "i1"}),
    "further-provider-generalises": Wrong("probe", "further-provider", {"moment": AFTER, "class": "file"}, OPENED),
    "age-told-apart": Wrong("aged", "aged", {"class": "download_key"}, {"ok": True, "cause": ""}),
    "receivers-need-a-restart": Wrong("delivery", "cached-receiver", {"stage": "kept"}, {"ok": True, "cause": ""}),
}


def test_every_check_has_a_planted_wrong() -> None:
    assert set(PLANTED) == set(table())


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_a_check_passes_on_the_good_run_and_not_on_the_wrong_one(name: str) -> None:
    check = table()[name]
    assert check.verdict(good()).result is Result.PASS

    verdict = check.verdict(Evidence(PLANTED[name].applied_to(good().history)))

    assert verdict.result is Result.FAIL
    assert verdict.why


@pytest.mark.parametrize("name", sorted(PLANTED))
def test_no_check_passes_on_an_empty_history(name: str) -> None:
    with_nothing = _result(name, Evidence(History()))

    assert with_nothing is not Result.PASS


def _result(name: str, evidence: Evidence) -> Result:
    try:
        return table()[name].verdict(evidence).result
    except (IndexError, KeyError):  # the judge turns it into unknown
        return Result.UNKNOWN
