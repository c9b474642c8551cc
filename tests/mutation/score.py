"""What came of a part: changes planned, tried, noticed; survivors by name, and which docs/mutation.md explains."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# How mutmut's child for one change ended: the exit codes of pytest, and some of its own (33, 37).
STATUS = {0: "survived", 1: "killed", 3: "killed", 37: "killed", 5: "no tests", 33: "no tests"}
_ROW = re.compile(r"^\| `([\w.ǁ]+)` \|", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Score:
    """By module: how many changes came out how; the names of those that nothing noticed."""

    part: str
    by_module: dict[str, Counter[str]] = field(default_factory=dict)
    survivors: tuple[str, ...] = ()

    @property
    def planned(self) -> int:
        """Every change that mutmut made."""
        return sum(sum(counts.values()) for counts in self.by_module.values())

    @property
    def tried(self) -> int:
        """Those that came out one way or the other; a timeout or a crash is neither."""
        return self.killed + len(self.survivors)

    @property
    def killed(self) -> int:
        """Those that a test noticed."""
        return sum(counts["killed"] for counts in self.by_module.values())

    def unexplained(self, known: set[str]) -> tuple[str, ...]:
        """Survivors whose function has no row in docs/mutation.md."""
        return tuple(name for name in self.survivors if function_of(name) not in known)

    def exit_code(self, known: set[str]) -> int:
        """0, 1 with an unexplained survivor, 3 when nothing was changed or not everything tried."""
        if not self.planned or self.tried != self.planned:
            return 3
        return 1 if self.unexplained(known) else 0


def scored(part: str, folder: Path) -> Score:
    """Read what mutmut wrote down beside each changed module."""
    by_module: dict[str, Counter[str]] = {}
    survivors: list[str] = []
    for path in sorted(folder.rglob("*.py.meta")):
        outcomes: dict[str, int | None] = json.loads(path.read_text("utf-8"))["exit_code_by_key"]
        if outcomes:
            statuses = {name: _status(code) for name, code in outcomes.items()}
            by_module[str(path.relative_to(folder)).removesuffix(".meta")] = Counter(statuses.values())
            survivors += [name for name, status in statuses.items() if status == "survived"]
    return Score(part, by_module, tuple(survivors))


def _status(code: int | None) -> str:
    """A timeout, a crash or no outcome at all decides nothing."""
    return "not tried" if code is None else STATUS.get(code, "not tried")


def function_of(mutant: str) -> str:
    """`fake_sombra.crypto.cipher.unpack` of `fake_sombra.crypto.cipher.x_unpack__mutmut_4`."""
    name = mutant.rpartition("__mutmut_")[0]
    module, _, function = name.rpartition(".")
    return f"{module}.{function.removeprefix('xǁ').removeprefix('x_').replace('ǁ', '.')}"


def explained(page: str) -> set[str]:
    """The functions that have a row in docs/mutation.md."""
    return set(_ROW.findall(page))


def printed(scores: Sequence[Score], known: set[str]) -> str:
    """A table a person can read, and the survivors that nobody has explained."""
    lines = ["| part | module | changes | killed | survived | not tried |", "|---|---|---|---|---|---|"]
    for score in scores:
        lines += [_row(score.part, module, counts) for module, counts in score.by_module.items()]
    planned, killed = sum(score.planned for score in scores), sum(score.killed for score in scores)
    tried = sum(score.tried for score in scores)
    share = f"{100 * killed / tried:.1f} %" if tried else "nothing"
    lines += ["", f"{planned} changes, {tried} tried, {killed} killed: {share}"]
    return "\n".join([*lines, *_named(scores, known)]) + "\n"


def _row(part: str, module: str, counts: Counter[str]) -> str:
    killed, survived, total = counts["killed"], counts["survived"], sum(counts.values())
    return f"| {part} | `{module}` | {total} | {killed} | {survived} | {total - killed - survived} |"


def _named(scores: Iterable[Score], known: set[str]) -> Iterable[str]:
    return (f"unexplained: {name}" for score in scores for name in score.unexplained(known))
