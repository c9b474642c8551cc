"""Any bytes in any file: an exit code of the four, soon, no traceback, no secret (the law)."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.corpus import CORPUS
from tests.fuzz.law import FUZZ, ended, obeys
from tests.fuzz.mutations import mutated, spliced
from tests.fuzz.rows import READERS, Reader

each_reader = pytest.mark.parametrize("reader", READERS, ids=str)


def _written(folder: Path, reader: Reader, content: bytes) -> list[str]:
    path = folder / f"under-test{reader.suffix}"
    path.write_bytes(content)
    return reader.arguments(path)


@each_reader
def test_the_good_document_is_taken(reader: Reader, tmp_path: Path) -> None:
    found = ended(_written(tmp_path, reader, reader.valid()))

    assert found.code in {0, 1, 3} or "no scenario is called no-such-scenario" in found.err, found.err + found.out
    assert "file-unusable" not in found.out


@pytest.mark.gate
@each_reader
@FUZZ
@given(data=st.data())
def test_a_changed_document_obeys_the_law(reader: Reader, tmp_path: Path, data: st.DataObject) -> None:
    """One value, name or line of a good document is another one."""
    obeys(_written(tmp_path, reader, data.draw(mutated(reader))))


@pytest.mark.gate
@each_reader
@FUZZ
@given(data=st.data())
def test_a_spliced_document_obeys_the_law(reader: Reader, tmp_path: Path, data: st.DataObject) -> None:
    """Some bytes of a good document are others, or gone."""
    obeys(_written(tmp_path, reader, data.draw(spliced(reader))))


@pytest.mark.gate
@each_reader
def test_known_hostile_files_obey_the_law(reader: Reader, tmp_path: Path) -> None:
    for name, content in CORPUS.items():
        try:
            obeys(_written(tmp_path, reader, content))
        except Exception as error:
            error.add_note(f"with the file {name!r}")
            raise
