"""What a plan needs to know of a platform: how Sombra is saved, stopped, configured, started, reached and watched."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from harness.plan.step import Commands, Trap

HEALTH = "curl --fail --silent --show-error --retry 30 --retry-delay 2 --retry-connrefused"


@dataclass(frozen=True, slots=True)
class Files:
    """The operator's files as the command line named them, and the ports of the two listeners.

    `documents` are all of them but the env files, by their flag; `kms_keys` where Terraform keeps the key.
    """

    before: str | None = None
    after: str | None = None
    rollback: str | None = None
    values: tuple[str, ...] = ()
    manifests: tuple[str, ...] = ()
    compose: tuple[str, ...] = ()
    ecs: tuple[str, ...] = ()
    internal_port: str = "5039"
    external_port: str = "5042"
    documents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kms_keys: tuple[str, ...] = ()
    cloud: tuple[tuple[str, str], ...] = ()
    """The variables of the cutover that may be shown: provider, key, region, flags."""


@dataclass(frozen=True, slots=True)
class Platform:
    """One way of running Sombra.

    `names` are the shell variables that the operator sets first; `reach` opens a road to the customer ingress from
    here, `leave` closes it; `rendered` examines what will be applied; `receivers` restarts webhook receivers.
    """

    name: str
    names: Commands
    save: Commands
    receivers: Commands
    stop: Commands
    configure: Commands
    start: Commands
    start_again: Commands
    health: Commands
    logs: Commands
    configure_back: Commands
    start_back: Commands
    reach: Commands = ()
    leave: Commands = ()
    rendered: Commands = ()
    configure_note: str = ""
    stop_traps: tuple[Trap, ...] = ()
    configure_traps: tuple[Trap, ...] = ()
    start_traps: tuple[Trap, ...] = ()
    back_traps: tuple[Trap, ...] = ()


Maker = Callable[[Files], Platform]


def word(path: str) -> str:
    """A path as one word of bash; control characters are spelled out, so that a name cannot end a block."""
    if path.isprintable() and "`" not in path:
        return shlex.quote(path)
    octets = path.encode(errors="surrogateescape")
    return (
        "$'" + "".join(chr(each) if each < 128 and chr(each).isalnum() else f"\\x{each:02x}" for each in octets) + "'"
    )


def env_file(path: str | None, part: str) -> str:
    """The env file of a part, or the name under which it must be written."""
    return word(path if path is not None else f"{part}.env")


def back_file(files: Files) -> str:
    """The env file of the way back; without one it is made of the cutover's."""
    return env_file(files.rollback, "rollback")


def make_back_file(files: Files) -> Commands:
    """The guide's rollback: the environment of after with the provider set back, both keys in it."""
    if files.rollback is not None:
        return ()
    after = env_file(files.after, "after")
    back = back_file(files)
    return (
        "umask 077",
        f"sed 's/^KMS_PROVIDER=.*/KMS_PROVIDER=local/' {after} > {back}",
        f"grep --line-regexp KMS_PROVIDER=local {back}",
    )
