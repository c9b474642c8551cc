"""A blob opens whole and under exactly its own context, or not at all."""

from __future__ import annotations

import base64
import unicodedata
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from moto.kms import utils as moto

from fake_sombra.kms.context import digest
from tests.unit.fake_sombra.kms.bench import ARN, KEY_ID, PLAINTEXT, call, code_of, new_kms

_KMS = new_kms()  # shared: an example changes nothing but the journal
_TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=6)
_CONTEXTS = st.dictionaries(_TEXT, _TEXT, max_size=4)


def _blob(context: dict[str, str]) -> str:
    asked = {"KeyId": ARN, "Plaintext": base64.b64encode(PLAINTEXT).decode(), "EncryptionContext": context}
    return str(call(_KMS, "Encrypt", asked)["CiphertextBlob"])


def _opened(blob: str, context: dict[str, str]) -> str:
    return code_of(_KMS, "Decrypt", {"CiphertextBlob": blob, "EncryptionContext": context})


def _moved(context: dict[str, str], name: str) -> dict[str, str]:
    rest = {key: value for key, value in context.items() if key != name}
    return {**rest, name[:-1]: name[-1:] + context[name]} if name else rest


def _merged(context: dict[str, str]) -> dict[str, str]:
    (name, value), *rest = sorted(context.items())
    return {name: value + "".join(key + text for key, text in rest)}


@st.composite
def _neighbours(draw: st.DrawFn) -> tuple[dict[str, str], dict[str, str]]:
    """A context and one made from it by a small change."""
    context = draw(_CONTEXTS.filter(bool))
    name = draw(st.sampled_from(sorted(context)))
    rest = {key: value for key, value in context.items() if key != name}
    values = list(context.values())
    changed = draw(
        st.sampled_from(
            [
                _moved(context, name),
                _merged(context),
                rest,
                {**context, "": ""},
                {**context, draw(_TEXT): draw(_TEXT)},
                {**context, name: context[name].swapcase()},
                {**rest, name.swapcase(): context[name]},
                {**context, name: unicodedata.normalize("NFD", context[name])},
                {**context, name: unicodedata.normalize("NFC", context[name])},
                dict(zip(context, values[1:] + values[:1], strict=True)),
            ]
        )
    )
    return context, changed


@given(_neighbours())
@settings(deadline=None)
def test_only_the_same_pairs_open(pair: tuple[dict[str, str], dict[str, str]]) -> None:
    """A blob opens under a context if and only if it is the one it was made with."""
    context, changed = pair
    blob = _blob(context)

    assert _opened(blob, context) == "ok"
    assert _opened(blob, changed) == ("ok" if changed == context else "InvalidCiphertextException")


@given(_CONTEXTS, st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_pairs_does_not_matter(context: dict[str, str], random: Any) -> None:
    """Any order of the same pairs is the same context."""
    shuffled = list(context.items())
    random.shuffle(shuffled)

    assert _opened(_blob(context), dict(shuffled)) == "ok"


@given(_neighbours())
def test_digests_are_equal_only_for_equal_contexts(pair: tuple[dict[str, str], dict[str, str]]) -> None:
    """Two contexts have one digest if and only if they are equal."""
    assert (digest(pair[0]) == digest(pair[1])) == (pair[0] == pair[1])


def test_no_context_and_an_empty_one_are_the_same() -> None:
    blob = _blob({})

    assert code_of(_KMS, "Decrypt", {"CiphertextBlob": blob}) == "ok"
    assert _opened(blob, {"": ""}) == "InvalidCiphertextException"


def test_moto_alone_confuses_contexts() -> None:
    """Why contexts are rewritten; when moto mends this, the rewrite may go."""
    kms = new_kms()
    materials: Any = {KEY_ID: kms._vault.backend._materials[kms._vault.get(ARN).materials[0]]}  # type: ignore[attr-defined]
    blob = moto.encrypt(materials, KEY_ID, PLAINTEXT, {"ab": "c"})

    assert moto.decrypt(materials, blob, {"a": "bc"})[0] == PLAINTEXT


_WHOLE = base64.b64decode(_blob({}))


@given(st.integers(0, len(_WHOLE) * 8 - 1))
@settings(deadline=None)
def test_no_bit_of_a_blob_can_be_flipped(bit: int) -> None:
    """Any one flipped bit refuses; beyond the part that names the material, always as InvalidCiphertext."""
    damaged = bytearray(_WHOLE)
    damaged[bit // 8] ^= 1 << bit % 8
    code = _opened(base64.b64encode(damaged).decode(), {})

    assert _opened(base64.b64encode(_WHOLE).decode(), {}) == "ok"
    in_name = bit < 36 * 8
    assert code in (
        {"InvalidCiphertextException", "AccessDeniedException"} if in_name else {"InvalidCiphertextException"}
    )


@given(st.integers(1, len(_WHOLE) - 1))
@settings(deadline=None)
def test_no_part_of_a_blob_opens(size: int) -> None:
    """Any proper prefix and suffix refuses as InvalidCiphertext."""
    for part in (_WHOLE[:size], _WHOLE[-size:]):
        assert _opened(base64.b64encode(part).decode(), {}) == "InvalidCiphertextException"


@given(st.binary(min_size=1, max_size=200))
@settings(deadline=None)
def test_bytes_that_no_kms_made_are_no_blob(noise: bytes) -> None:
    """Anything but a blob of ours, alone, behind a real blob or behind a real name, refuses."""
    for forged in (noise, _WHOLE + noise, _WHOLE[:36] + noise):
        assert _opened(base64.b64encode(forged).decode(), {}) == "InvalidCiphertextException"
