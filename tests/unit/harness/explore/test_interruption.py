"""Ctrl-C in the middle of Hypothesis: noted once, obeyed between two steps, and handed on when it comes again."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from harness.explore.interruption import Interruption


def test_a_signal_is_noted_and_obeyed_later() -> None:
    asked = Interruption()
    asked.obey()

    with asked.noted():
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        asked.obey()


def test_a_second_signal_is_the_programs_own() -> None:
    asked = Interruption()

    with asked.noted():
        os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_the_handlers_are_as_before_afterwards() -> None:
    before = signal.getsignal(signal.SIGINT)

    with Interruption().noted():
        assert signal.getsignal(signal.SIGINT) is not before

    assert signal.getsignal(signal.SIGINT) is before


def test_a_thread_hears_no_signals_and_does_not_try() -> None:
    failed: list[BaseException] = []

    def run() -> None:
        try:
            with Interruption().noted():
                pass
        except BaseException as error:  # noqa: BLE001  whatever it was
            failed.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert failed == []
