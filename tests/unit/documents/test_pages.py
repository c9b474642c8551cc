"""What the hand-written pages show is true: links lead somewhere, commands parse, examples run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.cli import parser
from tests.plugins import OURS, without

ROOT = Path(__file__).parents[3]
PAGES = sorted([ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
NAMES = [page.relative_to(ROOT).as_posix() for page in PAGES]

_LINK = re.compile(r"\]\((?!https?://|#)([^)#\s]+)")
_FENCE = re.compile(r"^```[a-z]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_COMMAND = re.compile(r"(?:^|[$:`]\s*|\s)sombra-rehearsal ([a-z]+[^`\n]*)", re.MULTILINE)
_SHELL = re.compile(r"\s(?:\||>|2>|#).*")


def commands(page: str) -> Iterator[list[str]]:
    """The arguments of every `sombra-rehearsal` command in a code block or in code within a line."""
    blocks = [*_FENCE.findall(page), *re.findall(r"`(sombra-rehearsal [^`]+)`", _FENCE.sub("", page))]
    for block in blocks:
        for told in _COMMAND.findall(block):
            yield shlex.split(_SHELL.sub("", told))


def is_taken(arguments: list[str]) -> bool:
    """The real command line takes these arguments."""
    try:
        parser().parse_args(arguments)
    except SystemExit:
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_to_a_file(name: str) -> None:
    page = ROOT / name
    broken = [link for link in _LINK.findall(page.read_text("utf-8")) if not (page.parent / link).exists()]

    assert broken == []


def test_every_command_that_is_shown_is_one_that_the_command_line_takes(capsys: pytest.CaptureFixture[str]) -> None:
    shown = [(page.name, told) for page in PAGES for told in commands(page.read_text("utf-8"))]

    assert len(shown) > 10
    for name, told in shown:
        # A sentence may name an option without its value.
        assert is_taken(told) or (told[-1].startswith("--") and is_taken([*told, "7"])), (
            f"{name} shows `sombra-rehearsal {shlex.join(told)}`: {capsys.readouterr().err}"
        )


def test_commands_are_found_in_blocks_and_in_lines_without_their_shell() -> None:
    page = 'Say `sombra-rehearsal list claims`.\n\n```\n$ sombra-rehearsal rehearse --gateway "a b" 2>x | head\n```\n'

    assert list(commands(page)) == [["rehearse", "--gateway", "a b"], ["list", "claims"]]


def test_the_worked_test_of_the_pytest_page_passes(tmp_path: Path) -> None:
    page = (ROOT / "docs/how-to/pytest-plugin.md").read_text("utf-8")
    (example,) = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (tmp_path / "test_our_cutover.py").write_text(example, "utf-8")

    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *without("cacheprovider", "xdist", *OURS), str(tmp_path)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert run.returncode == 0, run.stdout
    assert "2 passed" in run.stdout


def test_every_variable_of_the_fake_is_told_in_the_wire_page() -> None:
    told = set(re.findall(r"FAKE_SOMBRA_[A-Z_]*[A-Z]", (ROOT / "docs/wire.md").read_text("utf-8")))
    source = "".join(file.read_text("utf-8") for file in (ROOT / "fake_sombra").rglob("*.py"))
    read = set(re.findall(r"\"(FAKE_SOMBRA_[A-Z_]*[A-Z])\"", source))

    assert read
    assert read - told == set()


def test_no_page_but_the_one_about_sources_names_a_document_that_is_not_in_the_repository() -> None:
    strangers = re.compile(r"(?<![\w-])(?:sombra|clients|claims|protocol|interface|kms|failure-modes)\.md\b")
    named = {name: strangers.findall(page.read_text("utf-8")) for name, page in zip(NAMES, PAGES, strict=True)}

    del named["docs/sources.md"]
    missing = {name: [each for each in found if not (ROOT / "docs" / each).exists()] for name, found in named.items()}
    assert {name: found for name, found in missing.items() if found} == {}
