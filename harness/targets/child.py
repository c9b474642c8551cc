"""One child process of ours: started, heard line by line, waited for, stopped by its pid."""

from __future__ import annotations

import fcntl
import os
import secrets as random_source
import select
import signal
import socket
import subprocess
import termios
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from harness.background import Background
from harness.signals import handled_by
from harness.target import TargetFailed
from harness.targets.speech import Speech

START_DEADLINE_S = 15.0
STOP_DEADLINE_S = 15.0
_CHUNK, _MOMENT_S = 65_536, 1.0
_ENDING_S = 5.0  # from the last word of a process to its exit, on a machine that is busy
_DYING_S = 0.5  # from the end of its output to its own
_LOWEST, _HIGHEST = 20_000, 32_000  # below the range the kernel hands out to outgoing connections


def free_port() -> int:
    """A port nobody listens on now, out of the kernel's own range, so that no client socket takes it later."""
    while True:
        port = _LOWEST + random_source.randbelow(_HIGHEST - _LOWEST)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def listens(port: int) -> bool:
    """Whether somebody accepts connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def holding(port: int) -> Iterator[None]:
    """Listen on a port as long as the block runs, so that nobody else can."""
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", port))
        held.listen(1)
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """Put off Ctrl-C and SIGTERM to the end of the block: a process is started and written down, or neither.

    Only the main thread hears signals; a handler of ours does not reach the process that is started.
    """
    put_off: list[Callable[[], object]] = []
    with handled_by(lambda handler: lambda number, frame: put_off.append(partial(handler, number, frame))):
        yield
    for obey in put_off[:1]:
        obey()


@dataclass(slots=True)
class Child:
    """A process, and what it said so far."""

    name: str
    process: subprocess.Popen[bytes]
    said: Speech = field(default_factory=Speech)
    _reader: Background = field(init=False)

    def __post_init__(self) -> None:
        self._reader = Background(self._read)

    @classmethod
    def start(cls, name: str, command: Sequence[str], environ: Mapping[str, str]) -> Child:
        """Start a command in a session of its own; raises `TargetFailed` when there is no such program."""
        try:
            process = subprocess.Popen(
                command,
                env=dict(environ),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                bufsize=0,
                start_new_session=True,  # Ctrl-C reaches the harness alone, which then stops what it started
            )
        except OSError as error:
            raise TargetFailed(f"{command[0]} cannot be run ({error.strerror}); name a program that can") from error
        return cls(name, process)

    def _read(self) -> None:
        """Take what is written out of the pipe and into `said` in one go, so that `caught_up` can be sure."""
        stream = self.process.stdout
        assert stream is not None  # noqa: S101  asked for in `start`; tells mypy so
        written, rest = select.poll(), b""
        written.register(stream, select.POLLIN | select.POLLHUP)
        while True:
            written.poll()
            with self.said.rung:
                chunk = os.read(stream.fileno(), _CHUNK)
                *lines, rest = (rest + chunk).split(b"\n") if chunk else (rest, b"")
                for line in lines:
                    self.said.hear(line.decode("utf-8", "replace").rstrip("\r"))
                self.said.rung.notify_all()  # the end of its output is told too
            if not chunk:
                return

    def caught_up(self) -> None:
        """Wait until everything that was written by now has been heard; not for longer than a moment."""
        with self.said.rung:
            self.said.rung.wait_for(self._is_all_heard, _MOMENT_S)

    def _is_all_heard(self) -> bool:
        stream = self.process.stdout
        if not self._reader.lives() or stream is None or stream.closed:
            return True
        waiting = fcntl.ioctl(stream, termios.FIONREAD, b"\0" * 4)
        return not any(waiting)

    def ready(self) -> Mapping[str, Any] | None:
        """Wait for the ready line, or for the end of the process."""
        return self.said.ready(within_s=START_DEADLINE_S, speaks=self._reader.lives)

    def ended(self, *, within_s: float) -> int | None:
        """The exit code of a process that has ended, or ends soon; None while it lives."""
        with suppress(subprocess.TimeoutExpired):
            return self.process.wait(within_s) if within_s else self.process.poll()
        return None

    def ask_to_stop(self) -> None:
        """SIGTERM, where it still lives."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> int:
        """SIGKILL, which nobody hears; the exit code."""
        self.process.kill()
        return self.stop()

    def stop(self) -> int:
        """SIGTERM, and SIGKILL past the deadline; the exit code. Who has ended its output is let end by itself."""
        if not self._reader.lives():
            self.ended(within_s=_ENDING_S)
        self.ask_to_stop()
        self._reader.ends(within_s=STOP_DEADLINE_S)  # the end of its output is told at once, its exit only to who polls
        try:
            code = self.process.wait(_DYING_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self._reader.ends(within_s=STOP_DEADLINE_S)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code
