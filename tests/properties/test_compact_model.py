"""The states of the exhaustive search are those of the reference model: both walk side by side and stay equal."""

from __future__ import annotations

from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.explore.exhaustive.space import KINDS, KMS_KEYS, LOCAL, STATES, Configuration, Move, Space, boot_of
from harness.history import TRUNK, History
from harness.model import Expectation, KmsState, State, expect, fold

_KEYS = 4


def _told(history: History, at: Configuration, move: Move, made: int) -> None:
    """The events by which a rehearsal tells the model of an action."""
    after, kind = move.target, move.action.removeprefix("make ")
    if move.action == "start":
        boot = after.boot
        assert boot is not None
        told = {"provider": boot.provider, "keys": list(boot.keys), "kms_key": boot.kms_key}
        history.append(TRUNK, "booted", instance="gateway", accepted=True, **told)
    elif move.action == "stop":
        history.append(TRUNK, "stopped", instance="gateway")
    elif move.adds:
        history.append(TRUNK, "artifact", artifact=f"{kind}/{made}", **{"class": kind}, instance="gateway")
    if after.is_denied != at.is_denied:
        change = "deny" if after.is_denied else "allow"
        history.append(TRUNK, "kms-changed", change=change, action="kms:Decrypt")
    if after.has_credentials != at.has_credentials:
        history.append(TRUNK, "kms-changed", change="credentials", present=after.has_credentials)
    if after.state != at.state:
        history.append(TRUNK, "kms-changed", change="state", key="x", state=STATES[after.state])


def _opened(state: State) -> dict[tuple[str, object], Expectation]:
    return {made: expect(*made, state.serving(), state.kms) for made in state.artifacts.values()}


@settings(max_examples=60, deadline=None)
@given(choices=st.lists(st.integers(0, 10_000), min_size=1, max_size=30))
def test_a_walk_in_the_space_is_a_history_of_the_model(choices: list[int]) -> None:
    """After any actions: the same gateway, the same KMS, the same eras made, and of each the same fate and cause."""
    space, history = Space(_KEYS), History()
    at, made = space.start, 0
    history.append(TRUNK, "run")
    for number, choice in enumerate(choices):
        moves = list(space.moves(at))
        move = moves[choice % len(moves)]
        _told(history, at, move, number)
        at, made = move.target, made & move.keeps | move.adds

        *_, (_, state) = fold(history)

        assert state.serving() == at.boot
        assert (state.kms.denied, state.kms.credentials) == (at.kms.denied, at.kms.credentials)
        assert state.kms.states.get("x", "Enabled") == STATES[at.state]
        eras = {era for place, era in enumerate(space.eras) if made >> place & 1}
        assert set(state.artifacts.values()) == eras
        readable, causes = space.readable(at.boot, at), space.causes(at.boot, at)
        for place, era in enumerate(space.eras):
            if era in eras:
                found = _opened(state)[era]
                assert (bool(readable >> place & 1), causes[place]) == (found.readable, found.cause)


def test_the_masks_are_the_model_for_every_configuration_of_three_keys() -> None:
    """Not by sample: every gateway, every state of the KMS, every era."""
    space, checked = Space(3), 0
    lists = [keys for size in (1, 2, 3) for keys in permutations(range(3), size)]
    for keys in lists:
        for provider in (LOCAL, *range(len(KMS_KEYS))):
            for is_denied in (False, True):
                for has_credentials in (False, True):
                    for state in range(len(STATES)):
                        at = Configuration(LOCAL, keys, provider, keys, is_denied, has_credentials, state, 7)
                        boot = boot_of(provider, keys)
                        kms = KmsState(
                            frozenset({"kms:Decrypt"} if is_denied else ()),
                            {"x": STATES[state]},
                            credentials=has_credentials,
                        )
                        mask = space.readable(boot, at)
                        for place, (kind, era) in enumerate(space.eras):
                            assert bool(mask >> place & 1) == expect(kind, era, boot, kms).readable
                            checked += 1

    assert checked == 15 * 3 * 12 * space.width
    assert {kind for kind, _ in space.eras} == set(KINDS)
