"""Node programs as tests run them: to their end with JSON in and out, or as servers that say where they listen."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from tests.clients.installed import HERE, MODULES

_DEADLINE_S = 60
PUBLISHED = (
    "--require",
    str(HERE / "on_loopback.cjs"),
    str(MODULES / "@transcend-io/typescript-webhook-example/build/app.js"),
)
OTHERS = (str(HERE / "receivers.mjs"),)


def run(script: str, told: object) -> Any:
    """What a program of this folder prints about what it is told."""
    ended = subprocess.run(
        ["node", str(HERE / script)],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        timeout=_DEADLINE_S,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@dataclass(slots=True)
class Output:
    """The lines of a program that goes on, as they come."""

    stream: IO[str]
    lines: list[str] = field(default_factory=list)
    _news: threading.Condition = field(default_factory=threading.Condition)
    _is_over: bool = False

    def follow(self) -> None:
        """Read to the end, in a thread of its own."""
        for line in self.stream:
            with self._news:
                self.lines.append(line.rstrip("\n"))
                self._news.notify_all()
        with self._news:
            self._is_over = True
            self._news.notify_all()

    def until(self, pattern: str, *, since: int = 0) -> str:
        """The first line, from a number on, that a pattern is found in; an AssertionError when it does not come."""
        with self._news:
            self._news.wait_for(lambda: self._is_over or self._found(pattern, since) is not None, _DEADLINE_S)
            line = self._found(pattern, since)
        assert line is not None, f"{pattern!r} was never said, but {self.lines[since:]}"
        return line

    def _found(self, pattern: str, since: int) -> str | None:
        return next((line for line in self.lines[since:] if re.search(pattern, line)), None)


@dataclass(frozen=True, slots=True)
class Server:
    """A program that listens on loopback."""

    url: str
    output: Output


@contextmanager
def listening(arguments: Sequence[str], environ: Mapping[str, str], *, folder: Path) -> Iterator[Server]:
    """A Node program from its first line, which tells its port, to the end of the block, which stops it."""
    with subprocess.Popen(
        ["node", *arguments],
        cwd=folder,  # the published receiver reads a file .env where it is started
        env={"PATH": os.environ["PATH"], **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout is not None
        output = Output(process.stdout)
        reader = threading.Thread(target=output.follow)
        reader.start()
        try:
            port = json.loads(output.until(r'^\{"port":'))["port"]
            yield Server(f"http://127.0.0.1:{port}", output)
        finally:
            process.terminate()
            reader.join()
