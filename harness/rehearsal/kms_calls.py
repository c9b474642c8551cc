"""How many calls the KMS was sent, and how many of them it refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from harness.rehearsal.rehearsal import Rehearsal


def count_kms_calls(r: Rehearsal, moment: str) -> None:
    """Record how many calls there were so far."""
    r.record("kms-calls", moment=moment, count=len(r.journal()))


@contextmanager
def refusals_counted(r: Rehearsal) -> Iterator[None]:
    """Record how often the KMS refused each operation while the block ran."""
    before = len(r.journal())
    yield
    refused = Counter(str(call["operation"]) for call in r.journal()[before:] if call["result"] != "ok")
    r.record("kms-refused", counts=dict(refused))
