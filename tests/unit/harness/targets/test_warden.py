"""A warden ends what a killed owner left, the stubborn too, and touches nothing after an end in good order."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.targets import warden
from harness.targets.warden import Warden, keep

_SLEEPER = "import signal, sys; print('up', flush=True); signal.pause()"
_STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); signal.pause()"


@pytest.fixture
def sleepers() -> Iterator[list[subprocess.Popen[str]]]:
    """Processes that a test starts, in sessions of their own."""
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


def _sleeper(started: list[subprocess.Popen[str]], code: str = _SLEEPER) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", code], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    started.append(process)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    return process


def test_an_owner_that_is_gone_leaves_no_process_and_no_folder(
    sleepers: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    child, own = _sleeper(sleepers), tmp_path / "world"
    own.mkdir()
    (own / "api-keys").write_text("secret", "utf-8")
    guard = Warden.start()
    guard.watch(child.pid)
    guard.inherit(str(own))

    assert guard.process.stdin is not None
    guard.process.stdin.close()  # what the end of its owner does, however it came

    assert child.wait(10) == -signal.SIGTERM
    assert guard.process.wait(10) == 0
    assert not own.exists()


def test_an_end_in_good_order_touches_nothing(sleepers: list[subprocess.Popen[str]], tmp_path: Path) -> None:
    child = _sleeper(sleepers)
    guard = Warden.start()
    guard.watch(child.pid)
    guard.inherit(str(tmp_path))

    guard.dismiss()

    assert guard.process.returncode == 0
    assert child.poll() is None
    assert tmp_path.exists()


def test_a_process_that_has_ended_is_forgotten(sleepers: list[subprocess.Popen[str]]) -> None:
    ended, left = _sleeper(sleepers), _sleeper(sleepers)

    keep([f"+{ended.pid}\n", f"+{left.pid}\n", f"-{ended.pid}\n"])

    assert left.wait(10) == -signal.SIGTERM
    assert ended.poll() is None


def test_who_does_not_hear_is_killed(sleepers: list[subprocess.Popen[str]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(warden, "_GRACE_S", 0.2)
    stubborn = _sleeper(sleepers, _STUBBORN)

    keep([f"+{stubborn.pid}\n"])

    assert stubborn.wait(10) == -signal.SIGKILL


def test_a_warden_that_was_killed_guards_nobody_and_harms_nobody() -> None:
    guard = Warden.start()
    guard.process.kill()
    guard.process.wait()

    guard.watch(1)
    guard.dismiss()
