"""Where a rehearsal runs; the only part of the harness that knows the fake world."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager

from harness.target import Target
from harness.targets.process import GATEWAY, Processes
from harness.targets.upstreams import BadChoice, chosen, no_containers

__all__ = ["GATEWAY", "BadChoice", "Processes", "chosen", "exploring", "named"]


def named(name: str, *, gateway: Sequence[str] | None = None, upstream: str | None = None) -> Target:
    """A target by its name on the command line; `upstream` is the endpoint of the KMS behind the front."""
    if name == "container":
        return _containers(upstream)
    return _in_process(upstream) if name == "inprocess" else Processes(gateway or GATEWAY, upstream)


@contextmanager
def exploring(name: str, *, audience: str) -> Iterator[Target]:
    """A target that opens one fresh world after another, for as long as the block; in process without much ado."""
    if name != "inprocess":
        yield named(name)
        return
    from harness.targets.explored import Explored  # noqa: PLC0415  the whole fake

    with closing(Explored(audience)) as worlds:
        yield worlds


def _in_process(upstream: str | None) -> Target:
    from harness.targets.inprocess import InProcess  # noqa: PLC0415  the whole fake; processes import it meanwhile

    return InProcess(upstream)


def _containers(upstream: str | None) -> Target:
    try:
        from harness.targets.container import Containers  # noqa: PLC0415  an extra of its own
    except ModuleNotFoundError as error:
        raise no_containers(error) from error
    return Containers(upstream)
