"""How fast the KMS answers through either door, beside moto without our rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks import kms_load
from benchmarks.figures import Figure, TimesPeer, interleaved
from benchmarks.options import Options
from benchmarks.own_process import alone, service
from benchmarks.sombra import sombra


def kms_in_process(options: Options) -> Iterator[Figure]:
    """Decrypt and CreateKey through the botocore door."""
    for name, ours, peer, factor in (
        ("KMS in process, Decrypt", kms_load.decrypt_in_process, kms_load.decrypt_in_bare_moto, 1.0),
        ("KMS in process, CreateKey", kms_load.create_key_in_process, kms_load.create_key_in_bare_moto, 20.0),
    ):
        samples = interleaved(_timed(ours, options), _timed(peer, options), rounds=options.rounds)
        yield Figure(name, "/s", samples[0], TimesPeer(factor), samples[1], "bare moto in process")


def kms_over_http(options: Options) -> Iterator[Figure]:
    """Decrypt by boto3 through the HTTP front."""
    with sombra() as subject, service("benchmarks.moto_server") as moto:
        front = int(subject.overlay["AWS_ENDPOINT_URL_KMS"].rpartition(":")[2])
        ours, peer = (
            partial(alone, kms_load.over_http, port, connections=options.connections, seconds=options.seconds)
            for port in (front, moto)
        )
        samples = interleaved(ours, peer, rounds=options.rounds)
    yield Figure("KMS over HTTP, Decrypt", "/s", samples[0], TimesPeer(2.0), samples[1], "moto server, same client")


def _timed(work: Callable[..., float], options: Options) -> Callable[[], float]:
    return partial(alone, work, seconds=options.seconds)
