"""No claim without a check or an exemption, none with both, and no citation of a claim that is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.checks.check import Check, Evidence
from harness.claims import Exemption
from harness.documents.register import CONTRACT, Register
from harness.documents.steps import CitedStep
from harness.verdict import Verdict, passed


def agree(evidence: Evidence) -> Verdict:
    return passed("as it should be", [1])


def check(identity: str, *claims: str) -> Check:
    return Check(identity, "Something holds", claims, agree)


def whole() -> Register:
    """Every agreed claim, judged by one check, but for D-12, which is exempt."""
    judged = [claim for claim in CONTRACT if claim != "D-12"]
    checks = {f"check-{claim}": check(f"check-{claim}", claim) for claim in judged}
    steps = (CitedStep("guide", "stop", "Stop Sombra", ("G-02",)),)
    return Register(dict.fromkeys(CONTRACT, "Words"), checks, (Exemption("D-12", "no rows yet", "W9"),), steps)


def test_the_shipped_tables_hold_together() -> None:
    register = Register.shipped()

    assert register.problems() == ()
    assert register.checks
    assert register.steps


def test_the_contract_has_twenty_six_and_twelve_claims() -> None:
    assert [claim[0] for claim in CONTRACT] == ["G"] * 26 + ["D"] * 12
    assert {"G-01", "G-26", "D-01", "D-12"} <= set(CONTRACT)


def test_tables_that_agree_have_no_problem() -> None:
    assert whole().problems() == ()


BROKEN = {
    "G-05 is agreed on but missing": lambda r: replace(r, claims={k: v for k, v in r.claims.items() if k != "G-05"}),
    "G-27 is not agreed on": lambda r: replace(r, claims={**r.claims, "G-27": "Words"}),
    "G-03 has neither a check nor an exemption": lambda r: replace(
        r, checks={k: v for k, v in r.checks.items() if k != "check-G-03"}
    ),
    "G-03 is judged by check-G-03 and exempt": lambda r: replace(r, exempt=(*r.exempt, Exemption("G-03", "why", "W1"))),
    "D-12 is exempt 2 times": lambda r: replace(r, exempt=r.exempt * 2),
    "the exemption of X-01 is of no known claim": lambda r: replace(
        r, exempt=(*r.exempt, Exemption("X-01", "why", "W1"))
    ),
    "the exemption of D-12 lacks its reason": lambda r: replace(r, exempt=(Exemption("D-12", " ", "W1"),)),
    "the exemption of D-12 lacks its reason or its issue": lambda r: replace(r, exempt=(Exemption("D-12", "why", ""),)),
    "the check idle cites no claim": lambda r: replace(r, checks={**r.checks, "idle": check("idle")}),
    "the check astray cites X-02": lambda r: replace(r, checks={**r.checks, "astray": check("astray", "X-02")}),
    "the step leap of guide cites X-03": lambda r: replace(r, steps=(CitedStep("guide", "leap", "Leap", ("X-03",)),)),
}


@pytest.mark.parametrize("problem", BROKEN)
def test_a_broken_rule_is_told_by_name_with_the_next_action(problem: str) -> None:
    problems = BROKEN[problem](whole()).problems()

    assert any(told.startswith(problem) and "; " in told for told in problems), problems


def test_a_check_that_names_a_claim_first_is_listed_first() -> None:
    both = check("both", "G-01", "G-02")
    register = replace(whole(), checks={"both": both, **whole().checks})

    assert [each.id for each in register.judging("G-02")] == ["check-G-02", "both"]
    assert [each.id for each in register.judging("G-01")] == ["both", "check-G-01"]
