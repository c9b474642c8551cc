"""The real boto3 client of a keyring, against sockets of this machine only."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pytest

from fake_sombra.errors import KmsCredentials, KmsKeyNotFound, KmsUnreachable, Refusal
from fake_sombra.keyring.aws import AwsKeyring
from fake_sombra.keyring.aws_client import THREADS, AwsClient
from fake_sombra.kms import Kms
from fake_sombra.kms.faults.spec import parse
from tests.unit.fake_sombra.keyring.kms import SETTINGS, FakeKms, run
from tests.unit.fake_sombra.kms.bench import ACCOUNT, HttpDoor
from tests.unit.fake_sombra.kms.fixtures import front

__all__ = ["front"]

_KEYS: Any = {"access_key_id": "id", "secret_access_key": "secret"}


@pytest.fixture(autouse=True)
def _no_credentials_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))


@pytest.fixture
def silent() -> Iterator[str]:
    """An address that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@pytest.fixture
def nobody() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"


def _refused(**changes: Any) -> Refusal:
    keyring = AwsKeyring(replace(SETTINGS, **changes), organization="acme", random=bytes, warn=lambda _: None)
    with closing(keyring), pytest.raises(Refusal) as refused:
        run(keyring.generate())
    return refused.value


def test_nobody_there_is_unreachable(nobody: str) -> None:
    assert isinstance(_refused(endpoint_url=nobody, **_KEYS), KmsUnreachable)


def test_silence_is_unreachable_after_the_time_limit_and_the_attempts(silent: str) -> None:
    began = time.monotonic()

    found = _refused(endpoint_url=silent, timeout_s=0.05, attempts=1, **_KEYS)

    assert isinstance(found, KmsUnreachable)
    assert time.monotonic() - began < 10


@pytest.mark.parametrize("keys", [{}, {"access_key_id": "id"}, {"secret_access_key": "secret"}])
def test_no_credentials_and_half_a_pair_are_refused_without_a_call(keys: dict[str, str], nobody: str) -> None:
    assert isinstance(_refused(endpoint_url=nobody, **keys), KmsCredentials)


@pytest.mark.parametrize(
    ("half", "missing"),
    [({"access_key_id": "id"}, "AWS_SECRET_ACCESS_KEY"), ({"secret_access_key": "secret"}, "AWS_ACCESS_KEY_ID")],
)
def test_half_a_pair_is_not_completed_with_what_else_this_machine_has(
    half: dict[str, str], missing: str, nobody: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another secret")

    found = _refused(endpoint_url=nobody, **half)

    assert isinstance(found, KmsCredentials)
    assert f"{missing} is missing" in found.message


def test_an_endpoint_that_is_no_address_is_unreachable() -> None:
    assert isinstance(_refused(endpoint_url="nonsense", **_KEYS), KmsUnreachable)


def test_a_region_that_is_none_holds_no_key(nobody: str) -> None:
    assert isinstance(_refused(endpoint_url=nobody, region=" eu-west-1", **_KEYS), KmsKeyNotFound)


def test_a_keyring_is_made_without_a_client_so_that_nothing_can_hold_up_a_start() -> None:
    keyring = AwsKeyring(
        replace(SETTINGS, endpoint_url="nonsense"), organization="acme", random=bytes, warn=lambda _: None
    )
    with closing(keyring):
        assert keyring.label.key == SETTINGS.key_arn


def test_the_client_is_made_once_with_explicit_limits(nobody: str) -> None:
    client = AwsClient(replace(SETTINGS, endpoint_url=nobody, attempts=3, timeout_s=1.5, session_token="t", **_KEYS))
    made = client._connected()
    config = made.meta.config

    assert client._connected() is made
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert (config.connect_timeout, config.read_timeout, config.max_pool_connections) == (1.5, 1.5, THREADS)
    assert (made.meta.region_name, made.meta.endpoint_url) == ("eu-west-1", nobody)
    client.close()


def test_a_client_that_was_made_here_is_closed_here(nobody: str, monkeypatch: pytest.MonkeyPatch) -> None:
    client, closed = AwsClient(replace(SETTINGS, endpoint_url=nobody, **_KEYS)), []
    monkeypatch.setattr(client._connected()._endpoint, "close", lambda: closed.append(True))

    client.close()

    assert closed == [True]


def test_a_given_client_is_used_and_not_closed() -> None:
    kms = FakeKms()
    client = AwsClient(SETTINGS, given=kms)

    assert len(client.call("generate_random", {"NumberOfBytes": 5})["Plaintext"]) == 5
    client.close()
    assert not kms.is_closed


@pytest.mark.parametrize(
    ("mode", "attempts", "code", "calls"),
    [
        ("standard", 3, "ThrottlingException", 3),
        ("standard", 1, "ThrottlingException", 1),
        ("standard", 3, "LimitExceededException", 3),
        ("legacy", 3, "LimitExceededException", 1),
        ("legacy", 4, "KMSInternalException", 4),
        ("adaptive", 2, "ThrottlingException", 2),
        ("standard", 3, "DisabledException", 1),
    ],
)
def test_the_client_retries_as_it_is_told_and_says_which_instance_it_is(
    mode: Any, attempts: int, code: str, calls: int, front: HttpDoor
) -> None:
    front.kms = kms = Kms(ACCOUNT)
    kms.add_key(SETTINGS.key_arn)
    kms.faults.add(parse(f"GenerateRandom:{code}"))

    _refused(
        endpoint_url=f"http://127.0.0.1:{front._port}", retry_mode=mode, attempts=attempts, instance="pod-1", **_KEYS
    )

    assert [(entry.result, entry.replica) for entry in kms.journal.since()] == [(code, "pod-1")] * calls
