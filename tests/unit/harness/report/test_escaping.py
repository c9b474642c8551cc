"""No text of a run, wherever it came from, can act in a report."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.report import console
from harness.report.characters import one_line, shown
from harness.report.hypertext import html
from harness.report.junit import junit
from harness.report.page import Page
from harness.report.summary import summary
from tests.unit.harness.report.sample import go_run, history, hostile_history, hostile_run

SCRIPT = "</td></style><script>alert('x')</script>\" onload=\"x & {{ 7 * 7 }}"
CONTROLS = "a\x1b[31mred\x1b[0m\x00\x07\x9b\u202eevil\ufffe\ud800\u2066b"
_ILLEGAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.attributes.update(name for name, _ in attrs)


def _tags(page: str) -> _Tags:
    parser = _Tags()
    parser.feed(page)
    parser.close()
    return parser


def test_a_script_in_every_field_adds_no_tag_to_the_page() -> None:
    tame = _tags(html(hostile_run("words"), hostile_history("words")))
    page = html(hostile_run(SCRIPT), hostile_history(SCRIPT))
    wild = _tags(page)

    assert "script" not in tame.seen
    assert wild.seen == tame.seen
    assert wild.attributes == tame.attributes
    assert "{{ 7 * 7 }}" in page


@pytest.mark.parametrize("text", [CONTROLS, SCRIPT])
def test_the_page_holds_no_control_character_and_can_be_stored(text: str) -> None:
    page = html(hostile_run(text), hostile_history(text))

    assert not _ILLEGAL.search(page)
    assert page.encode("utf-8")


@pytest.mark.parametrize("text", [CONTROLS, SCRIPT, "]]>", "&#0;"])
def test_junit_is_wellformed_and_keeps_the_words(text: str) -> None:
    root = ET.fromstring(junit(hostile_run(text)))  # noqa: S314 - our own text

    assert {case.get("name") for case in root.iter("testcase")} == {one_line(text)}


@settings(max_examples=40)
@given(st.text(alphabet=st.characters(codec=None), min_size=1))
def test_every_character_leaves_xml_and_text_readable(text: str) -> None:
    """Whatever the characters, the XML parses and the console gets no control character."""
    run = replace(go_run(), reason=text, findings=hostile_run(text).findings, checks=hostile_run(text).checks)

    ET.fromstring(junit(run).encode("utf-8"))  # noqa: S314 - our own text
    assert not _ILLEGAL.search(console.text(run, Page()))
    assert not _ILLEGAL.search(summary(run))


@pytest.mark.parametrize("width", [80, 160, Page().width])
def test_the_console_spells_control_characters_out(width: int) -> None:
    told = console.text(hostile_run(CONTROLS), Page(width=width))

    assert not _ILLEGAL.search(told)
    assert "\\u001b" in told


def test_rich_markup_in_a_text_is_only_text() -> None:
    told = console.text(replace(go_run(), reason="[red]x[/red] [/nope] :smile:"), Page())

    assert "[red]x[/red] [/nope] :smile:" in told


def test_the_summary_takes_no_markup_and_no_table_cell_from_a_text() -> None:
    told = summary(hostile_run("a | b <img src=x> [link](http://x) `code`\n# Title"))

    assert "<img" not in told
    assert "\\| b &lt;img" in told
    assert "\n# Title" not in told
    assert "[link]" not in told


def test_shown_keeps_ordinary_text_and_spells_the_rest() -> None:
    assert shown("Grüße, 東京 ✓\ttab\nline") == "Grüße, 東京 ✓\ttab\nline"
    assert shown("\x1b\u202e\ud800\U000e0001") == "\\u001b\\u202e\\ud800\\U000e0001"
    assert one_line(" a\n\n b\r\nc ") == "a b c"


def test_the_page_loads_nothing_from_elsewhere() -> None:
    page = html(go_run(), history())

    assert not re.search(r"<(?:link|script|img|iframe|object|base)\b", page)
    assert not re.search(r"(?:src|href)=\"(?!#)", page)
    assert "url(" not in page
