"""Laws of the wrap: a key opens under the provider and key that wrapped it, and nowhere else (G-03, G-04)."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_sombra.errors import Refusal, WrongProvider
from fake_sombra.keyring import DataKey, WrapLabel
from fake_sombra.keyring.aws import AwsKeyring
from fake_sombra.keyring.local import LocalKeyring
from tests.unit.fake_sombra.crypto import material
from tests.unit.fake_sombra.keyring.kms import ARN, OTHER_ARN, opened, run

_NAMES = "abcdef"
_LOCAL_LABELS = [WrapLabel("local", material.signing_key(name).fingerprint) for name in _NAMES]
_LABELS = st.one_of(
    st.none(),
    st.sampled_from([*_LOCAL_LABELS, WrapLabel("AWS", ARN), WrapLabel("AWS", OTHER_ARN)]),
    st.builds(WrapLabel, st.text(max_size=8), st.text(max_size=20)),
)
_LISTS = st.lists(st.sampled_from(_NAMES), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def aws() -> Iterator[AwsKeyring]:
    with opened() as here:
        yield here.keyring


@pytest.fixture(scope="module")
def aws_key(aws: AwsKeyring) -> DataKey:
    return run(aws.generate())


def _local(*names: str) -> LocalKeyring:
    return LocalKeyring(material.key_sets(*names), random=os.urandom)


@st.composite
def damaged(draw: st.DrawFn, whole: bytes) -> bytes:
    """Other bytes than these: one bit flipped, cut, extended, or another provider's head put before them."""
    kind = draw(st.sampled_from(["flip", "cut", "extend", "head"]))
    if kind == "flip":
        at, bit = draw(st.integers(0, len(whole) - 1)), draw(st.integers(0, 7))
        return whole[:at] + bytes([whole[at] ^ (1 << bit)]) + whole[at + 1 :]
    if kind == "cut":
        start, end = sorted((draw(st.integers(0, len(whole))), draw(st.integers(0, len(whole)))))
        return whole[start:end] if (start, end) != (0, len(whole)) else whole[:-1]
    if kind == "extend":
        return whole + draw(st.binary(min_size=1, max_size=32))
    return b"\x01\x02kms" + ARN.encode() + whole


@given(data=st.data(), name=st.sampled_from(_NAMES), label=_LABELS, is_whole=st.booleans())
def test_no_local_key_opens_under_aws(
    aws: AwsKeyring, data: st.DataObject, name: str, label: WrapLabel | None, *, is_whole: bool
) -> None:
    """Whole or damaged, with its own label, none or a forged one: AWS refuses what Local wrapped."""
    made = run(_local(name).generate())
    ciphertext = made.wrapped.ciphertext if is_whole else data.draw(damaged(made.wrapped.ciphertext))
    assert run(_local(name).unwrap(made.wrapped.ciphertext, label=label)) == made.plaintext

    with pytest.raises(Refusal):
        run(aws.unwrap(ciphertext, label=label))


@given(data=st.data(), names=_LISTS, label=_LABELS, is_whole=st.booleans())
def test_no_aws_key_opens_under_local(
    aws: AwsKeyring,
    aws_key: DataKey,
    data: st.DataObject,
    names: list[str],
    label: WrapLabel | None,
    *,
    is_whole: bool,
) -> None:
    """Whole or damaged, with its own label, none or a forged one: Local refuses what AWS wrapped."""
    ciphertext = aws_key.wrapped.ciphertext if is_whole else data.draw(damaged(aws_key.wrapped.ciphertext))
    assert run(aws.unwrap(aws_key.wrapped.ciphertext, label=label)) == aws_key.plaintext

    with pytest.raises(Refusal):
        run(_local(*names).unwrap(ciphertext, label=label))


@given(names=_LISTS, name=st.sampled_from(_NAMES), is_labelled=st.booleans())
def test_the_cause_across_providers_is_wrong_provider(
    aws: AwsKeyring, aws_key: DataKey, names: list[str], name: str, *, is_labelled: bool
) -> None:
    """A whole key with its own label, or with none, is recognised as the other provider's."""
    made = run(_local(name).generate())

    with pytest.raises(WrongProvider):
        run(aws.unwrap(made.wrapped.ciphertext, label=made.wrapped.label if is_labelled else None))
    with pytest.raises(WrongProvider):
        run(_local(*names).unwrap(aws_key.wrapped.ciphertext, label=aws_key.wrapped.label if is_labelled else None))


@given(names=_LISTS, name=st.sampled_from(_NAMES), label=_LABELS)
def test_a_local_key_opens_if_and_only_if_its_entry_is_among_the_first_four(
    names: list[str], name: str, label: WrapLabel | None
) -> None:
    """Readable = loaded, whatever the label says."""
    made = run(_local(name).generate())
    reading = _local(*names)

    if name in names[:4]:
        assert run(reading.unwrap(made.wrapped.ciphertext, label=label)) == made.plaintext
    else:
        with pytest.raises(Refusal):
            run(reading.unwrap(made.wrapped.ciphertext, label=label))


@given(data=st.data(), label=_LABELS)
def test_a_damaged_key_opens_under_neither_provider(
    aws: AwsKeyring, aws_key: DataKey, data: st.DataObject, label: WrapLabel | None
) -> None:
    """Nothing but the very bytes that were handed out opens, also where they were made."""
    made = run(_local("a").generate())

    with pytest.raises(Refusal):
        run(_local("a", "b").unwrap(data.draw(damaged(made.wrapped.ciphertext)), label=label))
    with pytest.raises(Refusal):
        run(aws.unwrap(data.draw(damaged(aws_key.wrapped.ciphertext)), label=label))
