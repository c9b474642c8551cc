"""The stand-in as a process: ready soon, refused with reasons, the same after a restart, gone cleanly."""

from __future__ import annotations

import base64
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from fake_sombra.cli import main

KEY: Final = "planted-api-key-7c1"
SECRET: Final = "planted-ingress-secret-9f2"
_DEADLINE_S: Final = 30
_FAKE: Final = (sys.executable, "-m", "fake_sombra")


@dataclass
class Process:
    """A running stand-in and everything it printed."""

    child: subprocess.Popen[bytes]
    port: int
    control_port: int
    first_line: str

    def call(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_DEADLINE_S)
        try:
            sent = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(
                method,
                f"/fake/v1/{path}",
                body,
                {"authorization": f"Bearer {KEY}", "connection": "close", **sent},
            )
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def counts(self) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.control_port, timeout=_DEADLINE_S)
        try:
            connection.request("GET", "/counts", headers={"connection": "close"})
            counts = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        assert isinstance(counts, dict)
        return counts

    def stop(self) -> tuple[int, str]:
        self.child.send_signal(signal.SIGTERM)
        rest, _ = self.child.communicate(timeout=_DEADLINE_S)
        return self.child.returncode, self.first_line + rest.decode()


Start = Callable[..., Process]


def _arguments(tmp_path: Path, **changed: str) -> list[str]:
    (tmp_path / "keys").write_text(f"other-key\n{KEY}\n")
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    options = {
        "database": f"sqlite:///{tmp_path}/transcend.db",
        "blobs": f"{tmp_path}/blobs",
        "api-key-file": f"{tmp_path}/keys",
        "ingress-secret-file": f"{tmp_path}/secret",
        "gateway": "http://127.0.0.1:1",
        **{name.replace("_", "-"): value for name, value in changed.items()},
    }
    return ["transcend", *(part for name in options for part in (f"--{name}", options[name]))]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a stand-in and wait for its ready line; whatever still runs at the end is killed."""
    with ExitStack() as stack:

        def run(**changed: str) -> Process:
            child = stack.enter_context(
                subprocess.Popen(
                    [*_FAKE, *_arguments(tmp_path, **changed)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
                )
            )
            stack.callback(child.kill)
            assert child.stdout is not None
            line = child.stdout.readline().decode()
            ready = json.loads(line)
            assert ready["event"] == "ready"
            return Process(child, ready["port"], ready["control_port"], line)

        yield run


def _submit(process: Process) -> None:
    told = {
        "requestId": "r1",
        "restart": False,
        "encryptedCEKContext": "h.ctx1.s",
        "request": {"type": "ACCESS", "subjectType": "customer", "subject": {"email": "ada@example.com"}},
    }
    assert process.call("POST", "requests", json.dumps(told).encode())[0] == 200


def _label() -> dict[str, str]:
    return {
        "x_file_name": "a.bin",
        "x_file_mimetype": "application/octet-stream",
        "x_file_iv": base64.b64encode(bytes(12)).decode(),
        "x_cek_context": "h.ctx1.s",
        "x_data_silo_id": "silo-1",
    }


def test_what_was_stored_is_there_after_a_restart_and_nothing_secret_was_printed(start: Start) -> None:
    content = os.urandom(3 << 20)
    first = start()
    _submit(first)
    assert first.call("PUT", "requests/r1/files/f1", content + b"t" * 16, **_label())[0] == 200
    code, printed = first.stop()

    second = start()
    status, headers, body = second.call("GET", "files/f1")

    assert (status, body) == (200, content)
    assert headers["content-length"] == str(len(content))
    assert headers["server"] == "fake-sombra"
    assert second.counts()["files"] == 1
    assert code == 0
    assert [json.loads(line)["event"] for line in printed.splitlines()] == ["ready"]
    assert second.stop()[0] == 0
    assert KEY not in printed
    assert SECRET not in printed


def test_a_gateway_that_is_down_is_a_bad_gateway(start: Start) -> None:
    process = start()
    _submit(process)

    status, _, body = process.call("POST", "requests/r1/open")

    assert (status, json.loads(body)["error"]["code"]) == (502, "bad_gateway")
    assert process.call("GET", "requests/r1", authorization="Bearer wrong")[0] == 401


def test_an_upload_that_breaks_off_leaves_neither_row_nor_blob(start: Start, tmp_path: Path) -> None:
    process = start()
    _submit(process)
    label = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in _label().items())
    with socket.create_connection(("127.0.0.1", process.port), timeout=_DEADLINE_S) as connection:
        head = f"PUT /fake/v1/requests/r1/files/f1 HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\n"
        connection.sendall(f"{head}{label}transfer-encoding: chunked\r\n\r\n".encode())
        connection.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        # No last chunk: the body is not whole, and the connection goes away.

    assert process.call("GET", "requests/r1/files")[0] == 200
    assert process.stop()[0] == 0  # it finishes or drops what is in flight before it ends
    assert list((tmp_path / "blobs").iterdir()) == []
    assert start().counts()["files"] == 0


def _refusals(tmp_path: Path, **changed: str) -> tuple[int, list[dict[str, Any]], str]:
    command = [*_FAKE, *_arguments(tmp_path, **changed)]
    done = subprocess.run(command, capture_output=True, timeout=_DEADLINE_S, check=False)
    printed = (done.stdout + done.stderr).decode()
    return done.returncode, [json.loads(line) for line in done.stdout.decode().splitlines()], printed


def test_every_problem_of_a_start_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")

    code, lines, printed = _refusals(
        tmp_path,
        api_key_file="/nonexistent",
        ingress_secret_file=f"{tmp_path}/empty",
        gateway="nowhere",
        customer_url="ftp://127.0.0.1",
        tunnel="http://127.0.0.1:0",
    )

    named = ["--api-key-file", "--ingress-secret-file", "--gateway", "--customer-url", "--tunnel"]
    assert code == 1
    assert [line["variable"] for line in lines] == named
    assert {(line["level"], line["event"]) for line in lines} == {("fatal", "refused")}
    assert "Traceback" not in printed


@pytest.mark.parametrize(
    "url",
    [
        "mysql://u:hunter2@h/db",
        "nonsense",
        "postgresql+psycopg://u:hunter2@127.0.0.1:1/db",
        "sqlite:////proc/x/y",
    ],
)
def test_a_database_that_cannot_be_opened_is_refused_without_its_password(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(_arguments(tmp_path, database=url))

    told = capsys.readouterr()
    assert code == 1
    assert [json.loads(line)["variable"] for line in told.out.splitlines()] == ["--database"]
    assert "hunter2" not in told.out + told.err


def test_a_port_that_is_taken_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, lines, _ = _refusals(tmp_path, port=str(taken.getsockname()[1]))

    assert code == 1
    assert [line["variable"] for line in lines] == ["--port"]
