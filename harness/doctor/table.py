"""Every id a finding of the doctor can carry, with its level, claim and failure modes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from harness.doctor.deployment import FLEET_RULES, WORKLOAD_RULES
from harness.doctor.examination import CUTOVER_RULES, FILE_RULES
from harness.doctor.inputs import UNUSABLE
from harness.doctor.live import FACTS, IDENTITY, LATENCY
from harness.doctor.live import RULES as LIVE_RULES
from harness.doctor.policies import ACCESS_RULES, ANSWER_RULES, DOCUMENT_RULES
from harness.doctor.rule import Rule
from harness.doctor.terraform import ALIAS_RULES, CALL_RULES, DRIFT_RULES, KEY_RULES, SECRET_RULES
from harness.run import Level


@dataclass(frozen=True, slots=True)
class Row:
    """One line of docs/doctor.md; `is_rule` when the id can be chosen, skipped and accepted."""

    id: str
    level: Level
    claim: str
    what: str
    modes: tuple[str, ...] = ()
    is_rule: bool = True
    refuses: bool = False

    @property
    def help(self) -> str:
        """Where it is explained, from the root of the repository."""
        return f"docs/doctor.md#{self.id}"


_DEPLOYMENTS: tuple[Rule[Any], ...] = (*FILE_RULES, *CUTOVER_RULES, *WORKLOAD_RULES, *FLEET_RULES)
_PLANS: tuple[Rule[Any], ...] = (*KEY_RULES, *DRIFT_RULES, *ALIAS_RULES, *CALL_RULES, *SECRET_RULES)
_POLICIES: tuple[Rule[Any], ...] = (*DOCUMENT_RULES, *ACCESS_RULES, *ANSWER_RULES)
RULES: tuple[Rule[Any], ...] = (*_DEPLOYMENTS, *_PLANS, *_POLICIES, *LIVE_RULES)

_READING = (
    Row("variable-twice", "warning", "G-14", "an env file sets a variable twice", ("F30",)),
    Row("file-unreadable", "error", UNUSABLE, "an env file cannot be read", is_rule=False),
    Row("file-syntax", "error", UNUSABLE, "an env file is not in its syntax", ("F07",), is_rule=False),
    Row("no-gateway", "error", "G-19", "a deployment runs no gateway, so nothing of it is examined", is_rule=False),
    Row("plan-version", "error", "D-08", "a plan is of an unknown format, so it is not examined", is_rule=False),
    Row("plan-incomplete", "error", "D-08", "a plan holds a part only", ("F19",), is_rule=False),
    Row("file-unusable", "error", UNUSABLE, "another document cannot be used", is_rule=False),
)
_BOOKKEEPING = (
    Row("baseline-incomplete", "warning", UNUSABLE, "an acceptance lacks its reason or its expiry", is_rule=False),
    Row("baseline-expired", "warning", UNUSABLE, "an acceptance has expired", is_rule=False),
    Row("baseline-unmatched", "note", UNUSABLE, "an acceptance matches no finding", is_rule=False),
    Row("doctor-result-stale", "note", UNUSABLE, "a stored result is of other files", ("F30",), is_rule=False),
    Row("doctor-result-open", "warning", UNUSABLE, "a stored result left questions open", is_rule=False),
)
_LIVE = (
    Row(IDENTITY, "note", "G-09", "whom AWS takes the caller of `--live` for", ("F10",), is_rule=False),
    Row(FACTS, "note", "G-09", "what AWS says of the key: state, usage, spec, Regions, rotation", is_rule=False),
    Row(LATENCY, "note", "G-09", "how long each real call of `--live` took", ("F24",), is_rule=False),
)


def _rows(rules: Iterable[Rule[Any]]) -> tuple[Row, ...]:
    return tuple(Row(each.id, each.level, each.claim, each.what, each.modes, refuses=each.refuses) for each in rules)


ROWS: tuple[Row, ...] = (*_rows(RULES), *_READING, *_LIVE, *_BOOKKEEPING)
BY_ID = {row.id: row for row in ROWS}
