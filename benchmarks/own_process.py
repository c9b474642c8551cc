"""What runs beside the benchmark: services with a port of their own, and measurements in a process of their own.

Everything starts in its own session, so that Ctrl-C reaches the benchmark alone, which then stops what it started.
"""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

from benchmarks.options import BenchmarkFailed

P = ParamSpec("P")
T = TypeVar("T")

_STOP_DEADLINE_S = 15.0


@contextmanager
def service(module: str, *arguments: str) -> Iterator[int]:
    """Run `python -m module`, which prints its port once it listens; it is stopped when the block ends."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            said = process.stdout.readline().strip() if process.stdout is not None else ""
            if not said.isdigit():
                raise BenchmarkFailed(f"{module} did not start; its last words stand above")
            yield int(said)
        finally:
            _stop(process)


def finished(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; when interrupted, let it stop what it started itself."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            said, complained = process.communicate()
        except BaseException:
            _stop(process)
            raise
    return subprocess.CompletedProcess(command, process.returncode, said, complained)


def alone(work: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    """Run a function in a fresh process, so that a load generator shares no interpreter with anything else."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_ignore_interrupts) as pool:
        try:
            return pool.submit(work, *arguments, **named).result()
        except BrokenExecutor as error:
            raise BenchmarkFailed("a measuring process died; its last words stand above") from error


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a measurement ends by itself within seconds


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
