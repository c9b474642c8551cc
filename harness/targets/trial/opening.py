"""Which KMS `kms conform` puts on trial for each of its names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
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

_STRICT: Final = ("moto", "localstack", "localstack-container")
_LOCALSTACKS: Final = ("localstack", "localstack-bare", "localstack-container", "localstack-container-bare")


@contextmanager
def on_trial(
    name: str, *, is_strict: bool = False, is_http: bool = False, is_real_account: bool = False
) -> Iterator[Subject]:
    """The named KMS for as long as the block; raises `BadChoice` or `TargetFailed`.

    `moto` and `localstack` stand behind the strict front, as in a rehearsal; a URL does so only if `is_strict`.
    LocalStack runs in host mode, or in a container of its own. `is_http` chooses the front's other door.
    """
    if is_http and not (is_strict or name in _STRICT):
        raise BadChoice(f"--http is a door of the strict front, and {name} is tried without it; add --strict")
    with _opened(name, is_strict=is_strict, is_http=is_http, is_real_account=is_real_account) as subject:
        yield subject


def _opened(name: str, *, is_strict: bool, is_http: bool, is_real_account: bool) -> AbstractContextManager[Subject]:
    if name == "aws":
        if not is_real_account:
            raise BadChoice("--kms aws makes keys in a real account, and pays for them; say --real-account too")
        return real_account()
    if name == "moto":
        return _strict(None, "moto", is_http=is_http)
    if name == "moto-bare":
        return moto_alone()
    if name in _LOCALSTACKS:
        return _localstack(name, is_http=is_http)
    address = endpoint(name)
    return _strict(address, address, is_http=is_http) if is_strict else _bare(bare_endpoint(address))


@contextmanager
def _localstack(name: str, *, is_http: bool) -> Iterator[Subject]:
    with _contained() if "container" in name else neighbour() as found:
        is_bare = name.endswith("-bare")
        kept = _bare(bare_localstack(found)) if is_bare else _strict(found.url, "localstack", is_http=is_http)
        with kept as subject:
            yield subject


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


@contextmanager
def _bare(subject: Bare) -> Iterator[Subject]:
    try:
        yield subject
    finally:
        subject.close()


@contextmanager
def _strict(address: str | None, name: str, *, is_http: bool) -> Iterator[Subject]:
    backend, label = behind_the_front(address), f"{name}+strict"
    with Strict.over_http(backend, label) if is_http else nullcontext(Strict.over(backend, label)) as subject:
        try:
            yield subject
        finally:
            subject.close()
