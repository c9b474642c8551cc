"""The matrix for a person, a spreadsheet and a program: one line a class of pairs, one column an artifact class."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from harness.matrix.classes import PairClass, Represented
from harness.matrix.configuration import predicted
from harness.matrix.execution import Cell, Executed
from harness.model import CLASSES, Expectation

READABLE, NEVER = "yes", "-"
_SHORT: Mapping[str, str] = MappingProxyType(
    {
        "signature_invalid": "S",
        "wrong_provider": "W",
        "kms_incorrect_key": "I",
        "unknown_key": "U",
        "kms_key_not_found": "N",
    }
)
LEGEND = (
    "yes readable · S signature_invalid · W wrong_provider · I kms_incorrect_key · U unknown_key · "
    "N kms_key_not_found · - never made, or never read"
)


@dataclass(frozen=True, slots=True)
class Matrix:
    """What was predicted for every class, and what came of executing one pair of each and a sample of all."""

    classes: tuple[Represented, ...]
    representatives: Executed
    sampled: Executed
    seed: int

    @property
    def disagreements(self) -> list[Cell]:
        """Where the fake is not what the model says, or a sampled pair not what its class says."""
        return [*self.representatives.disagreements, *self.sampled.disagreements, *self.misfits]

    @property
    def misfits(self) -> list[Cell]:
        """Sampled cells that came out otherwise than the pair that stands for their class: the pruning is wrong."""
        twins = {each.pair_class: each.pair for each in self.classes}
        found = []
        for cell in self.sampled.cells:
            twin = twins.get(PairClass.of(cell.pair.write, cell.pair.read))
            said = None if twin is None else predicted(cell.kind, twin.write, twin.read)
            if cell.agrees and cell.seen != said:
                found.append(replace(cell, expected=said))
        return found

    @property
    def is_complete(self) -> bool:
        """Every class was executed for every artifact class, and the sample is not empty."""
        return len(self.representatives.cells) == len(self.classes) * len(CLASSES) > 0 and bool(self.sampled.cells)


def shown(expectation: Expectation | None) -> str:
    """A cell in full words."""
    if expectation is None:
        return NEVER
    return READABLE if expectation.readable else expectation.cause


def as_text(matrix: Matrix, *, is_complete: bool = False) -> str:
    """The counts, and every class with `is_complete`; disagreements always."""
    lines = list(_table(matrix)) if is_complete else []
    pairs = sum(each.pairs for each in matrix.classes)
    lines += [
        f"{pairs:,} pairs in {len(matrix.classes)} classes, each executed for {len(CLASSES)} kinds of artifact",
        f"{len(matrix.sampled.cells):,} cells of sampled pairs executed besides (seed {matrix.seed})",
        *(_disagreement(cell) for cell in matrix.disagreements),
        f"{len(matrix.disagreements)} disagreements with the reference model",
    ]
    return "\n".join(lines) + "\n"


def as_csv(matrix: Matrix) -> str:
    """One line a class: how many pairs, the kinds, and the outcome for each artifact class."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\n")
    table.writerow(["pairs", "write", "read", "keys", "place", *CLASSES])
    for each in matrix.classes:
        found = each.pair_class
        table.writerow([each.pairs, found.write, found.read, found.length, found.place + 1, *_outcomes(each).values()])
    return written.getvalue()


def as_json(matrix: Matrix) -> str:
    """Counts, classes and disagreements."""
    document: dict[str, Any] = {
        "counts": {
            "pairs": sum(each.pairs for each in matrix.classes),
            "classes": len(matrix.classes),
            "cells_executed": len(matrix.representatives.cells),
            "cells_sampled": len(matrix.sampled.cells),
            "disagreements": len(matrix.disagreements),
        },
        "seed": matrix.seed,
        "classes": [
            {"class": str(each.pair_class), "pairs": each.pairs, "outcomes": _outcomes(each)} for each in matrix.classes
        ],
        "disagreements": [_disagreement(cell) for cell in matrix.disagreements],
    }
    return json.dumps(document, indent=2) + "\n"


def _outcomes(each: Represented) -> dict[str, str]:
    return {kind: shown(predicted(kind, each.pair.write, each.pair.read)) for kind in CLASSES}


def _table(matrix: Matrix) -> Iterator[str]:
    yield LEGEND
    yield "  ".join(["pairs".rjust(10), *(kind[:8].ljust(8) for kind in CLASSES), "class"])
    for each in matrix.classes:
        cells = [_SHORT.get(word, word).ljust(8) for word in _outcomes(each).values()]
        yield "  ".join([f"{each.pairs:10,}", *cells, str(each.pair_class)])


def _disagreement(cell: Cell) -> str:
    return (
        f"{cell.kind}, written under {cell.pair.write}, read under {cell.pair.read}: "
        f"the model says {shown(cell.expected)}, the fake {shown(cell.seen)}"
    )
