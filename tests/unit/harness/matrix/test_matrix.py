"""The matrix: how many configurations there are, that a class decides the outcome, and that a planted wrong is seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cli import main
from harness.commands import matrix as command
from harness.matrix import Cell, Configuration, Executed, Pair, PairClass, every_class, every_configuration
from harness.matrix.classes import Represented, sample
from harness.matrix.configuration import Arn, Provider, Region, predicted
from harness.matrix.execution import execute
from harness.matrix.report import Matrix, as_csv, as_text
from harness.model import CLASSES, Expectation
from harness.progress import Silent

_EVERY = tuple(every_configuration())
_CONFIGURATIONS = st.sampled_from(_EVERY)


@pytest.fixture(scope="module")
def classes() -> list[Represented]:
    return every_class()


@pytest.mark.gate
def test_there_are_as_many_configurations_and_classes_as_the_claims_ask_for(classes: list[Represented]) -> None:
    assert len(_EVERY) == len(set(_EVERY)) == 2 * 205 * 5 * 3
    assert sum(each.pairs for each in classes) == len(_EVERY) ** 2
    assert len({each.pair_class for each in classes}) == len(classes) == 701


@pytest.fixture(scope="module")
def twins(classes: list[Represented]) -> dict[PairClass, Pair]:
    return {each.pair_class: each.pair for each in classes}


@pytest.mark.gate
@settings(deadline=None)
@given(write=_CONFIGURATIONS, read=_CONFIGURATIONS)
def test_pairs_of_one_class_have_one_outcome(
    twins: dict[PairClass, Pair], write: Configuration, read: Configuration
) -> None:
    """The reference model cannot tell a pair from the one that stands for it."""
    twin = twins[PairClass.of(write, read)]

    for kind in CLASSES:
        assert predicted(kind, write, read) == predicted(kind, twin.write, twin.read)


def test_a_refused_writer_makes_nothing_and_a_refused_reader_opens_nothing() -> None:
    good = Configuration(Provider.LOCAL, ("k1",), Arn.UNSET, Region.UNSET)
    refused = Configuration(Provider.AWS, ("k1",), Arn.MALFORMED, Region.SAME)

    assert predicted("file", good, good) == Expectation(readable=True)
    assert predicted("file", refused, good) is None
    assert predicted("session", good, refused) is None


def test_the_wrong_region_makes_only_what_needs_no_wrap() -> None:
    elsewhere = Configuration(Provider.AWS, ("k1",), Arn.X, Region.OTHER)

    assert [kind for kind in CLASSES if elsewhere.makes(kind)] == ["session", "consent_identifier"]


def test_the_sample_is_the_same_for_the_same_seed() -> None:
    assert list(sample(50, seed=3)) == list(sample(50, seed=3)) != list(sample(50, seed=4))


def test_the_sample_holds_as_many_different_pairs_as_were_asked_for() -> None:
    assert len(set(sample(2000, seed=7))) == 2000


def test_a_class_that_does_not_stand_for_a_pair_is_found() -> None:
    local, cloud = (Configuration(provider, ("k1",), Arn.X, Region.SAME) for provider in (Provider.LOCAL, Provider.AWS))
    right, wrong = Pair(local, local), Pair(local, cloud)
    seen = Cell(right, "file", Expectation(readable=True), Expectation(readable=True))
    twin = Represented(PairClass.of(local, local), wrong, 1)

    good = Matrix((Represented(PairClass.of(local, local), right, 1),), Executed(()), Executed((seen,)), 1)
    pruned_wrongly = Matrix((twin,), Executed(()), Executed((seen,)), 1)

    assert good.disagreements == []
    assert [cell.expected for cell in pruned_wrongly.disagreements] == [Expectation(False, "wrong_provider")]


@pytest.mark.gate
@pytest.mark.parametrize("name", ["opens-under-first-entry-only", "leftover-aws-decides", "wraps-under-both"])
def test_a_wrong_sombra_is_found_by_executing_its_classes(name: str) -> None:
    from harness.targets.inprocess import InProcess  # noqa: PLC0415  imports the fake world
    from harness.targets.wrong import WRONG_SOMBRAS  # noqa: PLC0415  as above

    pairs = [each.pair for each in every_class(_EVERY[::211])]

    with WRONG_SOMBRAS[name].alive():
        found = execute(pairs, target=InProcess(), progress=Silent())

    assert found.disagreements


@pytest.mark.gate
def test_executed_classes_agree_with_the_model() -> None:
    from harness.targets.inprocess import InProcess  # noqa: PLC0415  imports the fake world

    pairs = (each.pair for each in every_class(_EVERY[::211]))
    found = execute(pairs, target=InProcess(), progress=Silent())

    assert {cell.kind for cell in found.cells} == set(CLASSES)
    assert any(cell.seen and cell.seen.readable for cell in found.cells)
    assert any(cell.seen and cell.seen.cause == "wrong_provider" for cell in found.cells)
    assert not found.disagreements


def test_a_disagreement_is_told_with_its_pair() -> None:
    pair = every_class(_EVERY[:40])[0]
    cell = Cell(pair.pair, "file", Expectation(readable=False, cause="wrong_provider"), Expectation(readable=True))
    matrix = Matrix((pair,), Executed((cell,)), Executed((cell,)), 1)

    assert "the model says wrong_provider, the fake yes" in as_text(matrix)
    assert as_csv(matrix).count("\n") == 2


@pytest.mark.gate
def test_the_verb_exits_with_one_when_the_fake_disagrees(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    cell = Cell(every_class(_EVERY[:40])[0].pair, "file", Expectation(readable=True), None)

    def planted(pairs: object, **_: object) -> Executed:
        return Executed((cell,))

    monkeypatch.setattr(command, "execute", planted)

    assert main(["matrix", "--quiet", "--json", str(tmp_path / "m.json"), "--csv", str(tmp_path / "m.csv")]) == 1
    assert "2 disagreements" in capsys.readouterr().out
    assert json.loads((tmp_path / "m.json").read_text())["counts"]["disagreements"] == 2


def test_a_matrix_without_a_sample_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matrix", "--sample", "0"]) == 2
    assert main(["matrix", "--sample", "32001"]) == 2
    assert "--sample" in capsys.readouterr().err
