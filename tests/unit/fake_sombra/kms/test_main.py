"""The front as a process: `fake-sombra kms`."""

from __future__ import annotations

import base64
import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from fake_sombra.cli import main
from fake_sombra.kms.boto_session import make_client
from tests.unit.fake_sombra.kms.bench import ARN, PLAINTEXT, REGION, HttpDoor, call, new_kms


@contextmanager
def _front(*options: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    command = [sys.executable, "-m", "fake_sombra", "kms", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())
        finally:
            process.terminate()


def _refused(capsys: pytest.CaptureFixture[str], *options: str) -> tuple[str, str]:
    """Which option is refused, and the one line of why; nothing is started or printed besides."""
    code = main(["kms", *options])
    told = capsys.readouterr()
    line = json.loads(told.out)
    assert (code, told.err, line["level"], line["event"]) == (1, "", "fatal", "refused")
    return line["variable"], line["message"]


def test_the_front_starts_from_a_snapshot_and_stops_on_request(tmp_path: Path) -> None:
    kms = new_kms()
    blob = base64.b64decode(call(kms, "Encrypt", {"KeyId": ARN, "Plaintext": "dGhpcnR5"})["CiphertextBlob"])
    saved = tmp_path / "kms.json"
    saved.write_text(json.dumps(kms.snapshot()), "utf-8")

    with _front("--snapshot", str(saved)) as (process, ready):
        boto = HttpDoor(ready["port"])(kms, REGION)
        made = boto.encrypt(KeyId=ARN, Plaintext=PLAINTEXT)["CiphertextBlob"]
        opened = [boto.decrypt(KeyId=ARN, CiphertextBlob=each)["Plaintext"] for each in (blob, made)]
        boto.close()
        process.terminate()
        code = process.wait(10)

    assert (ready["event"], ready["control_port"] > 0) == ("ready", True)
    assert opened == [b"thirty", PLAINTEXT]
    assert code == 0


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (None, "cannot be read"),
        (b"not JSON", "is not JSON"),
        (b"[]", "no snapshot"),
        (b'{"keys": [{"arn": "x"}]}', "not a key ARN"),
    ],
)
def test_a_broken_snapshot_is_refused_in_one_line(
    content: bytes | None, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    saved = tmp_path / "kms.json"
    if content is not None:
        saved.write_bytes(content)

    variable, message = _refused(capsys, "--snapshot", str(saved))

    assert variable == "--snapshot"
    assert named in message


def test_keys_exist_from_the_start_and_only_known_signers_are_let_in(tmp_path: Path) -> None:
    known = tmp_path / "credentials.json"
    known.write_text(json.dumps([{"access_key_id": "AKIATEST", "secret_access_key": "not checked"}]), "utf-8")

    with _front("--key", ARN, "--credentials", str(known), "--upstream", "") as (_, ready):
        address = f"http://127.0.0.1:{ready['port']}"
        found = []
        for secret in ("not checked", "another"):
            boto = make_client(
                region=REGION, endpoint=address, access_key_id="AKIATEST", config=Config(proxies={}), secret=secret
            )
            try:
                found.append(boto.describe_key(KeyId=ARN)["KeyMetadata"]["Arn"])
            except ClientError as error:
                found.append(str(error.response["Error"].get("Code")))
            boto.close()

    assert found == [ARN, "InvalidSignatureException"]


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (None, "cannot be read"),
        (b"{", "is not JSON"),
        (b"[]", "an empty one"),
        (b'[{"access_key_id": "A"}]', "secret_access_key"),
        (b'[{"access_key_id": "A", "secret_access_key": "hidden", "principal": "hidden"}]', "principal"),
    ],
)
def test_broken_credentials_are_refused_in_one_line(
    content: bytes | None, named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = tmp_path / "credentials.json"
    if content is not None:
        given.write_bytes(content)

    variable, message = _refused(capsys, "--credentials", str(given))

    assert variable == "--credentials"
    assert named in message


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("--key", "alias/x", "not a key ARN"),
        ("--account", "12", "write twelve digits"),
        ("--faults", "*:lost@sometimes", "write once, on_call(3)"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_in_one_line(
    option: str, value: str, named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    variable, message = _refused(capsys, option, value)

    assert variable == option
    assert named in message


def test_a_port_that_is_taken_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with _front("--control-port", str(port)) as (process, line):
            code = process.wait(10)

    assert (code, line["event"], line["variable"]) == (1, "refused", "--control-port")
    assert str(port) in line["message"]


def test_the_front_starts_with_faults() -> None:
    with _front("--faults", "*:DisabledException") as (_, ready):
        boto = HttpDoor(ready["port"])(new_kms(), REGION)
        with pytest.raises(ClientError, match="DisabledException"):
            boto.list_keys()
        boto.close()
