"""docs/guide.md is what the code makes of it; the command writes it, and says when it is out of date."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.checks.check import Check, Evidence
from harness.claims import Exemption
from harness.documents import __main__ as command
from harness.documents.claims_page import claims_page
from harness.documents.register import Register
from harness.documents.steps import CitedStep
from harness.runbook import Scenario
from harness.verdict import Verdict, passed

DOCS = Path(__file__).parents[3] / "docs"


def agree(evidence: Evidence) -> Verdict:
    return passed("as it should be", [1])


def page() -> str:
    forks = ("overlap:surge-pod", "damaged", "overlap:rolling-update")
    register = Register(
        {"G-02": "A hard cutover", "D-10": "Receivers cache"},
        {"no-overlap": Check("no-overlap", "One | at a time", ("G-02",), agree, forks)},
        (Exemption("D-10", "no receiver is run yet", "W5"),),
        (CitedStep("guide", "stop", "Stop Sombra", ("G-02",)),),
    )
    scenarios = {
        "guide": Scenario("guide", "All of it", lambda run: None),
        "flip": Scenario("flip", "Some of it", lambda run: None, ("no-overlap",)),
        "drain": Scenario("drain", "Another part", lambda run: None, ("drained",)),
    }
    return claims_page(register, scenarios)


def section(claim: str) -> str:
    return page().split(f"## {claim}\n")[1].split("\n## ")[0]


@pytest.mark.parametrize("name", command.PAGES)
def test_the_committed_page_is_the_one_the_code_makes(name: str) -> None:
    committed = (DOCS / name).read_text("utf-8")

    assert committed == command.PAGES[name](), f"docs/{name} is out of date; run `make docs`"


def test_a_judged_claim_shows_its_checks_forks_scenarios_and_steps() -> None:
    told = section("G-02")

    assert "| `no-overlap` | One \\| at a time | `overlap:` surge-pod, rolling-update; `damaged` |" in told
    assert "- Judged in: `guide`, `flip`\n" in told
    assert "- Step `stop` of `guide`: Stop Sombra" in told


def test_an_exempt_claim_shows_its_reason_and_no_check() -> None:
    told = section("D-10")

    assert "Exempt: no receiver is run yet (W5)." in told
    assert "|" not in told


def test_the_index_leads_to_every_claim() -> None:
    assert "| [G-02](#g-02) | A hard cutover | 1 check |" in page()
    assert "| [D-10](#d-10) | Receivers cache | exempt until W5 |" in page()


def test_write_makes_what_check_asks_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--docs", str(tmp_path)]

    assert command.main(["check", *options]) == 1
    assert "guide.md is out of date; run `make docs`" in capsys.readouterr().err
    assert command.main(["write", *options]) == 0
    assert "guide.md written" in capsys.readouterr().out
    assert command.main(["check", *options]) == 0
    assert capsys.readouterr().err == ""


def test_a_page_that_was_edited_is_out_of_date(tmp_path: Path) -> None:
    command.main(["write", "--docs", str(tmp_path)])
    (tmp_path / "guide.md").write_text("edited", "utf-8")

    assert command.main(["check", "--docs", str(tmp_path)]) == 1


def test_a_folder_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["write", "--docs", str(tmp_path / "nowhere")]) == 2
    assert "nowhere is no folder; name the folder of the pages with --docs" in capsys.readouterr().err


def test_a_page_that_is_not_text_is_told_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "guide.md").write_bytes(b"\xff\xfe")

    assert command.main(["check", "--docs", str(tmp_path)]) == 2
    assert "cannot be used (not UTF-8)" in capsys.readouterr().err


def test_tables_that_disagree_write_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Register, "problems", lambda self: ("G-99 is not agreed on; take it out",))

    assert command.main(["write", "--docs", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "G-99 is not agreed on; take it out\n"
    assert not list(tmp_path.iterdir())
