"""What must hold between claims, checks, exemptions and steps, so that no claim is forgotten and none is invented."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.checks.check import Check
from harness.claims import CLAIMS, EXEMPT, Exemption
from harness.documents.steps import CitedStep, shipped_steps
from harness.judge import table

CONTRACT = (*(f"G-{n:02}" for n in range(1, 27)), *(f"D-{n:02}" for n in range(1, 13)))
"""The claims that were agreed on; a claim more or less is a change of the contract."""


@dataclass(frozen=True, slots=True)
class Register:
    """The four tables side by side."""

    claims: Mapping[str, str]
    checks: Mapping[str, Check]
    exempt: tuple[Exemption, ...]
    steps: tuple[CitedStep, ...]

    @classmethod
    def shipped(cls) -> Register:
        """The tables as they stand in the code."""
        return cls(CLAIMS, table(), EXEMPT, shipped_steps())

    def judging(self, claim: str) -> tuple[Check, ...]:
        """The checks that cite a claim, those first that name it first."""
        citing = [check for check in self.checks.values() if claim in check.claims]
        return tuple(sorted(citing, key=lambda check: check.claims.index(claim)))

    def citing(self, claim: str) -> tuple[CitedStep, ...]:
        """The steps that cite a claim."""
        return tuple(step for step in self.steps if claim in step.claims)

    def exemption(self, claim: str) -> Exemption | None:
        """Why no check judges a claim yet, if that is so."""
        return next((row for row in self.exempt if row.claim == claim), None)

    def problems(self) -> tuple[str, ...]:
        """Every broken rule, each with its next action; empty when all hold."""
        return (*self._of_the_contract(), *self._of_claims(), *self._of_exemptions(), *self._of_citations())

    def _of_the_contract(self) -> Iterator[str]:
        for claim in CONTRACT:
            if claim not in self.claims:
                yield f"{claim} is agreed on but missing; put it back into harness/claims.py"
        for claim in self.claims:
            if claim not in CONTRACT:
                yield f"{claim} is not agreed on; take it out of harness/claims.py or change the contract first"

    def _of_claims(self) -> Iterator[str]:
        for claim in self.claims:
            judged, exempt = bool(self.judging(claim)), self.exemption(claim) is not None
            if judged and exempt:
                yield f"{claim} is judged by {self.judging(claim)[0].id} and exempt; delete its row from EXEMPT"
            if not judged and not exempt:
                yield f"{claim} has neither a check nor an exemption; write a check, or a row in EXEMPT with its issue"

    def _of_exemptions(self) -> Iterator[str]:
        for claim, count in Counter(row.claim for row in self.exempt).items():
            if count > 1:
                yield f"{claim} is exempt {count} times; keep one row"
            if claim not in self.claims:
                yield f"the exemption of {claim} is of no known claim; delete its row from EXEMPT"
        for row in self.exempt:
            if not row.reason.strip() or not row.issue.strip():
                yield f"the exemption of {row.claim} lacks its reason or its issue; give both"

    def _of_citations(self) -> Iterator[str]:
        cited = [(f"the check {check.id}", check.claims) for check in self.checks.values()]
        cited += [(f"the step {step.step} of {step.scenario}", step.claims) for step in self.steps]
        for who, claims in cited:
            if not claims:
                yield f"{who} cites no claim; name the one it is about"
            for claim in claims:
                if claim not in self.claims:
                    yield f"{who} cites {claim}, which is no claim; correct the id"
