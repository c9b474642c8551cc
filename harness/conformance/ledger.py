"""What a KMS is known to do otherwise than AWS; a repaired row is noticed like a new fault."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.conformance.trial import Outcome, Verdict, expectation
from harness.fetching import fetch

_LIMIT = 16 * 1024 * 1024
_DIFFERENT = (Verdict.DIFFERS, Verdict.OPEN)


class LedgerError(ValueError):
    """A file is no ledger; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """Deviations and what could not be set up, by row id, of one KMS in one version."""

    kms: str
    deviations: Mapping[str, str]
    not_expressible: Mapping[str, str]

    @classmethod
    def of(cls, kms: str, outcomes: Iterable[Outcome]) -> Ledger:
        """What a trial found; raises LedgerError when a row could not be evaluated."""
        deviations, reasons = {}, {}
        for outcome in outcomes:
            if outcome.verdict is Verdict.UNKNOWN:
                raise LedgerError(f"{outcome.row.id} could not be evaluated ({outcome.did}); a ledger needs every row")
            if outcome.verdict in _DIFFERENT:
                deviations[outcome.row.id] = outcome.did
            elif outcome.verdict is Verdict.NOT_EXPRESSIBLE:
                reasons[outcome.row.id] = outcome.did
        return cls(kms, deviations, reasons)

    @classmethod
    def read(cls, path: Path) -> Ledger:
        """Raise LedgerError for what is no ledger."""
        try:
            document: Any = json.loads(fetch(path, limit=_LIMIT))
            return cls(_text(document["kms"]), _texts(document["deviations"]), _texts(document["not_expressible"]))
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
            why = type(error).__name__
            raise LedgerError(f"{path} is no ledger ({why}); write one by kms conform --ledger") from error

    def text(self) -> str:
        """The file, in the table's order."""
        document = {"kms": self.kms, "deviations": self.deviations, "not_expressible": self.not_expressible}
        return json.dumps(document, indent=1, ensure_ascii=False) + "\n"

    def complaint(self, outcome: Outcome) -> str | None:
        """How an outcome differs from what is written down; None when it does not."""
        known = self.deviations.get(outcome.row.id) or self.not_expressible.get(outcome.row.id)
        found = None if outcome.verdict is Verdict.SAME else outcome.did
        if found == known:
            return None
        ideal = f"as AWS ({expectation(outcome.row)})"
        return f"{outcome.row.id}: {self.kms} did {found or ideal}; its ledger says {known or ideal}"


def _texts(told: object) -> dict[str, str]:
    if not isinstance(told, dict):
        raise TypeError
    return {_text(name): _text(value) for name, value in told.items()}


def _text(told: object) -> str:
    if not isinstance(told, str):
        raise TypeError
    return told
