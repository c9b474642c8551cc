"""`rehearse`: several scenarios have one exit code, the worst."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli import main
from harness.commands import rehearse


@pytest.mark.parametrize(
    ("codes", "worst"), [([0], 0), ([0, 0], 0), ([0, 3], 3), ([3, 0], 3), ([1, 3], 1), ([3, 1, 0], 1)]
)
def test_a_no_go_outweighs_an_inconclusive_run_and_that_a_go(
    codes: list[int], worst: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rehearse, "_rehearsed", lambda *_: codes)

    assert main(["rehearse", "drain"]) == worst


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--before", "x.env"), "--before and --after belong together"),
        (("--rollback", "x.env"), "--before and --after belong together"),
        (("--requests", "15"), "16 or more"),
        (("--budget", "0"), "more than 0"),
        (("--budget", "inf"), "more than 0"),
        (("--gateway", " "), "give its path"),
        (("drain", "drain", "moon"), "no scenario is called moon"),
    ],
)
def test_what_cannot_be_rehearsed_is_said_before_anything_is_started(
    arguments: tuple[str, ...],
    words: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)

    assert main(["rehearse", *arguments]) == 2
    assert words in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (KeyboardInterrupt, 3, "interrupted"),
        (lambda: OSError(28, "No space left on device", "/somewhere"), 2, "/somewhere cannot be used (No space left"),
        (BrokenPipeError, 2, ""),
    ],
)
def test_what_ends_a_command_early_is_one_line_and_no_traceback(
    raised: Callable[[], BaseException],
    code: int,
    words: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def failing(*_: object) -> list[int]:
        raise raised()

    monkeypatch.setattr(rehearse, "_rehearsed", failing)

    assert main(["rehearse"]) == code
    told = capsys.readouterr().err
    assert words in told
    assert told.count("\n") <= 1
