"""The two programs as an operator starts them, and how they ended."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from harness.cli import main

_DEADLINE_S = 60


@dataclass(frozen=True, slots=True)
class Ended:
    """Exit code and what was printed."""

    code: int
    out: str
    err: str

    @property
    def last_line(self) -> str:
        """The line that must say what was wrong and what to do."""
        return self.err.rstrip().rsplit("\n", 1)[-1]


def rehearsal(*arguments: str, largest_file: int | None = None, stdout: int = subprocess.PIPE) -> Ended:
    """Run `sombra-rehearsal` to its end, where files may not grow beyond some bytes."""
    # CPython keeps bytecode that a limit cut short, and stumbles over it ever after.
    environ = {} if largest_file is None else {"PYTHONDONTWRITEBYTECODE": "1"}

    def prepare() -> None:
        if largest_file is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))

    with started("harness", *arguments, prepare=prepare, stdout=stdout, environ=environ) as process:
        out, err = process.communicate(timeout=_DEADLINE_S)
    return Ended(process.returncode, out or "", err)


def here(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ended:
    """Run `sombra-rehearsal` in this process, where whatever it does not catch fails the test."""
    try:
        code = main(arguments)
    except SystemExit as exit_:  # argparse ends so
        code = int(exit_.code or 0)
    told = capsys.readouterr()
    return Ended(code, told.out, told.err)


def fake(*arguments: str, environ: dict[str, str] | None = None) -> Ended:
    """Run `fake-sombra` to its end."""
    with started("fake_sombra", *arguments, environ=environ) as process:
        out, err = process.communicate(timeout=_DEADLINE_S)
    return Ended(process.returncode, out, err)


@contextmanager
def started(
    module: str,
    *arguments: str,
    prepare: Callable[[], None] | None = None,
    stdout: int = subprocess.PIPE,
    environ: dict[str, str] | None = None,
) -> Iterator[subprocess.Popen[str]]:
    """A running program, killed at the end of the block if it still runs."""
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=prepare,  # noqa: PLW1509  the tests start no threads of their own before it
        env={**os.environ, **(environ or {})},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def children(process: subprocess.Popen[str]) -> dict[int, list[str]]:
    """The live processes a program has started, by pid, with their command lines."""
    found = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = int((entry / "stat").read_text("utf-8").rsplit(")", 1)[1].split()[1])
            words = (entry / "cmdline").read_text("utf-8").split("\0")[:-1]
        except OSError:
            continue
        if parent == process.pid and words:
            found[int(entry.name)] = words
    return found


def is_alive(pid: int) -> bool:
    """Whether a process exists, zombies included."""
    return Path(f"/proc/{pid}").exists()
