"""Medians, ratios and verdicts: a target that was missed is never called held."""

from __future__ import annotations

import pytest

from benchmarks.figures import AtLeast, AtMost, Figure, TimesPeer, interleaved


def test_a_figure_is_the_median_of_its_rounds_and_not_their_mean() -> None:
    figure = Figure("boot", "s", (0.1, 9.0, 0.2), AtMost(0.5), (1.0, 2.0, 30.0), "a peer")

    assert figure.value == 0.2
    assert figure.peer_value == 2.0


def test_the_ratio_is_taken_within_each_round_so_that_a_slow_round_slows_both_sides() -> None:
    figure = Figure("files", "/s", (100.0, 10.0, 90.0), TimesPeer(5.0), (10.0, 1.0, 30.0), "a peer")

    assert figure.ratio == 10.0
    assert figure.is_held


@pytest.mark.parametrize(("ours", "held"), [(0.5, True), (0.51, False)])
def test_an_absolute_limit_is_held_up_to_itself(*, ours: float, held: bool) -> None:
    assert Figure("boot", "s", (ours,), AtMost(0.5)).is_held is held


@pytest.mark.parametrize(("ours", "held"), [(50.0, True), (49.9, False)])
def test_a_multiple_of_the_peer_is_held_from_itself_on(*, ours: float, held: bool) -> None:
    assert Figure("files", "/s", (ours,), TimesPeer(5.0), (10.0,), "a peer").is_held is held


@pytest.mark.parametrize(("ours", "held"), [(100.0, True), (99.9, False)])
def test_an_absolute_rate_is_held_from_itself_on(*, ours: float, held: bool) -> None:
    assert Figure("states", "/s", (ours,), AtLeast(100.0), (1e9,), "a peer").is_held is held


def test_a_fast_peer_does_not_excuse_an_absolute_limit_nor_a_slow_one_break_it() -> None:
    assert not Figure("boot", "s", (2.0,), AtMost(0.5), (100.0,), "a peer").is_held
    assert Figure("boot", "s", (0.2,), AtMost(0.5), (0.01,), "a peer").is_held


def test_without_a_peer_there_is_no_ratio_and_no_multiple_is_held() -> None:
    figure = Figure("files", "/s", (1000.0,), TimesPeer(5.0))

    assert figure.ratio is None
    assert not figure.is_held


@pytest.mark.parametrize(("ours", "peer"), [((), ()), ((1.0, 2.0), (1.0,))])
def test_rounds_that_lack_a_side_make_no_figure(ours: tuple[float, ...], peer: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="files"):
        Figure("files", "/s", ours, TimesPeer(5.0), peer, "a peer")


def test_rounds_are_interleaved_and_neither_side_always_goes_first() -> None:
    order: list[str] = []

    def side(name: str, value: float) -> float:
        order.append(name)
        return value + len(order)

    ours, peer = interleaved(lambda: side("ours", 100.0), lambda: side("peer", 200.0), rounds=3)

    assert order == ["ours", "peer", "peer", "ours", "ours", "peer"]
    assert ours == (101.0, 104.0, 105.0)
    assert peer == (202.0, 203.0, 206.0)
