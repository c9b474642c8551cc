"""The gateway as a process: what it prints, which ports it opens, how it stops."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from fake_sombra.http import Request
from fake_sombra.serving import Listener, serve
from tests.unit.fake_sombra.gateway.kms import aws
from tests.unit.fake_sombra.gateway.standin import Standin
from tests.unit.fake_sombra.gateway.world import CREDENTIALS, environ, in_loop, is_open, signing_key, sockets, until

_PORTS = {"INTERNAL_PORT_HTTP": "0", "EXTERNAL_PORT_HTTP": "0", "FAKE_SOMBRA_CONTROL_PORT": "0"}
_SUBMISSION = {"type": "ACCESS", "subject": {"coreIdentifier": "alice"}, "subjectType": "customer"}


class _Process:
    """A running gateway and the lines it has printed."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.lines: list[dict[str, Any]] = []

    def until(self, event: str) -> dict[str, Any]:
        """Read lines up to one event; an end of the output is a failure."""
        assert self.process.stdout is not None
        for raw in self.process.stdout:
            self.lines.append(json.loads(raw))
            if self.lines[-1]["event"] == event:
                return self.lines[-1]
        raise AssertionError(f"no {event!r} among {self.lines}")

    def stop(self) -> int:
        """Send SIGTERM and return the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(10)


@contextmanager
def _gateway(environment: Mapping[str, str], *command: str) -> Iterator[_Process]:
    inherited = {
        name: os.environ[name] for name in ("PATH", "PYTHONPATH", "COVERAGE_PROCESS_START") if name in os.environ
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "fake_sombra", *(command or ("gateway",))],
        env={**inherited, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield _Process(process)
        finally:
            process.kill()


def _refused(environment: Mapping[str, str]) -> tuple[int, list[dict[str, Any]], str]:
    with _gateway(environment) as gateway:
        out, err = gateway.process.communicate(timeout=20)
        return gateway.process.returncode, [json.loads(line) for line in out.splitlines()], err


async def _call(method: str, port: int, path: str, body: bytes = b"") -> tuple[int, Mapping[str, str], bytes]:
    request = Request(method, f"http://127.0.0.1:{port}{path}", CREDENTIALS, body)
    async with sockets() as client, client.send(request) as answer:
        return answer.status, answer.headers, await answer.read()


async def _submit(port: int) -> tuple[int, dict[str, Any]]:
    body = json.dumps(_SUBMISSION).encode()
    status, _, raw = await _call("POST", port, "/v1/data-subject-request", body)
    return status, json.loads(raw)


@in_loop
async def test_a_gateway_serves_three_ports_and_stops_on_sigterm() -> None:
    with _gateway(environ(**_PORTS, FAKE_SOMBRA_INSTANCE="blue")) as gateway:
        ready = gateway.until("ready")
        ports = ready["ports"]

        customer = await _call("GET", ports["customer"], "/health")
        transcend = await _call("GET", ports["transcend"], "/health")
        state = await _call("GET", ports["control"], "/state")

        assert ready["instance"] == "blue"
        assert [each[0] for each in (customer, transcend, state)] == [200, 200, 200]
        assert customer[1]["server"] == "fake-sombra"
        assert "uvicorn" not in str(customer[1])
        assert json.loads(state[2])["pid"] == gateway.process.pid
        assert gateway.stop() == 0
        assert not any(is_open(port) for port in ports.values())


def test_without_a_control_port_there_is_no_control_plane_and_warn_still_says_ready() -> None:
    environment = {**environ(**_PORTS), "LOG_LEVEL": "warn"}
    del environment["FAKE_SOMBRA_CONTROL_PORT"]
    with _gateway(environment) as gateway:
        ready = gateway.until("ready")

        assert ready["ports"]["control"] is None
        assert gateway.lines == [ready]
        assert gateway.stop() == 0


@pytest.mark.parametrize(
    ("changed", "variables"),
    [
        ({"KMS_PROVIDER": "local,AWS"}, {"KMS_PROVIDER"}),
        ({"KMS_PROVIDER": "aws", "ORGANIZATION_URI": ""}, {"KMS_PROVIDER", "ORGANIZATION_URI"}),
        ({"KMS_PROVIDER": "AWS"}, {"AWS_KMS_KEY_ARN", "AWS_REGION"}),
        ({"JWT_ECDSA_KEY": "c2VudGluZWw="}, {"JWT_ECDSA_KEY"}),
    ],
)
def test_a_refused_configuration_prints_fatal_lines_only_and_exits_1(
    changed: dict[str, str], variables: set[str]
) -> None:
    port = _free_port()
    code, lines, errors = _refused({**environ(**_PORTS), "INTERNAL_PORT_HTTP": str(port), **changed})

    assert code == 1
    assert {(line["level"], line["event"]) for line in lines} == {("fatal", "refused")}
    assert {line["variable"] for line in lines} == variables
    assert errors == ""
    assert not is_open(port)
    assert signing_key("old") not in str(lines)
    assert "c2VudGluZWw" not in str(lines)


def test_a_taken_port_is_one_fatal_line_and_the_other_port_stays_shut() -> None:
    other = _free_port()
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        taken = holder.getsockname()[1]
        changed = {"INTERNAL_PORT_HTTP": str(other), "EXTERNAL_PORT_HTTP": str(taken)}
        code, lines, errors = _refused({**environ(**_PORTS), **changed})

    assert (code, errors) == (1, "")
    (line,) = lines
    assert (line["level"], line["variable"]) == ("fatal", "EXTERNAL_PORT_HTTP")
    assert str(taken) in line["message"]
    assert not is_open(other)


def test_under_aws_an_unreachable_kms_lets_the_process_start_within_five_seconds_with_one_error_line() -> None:
    nobody = f"http://127.0.0.1:{_free_port()}"
    environment = {
        **aws("new", **_PORTS, AWS_KMS_THROW_PERMISSIONS_ERRORS="true"),
        "AWS_ENDPOINT_URL_KMS": nobody,
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "s",
    }
    began = time.monotonic()
    with _gateway(environment) as gateway:
        gateway.until("ready")

        assert time.monotonic() - began < 10  # 5 s on a machine of its own
        errors = [line for line in gateway.lines if line["level"] == "error"]
        assert [line["code"] for line in errors] == ["kms_unreachable"]
        assert gateway.stop() == 0


@in_loop
async def test_sigterm_finishes_what_is_in_flight() -> None:
    cloud, stop = Standin(), asyncio.Event()
    listening: asyncio.Future[tuple[int, ...]] = asyncio.get_running_loop().create_future()
    serving = asyncio.create_task(serve([Listener(cloud, "127.0.0.1", 0)], on_ready=listening.set_result, stop=stop))
    (port,) = await listening
    with _gateway({**environ(**_PORTS), "TRANSCEND_URL": f"http://127.0.0.1:{port}"}) as gateway:
        customer = gateway.until("ready")["ports"]["customer"]
        cloud.gate = asyncio.Event()
        flying = asyncio.create_task(_submit(customer))
        await until(lambda: cloud.waiting > 0)
        gateway.process.send_signal(signal.SIGTERM)
        await until(lambda: not is_open(customer))
        assert gateway.process.poll() is None
        cloud.gate.set()

        assert (await flying)[0] == 200
        assert await asyncio.to_thread(gateway.process.wait, 10) == 0
        assert len(cloud.requests) == 1
    stop.set()
    await serving


@pytest.mark.parametrize("environment", [environ(), aws("new", AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="s")])
@in_loop
async def test_the_whole_world_runs_in_one_process(environment: dict[str, str], tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text("api-key\n")
    with _gateway(environment, "all", "--api-key-file", str(keys)) as together:
        ports = together.until("ready")["ports"]

        request_id = (await _submit(ports["customer"]))[1]["request"]["id"]
        listed = await _call("GET", ports["standin"], f"/fake/v1/requests/{request_id}")
        journal = await _call("GET", ports["kms_control"], "/journal")
        asked = b'{"query": "{ organization { sombra { customerUrl publicKeyECDH } } }"}'
        sombra = json.loads((await _call("POST", ports["standin"], "/graphql", asked))[2])["data"]["organization"]
        described = await _call("GET", ports["control"], "/openapi.yaml")

        assert json.loads(listed[2])["coreIdentifier"] == "alice"
        assert sombra["sombra"]["customerUrl"] == f"http://127.0.0.1:{ports['customer']}"
        assert sombra["sombra"]["publicKeyECDH"]
        assert described[2].startswith(b"openapi: 3.1")
        assert bool(json.loads(journal[2])["calls"]) == (environment.get("KMS_PROVIDER") == "AWS")
        assert together.stop() == 0


def test_the_command_line_knows_its_services() -> None:
    asked = [sys.executable, "-m", "fake_sombra"]

    helped = subprocess.run([*asked, "--help"], capture_output=True, text=True, check=False)
    unknown = subprocess.run([*asked, "sombra"], capture_output=True, text=True, check=False)

    assert helped.returncode == 0
    assert all(name in helped.stdout for name in ("gateway", "transcend", "kms", "all"))
    assert unknown.returncode == 2


def test_a_local_gateway_imports_nothing_that_only_others_need() -> None:
    code = (
        "import sys, fake_sombra.cli, fake_sombra.serving, fake_sombra.gateway.main;"
        "print([name for name in ('boto3', 'moto', 'sqlalchemy', 'jinja2', 'aiohttp', 'starlette')"
        " if name in sys.modules])"
    )
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert seen.stdout.strip() == "[]"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
