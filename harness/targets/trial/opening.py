"""Which KMS `kms conform` puts on trial for each of its names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final
from urllib.parse import urlsplit

from harness.conformance.row import Who
from harness.conformance.subject import Subject
from harness.targets.localstack import LocalStack, neighbour
from harness.targets.localstack.instance import version_at
from harness.targets.trial.bare import Bare
from harness.targets.trial.clients import CONFIG, SIGNERS, STRANGER, Clients, clients_of
from harness.targets.trial.moto_alone import moto_alone
from harness.targets.trial.real_account import real_account
from harness.targets.trial.strict import Strict
from harness.targets.upstreams import BadChoice, behind_the_front, endpoint, no_containers

_LOCALSTACKS: Final = ("localstack", "localstack-bare", "localstack-container", "localstack-container-bare")


@contextmanager
def on_trial(name: str, *, is_strict: bool = False, is_real_account: bool = False) -> Iterator[Subject]:
    """The named KMS for as long as the block; raises `BadChoice` or `TargetFailed`.

    `moto` and `localstack` stand behind the strict front, as in a rehearsal; a URL does so only if `is_strict`.
    LocalStack runs in host mode, or in a container of its own.
    """
    if name == "aws":
        if not is_real_account:
            raise BadChoice("--kms aws makes keys in a real account, and pays for them; say --real-account too")
        with real_account() as account:
            yield account
    elif name == "moto":
        yield from _closing(Strict.over(None, "moto+strict"))
    elif name == "moto-bare":
        with moto_alone() as moto:
            yield moto
    elif name in _LOCALSTACKS:
        with _contained() if "container" in name else neighbour() as found:
            subject = bare_localstack(found) if name.endswith("-bare") else strict_over(found.url, "localstack")
            yield from _closing(subject)
    else:
        address = endpoint(name)
        yield from _closing(strict_over(address, address) if is_strict else bare_endpoint(address))


def _contained() -> AbstractContextManager[LocalStack]:
    try:
        from harness.targets.container import contained  # noqa: PLC0415  an extra of its own
    except ModuleNotFoundError as error:
        raise no_containers(error) from error
    return contained()


def strict_over(address: str, name: str) -> Strict:
    """The strict front over an endpoint."""
    return Strict.over(behind_the_front(address), f"{name}+strict")


def bare_endpoint(address: str) -> Bare:
    """Any endpoint as it is; a LocalStack is recognised by its health route."""
    host = urlsplit(address).netloc
    version = version_at(host) if address.startswith("http://") else None
    return Bare(address, clients_of(address)) if version is None else bare_localstack(LocalStack(host, version))


def bare_localstack(found: LocalStack) -> Bare:
    """LocalStack as it is; an access key of twelve digits is a second account to it, and no other key is checked."""

    def make(region: str, by: Who) -> Any:
        account = {"caller": "test", "impostor": "test", "stranger": STRANGER}.get(by, SIGNERS[by].access_key_id)
        return found.client(
            region=region, account=account, config=CONFIG, secret=SIGNERS[by].secret, token=SIGNERS[by].token
        )

    return Bare(f"localstack-{found.version}", Clients(make))


def _closing(subject: Strict | Bare) -> Iterator[Subject]:
    try:
        yield subject
    finally:
        subject.close()
