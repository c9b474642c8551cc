"""How docs/guide.md reads: each claim with the checks that judge it and the steps and forks that act it out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from harness.checks.check import Check
from harness.documents.register import Register
from harness.runbook import Scenario

_OPENING = """\
# The guide, claim by claim

Made by `make docs` from the tables in the code; a test fails when this page and the code differ. Do not edit it.

The migration guide is cut into numbered claims: `G` is what the guide says, `D` what other public documentation or
public client code says. A claim passes only if every check that cites it passes. A claim that no check can judge yet
is exempt, with the reason and the work that ends it; it is shown as `not-run` and counts neither way.
"""


def claims_page(register: Register, scenarios: Mapping[str, Scenario]) -> str:
    """The whole page, Markdown."""
    sections = (_section(register, claim, scenarios) for claim in register.claims)
    return "\n".join((_OPENING, *_index(register), "", "\n".join(sections)))


def _index(register: Register) -> Iterator[str]:
    yield "| claim | in our words | judged by |"
    yield "|---|---|---|"
    for claim, words in register.claims.items():
        row = register.exemption(claim)
        judged = _counted(len(register.judging(claim))) if row is None else f"exempt until {row.issue}"
        yield f"| [{claim}](#{claim.lower()}) | {_cell(words)} | {judged} |"


def _section(register: Register, claim: str, scenarios: Mapping[str, Scenario]) -> str:
    lines = [f"## {claim}", "", f"{register.claims[claim]}.", ""]
    row, checks = register.exemption(claim), register.judging(claim)
    if row is not None:
        lines += [f"Exempt: {row.reason} ({row.issue}).", ""]
    if checks:
        lines += ["| check | what it judges | forks it needs |", "|---|---|---|"]
        lines += [f"| `{check.id}` | {_cell(check.title)} | {_forks(check.worlds)} |" for check in checks]
        lines += ["", f"- Judged in: {', '.join(_judged_in(checks, scenarios)) or 'no scenario'}"]
    lines += [f"- Step `{step.step}` of `{step.scenario}`: {step.title}" for step in register.citing(claim)]
    return "\n".join(lines).rstrip() + "\n"


def _judged_in(checks: Iterable[Check], scenarios: Mapping[str, Scenario]) -> Iterator[str]:
    """A scenario that names no checks is judged by all of them."""
    wanted = {check.id for check in checks}
    return (f"`{name}`" for name, each in scenarios.items() if not each.checks or wanted & set(each.checks))


def _forks(worlds: Iterable[str]) -> str:
    """Forks of one family share their prefix: `overlap:` rolling-update, surge-pod."""
    families: dict[str, list[str]] = defaultdict(list)
    for world in worlds:
        family, colon, member = world.partition(":")
        families[f"{family}{colon}"].append(member)
    told = (f"`{family}` {', '.join(members)}".strip() for family, members in families.items())
    return "; ".join(told) or "–"


def _counted(checks: int) -> str:
    return "1 check" if checks == 1 else f"{checks} checks"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
