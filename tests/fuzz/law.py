"""The law every reader is held to: any bytes end with 0, 1, 2 or 3, soon, without a traceback and without a secret."""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import HealthCheck, settings

from harness.cli import main
from tests.fuzz.documents import SECRETS

EXAMPLES = int(os.environ.get("SOMBRA_REHEARSAL_FUZZ", "0"))
"""How many examples each property is tried with; the default is quick and the same on every machine."""
QUICK, LONGEST_S = 15, 15.0

FUZZ = settings(
    max_examples=EXAMPLES or QUICK,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)


@dataclass(frozen=True, slots=True)
class Ended:
    """How one command ended."""

    code: int
    out: str
    err: str
    took_s: float


def ended(arguments: Sequence[str]) -> Ended:
    """Run a command in this process; whatever it does not catch fails the test."""
    out, err, began = io.StringIO(), io.StringIO(), time.monotonic()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as exit_:  # argparse ends so
            code = int(exit_.code or 0)
    return Ended(code, out.getvalue(), err.getvalue(), time.monotonic() - began)


def obeys(arguments: Sequence[str]) -> Ended:
    """Hold one command against the law and give how it ended."""
    found = ended(arguments)
    told = found.out + found.err
    assert found.code in {0, 1, 2, 3}, found.code
    assert "Traceback" not in told
    assert [secret for secret in SECRETS if secret in told] == []
    assert found.took_s < LONGEST_S
    assert told.strip(), "it said nothing"
    assert told.isprintable() or not any(each in told for each in "\x00\x1b\x07\u202e")
    return found
