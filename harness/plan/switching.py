"""The steps in the window and after it: stop, set, start, prove it, bring the rest back."""

from __future__ import annotations

import json

from harness.plan.platforms import Platform
from harness.plan.preparation import ACTIVE, BOTH
from harness.plan.step import Back, Commands, Step, Trap

_POST = "curl --fail --silent --show-error --header @sombra-headers --header 'content-type: application/json' --data @-"
_PROBE = {
    "type": "ACCESS",
    "subjectType": "customer",
    "isTest": True,
    "isSilent": True,
    "subject": {"coreIdentifier": "cutover-probe", "email": "cutover-probe@example.com", "emailIsVerified": True},
}
_PUBLIC_KEY = '"$SOMBRA_URL/public-keys/sombra-general-signing-key"'


def switching(platform: Platform, *, new_key: str) -> tuple[Step, ...]:
    """In order; `new_key` is the fingerprint of the key that must sign from now on, empty when it is not known."""
    return (
        _stop(platform),
        _configure(platform),
        _start(platform),
        _health(platform),
        _probe(platform, new_key),
        _receivers(),
        _restart(),
        _resume(),
        _watch(platform),
        _keep(),
    )


def _stop(platform: Platform) -> Step:
    title = "Stop every instance of Sombra and wait until none is left"
    back = Back("Start again with what runs today: nothing has changed yet.", platform.start_again)
    return Step("stop", "in the window", title, ("G-02",), platform.stop, platform.stop_traps, back)


def _configure(platform: Platform) -> Step:
    traps = (Trap("G-12", "`JWT_ECDSA_KEY=<new-key>,<old-key>`: the new key first, the old one kept."),)
    back = Back("Set the provider back and nothing else: both keys stay.", platform.configure_back)
    return Step("configure", "in the window", "Set the new environment", ("G-10", "G-11", "G-14"),
                platform.configure, traps, back)  # fmt: skip


def _start(platform: Platform) -> Step:
    back = Back("Stop, and start with the rollback's environment.", platform.start_back)
    traps = (*platform.start_traps, *platform.back_traps)
    title = "Start Sombra with AWS KMS"
    return Step("start", "in the window", title, ("G-19",), platform.start, traps, back, "first-write")


def _health(platform: Platform) -> Step:
    traps = (Trap("D-06", "Green health proves only that the process is up; the next step proves the KMS."),)
    back = Back("Red after the declared time: roll back as beside the start.")
    title = "Check both health listeners"
    return Step("health", "in the window", title, ("G-19",), platform.health, traps, back)


def _probe(platform: Platform, new_key: str) -> Step:
    traps = (Trap("D-06", "A denied Decrypt shows here and nowhere else: the second call must answer 200."),)
    back = Back("Any failure: read the log for its cause, then roll back as beside the start.", platform.logs)
    title = "Wrap and unwrap one new key, and check which key signs"
    return Step("probe", "in the window", title, ("G-10", "G-19", "G-20"), _probing(new_key), traps, back)


def _probing(new_key: str) -> Commands:
    signer = f"SIGNER=$(curl --fail --silent --show-error {_PUBLIC_KEY} | {fingerprint_command()})"
    expected = (f'test "$SIGNER" = {new_key}',) if new_key else ()
    return (
        f"echo '{json.dumps(_PROBE)}' | {_POST} \"$SOMBRA_URL/v1/data-subject-request\" > probe.json",
        "REQUEST_ID=$(jq --raw-output .request.id probe.json)",
        f'echo "{{\\"requestId\\": \\"$REQUEST_ID\\"}}" | {_POST} "$SOMBRA_URL/v1/request-identifiers"',
        signer,
        *expected,
    )


def fingerprint_command() -> str:
    """How a shell makes this project's key fingerprint of a public PEM."""
    return "openssl pkey -pubin -outform DER | openssl dgst -sha256 -r | cut -c1-16"


def _receivers() -> Step:
    traps = (Trap("D-10", "A receiver that keeps the public key answers 401 to every webhook until it is restarted."),)
    title = "Restart every webhook receiver, or let it fetch the public key again"
    back = Back("Restart them again after a rollback to another first key.")
    return Step("receivers", "in the window", title, ("G-11", "D-10"), traps=traps, back=back)


def _restart() -> Step:
    chosen = f"--actions=ACCESS,ERASURE --statuses={ACTIVE}"
    commands = (
        f"transcend request restart {BOTH} {chosen} --requestReceiptFolder=./receipts",
        "jq --exit-status '.failingRequests | length == 0' ./receipts/*.json",
    )
    traps = (
        Trap("D-09", "Not with `--copyIdentifiers`: it must decrypt what Local wrapped, and fails for each request."),
    )
    back = Back("After a rollback restart them once more: they have a key of the cloud KMS now.")
    title = "Restart the requests that were paused"
    return Step("restart", "in the window", title, ("G-08",), commands, traps, back)


def _resume() -> Step:
    traps = (
        Trap("D-12", "Credentials of integrations were wrapped under Local: reconnect each one."),
        Trap("D-12", "Consent look-ups miss what was stored under the old key, unless the consent key is set."),
    )
    back = Back("Pause again before a rollback.")
    return Step("resume", "after the window", "Reconnect integrations and resume processing", ("G-20",),
                traps=traps, back=back)  # fmt: skip


def _watch(platform: Platform) -> Step:
    traps = (Trap("G-22", "Deferred jobs wake after hours and days: watch for thirty days."),)
    title = "Watch the log and the rate of errors by cause"
    return Step("watch", "after the window", title, ("G-22",), platform.logs, traps)


def _keep() -> Step:
    traps = (
        Trap("D-02", "Deleting the old JWT key ends the rollback, and every token it signed."),
        Trap("D-08", "Protect the KMS key from deletion; Terraform deletes it when it goes back to local."),
        Trap("D-05", "Four key sets are remembered: this migration takes one place."),
    )
    title = "Keep the old key in the secrets manager and in the list until nothing needs it"
    return Step("keep", "after the window", title, ("G-25",), traps=traps, no_way_back="old-key")
