"""The steps in the window and after it: stop, set, start, prove it, bring the rest back."""

from __future__ import annotations

from harness.plan.cli_traps import RESTART, restart_trap
from harness.plan.platforms import Platform
from harness.plan.preparation import INTEGRATIONS
from harness.plan.step import Back, Commands, Step, Trap

_POST = "sombra --header 'content-type: application/json' --data @-"
_PUBLIC_KEY = '"$SOMBRA_URL/public-keys/sombra-general-signing-key"'
_PROBE = (
    '{"type": "ACCESS", "subjectType": "customer", "isTest": true, "isSilent": true, "subject":',
    ' {"coreIdentifier": "cutover-probe", "email": "cutover-probe@example.com", "emailIsVerified": true}}',
)
_NO_DELETION = (
    "terraform plan -out=back.tfplan && terraform show -json back.tfplan > back.json",
    (
        'jq --exit-status \'[.resource_changes[]? | select(.type == "aws_kms_key")\n'
        '  | select(.change.actions | index("delete"))] == []\' back.json'
    ),
)


def switching(platform: Platform, *, new_key: str) -> tuple[Step, ...]:
    """In order; `new_key` is the fingerprint of the key that must sign from now on, empty when it is not known."""
    return (
        _stop(platform),
        _configure(platform),
        _start(platform),
        _health(platform),
        _probe(platform, new_key),
        _receivers(platform),
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
    traps = (
        Trap("G-12", "`JWT_ECDSA_KEY=<new-key>,<old-key>`: the new key first, the old one kept."),
        *platform.configure_traps,
    )
    back = Back("Set the provider back and nothing else: both keys stay.", platform.configure_back)
    return Step("configure", "in the window", "Set the new environment", ("G-10", "G-11", "G-14"),
                platform.configure, traps, back, note=platform.configure_note)  # fmt: skip


def _start(platform: Platform) -> Step:
    back = Back("Stop, set the provider back (as beside the step before), and start with that.", platform.start_back)
    traps = (*platform.start_traps, *platform.back_traps)
    title = "Start Sombra with AWS KMS"
    note = "From the first request on, a rollback loses what AWS KMS wrapped."
    return Step("start", "in the window", title, ("G-19",), platform.start, traps, back, "first-write", note)


def _health(platform: Platform) -> Step:
    traps = (Trap("D-06", "Green health proves only that the process is up; the next step proves the KMS."),)
    back = Back("Red after the declared time: roll back as beside the start.", platform.logs)
    title = "Check both health listeners"
    return Step("health", "in the window", title, ("G-19",), (*_anew(platform), *platform.health), traps, back)


def _anew(platform: Platform) -> Commands:
    """The road is opened again: what it led to was stopped."""
    return (*(f"{each} 2> /dev/null || true" for each in platform.leave), *platform.reach)


def _probe(platform: Platform, new_key: str) -> Step:
    traps = (
        Trap("D-06", "A denied Decrypt shows here and nowhere else: the second call must answer 200."),
        Trap("G-14", "Another signer than expected: an instance still runs with the old Secret. Restart it."),
    )
    back = Back("Any failure: read the log for its cause, then roll back as beside the start.", platform.logs)
    title = "Wrap and unwrap one new key, and check which key signs"
    return Step("probe", "in the window", title, ("G-10", "G-19", "G-20"), _probing(new_key), traps, back)


def _probing(new_key: str) -> Commands:
    signer = f"SIGNER=$(sombra {_PUBLIC_KEY} | {fingerprint_command()})"
    expected = (f'test "$SIGNER" = {new_key}',) if new_key else ()
    one, two = _PROBE
    return (
        f"printf '%s' '{one}' \\\n  '{two}' |\n  {_POST} \"$SOMBRA_URL/v1/data-subject-request\" > probe.json",
        "export REQUEST_ID=$(jq --exit-status --raw-output .request.id probe.json)",
        f"jq --null-input '{{requestId: env.REQUEST_ID}}' |\n  {_POST} \"$SOMBRA_URL/v1/request-identifiers\"",
        signer,
        *expected,
    )


def fingerprint_command() -> str:
    """How a shell makes this project's key fingerprint of a public PEM."""
    return "openssl pkey -pubin -outform DER | openssl dgst -sha256 -r | cut -c1-16"


def _receivers(platform: Platform) -> Step:
    traps = (
        Trap("D-10", "A receiver that keeps the public key answers 401 to every webhook until it is restarted.",
             platform.receivers),
    )  # fmt: skip
    title = "Restart every webhook receiver, or let it fetch the public key again"
    note = "The vendor's JavaScript and TypeScript examples keep it for as long as they live."
    back = Back("Only after a rollback to another first key: restart them again.", platform.receivers)
    return Step("receivers", "in the window", title, ("G-11", "D-10"), platform.receivers, traps, back, note=note)


def _restart() -> Step:
    commands = (RESTART, "jq --exit-status '.failingRequests | length == 0' ./receipts/*.json")
    back = Back("After a rollback restart them once more: they have a key of the cloud KMS now.", commands)
    title = "Restart the requests that were paused"
    return Step("restart", "in the window", title, ("G-08",), commands, (restart_trap(),), back)


def _resume() -> Step:
    told = (f"{INTEGRATIONS} integrations-after.json", "diff integrations-before.json integrations-after.json")
    traps = (
        Trap("D-11", "Heartbeats went on during the window: an integration that differs lost its connection then.",
             told),
        Trap("D-12", "Credentials of integrations were wrapped under Local: reconnect each one, differing or not."),
        Trap("D-12", "Consent look-ups miss what was stored under the old key, unless the consent key is set."),
    )  # fmt: skip
    back = Back("Pause again before a rollback.")
    return Step("resume", "after the window", "Reconnect integrations and resume processing", ("G-20",),
                told, traps, back, note="Resume where you paused: in the dashboard.")  # fmt: skip


def _watch(platform: Platform) -> Step:
    traps = (Trap("G-22", "Deferred jobs wake after hours and days: watch for thirty days."),)
    title = "Watch the log and the rate of errors by cause"
    back = Back("Errors that name the KMS: mend the permission or the key first; a rollback loses what AWS wrapped.")
    return Step("watch", "after the window", title, ("G-22",), platform.logs, traps, back)


def _keep() -> Step:
    traps = (
        Trap("D-02", "Deleting the old JWT key ends the rollback, and every token it signed."),
        Trap("D-08", "Terraform deletes the KMS key when its module goes back to local: before any `apply`, see that"
             " no KMS key is deleted.", _NO_DELETION),
        Trap("D-05", "Four key sets are remembered: this migration takes one place."),
    )  # fmt: skip
    title = "Keep the old key in the secrets manager and in the list until nothing needs it"
    back = Back("None: a key that is gone opens nothing.")
    return Step("keep", "after the window", title, ("G-25",), traps=traps, back=back, no_way_back="old-key")
