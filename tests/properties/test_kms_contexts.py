"""Law of encryption contexts: a blob opens under exactly the pairs it was made with, in any order (kms.md, 6).

The second context is made from the first by a small change; independent ones never find what emulators confuse.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from harness.conformance.row import HERE, PLAINTEXT
from harness.targets.trial import Bare, Strict, moto_alone

Pairs = dict[str, str]
_TEXT = st.text("abcdé\u0301AB", min_size=1, max_size=4)
_PAIRS = st.dictionaries(_TEXT, _TEXT, min_size=1, max_size=3)
_NO_DEADLINE: Final = settings(
    max_examples=120, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def _letter_over_the_border(pairs: Pairs, name: str) -> Pairs:
    """The last letter of the name becomes the first of the value."""
    value = pairs.pop(name)
    return {**pairs, name[:-1]: name[-1] + value} if name[1:] else {**pairs, name + value[0]: value[1:] or "a"}


def _run_together(pairs: Pairs, name: str) -> Pairs:
    """A pair is swallowed by the value of the pair before it in order."""
    before = [each for each in sorted(pairs) if each < name]
    value = pairs.pop(name)
    return {**pairs, before[-1]: pairs[before[-1]] + name + value} if before else pairs


def _cut_in_two(pairs: Pairs, name: str) -> Pairs:
    """The end of a value becomes a pair of its own."""
    value = pairs[name]
    return {**pairs, name: value[:1], value[1:2]: value[2:]} if len(value) > 2 else pairs


_CHANGES: Final[Mapping[str, Callable[[Pairs, str], Pairs]]] = {
    "border": _letter_over_the_border,
    "together": _run_together,
    "two": _cut_in_two,
    "case": lambda pairs, name: {**pairs, name: pairs[name].swapcase()},
    "name case": lambda pairs, name: {name.swapcase() if key == name else key: pairs[key] for key in pairs},
    "form": lambda pairs, name: {**pairs, name: unicodedata.normalize("NFC", pairs[name])},
    "decomposed": lambda pairs, name: {**pairs, name: unicodedata.normalize("NFD", pairs[name])},
    "drop": lambda pairs, name: {key: value for key, value in pairs.items() if key != name},
    "add": lambda pairs, name: {**pairs, f"{name}x": "y"},
    "swap": lambda pairs, _: dict(zip(pairs, reversed(list(pairs.values())), strict=True)),
}


@st.composite
def _unlike(draw: DrawFn) -> tuple[Pairs, Pairs]:
    """A context and another one, a small change away."""
    pairs = draw(_PAIRS)
    change = _CHANGES[draw(st.sampled_from(sorted(_CHANGES)))]
    other = change(dict(pairs), draw(st.sampled_from(sorted(pairs))))
    assume(other != pairs)
    return pairs, other


@pytest.fixture(scope="module")
def strict() -> Iterator[Strict]:
    """The rules behind the door for callers in this process."""
    subject = Strict.over(None, "moto+strict")
    yield subject
    subject.close()


@pytest.fixture
def moto() -> Iterator[Bare]:
    """Without the front."""
    with moto_alone() as subject:
        yield subject


def _opens(client: Any, key: str, made: Pairs, given_pairs: Pairs) -> bool:
    blob = client.encrypt(KeyId=key, Plaintext=PLAINTEXT, EncryptionContext=made)["CiphertextBlob"]
    try:
        return bool(client.decrypt(CiphertextBlob=blob, EncryptionContext=given_pairs)["Plaintext"] == PLAINTEXT)
    except client.exceptions.InvalidCiphertextException:
        return False


@pytest.fixture(scope="module")
def key(strict: Strict) -> str:
    """One key for all examples."""
    return str(strict.client(HERE).create_key()["KeyMetadata"]["Arn"])


@_NO_DEADLINE
@given(contexts=_unlike())
def test_the_strict_front_confuses_no_two_contexts(contexts: tuple[Pairs, Pairs], strict: Strict, key: str) -> None:
    assert not _opens(strict.client(HERE), key, *contexts)


@_NO_DEADLINE
@given(pairs=_PAIRS, data=st.data())
def test_the_order_of_pairs_does_not_matter(pairs: Pairs, data: st.DataObject, strict: Strict, key: str) -> None:
    again = dict(data.draw(st.permutations(list(pairs.items()))))

    assert _opens(strict.client(HERE), key, pairs, again)


def test_the_same_examples_find_the_collision_in_moto_alone(moto: Bare) -> None:
    client = moto.client(HERE)
    key = client.create_key()["KeyMetadata"]["Arn"]
    collisions: list[tuple[Pairs, Pairs]] = []

    @settings(_NO_DEADLINE, phases=[Phase.generate], database=None)
    @given(contexts=_unlike())
    def look(contexts: tuple[Pairs, Pairs]) -> None:
        if _opens(client, key, *contexts):
            collisions.append(contexts)

    look()

    assert collisions
    assert all(_run(made) == _run(other) for made, other in collisions)


def _run(pairs: Pairs) -> str:
    """What moto authenticates: the sorted pairs without their borders."""
    return "".join(name + value for name, value in sorted(pairs.items()))
