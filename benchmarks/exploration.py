"""How many steps the explorer takes and how many states the search visits, beside the least they could cost."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks import explore_load
from benchmarks.figures import AtLeast, Figure, TimesPeer, interleaved
from benchmarks.options import Options
from benchmarks.own_process import alone

LOCAL_FACTOR, AWS_FACTOR = 0.05, 0.75
"""1,500 and 300 steps a second on a machine on which the peers do 30,000 and 400."""


def exploration(options: Options) -> Iterator[Figure]:
    """Steps under Local and under AWS, by processor time of one core."""
    for provider, bare, factor, peer in (
        ("local", explore_load.bare_steps_per_second, LOCAL_FACTOR, "AES-KW and HS384 of eight artifacts, bare"),
        ("AWS", explore_load.bare_kms_steps_per_second, AWS_FACTOR, "four Decrypts of bare moto in process"),
    ):
        ours = partial(alone, explore_load.steps_per_second, provider)
        samples = interleaved(ours, partial(alone, bare, seconds=options.seconds), rounds=options.rounds)
        yield Figure(f"explore, {provider} steps", "/s", samples[0], TimesPeer(factor), samples[1], peer)


def exhaustive(options: Options) -> Iterator[Figure]:
    """States of the reference model, every law judged in each."""
    ours = partial(alone, explore_load.states_per_second)
    peer = partial(alone, explore_load.set_entries_per_second, seconds=options.seconds)
    samples = interleaved(ours, peer, rounds=options.rounds)
    yield Figure("exhaustive search", "/s", samples[0], AtLeast(100_000.0), samples[1], "a Python set being filled")
