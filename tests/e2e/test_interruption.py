"""Ctrl-C in the middle of a run: one clear line, exit 3, no orphan, and the history so far is kept."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

from tests.e2e.commands import children, is_alive, started


@pytest.mark.parametrize(
    ("scenario", "ending"),
    [
        ("rollback_at_every_step", signal.SIGINT),
        *(pytest.param("guide", ending, marks=pytest.mark.gate) for ending in (signal.SIGINT, signal.SIGTERM)),
    ],
)
def test_an_interrupted_run_leaves_its_history_and_no_process(
    tmp_path: Path, scenario: str, ending: signal.Signals
) -> None:
    with started("harness", "rehearse", scenario, "--requests", "16", "--out", str(tmp_path)) as process:
        assert process.stderr is not None
        assert any("Stop Sombra" in line for line in process.stderr)
        parts = children(process)
        assert parts, "the world was not running yet"

        process.send_signal(ending)
        out, err = process.communicate(timeout=60)

    assert process.returncode == 3
    assert "interrupted" in err
    assert "Traceback" not in out + err
    assert not any(is_alive(pid) for pid in parts)
    journal = next(tmp_path.rglob("history.jsonl")).read_text(encoding="utf-8").splitlines()
    kinds = [json.loads(line)["kind"] for line in journal]
    assert "probe" in kinds
    assert kinds[-1] == "interrupted"


def test_a_second_ctrl_c_does_not_disturb_the_stopping(tmp_path: Path) -> None:
    with started("harness", "rehearse", "flip_n", "--requests", "16", "--out", str(tmp_path)) as process:
        assert process.stderr is not None
        assert any("Flip 1" in line for line in process.stderr)
        parts = children(process)

        for _ in range(200):  # an impatient operator, until it is gone
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(0.01)
        err = process.stderr.read()
        process.wait(60)

    assert process.returncode == 3
    assert err.count("interrupted") == 1
    assert "Traceback" not in err
    assert parts, "the world was not running any more"
    assert not any(is_alive(pid) for pid in parts)


def test_ctrl_c_while_the_program_loads_is_no_traceback(tmp_path: Path) -> None:
    """The signal comes as soon as the program has taken over its handling, before anything is started."""
    with started("harness", "rehearse", "--out", str(tmp_path)) as process:
        while not _handles_signals(process.pid):
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)

    *before, last = err.splitlines()
    assert (process.returncode, out) == (3, "")
    assert last.startswith("sombra-rehearsal: interrupted")
    # Modules are loaded to their end, and by then the display may have begun.
    assert re.fullmatch(r"(\d+\.\d s)?", "\n".join(before))


def test_ctrl_c_in_the_middle_of_text_that_is_executed_ends_with_the_same_exit_code() -> None:
    """As in the making of a dataclass while modules load: CPython would die of the signal at its very end."""
    printed = _printed_until_interrupted('exec("raise KeyboardInterrupt")')

    assert printed == ""


def test_ctrl_c_in_the_middle_of_a_module_waits_until_it_is_loaded(tmp_path: Path) -> None:
    """What a `__set_name__` raises, as of a cached_property, CPython turns into a RuntimeError."""
    (tmp_path / "a_module.py").write_text(
        """
import signal

class Named:
    def __set_name__(self, owner, name):
        signal.raise_signal(signal.SIGINT)

class Owner:
    named = Named()
""",
        "utf-8",
    )
    printed = _printed_until_interrupted(
        f"""
import threading
sys.path.insert(0, {str(tmp_path)!r})
import a_module
print("it is loaded")
threading.Event().wait()
"""
    )

    assert printed == "it is loaded\n"


def test_ctrl_c_while_a_lock_changes_hands_keeps_it_from_nobody() -> None:
    """The lock is taken, and its `with` does not know it yet: kept for ever, it would stop the thread that answers."""
    printed = _printed_until_interrupted(
        """
import signal
import threading
from functools import partial
from types import SimpleNamespace

taking = partial(signal.raise_signal, signal.SIGINT)
lock = SimpleNamespace(acquire=taking, release=None, __enter__=taking, __exit__=lambda *_: print("let go"))
with threading.Condition(lock):
    print("taken")
    threading.Event().wait()
"""
    )

    assert printed == "taken\nlet go\n"


def test_ctrl_c_while_a_wait_lets_go_of_its_lock_is_no_traceback() -> None:
    """Raised there, it leaves the `with` around the wait with a lock to release that nobody holds."""
    printed = _printed_until_interrupted(
        """
import signal
import threading
from functools import partial
from operator import call
from types import SimpleNamespace

held = threading.RLock()
letting_go = map(call, [held._release_save, partial(signal.raise_signal, signal.SIGINT)])
lock = SimpleNamespace(
    acquire=held.acquire,
    release=held.release,
    _is_owned=held._is_owned,
    _release_save=partial(list, letting_go),
    _acquire_restore=lambda saved: held._acquire_restore(saved[0]),
    __enter__=held.__enter__,
    __exit__=held.__exit__,
)
condition = threading.Condition(lock)
with condition:
    condition.wait()
"""
    )

    assert printed == ""


def test_ctrl_c_while_something_is_let_go_comes_again() -> None:
    """What a finalizer raises reaches nobody, and every later Ctrl-C is ignored."""
    printed = _printed_until_interrupted(
        """
import signal
import threading

class Finalized:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)

Finalized()
print("let go")
threading.Event().wait()
"""
    )

    assert printed == "let go\n"


def test_ctrl_c_breaks_off_the_waiting_and_not_what_is_waited_for() -> None:
    """After a join that is broken off, CPython would take the thread for ended."""
    printed = _printed_until_interrupted(
        """
import os
import signal
import threading
from harness.background import Background

begun, heard, never = threading.Event(), threading.Event(), threading.Event()

def insist():  # one that comes just before a thread falls asleep is heard when it wakes
    begun.wait()
    while not heard.wait(0.05):
        os.kill(os.getpid(), signal.SIGINT)

work = Background(never.wait)
Background(insist)
try:
    begun.set()
    work.ends()
finally:
    print(work.lives())
    heard.set()
"""
    )

    assert printed == "True\n"


def test_what_a_library_logs_while_it_is_interrupted_is_no_message_to_an_operator() -> None:
    """As a pool of connections that is being closed: it logs the interruption with its traceback."""
    printed = _printed_until_interrupted(
        """
import logging
try:
    raise KeyboardInterrupt
except BaseException:
    logging.getLogger("a.library").exception("Exception closing connection")
    raise
"""
    )

    assert printed == ""


def _printed_until_interrupted(what: str) -> str:
    """What the program prints when it does this while its verbs load; it ends with one clear line and exit 3."""
    script = f"""
import sys
from harness import cli

def loading(**_):
{indent(what, "    ")}

cli.parser = loading
sys.exit(cli.main(["list"]))
"""
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, ended.stderr.count("\n")) == (3, 1), ended.stderr
    assert ended.stderr.startswith("sombra-rehearsal: interrupted")
    return ended.stdout


def _handles_signals(pid: int) -> bool:
    """Whether a process has a handler of its own for SIGTERM; Python itself has none."""
    status = Path(f"/proc/{pid}/status").read_text("utf-8")
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)
