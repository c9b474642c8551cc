"""How soon a gateway is there: from the start of its process to both listeners' green `/health`."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

from benchmarks.figures import AtMost, Figure, interleaved
from benchmarks.options import BenchmarkFailed, Options
from benchmarks.own_process import service
from benchmarks.sombra import PROVIDERS, Provider, Sombra, sombra


def boot(options: Options) -> Iterator[Figure]:
    """Both providers; the peer is the start of moto's server in the same round."""
    with sombra() as subject:
        for provider in PROVIDERS:
            ours, peer = interleaved(partial(_gateway, subject, provider), moto_start, rounds=options.rounds)
            yield Figure(f"gateway boot, {provider}", "s", ours, AtMost(0.5), peer, "moto server's start")


def _gateway(subject: Sombra, provider: Provider) -> float:
    began = time.perf_counter()
    instance = subject.start(provider)
    healthy = subject.is_healthy()
    took = time.perf_counter() - began
    subject.world.stop(instance)
    if not healthy:
        raise BenchmarkFailed(f"the gateway started under {provider} but is not healthy; look into its log")
    return took


def moto_start() -> float:
    """Seconds from the start of moto's server to its open port."""
    began = time.perf_counter()
    with service("benchmarks.moto_server"):
        return time.perf_counter() - began
