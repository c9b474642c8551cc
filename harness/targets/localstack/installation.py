"""Where LocalStack is installed: once a version, from a pinned list, into a virtual environment of its own.

It pins another boto3 than ours, so it can never share our environment (kms.md, 7.1).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from harness.target import TargetFailed

CACHE_VARIABLE: Final = "SOMBRA_REHEARSAL_CACHE"
INSTALL_DEADLINE_S: Final = 300.0
_NEWEST_FOR_OLD_PYTHONS: Final = "4.10.0"
_NEWEST: Final = "2026.3.0"
_ADVICE: Final = "run one yourself and name it (--kms URL or LOCALSTACK_HOST), or rehearse with --kms moto"


class Unavailable(TargetFailed):
    """LocalStack cannot be had here; the message says why and what to do instead."""


@dataclass(frozen=True, slots=True)
class Installation:
    """An installed version; `state` keeps its service catalogue, without which a first call takes seconds."""

    version: str
    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter of its environment."""
        return self.folder / "venv" / "bin" / "python"

    @property
    def state(self) -> Path:
        """Its root of files."""
        return self.folder / "state"


def installed(environ: Mapping[str, str] = os.environ) -> Installation:
    """The version for this Python, installed now if need be; raises `Unavailable`."""
    version = _NEWEST if sys.version_info >= (3, 13) else _NEWEST_FOR_OLD_PYTHONS
    pins = files(__package__).joinpath(f"requirements-{version}.txt").read_text("utf-8")
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(f"{python}\n{pins}".encode()).hexdigest()[:12]
    found = Installation(version, _cache(environ) / f"localstack-{version}-{digest}")
    try:
        found.folder.mkdir(parents=True, exist_ok=True)
        with _alone(found.folder / "lock"):
            if not _is_whole(found):
                _install(found, pins)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unavailable(
            f"LocalStack cannot be installed into {found.folder} ({reason}); name another folder by {CACHE_VARIABLE}"
        ) from error
    return found


def _cache(environ: Mapping[str, str]) -> Path:
    if environ.get(CACHE_VARIABLE):
        return Path(environ[CACHE_VARIABLE]).absolute()
    home = environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(home) / "sombra-rehearsal"


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process that holds it."""
    with path.open("a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_whole(found: Installation) -> bool:
    return (found.folder / "whole").exists() and found.python.exists()


def _install(found: Installation, pins: str) -> None:
    """Build the environment; the mark that it is whole is set last."""
    shutil.rmtree(found.folder / "venv", ignore_errors=True)
    found.state.mkdir(exist_ok=True)
    listed = found.folder / "requirements.txt"
    listed.write_text(pins, encoding="utf-8")
    command = (str(found.python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(listed))
    try:
        venv.create(found.folder / "venv", with_pip=True)
        done = subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_DEADLINE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f"LocalStack was not installed within {INSTALL_DEADLINE_S:.0f} s; {_ADVICE}") from error
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"this Python cannot make a virtual environment with pip; {_ADVICE}") from error
    if done.returncode:
        raise Unavailable(f"LocalStack could not be installed ({_reason(done.stderr)}); {_ADVICE}")
    (found.folder / "whole").touch()


def _reason(said: str) -> str:
    """The last error of pip without addresses, which may carry credentials."""
    errors = [line.removeprefix("ERROR: ") for line in said.splitlines() if line.startswith("ERROR: ")]
    return re.sub(r"\S+://\S+", "(address)", errors[-1])[:200] if errors else "pip gave no reason"
