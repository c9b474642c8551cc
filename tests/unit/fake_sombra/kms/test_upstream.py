"""The rules over another KMS: what it seals opens; its failures are AWS-shaped, bounded, and half do nothing."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from fake_sombra.http import Loopback, Request
from fake_sombra.kms import Kms, KmsError, control_app
from fake_sombra.kms.material import BlobDamaged
from fake_sombra.kms.upstream import Upstream
from tests.unit.fake_sombra.kms.bench import ACCOUNT, ARN, OTHER, PLAINTEXT, REGION, HttpDoor, call, code_of

CONTEXT = {"sha256": "one"}


@pytest.fixture
def behind(front: HttpDoor) -> Kms:
    """The KMS upstream: our own front, which no other test of this process uses meanwhile."""
    front.kms = Kms("999988887777")
    return front.kms


@pytest.fixture
def upstream(front: HttpDoor, behind: Kms) -> Upstream:
    """A backend over it."""
    return Upstream(f"http://127.0.0.1:{front._port}")


@contextmanager
def _silent() -> Iterator[str]:
    """An address where connections are taken and nothing is ever said."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def _nobody() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"http://127.0.0.1:{server.getsockname()[1]}"


def _changed(blob: bytes, place: int) -> bytes:
    changed = bytearray(blob)
    changed[place] ^= 0x80
    return bytes(changed)


def test_what_was_sealed_opens_and_names_its_material(upstream: Upstream) -> None:
    material = upstream.create()

    blob = upstream.encrypt(material, PLAINTEXT, CONTEXT)

    assert upstream.material_of(blob) == material
    assert upstream.decrypt(blob, CONTEXT) == PLAINTEXT


def test_the_upstream_sees_one_pair_and_a_named_key(upstream: Upstream, behind: Kms) -> None:
    kms = Kms(ACCOUNT, upstream)
    kms.add_key(ARN)
    asked = {"KeyId": ARN, "Plaintext": "dGhpcnR5", "EncryptionContext": {"a": "b", "c": "d"}}

    blob = call(kms, "Encrypt", asked)["CiphertextBlob"]
    call(kms, "Decrypt", {"CiphertextBlob": blob, "EncryptionContext": asked["EncryptionContext"]})

    operations = [entry.operation for entry in behind.journal.since()]
    assert operations == ["CreateKey", "Encrypt", "Decrypt"]
    assert all(entry.key for entry in behind.journal.since())
    assert call(kms, "DescribeKey", {"KeyId": ARN})["KeyMetadata"]["Arn"] == ARN


@pytest.mark.parametrize(
    "damage",
    [
        lambda blob: blob[:-1],
        lambda blob: blob + b"\0",
        lambda blob: _changed(blob, 0),
        lambda blob: _changed(blob, 9),
        lambda blob: _changed(blob, 45),
        lambda blob: _changed(blob, -1),
        lambda blob: blob[:44],
        lambda blob: b"",
    ],
)
def test_a_damaged_blob_does_not_open(damage: Callable[[bytes], bytes], upstream: Upstream) -> None:
    blob = upstream.encrypt(upstream.create(), PLAINTEXT, CONTEXT)

    with pytest.raises(BlobDamaged):
        upstream.decrypt(damage(blob), CONTEXT)


def test_another_context_or_another_name_on_the_envelope_does_not_open(upstream: Upstream) -> None:
    blob = upstream.encrypt(upstream.create(), PLAINTEXT, CONTEXT)
    stolen = blob[:8] + upstream.create().encode() + blob[44:]

    for changed, context in ((blob, {"sha256": "two"}), (stolen, CONTEXT)):
        with pytest.raises(BlobDamaged):
            upstream.decrypt(changed, context)


def test_a_snapshot_refers_to_materials_and_goes_on_from_there(upstream: Upstream) -> None:
    kms = Kms(ACCOUNT, upstream)
    kms.add_key(ARN)
    blob = call(kms, "Encrypt", {"KeyId": ARN, "Plaintext": "dGhpcnR5"})["CiphertextBlob"]

    snapshot = kms.snapshot()
    twin = Kms.restore(snapshot, Upstream(upstream.endpoint))

    assert [set(each) for each in snapshot["keys"][0]["materials"]] == [{"id"}]
    assert call(twin, "Decrypt", {"CiphertextBlob": blob})["Plaintext"] == "dGhpcnR5"
    assert twin.snapshot() == snapshot


def test_a_snapshot_of_another_kms_is_refused_in_words(upstream: Upstream, behind: Kms) -> None:
    kms = Kms(ACCOUNT, upstream)
    kms.add_key(ARN)
    embedded = Kms(ACCOUNT)
    embedded.add_key(OTHER)
    snapshot = kms.snapshot()
    for key in behind.snapshot()["keys"]:
        behind.forget(key["arn"])

    with pytest.raises(ValueError, match="--upstream"):
        Kms.restore(snapshot)
    with pytest.raises(ValueError, match="has no key"):
        Kms.restore(snapshot, upstream)
    with pytest.raises(ValueError, match="cannot take over"):
        Kms.restore(embedded.snapshot(), upstream)


def test_a_key_that_is_lost_upstream_is_a_failure_of_the_kms_not_of_the_blob(upstream: Upstream, behind: Kms) -> None:
    blob = upstream.encrypt(upstream.create(), PLAINTEXT, CONTEXT)
    behind.forget(behind.snapshot()["keys"][0]["arn"])

    with pytest.raises(KmsError) as failed:
        upstream.decrypt(blob, CONTEXT)

    assert (failed.value.code, failed.value.http_status) == ("KMSInternalException", 500)


@pytest.mark.parametrize("action", ["kms:CreateKey", "kms:Encrypt", "kms:GenerateRandom"])
def test_a_refusal_upstream_is_a_failure_inside_the_kms(action: str, upstream: Upstream, behind: Kms) -> None:
    kms = Kms(ACCOUNT, upstream)
    kms.add_key(ARN)
    behind.deny(action)
    asked: dict[str, tuple[str, dict[str, Any]]] = {
        "kms:CreateKey": ("RotateKeyOnDemand", {"KeyId": ARN}),
        "kms:Encrypt": ("Encrypt", {"KeyId": ARN, "Plaintext": "dGhpcnR5"}),
        "kms:GenerateRandom": ("GenerateRandom", {"NumberOfBytes": 8}),
    }
    before = kms.snapshot()

    assert code_of(kms, *asked[action]) == "KMSInternalException"
    assert kms.snapshot() == before
    assert kms.journal.since()[-1].result == "KMSInternalException"


def test_nobody_there_is_an_internal_failure_at_once() -> None:
    kms = Kms(ACCOUNT, Upstream(_nobody()))
    began = time.monotonic()

    assert code_of(kms, "CreateKey", {}) == "KMSInternalException"
    assert code_of(kms, "GenerateRandom", {"NumberOfBytes": 8}) == "KMSInternalException"
    assert call(kms, "ListKeys", {})["Keys"] == []
    assert time.monotonic() - began < 10


def test_silence_is_a_timeout_within_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fake_sombra.kms.upstream._READ_S", 0.2)
    began = time.monotonic()
    with _silent() as address:
        kms = Kms(ACCOUNT, Upstream(address))

        assert code_of(kms, "CreateKey", {}) == "DependencyTimeoutException"

    assert time.monotonic() - began < 10
    assert call(kms, "ListKeys", {})["Keys"] == []


def test_no_secret_stands_in_a_snapshot_or_a_repr(upstream: Upstream) -> None:
    kms = Kms(ACCOUNT, upstream)
    kms.add_key(ARN)

    assert 'material"' not in str(kms.snapshot()).replace("'", '"').replace('"materials"', "")
    assert repr(upstream) == f"Upstream({upstream.endpoint})"


def test_a_control_port_says_that_upstream_is_down_and_makes_no_key() -> None:
    kms = Kms(ACCOUNT, Upstream(_nobody()))

    status, body = asyncio.run(_made(kms))

    assert (status, body["error"]["code"]) == (500, "kms_internal")
    assert kms.snapshot()["keys"] == []


async def _made(kms: Kms) -> tuple[int, dict[str, Any]]:
    loopback = Loopback()
    loopback.listen("http://kms.fake", control_app(kms))
    request = Request("POST", "http://kms.fake/keys", {}, json.dumps({"arn": ARN}).encode())
    async with loopback.send(request) as answer:
        return answer.status, json.loads(b"".join([chunk async for chunk in answer.chunks]))


@pytest.mark.gate
def test_many_callers_of_a_silent_upstream_wait_side_by_side(front: HttpDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    """And whoever asks for what no upstream is needed for does not wait at all."""
    monkeypatch.setattr("fake_sombra.kms.upstream._READ_S", 2.0)
    with _silent() as address:
        front.kms = kms = Kms(ACCOUNT, Upstream(address))
        boto = front(kms, REGION)
        began = time.monotonic()
        with ThreadPoolExecutor(8) as threads:
            waiting = [threads.submit(_code, boto.generate_random, NumberOfBytes=8) for _ in range(8)]
            listed = _code(boto.list_keys)
            still_waiting = not any(each.done() for each in waiting)
            codes = {each.result() for each in waiting}
        boto.close()

    assert (codes, listed, still_waiting) == ({"DependencyTimeoutException"}, "ok", True)
    assert time.monotonic() - began < 12.0  # one after the other, they would take sixteen


def _code(ask: Callable[..., Any], **asked: Any) -> str:
    try:
        ask(**asked)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"
