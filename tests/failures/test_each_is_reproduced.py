"""Every failure mode shows its symptom and is found by all it names; without its fault, or blinded, it is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.catalogue import failure_modes
from harness.failures import Fate, Observation, Theatre, Trial, try_out

TrialOf = Callable[[str], Trial]
MODES = tuple(failure_modes())


@pytest.mark.gate
@pytest.mark.parametrize("identity", MODES)
def test_a_failure_mode_is_reproduced_and_detected_and_would_not_be_in_any_other_case(
    identity: str, trial_of: TrialOf
) -> None:
    """One test a mode, so that a worker tries it once."""
    trial = trial_of(identity)

    assert list(trial.faults()) == []
    assert trial.fate is Fate.REPRODUCED
    assert trial.planted.seen is not None
    assert trial.planted.seen.evidence, "a symptom rests on events"
    _not_where_the_fault_is_not_injected(trial)
    _not_where_the_fault_is_always_there(trial)
    _not_where_a_detector_is_blind(trial)


def _not_where_the_fault_is_not_injected(trial: Trial) -> None:
    without = Trial(trial.mode, planted=trial.control, control=trial.control)

    assert without.fate is Fate.NOT_REPRODUCED
    assert next(without.faults()).startswith("the symptom was not seen")


def _not_where_the_fault_is_always_there(trial: Trial) -> None:
    always = Trial(trial.mode, planted=trial.planted, control=trial.planted)

    assert always.fate is Fate.NOT_REPRODUCED
    assert any(told.startswith("without the fault it is seen all the same") for told in always.faults())


def _not_where_a_detector_is_blind(trial: Trial) -> None:
    for blind in trial.planted.detections:
        seeing = [each for each in trial.planted.detections if each is not blind]
        detections = (*seeing, replace(blind, fired=False, why="planted"))
        blinded = replace(trial, planted=replace(trial.planted, detections=detections))

        assert blinded.fate is Fate.NOT_REPRODUCED
        assert list(blinded.faults()) == [f"{blind.by} did not find it (planted)"]


def test_a_mode_that_runs_nothing_to_find_it_is_not_reproduced(trial_of: TrialOf) -> None:
    trial = trial_of("F07")

    undetected = replace(trial, planted=replace(trial.planted, detections=()))

    assert list(undetected.faults()) == ["nothing was run to find it"]


def test_a_cause_that_the_log_does_not_name_is_no_reproduction(trial_of: TrialOf) -> None:
    trial = trial_of("F18")

    other = replace(trial, mode=replace(trial.mode, says="kms_throttled"))

    assert other.fate is Fate.NOT_REPRODUCED
    assert next(other.faults()).startswith("its cause does not name kms_throttled (kms_key_disabled")


def test_a_performance_leaves_nothing_behind_for_the_next(theatre: Theatre) -> None:
    mode = failure_modes()["F18"]

    one, other = (try_out(mode, theatre) for _ in range(2))

    assert one.planted.seen is not None
    assert other.planted.seen is not None
    assert (one.planted.seen.symptom, one.fate) == (other.planted.seen.symptom, other.fate)
    assert not theatre.seeded.live


def test_an_observation_without_anything_is_no_reproduction(trial_of: TrialOf) -> None:
    empty = replace(trial_of("F07"), planted=Observation(ended="the KMS is gone"))

    assert next(empty.faults()) == "the symptom was not seen, for the run ended early: the KMS is gone"
