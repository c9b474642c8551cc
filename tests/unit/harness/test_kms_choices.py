"""What `--kms` takes, what it refuses, and what it says when a KMS cannot be had."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from fake_sombra.kms import Kms
from harness.cli import main
from harness.target import TargetFailed
from harness.targets.localstack import Unavailable, installed, neighbour
from harness.targets.upstreams import BadChoice, behind_the_front, chosen, endpoint
from tests.unit.fake_sombra.kms.bench import HttpDoor
from tests.unit.fake_sombra.kms.fixtures import front

__all__ = ["front"]


def _nobody() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def test_moto_is_embedded() -> None:
    with chosen("moto") as kms:
        assert (kms.label, kms.endpoint, behind_the_front(kms.endpoint)) == ("moto+strict", None, None)


def test_an_address_is_used_as_given() -> None:
    with chosen("http://127.0.0.1:4566/") as kms:
        assert (kms.label, kms.endpoint) == ("http://127.0.0.1:4566+strict", "http://127.0.0.1:4566")


@pytest.mark.gate
def test_the_guide_passes_over_an_address_that_speaks_the_protocol(front: HttpDoor, tmp_path: Path) -> None:
    front.kms = Kms("999988887777")
    address = f"http://127.0.0.1:{front._port}"
    arguments = ["rehearse", "--target", "inprocess", "--kms", address, "--requests", "16", "--quiet"]

    code = main([*arguments, "--out", str(tmp_path)])

    (told,) = tmp_path.glob("guide/*/run.json")
    assert (code, json.loads(told.read_text("utf-8"))["kms"]) == (0, f"{address}+strict")
    assert {"CreateKey", "Encrypt", "Decrypt"} <= {entry.operation for entry in front.kms.journal.since()}


@pytest.mark.parametrize(
    "name",
    ["aws", "Moto", "", "ftp://host", "http://", "http://[x", "http://h:99999", "http://a:b@host", "http://h?x=1"],
)
def test_what_names_no_kms_is_refused(name: str) -> None:
    with pytest.raises(BadChoice, match="--kms"):
        endpoint(name)


@pytest.mark.parametrize("target", ["inprocess", "process"])
def test_an_address_that_nobody_serves_is_named(
    target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = f"http://{_nobody()}"

    code = main(["rehearse", "--target", target, "--kms", address, "--quiet", "--out", str(tmp_path)])

    said = capsys.readouterr().err
    assert code == 3
    assert f"no KMS answers at {address}" in said
    assert "Traceback" not in said


def test_behind_the_front_stands_something_that_answers() -> None:
    with pytest.raises(TargetFailed, match="--kms moto"):
        behind_the_front(f"http://{_nobody()}")


def test_a_localstack_that_is_named_must_be_there() -> None:
    with pytest.raises(Unavailable, match="LOCALSTACK_HOST"), neighbour({"LOCALSTACK_HOST": _nobody()}):
        pytest.fail("nobody was there")


def test_what_answers_at_localstack_host_must_be_a_localstack(front: HttpDoor) -> None:
    with (
        pytest.raises(Unavailable, match="no LocalStack"),
        neighbour({"LOCALSTACK_HOST": f"127.0.0.1:{front._port}"}),
    ):
        pytest.fail("it was no LocalStack")


def test_a_cache_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Unavailable, match="SOMBRA_REHEARSAL_CACHE"):
        installed({"SOMBRA_REHEARSAL_CACHE": str(tmp_path / "file" / "below")})


def test_a_failed_installation_is_told_without_addresses_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environ = {"SOMBRA_REHEARSAL_CACHE": str(tmp_path)}
    monkeypatch.setattr("venv.create", _venv_with_a_pip_that_fails)

    for _ in range(2):
        with pytest.raises(Unavailable, match=r"no such package at \(address\).*--kms moto") as failed:
            installed(environ)
        assert "secret" not in str(failed.value)

    assert not list(tmp_path.glob("*/whole"))


def _venv_with_a_pip_that_fails(folder: Path, *, with_pip: bool) -> None:
    python = folder / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\necho 'ERROR: no such package at https://user:secret@index' >&2\nexit 1\n", "utf-8")
    python.chmod(0o755)


@pytest.mark.parametrize("variable", ["SOMBRA_REHEARSAL_CACHE", "XDG_CACHE_HOME"])
def test_the_cache_lies_where_it_is_told(variable: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("venv.create", _venv_with_a_pip_that_fails)

    with pytest.raises(Unavailable):
        installed({variable: str(tmp_path)})

    assert list(tmp_path.rglob("lock"))
