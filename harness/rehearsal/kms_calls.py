"""How many calls the KMS was sent, and how many of them it refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from harness.rehearsal.rehearsal import Rehearsal
from harness.target import control


def count_kms_calls(r: Rehearsal, moment: str) -> None:
    """Record how many calls there were so far."""
    r.record("kms-calls", moment=moment, count=len(_calls(r)))


@contextmanager
def refusals_counted(r: Rehearsal) -> Iterator[None]:
    """Record how often the KMS refused each operation while the block ran."""
    before = len(_calls(r))
    yield
    refused = Counter(str(call["operation"]) for call in _calls(r)[before:] if call["result"] != "ok")
    r.record("kms-refused", counts=dict(refused))


def _calls(r: Rehearsal) -> list[Mapping[str, Any]]:
    calls: list[Mapping[str, Any]] = r.exchange([control("kms-control", "GET", "/journal?since=0")])[0].json["calls"]
    return calls
