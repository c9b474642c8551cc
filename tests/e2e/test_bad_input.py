"""Bad input ends with one clear line, the right exit code and no traceback, and what was recorded is kept."""

from __future__ import annotations

import json
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from harness.generated import before_and_after
from harness.key_material import fresh_key
from tests.e2e.commands import Ended, fake, here, rehearsal

_SMALL = ("rehearse", "drain", "--target", "inprocess", "--requests", "16")
_BEFORE, _AFTER = (dict(file.variables) for file in before_and_after())


def _says(ended: Ended, code: int, *words: str) -> None:
    """One line, at the end of standard error, that holds every word."""
    assert (ended.code, "Traceback" in ended.err + ended.out) == (code, False)
    assert ended.last_line.startswith("sombra-rehearsal"), ended.err
    assert [word for word in words if word not in ended.last_line] == []


def _files(folder: Path, **after: str) -> list[str]:
    arguments = []
    for name, variables in (("before", _BEFORE), ("after", {**_AFTER, **after})):
        path = folder / f"{name}.env"
        path.write_text("".join(f"{each}={value}\n" for each, value in variables.items()), encoding="utf-8")
        arguments += [f"--{name}", str(path)]
    return arguments


def _kinds(folder: Path) -> list[str]:
    """The kinds of events in the one history below a folder."""
    (history,) = folder.rglob("history.jsonl")
    return [json.loads(line)["kind"] for line in history.read_text("utf-8").splitlines() if line.endswith("}")]


@pytest.mark.parametrize(
    ("content", "place", "action"),
    [
        (b"KMS_PROVIDER\n", "bad.env:1", "give it a value"),
        (b"A=b\nexport KMS_PROVIDER=local\n", "bad.env:2", "without `export`"),
        (b"A=\xff\n", "bad.env:1", "UTF-8"),
        (None, "bad.env:1", "name a readable env file"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(
    content: bytes | None, place: str, action: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = tmp_path / "bad.env"
    if content is not None:
        bad.write_bytes(content)

    ended = here(capsys, *_SMALL, "--before", str(bad), "--after", str(bad), "--out", str(tmp_path / "runs"))

    _says(ended, 2, place, action)
    assert not (tmp_path / "runs").exists()


_WRONG = {
    "an unknown provider": ("KMS_PROVIDER", "Local"),
    "no PEM": ("JWT_ECDSA_KEY", "bm8gUEVN"),
    "another curve": ("JWT_ECDSA_KEY", fresh_key("on another curve", curve="P-256")),
    "a trailing comma": ("JWT_ECDSA_KEY", _AFTER["JWT_ECDSA_KEY"] + ","),
}


@pytest.mark.parametrize("name", sorted(_WRONG))
def test_a_value_that_sombra_refuses_is_a_no_go_that_names_the_variable(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    variable, value = _WRONG[name]

    ended = here(capsys, *_SMALL, *_files(tmp_path, **{variable: value}), "--out", str(tmp_path / "runs"))

    assert ended.code == 1
    assert ended.out.startswith("NO-GO")
    assert variable in ended.out
    assert "next: " in ended.out
    assert "Traceback" not in ended.out + ended.err
    assert _kinds(tmp_path / "runs")[-1] in {"scenario-ended", "log"}


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield int(holder.getsockname()[1])


@pytest.mark.parametrize("service", ["gateway", "transcend", "kms"])
def test_a_taken_port_is_one_line_that_names_its_option(service: str, taken: int, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret\n", encoding="utf-8")
    files = ("--api-key-file", str(secret), "--ingress-secret-file", str(secret), "--gateway", "http://127.0.0.1:9")
    arguments = {
        "gateway": (),
        "transcend": (*files, "--port", str(taken)),
        "kms": ("--port", "0", "--control-port", str(taken)),
    }
    environ = {**_BEFORE, "INTERNAL_PORT_HTTP": "0", "EXTERNAL_PORT_HTTP": str(taken)}

    ended = fake(service, *arguments[service], environ=environ)

    assert (ended.code, ended.err) == (1, "")
    (line,) = [json.loads(each) for each in ended.out.splitlines()]
    assert line["level"] == "fatal"
    assert line["variable"] in {"EXTERNAL_PORT_HTTP", "--port", "--control-port"}
    assert f"127.0.0.1:{taken}" in line["message"]
    assert "choose another" in line["message"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("rehearse", "nonsense"), ("no scenario is called nonsense", "guide")),
        (("rehearse", "--requests", "3"), ("--requests 3", "16 or more")),
        (("rehearse", "--requests", "9999999"), ("--requests 9999999", "or fewer")),
        (("rehearse", "--budget", "nan"), ("--budget", "more than 0")),
        (("rehearse", "--gateway", '"unclosed'), ("--gateway", "quote")),
        (("rehearse", "--gateway", "no-such-program"), ("no-such-program", "give its path")),
        (("rehearse", "--nonsense"), ("unrecognized arguments: --nonsense",)),
    ],
)
def test_unusable_arguments_are_usage_errors(
    arguments: tuple[str, ...], words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    _says(here(capsys, *arguments), 2, *words)


def test_the_program_ends_as_its_main_function_does(tmp_path: Path) -> None:
    bad = tmp_path / "bad.env"
    bad.write_text("KMS_PROVIDER\n", encoding="utf-8")

    _says(rehearsal(*_SMALL, "--before", str(bad), "--after", str(bad)), 2, "bad.env:1", "give it a value")


@pytest.mark.parametrize(("program", "run"), [("sombra-rehearsal", rehearsal), ("fake-sombra", fake)])
def test_each_program_says_its_version(program: str, run: Callable[[str], Ended]) -> None:
    told = run("--version")

    assert (told.code, told.err) == (0, "")
    assert told.out == f"{program} {version('sombra-rehearsal')}\n"


def test_an_output_folder_that_is_a_file_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocker = tmp_path / "file"
    blocker.write_text("in the way", encoding="utf-8")

    _says(here(capsys, *_SMALL, "--out", str(blocker)), 2, str(blocker), "--out")


def test_a_json_file_that_cannot_be_written_keeps_the_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = str(tmp_path / "missing" / "run.json")

    ended = here(capsys, *_SMALL, "--out", str(tmp_path / "runs"), "--json", where)

    _says(ended, 2, "missing/run.json", "name another file")
    assert len([*(tmp_path / "runs").rglob("run.json")]) == 1


def test_a_disk_that_fills_up_keeps_what_was_recorded(tmp_path: Path) -> None:
    ended = rehearsal(*_SMALL, "--out", str(tmp_path), largest_file=16 * 1024)

    _says(ended, 2, "history.jsonl", "cannot be written", "--out", "what was recorded so far is in")
    assert _kinds(tmp_path)[:3] == ["run", "budget", "doctor"]


@pytest.mark.gate
def test_a_full_file_system_is_told_from_other_troubles(tmp_path: Path) -> None:
    small = tmp_path / "small"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(small)], capture_output=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip("a small file system needs the right to mount one; the limited file above stands in for it")
    try:
        ended = rehearsal(*_SMALL, "--out", str(small))

        _says(ended, 2, "No space left on device", "free some space")
        assert _kinds(small)[-1] == "scenario-ended"
    finally:
        subprocess.run(["umount", str(small)], check=True)


def test_a_full_standard_output_is_one_line_and_the_run_is_kept(tmp_path: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        ended = rehearsal(*_SMALL, "--out", str(tmp_path), stdout=full.fileno())

    _says(ended, 2, "standard output", "No space left", "kept")
    assert len([*tmp_path.rglob("report.html")]) == 1


@pytest.mark.parametrize("redirection", [pytest.param(">&- 2>/dev/full", marks=pytest.mark.gate), "| head -c 1"])
def test_streams_that_nobody_reads_do_not_change_the_verdict(redirection: str, tmp_path: Path) -> None:
    command = shlex.join([sys.executable, "-m", "harness", *_SMALL, "--out", str(tmp_path)])

    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", f"{command} {redirection}"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 0
    assert "Error" not in ended.stderr
    assert "Exception ignored" not in ended.stderr
    assert len([*tmp_path.rglob("report.html")]) == 1


def test_a_reader_that_has_left_is_no_traceback() -> None:
    ended = subprocess.run(
        ["bash", "-c", f"{shlex.join([sys.executable, '-m', 'harness', 'list'])} | true"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.stderr == ""
