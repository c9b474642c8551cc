"""Progress: a live line for a person, plain lines for a log, nothing when quiet."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from harness.progress import Live, Plain, Progress, Silent, progress_for
from harness.verdict import Outcome


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


TERMINAL = {"TERM": "xterm-256color"}


def _tell(progress: Progress) -> None:
    with progress as shown:
        shown.note("seed 7")
        shown.step("Stop Sombra")
        shown.fork("undrained")
        shown.step("Start\x1b[31m\nSombra [bold]")
        shown.done(Outcome.GO)


def _ticking() -> Callable[[], float]:
    times = iter(range(100))
    return lambda: float(next(times))


def test_without_a_terminal_each_thing_is_one_plain_line() -> None:
    stream = io.StringIO()

    _tell(Plain(stream, clock=_ticking()))

    assert stream.getvalue().splitlines() == [
        "seed 7",
        "step 1: Stop Sombra",
        "step 2: Start\\u001b[31m Sombra [bold]",
        "2 steps, 1 fork, 1.0 s: go",
    ]


def test_a_terminal_gets_a_live_line_that_is_taken_away() -> None:
    stream = Terminal()

    _tell(progress_for(stream, quiet=False, environ=TERMINAL))

    told = stream.getvalue()
    assert "seed 7" in told
    assert "2 steps, 1 fork" in told
    assert "Start\x1b[31m" not in told
    assert told.rstrip().endswith("go")
    assert told.count("\x1b[?25l") == told.count("\x1b[?25h") == 1


def test_the_live_line_ends_when_the_run_raises() -> None:
    stream = Terminal()

    def fail() -> None:
        with progress_for(stream, quiet=False, environ=TERMINAL) as shown:
            shown.step("Stop Sombra")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()

    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h") == 1


def test_a_live_line_needs_no_context_and_may_end_without_a_verdict() -> None:
    stream = Terminal()
    shown = progress_for(stream, quiet=False, environ=TERMINAL)

    shown.step("Stop Sombra")
    shown.done()

    assert stream.getvalue().count("\x1b[?25l") == stream.getvalue().count("\x1b[?25h") == 1
    assert "1 step, 0" in stream.getvalue()


@pytest.mark.parametrize(
    ("stream", "environ", "quiet", "kind"),
    [
        (Terminal(), TERMINAL, False, Live),
        (Terminal(), {**TERMINAL, "CI": "true"}, False, Plain),
        (Terminal(), {"TERM": "dumb"}, False, Plain),
        (io.StringIO(), TERMINAL, False, Plain),
        (Terminal(), TERMINAL, True, Silent),
    ],
)
def test_the_progress_fits_the_stream(
    stream: io.StringIO,
    environ: dict[str, str],
    quiet: bool,  # noqa: FBT001 - a parameter of the test
    kind: type,
) -> None:
    assert isinstance(progress_for(stream, quiet=quiet, environ=environ), kind)


def test_no_color_keeps_the_live_line_without_colour() -> None:
    stream = Terminal()

    _tell(progress_for(stream, quiet=False, environ={**TERMINAL, "NO_COLOR": "1"}))

    assert "seed 7" in stream.getvalue()
    assert "\x1b[32m" not in stream.getvalue()
    assert "\x1b[3" not in stream.getvalue()


def test_quiet_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    _tell(Silent())

    assert capsys.readouterr() == ("", "")
