"""LocalStack's KMS as a container: beside the front on a world's network, or alone for a trial."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from testcontainers.core.network import Network

from harness.target import TargetFailed
from harness.targets.child import free_port
from harness.targets.container.engine import engine_answers, localstack_image
from harness.targets.container.service import Recipe, Service
from harness.targets.localstack.instance import LocalStack, version_at

NAME: Final = "localstack"
PORT: Final = 4566
_START_DEADLINE_S: Final = 60.0
_PAUSE_S: Final = 0.05


def begin(image: str, network: Network) -> tuple[Service, str]:
    """Start it on a network, and on this machine's loopback; the service and its host and port there."""
    port = free_port()
    # Its catalogue of services lies beside its state, so its files stay writable; it is thrown away with them.
    recipe = Recipe(image, alias=NAME, command=(), ports={PORT: port}, is_read_only=False)
    return Service.start(NAME, recipe, network), f"127.0.0.1:{port}"


def awaited(service: Service, host: str) -> LocalStack:
    """Wait until its KMS answers; raises `TargetFailed`."""
    deadline = time.monotonic() + _START_DEADLINE_S
    while service.ended() is None and time.monotonic() < deadline:
        version = version_at(host)
        if version is not None:
            return LocalStack(host, version)
        time.sleep(_PAUSE_S)
    raise TargetFailed(f"LocalStack did not become healthy in its container: {service.said.last_words}")


@contextmanager
def contained(environ: Mapping[str, str] = os.environ) -> Iterator[LocalStack]:
    """One that lives as long as the block; raises `NoEngine` where there is no engine or no image."""
    image = localstack_image(environ)
    with engine_answers("make a network"):
        network = Network().create()
    try:
        service, host = begin(image, network)
        try:
            yield awaited(service, host)
        finally:
            service.remove()
    finally:
        with engine_answers("remove a network"):
            network.remove()
