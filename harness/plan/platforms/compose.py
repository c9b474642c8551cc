"""How Sombra is moved where Compose keeps it."""

from __future__ import annotations

from harness.plan.platforms.platform import HEALTH, Files, Platform, back_file, env_file, make_back_file, word
from harness.plan.step import Commands, Trap


def compose(files: Files) -> Platform:
    """The service reads its variables from `$ENV_FILE`, which the compose file names under `env_file`."""
    call = " ".join(("docker compose", *(f"--file {word(path)}" for path in files.compose)))
    return Platform(
        name="compose",
        names=(
            "export SERVICE=sombra ENV_FILE=sombra.env RECEIVERS=webhook-receiver",
            f"export SOMBRA_URL=http://127.0.0.1:{files.internal_port}",
        ),
        save=("umask 077", f"{call} config > compose.saved.yaml", 'cp "$ENV_FILE" sombra-before.saved.env'),
        receivers=(f'{call} restart "$RECEIVERS"',),
        stop=_stop(call),
        configure=(f'install -m 600 {env_file(files.after, "after")} "$ENV_FILE"',),
        start=_start(call),
        start_again=(f'{call} start "$SERVICE"',),
        health=(
            f'{HEALTH} "$SOMBRA_URL/health"',
            f"{HEALTH} http://127.0.0.1:{files.external_port}/health",
        ),
        logs=(f'{call} logs --since 15m "$SERVICE" | grep -iE "error|denied" || true',),
        configure_back=(*make_back_file(files), f'install -m 600 {back_file(files)} "$ENV_FILE"'),
        start_back=(*_stop(call), *_start(call)),
        configure_traps=(
            Trap("G-14", "What stands under `environment` beats the file under `env_file`: look at what comes out.",
                 (f"{call} config | grep KMS_PROVIDER",)),
        ),
        stop_traps=(Trap("G-02", "Stop every service that runs Sombra's image, the Job Scheduler too."),),
        start_traps=(
            Trap("G-14", "`docker compose restart` keeps the old environment; the container must be made anew."),
            Trap(
                "G-14", "`docker compose --env-file` only fills in the compose file; it sets nothing in the container."
            ),
        ),
        back_traps=(Trap("D-04", "Do not put the saved file back: it holds the old key alone."),),
    )  # fmt: skip


def _stop(call: str) -> Commands:
    return (
        f'{call} stop --timeout 120 "$SERVICE"',
        f'test -z "$({call} ps --quiet --status running "$SERVICE")"',
    )


def _start(call: str) -> Commands:
    return (f'{call} up --detach --no-deps --force-recreate --pull never "$SERVICE"',)
