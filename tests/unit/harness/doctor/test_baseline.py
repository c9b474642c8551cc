"""An accepted finding is shown and does not count, as long as its acceptance says why and until when."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from harness.doctor.baseline import Acceptance, Accepted, read_baseline, settle
from harness.doctor.reading import FileFault
from harness.report.fingerprint import fingerprint
from harness.run import Finding
from tests.unit.harness.doctor.reports import finding

_TODAY = date(2026, 11, 24)
_TOML = """\
[[accepted]]
rule = "region-mismatch"
file = "./after.env"
reason = "decided in the review"
expires = 2026-11-24

[[accepted]]
rule = "port-form"
file = "after.env"
"""


def entry(path: Path, **changed: object) -> tuple[Acceptance, ...]:
    """A baseline of one good JSON entry with some fields changed, or removed where None."""
    good = {"rule": "region-mismatch", "file": "after.env", "reason": "decided", "expires": "2026-12-31"}
    fields = {name: value for name, value in {**good, **changed}.items() if value is not None}
    path.write_text(json.dumps({"accepted": [fields]}), "utf-8")
    return read_baseline(str(path))


def settled(baseline: tuple[Acceptance, ...], *seen: Finding) -> tuple[list[str], list[Accepted]]:
    counting, accepted = settle(seen, baseline, today=_TODAY)
    return [each.id for each in counting], accepted


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "baseline"


def test_a_covered_finding_does_not_count_and_keeps_its_reason(path: Path) -> None:
    counting, (accepted,) = settled(entry(path), finding())

    assert counting == []
    assert (accepted.finding, accepted.reason, accepted.expires) == (finding(), "decided", date(2026, 12, 31))


@pytest.mark.parametrize("other", [finding("port-form"), finding(file="before.env")])
def test_another_rule_or_file_is_not_covered(path: Path, other: Finding) -> None:
    assert settled(entry(path), other) == ([other.id, "baseline-unmatched"], [])


def test_a_fingerprint_narrows_to_one_message(path: Path) -> None:
    one, two = finding(message="one"), finding(message="two")

    counting, accepted = settled(entry(path, fingerprint=fingerprint(one)), one, two)

    assert counting == ["region-mismatch"]
    assert [each.finding for each in accepted] == [one]


@pytest.mark.parametrize("expires", ["2026-11-24", "2026-11-25"])
def test_it_holds_through_its_last_day(path: Path, expires: str) -> None:
    assert settled(entry(path, expires=expires), finding())[0] == []


def test_after_its_last_day_the_finding_counts_again_and_the_entry_is_told(path: Path) -> None:
    assert settled(entry(path, expires="2026-11-23"), finding()) == (["region-mismatch", "baseline-expired"], [])


@pytest.mark.parametrize("lacking", [{"reason": None}, {"reason": "  "}, {"expires": None}, {"expires": ""}])
def test_without_a_reason_or_a_day_it_does_not_count_and_is_told(path: Path, lacking: dict[str, object]) -> None:
    assert settled(entry(path, **lacking), finding()) == (["region-mismatch", "baseline-incomplete"], [])


def test_an_unknown_rule_is_told_with_near_ids(path: Path) -> None:
    counting, _ = settle([], entry(path, rule="region-mismach"), today=_TODAY)

    assert [(each.id, each.level) for each in counting] == [("baseline-unmatched", "note")]
    assert "region-mismatch" in counting[0].message


def test_toml_entries_know_their_lines(path: Path) -> None:
    path.write_text(_TOML, "utf-8")

    counting, accepted = settle([finding()], read_baseline(str(path)), today=_TODAY)

    assert [(each.id, each.file, each.line) for each in counting] == [("baseline-incomplete", str(path), 7)]
    assert [each.finding for each in accepted] == [finding()]


def test_an_empty_file_accepts_nothing(path: Path) -> None:
    path.write_text("\n", "utf-8")

    assert read_baseline(str(path)) == ()


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("accepted = 1\n", "no list"),
        ("accepted = [1]\n", "no table"),
        ("other = 1\n", "no accepted findings"),
        ("[[accepted]\n", "neither TOML nor JSON"),
        ("{", "not JSON"),
        ('{"accepted": [{"file": "a"}]}', "without a rule"),
        ('{"accepted": [{"rule": 1, "file": "a"}]}', "rule is no text"),
        ('{"accepted": [{"rule": "a", "file": "a", "why": "b"}]}', "unknown field 'why'"),
        ('{"accepted": [{"rule": "a", "file": "a", "expires": "soon"}]}', "no day"),
        ('{"accepted": [{"rule": "a", "file": "a", "expires": 7}]}', "no day"),
    ],
)
def test_what_is_no_baseline_is_refused_at_its_place(path: Path, text: str, cause: str) -> None:
    path.write_text(text, "utf-8")

    with pytest.raises(FileFault, match=cause) as refused:
        read_baseline(str(path))
    assert refused.value.place.file == str(path)


def test_a_fault_in_toml_is_told_at_its_line(path: Path) -> None:
    path.write_text(_TOML + "reason = \n", "utf-8")

    with pytest.raises(FileFault) as refused:
        read_baseline(str(path))
    assert refused.value.place.line == 10
