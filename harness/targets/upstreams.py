"""What keeps the keys behind the strict KMS front: moto, embedded, or another KMS that speaks the AWS protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from fake_sombra.kms import KmsError
from fake_sombra.kms.material import Backend
from harness.target import TargetFailed


@dataclass(frozen=True, slots=True)
class Chosen:
    """A KMS behind the front; `label` stands in run.json, `endpoint` is None for the embedded one."""

    label: str
    endpoint: str | None = None


class BadChoice(ValueError):
    """No KMS has this name; the message lists those there are."""


@contextmanager
def chosen(name: str) -> Iterator[Chosen]:
    """A KMS by its name on the command line, for as long as the block; raises `BadChoice` or `TargetFailed`."""
    if name == "moto":
        yield Chosen("moto+strict")
    elif name == "localstack":
        from harness.targets.localstack import neighbour  # noqa: PLC0415  its client is for those who ask for it

        with neighbour() as found:
            yield Chosen("localstack+strict", found.url)
    else:
        yield Chosen(f"{endpoint(name)}+strict", endpoint(name))


def endpoint(name: str) -> str:
    """The address of a KMS; raises `BadChoice`."""
    if name == "aws":
        raise BadChoice(
            "--kms aws is refused: it would make keys in a real account, and pay for them; "
            "rehearse on moto or localstack, and let doctor --live look at the real key"
        )
    try:
        parts = urlsplit(name)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_address = False
    if not is_address:
        raise BadChoice("--kms names no KMS; write moto, localstack or the address of one, such as http://host:4566")
    if parts.username is not None or parts.password is not None or parts.query:
        raise BadChoice("--kms takes an address without credentials and without a query; write http://host:port")
    return name.rstrip("/")


def behind_the_front(address: str | None) -> Backend | None:
    """A backend over an endpoint that answers, or None for the embedded one; raises `TargetFailed`."""
    if address is None:
        return None
    from fake_sombra.kms.upstream import Upstream  # noqa: PLC0415  boto3 costs 0.2 s

    upstream = Upstream(address)
    try:
        upstream.load()
    except (KmsError, ValueError) as error:
        raise TargetFailed(f"no KMS answers at {address} ({error}); start one there, or use --kms moto") from error
    return upstream
