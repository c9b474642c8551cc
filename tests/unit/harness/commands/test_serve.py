"""What `serve` refuses before anything is started: exit 2, a clear line."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.e2e.commands import here


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--requests", "0"), "--requests 0 is out of range"),
        (("--requests", "10001"), "use 1 to 10000"),
        (("--control-port", "70000"), "--control-port 70000 is no port"),
        (("--admin-port", "-1"), "--admin-port -1 is no port"),
        (("--admin-port", "20001", "--control-port", "20001"), "two listeners need two ports"),
        (("--before", "/no/such/file"), "belong together"),
        (("--before", "/no/such/file", "--after", "/no/such/file"), "/no/such/file:1: cannot be read"),
        (("--kms", "aws"), "--kms aws is refused"),
        (("--kms", "nonsense"), "--kms names no KMS"),
        (("--port", "80"), "unrecognized arguments"),
    ],
)
def test_what_cannot_be_served_is_a_usage_error(
    arguments: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ended = here(capsys, "serve", *arguments)

    assert ended.code == 2
    assert told in ended.last_line
    assert ended.out == ""


def test_an_env_file_out_of_its_syntax_is_named_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = tmp_path / "before.env"
    wrong.write_text("KMS_PROVIDER\n", "utf-8")

    ended = here(capsys, "serve", "--before", str(wrong), "--after", str(wrong))

    assert ended.code == 2
    assert "before.env:1: not NAME=value" in ended.last_line


@pytest.mark.parametrize("flag", ["--control-port", "--admin-port"])
def test_a_port_that_is_taken_is_told_before_anything_is_started(flag: str, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = str(holder.getsockname()[1])

        ended = here(capsys, "serve", flag, taken)

    assert ended.code == 2
    assert f"{flag} {taken} is taken" in ended.last_line
