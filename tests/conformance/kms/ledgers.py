"""Where the ledgers lie and what holds an outcome against one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from harness.conformance import Outcome
from harness.conformance.ledger import Ledger

FOLDER: Final = Path(__file__).parent / "ledger"
SHOWN: Final = ("moto+strict", "localstack+strict", "moto-5.2.5", "localstack-4.10.0", "localstack-2026.3.0")
"""The columns of docs/kms-conformance.md, in order."""


def ledger_of(kms: str) -> Ledger:
    """The ledger of one KMS in one version; a new version needs a new one."""
    path = FOLDER / f"{kms}.json"
    assert path.exists(), f"{kms} has no ledger: sombra-rehearsal kms conform --kms … --ledger {path.name}, and read it"
    return Ledger.read(path)


def check(outcome: Outcome, ledger: Ledger) -> None:
    """Fail on any difference, an unexpected pass included."""
    complaint = ledger.complaint(outcome)
    assert complaint is None, complaint
