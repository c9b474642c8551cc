"""Scenario files: read, refused with their line, written so that they are read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.explore.action import Action
from harness.explore.transcript import BadTranscript, parse, read, written


def test_remarks_and_empty_lines_are_passed_over() -> None:
    actions = parse(["# a cutover", "", "start", "  submit r1   # the first"], where="a file")

    assert actions == (Action("start"), Action("submit", ("r1",)))


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    actions = (Action("start"), Action("submit", ("r1",)), Action("cut-over", ("x",)))
    file = tmp_path / "found.txt"

    file.write_text(written(actions, remarks=("two\nlines", "of remarks")), encoding="utf-8")

    assert read(file).actions == actions
    assert read(file).name == "found"
    assert file.read_text(encoding="utf-8").startswith("# two lines\n# of remarks\nstart\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("start\nfly\n", ":2: there is no action 'fly'"),
        ("start\n\nopen r1\n", ":3: there is no request r1 yet"),
        ("# nothing\n", "holds no action"),
    ],
)
def test_a_file_that_cannot_be_walked_names_its_line(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "bad.txt"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(BadTranscript, match=said):
        read(file)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"start\n" * 200_000])
def test_what_is_no_text_of_ours_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "bad.txt"
    file.write_bytes(content)

    with pytest.raises(BadTranscript, match="name a scenario file"):
        read(file)
    with pytest.raises(BadTranscript, match="cannot be read"):
        read(tmp_path / "absent.txt")
