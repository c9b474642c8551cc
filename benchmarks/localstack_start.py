"""How soon LocalStack is there in host mode, once it is installed and has started before."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

from benchmarks.boot import moto_start
from benchmarks.figures import AtMost, Figure, interleaved
from benchmarks.options import Options
from harness.targets.localstack import neighbour


def localstack_start(options: Options) -> Iterator[Figure]:
    """From the start of its process to its first answer; the peer is the start of moto's server."""
    _start()  # installs it and reads its catalogue, which only the first start pays for
    ours, peer = interleaved(_start, moto_start, rounds=options.rounds)
    yield Figure("LocalStack, warm start", "s", ours, AtMost(3.0), peer, "moto server's start")


def _start() -> float:
    environ = {name: value for name, value in os.environ.items() if name != "LOCALSTACK_HOST"}
    began = time.perf_counter()
    with neighbour(environ):
        return time.perf_counter() - began
