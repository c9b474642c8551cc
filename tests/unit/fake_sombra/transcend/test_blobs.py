"""Ciphertexts on disk: whole or not there, and never changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_sombra.transcend.blobs import CHUNK, Blobs


def test_the_last_sixteen_bytes_are_the_tag_and_stay_out_of_the_file(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)

    with blobs.draft() as draft:
        draft.write(b"cipher")
        draft.write(b"text" + b"t" * 16)
        name = draft.keep().name

    assert blobs.read(name) == (10, b"ciphertext")
    assert (draft.tag, draft.size) == (b"t" * 16, 10)


@given(pieces=st.lists(st.binary(max_size=40), max_size=12))
def test_however_a_body_is_cut_the_same_ciphertext_and_tag_come_out(
    pieces: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Cutting a body into chunks differently never changes what is stored."""
    blobs, whole = Blobs(tmp_path_factory.mktemp("blobs")), b"".join(pieces)

    with blobs.draft() as draft:
        for piece in pieces:
            draft.write(piece)
        name = draft.keep().name

    assert draft.tag == whole[-16:]
    assert blobs.read(name) == (draft.size, whole[: max(0, len(whole) - 16)])


def test_a_draft_that_is_not_kept_leaves_nothing(tmp_path: Path) -> None:
    with Blobs(tmp_path).draft() as draft:
        draft.write(b"half a body, never finished")
        assert list(tmp_path.iterdir())

    assert list(tmp_path.iterdir()) == []


def test_a_large_blob_comes_in_chunks_and_a_small_one_at_once(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path)
    small, large = blobs.add(b"s" * CHUNK), blobs.add(b"l" * (CHUNK + 1))

    assert blobs.read(small) == (CHUNK, b"s" * CHUNK)
    size, chunks = blobs.read(large)
    assert not isinstance(chunks, bytes)
    assert [len(chunk) for chunk in chunks] == [CHUNK, 1]
    assert size == CHUNK + 1


def test_a_name_is_never_used_twice(tmp_path: Path) -> None:
    blobs = Blobs(tmp_path, name=lambda: "same")
    blobs.add(b"first")

    with pytest.raises(FileExistsError):
        blobs.add(b"second")

    assert blobs.read("same") == (5, b"first")
