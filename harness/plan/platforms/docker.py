"""How Sombra is moved where plain `docker run` keeps it."""

from __future__ import annotations

from harness.plan.platforms.platform import HEALTH, Files, Platform, back_file, env_file, make_back_file
from harness.plan.step import Commands, Trap

_GONE = 'test -z "$(docker ps --quiet --filter "ancestor=$IMAGE")"'


def docker(files: Files) -> Platform:
    """A container is made anew: one that exists keeps the environment it was made with."""
    return Platform(
        name="docker",
        names=(
            "export CONTAINER=sombra RECEIVERS=webhook-receiver",
            "export IMAGE=$(docker inspect --format '{{.Image}}' \"$CONTAINER\")",
            "export RESTART=$(docker inspect --format '{{.HostConfig.RestartPolicy.Name}}' \"$CONTAINER\")",
            f"export SOMBRA_URL=http://127.0.0.1:{files.internal_port}",
        ),
        save=(
            "umask 077",
            'docker inspect "$CONTAINER" > sombra-container.saved.json',
            f"cp -p {env_file(files.before, 'before')} sombra-before.saved.env",
        ),
        receivers=('docker restart "$RECEIVERS"',),
        stop=(
            'docker update --restart=no "$CONTAINER"',
            'docker stop --time 120 "$CONTAINER"',
            'docker rename "$CONTAINER" "$CONTAINER-before"',
            _GONE,
        ),
        configure=(f"test -s {env_file(files.after, 'after')}",),
        start=_run(files, env_file(files.after, "after")),
        start_again=(
            'docker rename "$CONTAINER-before" "$CONTAINER"',
            'docker start "$CONTAINER"',
            'docker update --restart="$RESTART" "$CONTAINER"',
        ),
        health=(
            f'{HEALTH} "$SOMBRA_URL/health"',
            f"{HEALTH} http://127.0.0.1:{files.external_port}/health",
        ),
        logs=('docker logs --since 15m "$CONTAINER" 2>&1 | grep -iE "error|denied" || true',),
        configure_back=make_back_file(files),
        start_back=(
            'docker stop --time 120 "$CONTAINER"',
            'docker rm "$CONTAINER"',
            _GONE,
            *_run(files, back_file(files)),
        ),
        stop_traps=(Trap("G-02", "A restart policy or a supervisor brings the container back; turn it off first."),),
        start_traps=(
            Trap("G-14", "`docker start` and `docker restart` keep the old environment; make a new container."),
            Trap("G-19", "Repeat the options of your own `docker run` (networks, volumes, memory):"
                         " sombra-container.saved.json has them under HostConfig."),
        ),
        back_traps=(Trap("D-04", "Do not start the renamed container again: it holds the old key alone."),),
    )  # fmt: skip


def _run(files: Files, environment: str) -> Commands:
    ports = " ".join(f"--publish 127.0.0.1:{port}:{port}" for port in (files.internal_port, files.external_port))
    return (f'docker run --detach --name "$CONTAINER" --env-file {environment} {ports} --restart="$RESTART" "$IMAGE"',)
