"""Which layer of a deployment a value really comes from, and what its way through the files did to it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from harness.doctor.deployment.chart_defaults import is_chart_default
from harness.doctor.deployment.workload import Odd, Workload
from harness.doctor.effective import NotInTheFiles
from harness.doctor.rule import PlacedSighting, Rule
from harness.environment import SIGNING_KEYS, shown_name
from harness.run import Level

_LONGEST_PLACEHOLDER = 99
_PLACEHOLDER = re.compile(
    r"<.*>|.*(?:change-?me|dummy|example|placeholder|replace|todo|xxx|your[-_ ]).*", re.IGNORECASE
)
_ONE_LINE = (
    "AWS_ACCESS_KEY_ID",
    "AWS_KMS_KEY_ARN",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "CONSENT_IDENTIFIER_ENCRYPTION_KEY",
    "INTERNAL_KEY_HASH",
    "JWT_ECDSA_KEY",
    "KMS_PROVIDER",
    "ORGANIZATION_URI",
)


def _shadowed(workload: Workload) -> Iterator[PlacedSighting]:
    for name, setting in workload.environment.settings.items():
        beaten = [place for place in setting.beats if not is_chart_default(place.file)]
        if beaten:
            message = f"{shown_name(name)} is set at {beaten[-1]} too; this one wins ({setting.origin})."
            yield PlacedSighting(setting.place, message, "Keep one of the two, with the value you mean.")


def _placeholder(workload: Workload) -> Iterator[PlacedSighting]:
    setting = workload.setting(SIGNING_KEYS)
    if setting is None:
        if workload.environment.elsewhere is None:
            return
        raise NotInTheFiles(SIGNING_KEYS)
    if setting.value is None:
        raise NotInTheFiles(SIGNING_KEYS)
    short = len(setting.value) <= _LONGEST_PLACEHOLDER and _PLACEHOLDER.fullmatch(setting.value.strip())
    if is_chart_default(setting.place.file) or short:
        hidden = next(iter(setting.beats), workload.environment.elsewhere)
        beats = f"; it hides what {hidden} brings in" if hidden is not None else ""
        message = f"{SIGNING_KEYS} is the placeholder of the chart, not a key{beats}."
        action = "Set it in envs_as_secret, or write `envs_as_secret: []` when it comes in by envFrom."
        yield PlacedSighting(setting.place, message, action)


def _line_end(workload: Workload) -> Iterator[PlacedSighting]:
    for name in _ONE_LINE:
        setting = workload.setting(name)
        if setting is not None and setting.value is not None and re.search(r"[\r\n]", setting.value):
            message = f"The value of {name} holds a line end, as `|`, wrapped base64 or `echo` leave one."
            action = "Write it on one line: `|-` in YAML, `base64 --wrap=0`, `echo -n`."
            yield PlacedSighting(setting.place, message, action)


def _met(rule: Odd) -> Callable[[Workload], Iterator[PlacedSighting]]:
    """What the readers met under one id."""

    def look(workload: Workload) -> Iterator[PlacedSighting]:
        return (oddity.sighting for oddity in workload.odd if oddity.rule == rule)

    return look


def _of_readers(rule: Odd, claim: str, what: str, mode: str) -> Rule[Workload]:
    level: Level = "warning" if rule == "list-overlay" else "error"
    return Rule(rule, level, claim, what, _met(rule), modes=(mode,))


RULES: tuple[Rule[Workload], ...] = (
    Rule("environment-shadowed", "warning", "G-14", "a variable is set twice", _shadowed, modes=("F30",)),
    Rule("placeholder-key", "error", "G-14", "the signing key is a placeholder", _placeholder, modes=("F30",)),
    Rule("line-end-in-value", "error", "G-12", "a value holds a line end", _line_end, modes=("F07",)),
    _of_readers("list-overlay", "G-19", "a list replaces another and loses entries", "F28"),
    _of_readers("reference-missing", "G-19", "a referenced key does not exist", "F28"),
    _of_readers("secret-malformed", "G-14", "a Secret's value is not base64 of text", "F07"),
    _of_readers("template-unrendered", "G-14", "a value is an unrendered template", "F30"),
    _of_readers("value-not-a-string", "G-19", "a value is no string to YAML", "F30"),
)
