"""`kms conform` on the command line: the table, the verdict, the files, the exit codes."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest

from fake_sombra.kms import Kms
from harness.cli import main
from harness.commands.kms import exit_code
from harness.conformance import ROWS, Outcome, Verdict
from harness.conformance.ledger import Ledger
from harness.conformance.matrix import cell, page
from harness.conformance.printed import headline, text
from harness.report.page import Page
from harness.targets.trial import Strict, on_trial
from harness.targets.trial.strict import ACCOUNT
from tests.conformance.kms.ledgers import FOLDER
from tests.unit.fake_sombra.kms.bench import HttpDoor
from tests.unit.fake_sombra.kms.fixtures import front

__all__ = ["front"]

_U = next(row for row in ROWS if row.mark == "U")


def _nobody() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def test_the_strict_front_conforms_and_every_row_is_written_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["kms", "conform", "--kms", "moto", "--json", str(tmp_path / "rows.json"), "--quiet"])

    document = json.loads((tmp_path / "rows.json").read_text("utf-8"))
    assert (code, document["kms"]) == (0, "moto+strict")
    assert [row["id"] for row in document["rows"]] == [row.id for row in ROWS]
    assert set(document["rows"][0]) == {"id", "operation", "mark", "expected", "did", "result"}
    assert capsys.readouterr().out.startswith("moto+strict does as AWS KMS does")


@pytest.mark.gate
def test_json_on_standard_output_is_nothing_but_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kms", "conform", "--json", "-"]) == 0

    assert len(json.loads(capsys.readouterr().out)["rows"]) == len(ROWS)


@pytest.mark.gate
def test_an_endpoint_is_tried_as_it_is_and_its_deviations_end_with_1(
    front: HttpDoor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    front.kms = Kms(ACCOUNT)
    front.kms.deny("kms:Decrypt")
    address, ledger = f"http://127.0.0.1:{front._port}", tmp_path / "ledger.json"

    code = main(["kms", "conform", "--kms", address, "--ledger", str(ledger)])

    assert code == 1
    assert "Decrypt: plain" in Ledger.read(ledger).deviations
    assert "AccessDeniedException" in capsys.readouterr().out


@pytest.mark.gate
def test_the_strict_front_may_stand_before_an_endpoint(front: HttpDoor) -> None:
    front.kms = Kms("999988887777")

    code = main(["kms", "conform", "--kms", f"http://127.0.0.1:{front._port}", "--strict", "--quiet"])

    assert code == 0
    assert front.kms.journal.since()


@pytest.mark.gate
def test_the_strict_front_conforms_over_http_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kms", "conform", "--kms", "moto", "--http", "--quiet"]) == 0

    assert capsys.readouterr().out.startswith(
        f"moto+strict does as AWS KMS does, wherever that is known: {len(ROWS)} rows"
    )


def test_a_bare_kms_has_no_other_door(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["kms", "conform", "--kms", "moto-bare", "--http"]) == 2

    assert "add --strict" in capsys.readouterr().err


def test_a_trial_that_is_not_whole_writes_no_ledger_and_ends_with_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ledger = tmp_path / "ledger.json"

    assert main(["kms", "conform", "--kms", _nobody(), "--ledger", str(ledger)]) == 3

    assert "is not written" in capsys.readouterr().err
    assert not ledger.exists()


def test_an_endpoint_that_nobody_serves_cannot_be_evaluated(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["kms", "conform", "--kms", _nobody()])

    said = capsys.readouterr().out
    assert code == 3
    assert "could not be evaluated" in said
    assert len(said.splitlines()) == 1


def test_what_answers_but_is_no_kms_cannot_be_evaluated(front: HttpDoor, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["kms", "conform", "--kms", f"http://127.0.0.1:{front._port}/elsewhere", "--quiet"])

    assert code == 3
    assert "no KMS" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--kms", "aws"], "--real-account"),
        (["--kms", "nonsense"], "names no KMS"),
        (["--kms", "http://[broken"], "names no KMS"),
        (["--kms", "http://user:secret@127.0.0.1"], "without credentials"),
        (["--matrix", "no-such-file.json"], "is no ledger"),
    ],
)
def test_bad_usage_ends_with_2_in_one_line(
    arguments: Sequence[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["kms", "conform", *arguments]) == 2

    said = capsys.readouterr()
    assert named in said.err
    assert "secret" not in said.err
    assert (said.out, len(said.err.splitlines())) == ("", 1)


def test_the_page_of_ledgers_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    ledger = FOLDER / "moto-5.2.5.json"

    assert main(["kms", "conform", "--matrix", str(ledger)]) == 0

    assert capsys.readouterr().out == page(ROWS, [Ledger.read(ledger)])


def _outcomes(*verdicts: Verdict) -> list[Outcome]:
    return [Outcome(ROWS[0], verdict, "did") for verdict in verdicts]


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ((Verdict.SAME,), 0),
        ((Verdict.SAME, Verdict.OPEN, Verdict.NOT_EXPRESSIBLE), 0),
        ((Verdict.SAME, Verdict.DIFFERS, Verdict.UNKNOWN), 1),
        ((Verdict.SAME, Verdict.UNKNOWN), 3),
        ((Verdict.NOT_EXPRESSIBLE,), 3),
        ((), 3),
    ],
)
def test_nothing_tried_is_never_a_pass(verdicts: Sequence[Verdict], code: int) -> None:
    assert exit_code(_outcomes(*verdicts)) == code


def test_rows_that_are_as_aws_has_them_are_printed_on_request_alone() -> None:
    outcomes = _outcomes(Verdict.SAME)

    assert ROWS[0].id not in text("some", outcomes, Page())
    assert ROWS[0].id in text("some", outcomes, Page(), is_complete=True)
    assert "\x1b[" in text("some", outcomes, Page(100, color=True), is_complete=True)
    assert headline("some", []) == "some could not be evaluated: 0 rows, none tried."


@pytest.mark.parametrize(
    ("row", "did", "shown"),
    [
        (ROWS[0], None, ""),
        (ROWS[0], "succeeds, but KeyId is another", "succeeds, but KeyId is another"),
        (_U, "Oops: text", "open"),
        (next(row for row in ROWS if row.code == "DisabledException"), "DisabledException: other words", "words"),
        (next(row for row in ROWS if row.code == "DisabledException"), "NotFoundException: words", "NotFoundException"),
    ],
)
def test_a_cell_says_what_a_kms_does_in_a_few_words(row: object, did: str | None, shown: str) -> None:
    known = next(each for each in ROWS if each is row)

    assert cell(known, Ledger("some", {known.id: did} if did else {}, {})) == shown
    assert cell(known, Ledger("some", {}, {known.id: "no way"})) == "n/e"


def test_the_names_of_the_command_line_open_what_they_say() -> None:
    with on_trial("moto") as subject:
        assert isinstance(subject, Strict)
    with on_trial("moto-bare") as subject:
        assert subject.name.startswith("moto-")
