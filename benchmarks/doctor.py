"""How long the doctor takes over large files, and how much it holds: beside the parsers that it rests on."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from benchmarks import operators_files
from benchmarks.figures import AtMost, Figure, TimesPeer, interleaved
from benchmarks.options import BenchmarkFailed, Options
from benchmarks.own_process import alone

_MIB = 1 << 20
_NO_GO = 1
_PLAIN = """
import json, pathlib, sys, yaml
json.loads(pathlib.Path(sys.argv[1]).read_text())
for path in sorted(pathlib.Path(sys.argv[2]).glob("*.yaml")):
    list(yaml.load_all(path.read_text(), Loader=yaml.CSafeLoader))
"""
_PEER = "json.loads and yaml.CSafeLoader"


def doctor(options: Options) -> Iterator[Figure]:
    """The whole command, its peak, and reading and judging alone; the plan deletes a key, so the answer is no-go."""
    with tempfile.TemporaryDirectory() as folder:
        plan, manifests = operators_files.write(Path(folder))
        command = ("-m", "harness", "doctor", "--tfplan", str(plan), "--manifests", str(manifests), "--format", "json")
        peaks: list[float] = []
        ours, peer = interleaved(
            partial(_run, command, _NO_GO, peaks),
            partial(_run, ("-c", _PLAIN, str(plan), str(manifests)), 0, []),
            rounds=options.rounds,
        )
        yield Figure("doctor, command", "s", ours, AtMost(3.0), peer, f"{_PEER}, the same files")
        yield Figure("doctor, peak resident", "MiB", tuple(peaks), AtMost(300.0))
        rates = interleaved(
            partial(alone, judged_per_second, str(plan), str(manifests)),
            partial(alone, parsed_per_second, str(plan), str(manifests)),
            rounds=options.rounds,
        )
        yield Figure("doctor, in process", "MiB/s", rates[0], TimesPeer(0.3), rates[1], f"{_PEER} alone")


def judged_per_second(plan: str, manifests: str) -> float:
    """MiB of files that are read and judged in a second."""
    from harness.doctor.command import diagnose  # noqa: PLC0415  its import is no part of the measurement
    from harness.doctor.documents import READERS  # noqa: PLC0415
    from harness.doctor.inputs import Inputs  # noqa: PLC0415

    given = {"tfplan": (plan,), "manifests": (manifests,)}
    began = time.perf_counter()
    report = diagnose(Inputs(documents={kind: given.get(kind, ()) for kind in READERS}))
    took = time.perf_counter() - began
    if report.exit_code != _NO_GO:
        raise BenchmarkFailed("the doctor did not find the deletion it was given; run the tests")
    return _size(plan, manifests) / took


def parsed_per_second(plan: str, manifests: str) -> float:
    """MiB of files that are parsed in a second, without places and judged by nobody."""
    import yaml  # noqa: F401, PLC0415  its import is no part of the measurement

    work = compile(_PLAIN, "plain", "exec")
    sys.argv = ["plain", plan, manifests]
    began = time.perf_counter()
    exec(work, {})  # noqa: S102  the same text that the other peer runs
    return _size(plan, manifests) / (time.perf_counter() - began)


def _size(plan: str, manifests: str) -> float:
    return sum(path.stat().st_size for path in (Path(plan), *Path(manifests).iterdir())) / _MIB


def _run(arguments: tuple[str, ...], expected: int, peaks: list[float]) -> float:
    """Seconds of one process; its peak is kept, in MiB."""
    began = time.perf_counter()
    process = subprocess.Popen((sys.executable, *arguments), stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        raise
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != expected:
        raise BenchmarkFailed(f"{arguments[1]} ended with {process.returncode}, so its time says nothing")
    peaks.append(usage.ru_maxrss / 1024)
    return time.perf_counter() - began
