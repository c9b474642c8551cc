"""A run as one self-contained HTML file: what the template is handed, and how everything in it is escaped."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from harness.history import Event, History
from harness.report import view
from harness.report.templating import environment
from harness.run import CheckRecord, ClaimRecord, Config, Run, StepRecord, Window
from harness.verdict import Result

_LINKS = 4  # evidence links beside one claim or check
_EVENTS = 400  # events embedded in all
_EVENT_TEXT = 600  # characters of one event
_NAMED = {
    "provider": "KMS_PROVIDER",
    "kms_key_arn": "AWS_KMS_KEY_ARN",
    "region": "AWS_REGION",
    "organization": "ORGANIZATION_URI",
}
_TITLES = {
    "keys": "JWT_ECDSA_KEY (fingerprints, in order)",
    "secret": "secret variables (names only)",
    "source": "file",
}


@dataclass(frozen=True, slots=True)
class Bar:
    """A step on the time line: percent of the line's length; `mark` is its point of no return."""

    step: StepRecord
    left: float
    width: float
    mark: bool


@dataclass(frozen=True, slots=True)
class Fact:
    """One row of the configuration table: lines for each environment."""

    name: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    rollback: tuple[str, ...]

    @property
    def is_changed(self) -> bool:
        """Whether the cutover changes it."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Cited:
    """An embedded event: its text is JSON, cut when long."""

    n: int
    at: str
    world: str
    kind: str
    text: str


def html(run: Run, history: History | None = None) -> str:
    """The report page; cited events of the history are embedded, at most 400 and the failures' first."""
    cited = _cited(run, history)
    embedded = {event.n for event in cited}
    errors = sum(finding.level == "error" for finding in run.findings)
    page = environment("harness.report").get_template("report.html.j2")
    return page.render(
        run=run,
        view=view,
        scale=view.duration(max(run.window.budget_s, view.total(run.window))),
        blocked=bool(view.in_the_way(run) or errors),
        errors=errors,
        claims_told=_told(claim.result for claim in run.claims.values()),
        changes=list(facts_table(run.config)),
        bars=bars(run.window),
        budget_mark=_percent(run.window.budget_s, run.window),
        cited=cited,
        links=lambda numbers: [n for n in numbers if n in embedded][:_LINKS],
        command=_command(run),
    )


def bars(window: Window) -> list[Bar]:
    """Steps of the window one after the other, on a line as long as the budget or the overrun."""
    found: list[Bar] = []
    began = 0.0
    for step in window.steps:
        length = step.duration_s + step.declared_s if step.in_window else 0.0
        found.append(Bar(step, _percent(began, window), _percent(length, window), step.point_of_no_return))
        began += length
    return found


def facts_table(config: Config) -> Iterator[Fact]:
    """The three environments side by side, variables under their own names."""
    sides = [_named(facts) for facts in (config.before, config.after, config.rollback)]
    names = dict.fromkeys(name for side in sides for name in side)
    for name in names:
        yield Fact(name, *(side.get(name, ()) for side in sides))


def _percent(seconds: float, window: Window) -> float:
    longest = max(window.budget_s, view.total(window))
    return round(100 * seconds / longest, 2) if longest else 0.0


def _named(facts: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    told = {
        _NAMED.get(name, _TITLES.get(name, name)): _lines(value) for name, value in facts.items() if name != "shown"
    }
    shown_values = facts.get("shown") or {}
    return {**told, **{name: _lines(value) for name, value in shown_values.items() if name not in _NAMED.values()}}


def _lines(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, Mapping):
        return tuple(f"{name} = {each}" for name, each in value.items())
    if isinstance(value, (list, tuple)):
        return tuple(str(each) for each in value)
    return (str(value),)


def _told(results: Iterable[Result]) -> str:
    seen = list(results)
    return ", ".join(f"{seen.count(each)} {each}" for each in Result if each in seen)


def _cited(run: Run, history: History | None) -> list[Cited]:
    judged: list[ClaimRecord | CheckRecord] = [*run.claims.values(), *run.checks]
    order = (Result.FAIL, Result.UNKNOWN, Result.PASS, Result.NOT_RUN)
    judged.sort(key=lambda each: order.index(each.result))
    wanted = dict.fromkeys(n for each in judged for n in each.evidence[:_LINKS])
    chosen = set(list(wanted)[:_EVENTS])
    return [_event(event) for event in history or () if event.n in chosen]


def _event(event: Event) -> Cited:
    text = json.dumps(dict(event.fields), ensure_ascii=False, default=str)
    text = text if len(text) <= _EVENT_TEXT else f"{text[:_EVENT_TEXT]} …"
    return Cited(event.n, f"{event.at:.3f}", event.world, event.kind, text)


def _command(run: Run) -> str:
    return f"sombra-rehearsal rehearse {run.scenario} --target {run.target} --seed {run.seed}"
