"""What keeps the keys behind the strict KMS front: moto, embedded, or another KMS that speaks the AWS protocol."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from fake_sombra.kms import KmsError
from fake_sombra.kms.material import Backend
from harness.target import TargetFailed


@dataclass(frozen=True, slots=True)
class Chosen:
    """A KMS behind the front; `label` stands in run.json, `endpoint` is None for the embedded one."""

    label: str
    endpoint: str | None = None


def no_containers(missing: ModuleNotFoundError) -> TargetFailed:
    """What to say where the extra for containers is not installed."""
    return TargetFailed(f"containers need {missing.name}; install it: pip install 'sombra-rehearsal[containers]'")


class BadChoice(ValueError):
    """No KMS has this name; the message lists those there are."""


@contextmanager
def chosen(name: str, *, target: str = "process") -> Iterator[Chosen]:
    """A KMS by its name on the command line, for as long as the block; raises `BadChoice` or `TargetFailed`.

    The containers of `--target container` reach none of this machine's own addresses: their LocalStack is one of them.
    """
    if name == "moto":
        yield Chosen("moto+strict")
    elif name == "localstack" and target == "container":
        yield Chosen("localstack+strict", "localstack")
    elif name == "localstack":
        from harness.targets.localstack import neighbour  # noqa: PLC0415  its client is for those who ask for it

        with neighbour() as found:
            yield Chosen("localstack+strict", found.url)
    else:
        address = endpoint(name)
        if target == "container" and _is_loopback(address):
            raise BadChoice(
                f"--target container cannot reach {address}, which is loopback inside of each container too; "
                "use --kms localstack, or an address of the network"
            )
        yield Chosen(f"{address}+strict", address)


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


def _is_loopback(address: str) -> bool:
    host = urlsplit(address).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
