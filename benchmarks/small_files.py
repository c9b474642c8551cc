"""How many small files a second leave the gateway, beside what moto's server does of Decrypt alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks import http_load, kms_load
from benchmarks.figures import Figure, TimesPeer, interleaved
from benchmarks.options import Options
from benchmarks.own_process import alone, service
from benchmarks.sombra import Provider, Sombra, sombra

_SIZE = 1024
_REQUESTS = 16
_TARGETS: dict[Provider, float] = {"local": 5.0, "AWS": 1.0}


def small_files(options: Options) -> Iterator[Figure]:
    """`GET /v1/files` under both providers; every answer opens the file's own context anew."""
    with sombra() as subject, service("benchmarks.moto_server") as moto:
        peer = partial(alone, kms_load.over_http, moto, connections=options.connections, seconds=options.seconds)
        for provider, factor in _TARGETS.items():
            instance = subject.start(provider)
            ours = partial(
                alone,
                http_load.requests_per_second,
                subject.port,
                _downloads(subject),
                size=_SIZE,
                connections=options.connections,
                seconds=options.seconds,
            )
            samples = interleaved(ours, peer, rounds=options.rounds)
            subject.world.stop(instance)
            name = f"small files, {provider}"
            yield Figure(name, "/s", samples[0], TimesPeer(factor), samples[1], "moto server's Decrypt by boto3")


def _downloads(subject: Sombra) -> tuple[bytes, ...]:
    """One file for each of several requests, so that keys, rows and contexts differ."""
    downloads = []
    for number in range(_REQUESTS):
        request_id, nonce = subject.nonce(f"small{number}")
        subject.attach(nonce, bytes([number]) * _SIZE)
        downloads.append(subject.download_of(request_id))
    return tuple(downloads)
