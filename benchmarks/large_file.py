"""How fast and in how little memory a large file leaves the gateway."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import disk_stream
from benchmarks.figures import AtMost, Figure, TimesPeer, interleaved
from benchmarks.options import BenchmarkFailed, Options
from benchmarks.own_process import alone, finished, service
from benchmarks.relay import drain
from benchmarks.sombra import Sombra, sombra

_OPENSSL = ("openssl", "speed", "-elapsed", "-seconds", "1", "-evp", "aes-256-gcm", "-bytes", "16384")
_MIB = 1 << 20


def large_file(options: Options) -> Iterator[Figure]:
    """From disk without HTTP, over HTTP with the stand-in behind it, and the gateway's peak of memory."""
    for name, peer_name, measure in (
        ("large file, from disk", "openssl speed, AES-256-GCM, one core", _openssl),
        # The cipher's library brings an OpenSSL of its own, which may be far faster than the system's.
        ("large file, same OpenSSL", "the gateway's cipher alone, in memory", _cipher),
    ):
        ours, peer = interleaved(partial(_from_disk, options.size), measure, rounds=options.rounds)
        yield Figure(name, "MiB/s", ours, TimesPeer(0.5), peer, peer_name)
    with sombra() as subject:
        subject.start("local")
        yield from _over_http(subject, options)
        peak = _peak(subject)
    yield Figure("large file, peak resident", "MiB", (peak,), AtMost(150.0))


def _over_http(subject: Sombra, options: Options) -> Iterator[Figure]:
    request_id, nonce = subject.nonce("large")
    subject.attach_stream(nonce, size=options.size)
    question = subject.download_of(request_id, keep_alive=False)
    with (
        service("benchmarks.relay", "source", str(options.size)) as source,
        service("benchmarks.relay", "relay", str(source)) as relay,
    ):
        ours, peer = interleaved(
            partial(_drained, subject.port, question, options.size),
            partial(_drained, relay, b"", options.size),
            rounds=options.rounds,
        )
    yield Figure("large file, over HTTP", "MiB/s", ours, TimesPeer(0.35), peer, "a raw relay of the same two hops")


def _drained(port: int, question: bytes, size: int) -> float:
    began = time.perf_counter()
    count = drain(port, question)
    took = time.perf_counter() - began
    if count < size:
        raise BenchmarkFailed(f"only {count} of {size} bytes came; the gateway's log says why")
    return count / took / _MIB


def _from_disk(size: int) -> float:
    with tempfile.TemporaryDirectory() as folder:
        return alone(disk_stream.bytes_per_second, folder, size=size) / _MIB


def _cipher() -> float:
    return alone(disk_stream.cipher_bytes_per_second, seconds=1.0) / _MIB


def _openssl() -> float:
    if shutil.which("openssl") is None:
        raise BenchmarkFailed("the peer is openssl; install it, or leave large_file out")
    found = re.search(r"^AES-256-GCM\s+([\d.]+)k", finished(_OPENSSL).stdout, re.MULTILINE | re.IGNORECASE)
    if found is None:
        raise BenchmarkFailed("openssl speed printed no figure for aes-256-gcm; is it version 3?")
    return float(found[1]) * 1000 / _MIB


def _peak(subject: Sombra) -> float:
    """The most memory the gateway ever held: the upload and every download of this run included."""
    status = Path(f"/proc/{subject.pid}/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024
