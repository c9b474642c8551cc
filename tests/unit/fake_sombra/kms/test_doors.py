"""What the doors do before a request becomes a call."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError
from botocore.httpsession import URLLib3Session

from fake_sombra.http import Loopback, Request
from fake_sombra.kms import Kms, product_app
from fake_sombra.kms.door_botocore import client
from fake_sombra.kms.incoming import MOST_BYTES
from tests.unit.fake_sombra.kms.bench import ARN, CALLER, PLAINTEXT, PRINCIPAL, REGION, new_kms

_SCOPE = f"Credential=AKIATEST/20260101/{REGION}/kms/aws4_request"
_SIGNED = f"AWS4-HMAC-SHA256 {_SCOPE}, SignedHeaders=host, Signature=00"
_TARGET = "TrentService.GenerateRandom"


def _post(
    kms: Kms,
    body: bytes = b'{"NumberOfBytes": 4}',
    *,
    method: str = "POST",
    path: str = "/",
    headers: Mapping[str, str | None] | None = None,
) -> tuple[int, dict[str, Any], dict[str, str]]:
    sent = {"x-amz-target": _TARGET, "authorization": _SIGNED, "content-type": "application/x-amz-json-1.1"}
    wanted = {**sent, **(headers or {})}
    given = {name: value for name, value in wanted.items() if value is not None}

    async def exchange() -> tuple[int, dict[str, Any], dict[str, str]]:
        loopback = Loopback()
        loopback.listen("http://kms.fake", product_app(kms))
        async with loopback.send(Request(method, f"http://kms.fake{path}", given, body)) as answer:
            return answer.status, json.loads(await answer.read()), dict(answer.headers)

    return asyncio.run(exchange())


def test_a_whole_request_is_answered_with_a_request_id() -> None:
    status, document, headers = _post(new_kms())

    assert (status, list(document)) == (200, ["Plaintext"])
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert headers["server"] == "fake-sombra"
    assert len(headers["x-amzn-requestid"]) == 36


@pytest.mark.parametrize(
    ("change", "body", "code", "principal"),
    [
        ({"authorization": None}, b"{}", "MissingAuthenticationTokenException", "anonymous"),
        ({"authorization": "Basic abc"}, b"{}", "IncompleteSignatureException", "anonymous"),
        (
            {"authorization": _SIGNED.replace("/kms/", "/s3/")},
            b"{}",
            "InvalidSignatureException",
            "anonymous",
        ),
        ({"x-amz-target": None}, b"{}", "UnknownOperationException", "anonymous"),
        ({"x-amz-target": "DynamoDB.ListTables"}, b"{}", "UnknownOperationException", "anonymous"),
        ({"x-amz-target": "TrentService.GenerateDataKeyPair"}, b"{}", "UnsupportedOperationException", PRINCIPAL),
        ({"x-amz-target": "TrentService.Invent"}, b"{}", "UnknownOperationException", PRINCIPAL),
        ({}, b"{", "SerializationException", PRINCIPAL),
        ({}, b"\xff", "SerializationException", PRINCIPAL),
        ({}, b"[]", "SerializationException", PRINCIPAL),
        ({}, '{"NumberOfBytes": 4}'.encode("utf-16"), "SerializationException", PRINCIPAL),
        ({}, b"[" * 100_000, "SerializationException", PRINCIPAL),
        ({}, b'{"NumberOfBytes": "4"}', "SerializationException", PRINCIPAL),
        ({}, b'{"NumberOfBytes": true}', "SerializationException", PRINCIPAL),
        ({}, b"", "ValidationException", PRINCIPAL),
    ],
)
def test_a_request_that_is_not_one_is_refused_as_aws_does_and_journalled(
    change: dict[str, str | None], body: bytes, code: str, principal: str
) -> None:
    kms = new_kms()
    assert _post(kms)[0] == 200

    status, document, _ = _post(kms, body, headers=change)

    assert (status, document["__type"]) == (400, code)
    entry = kms.journal.since()[-1]
    assert (entry.n, entry.result, entry.principal) == (2, code, principal)


def test_a_body_over_the_limit_is_refused_and_journalled() -> None:
    kms = new_kms()

    status, document, _ = _post(kms, b" " * (MOST_BYTES + 1))

    assert (status, document["__type"]) == (413, "RequestEntityTooLargeException")
    assert [entry.result for entry in kms.journal.since()] == ["RequestEntityTooLargeException"]


@pytest.mark.parametrize(
    "content_type",
    [None, "", "application/json", "text/html", "application/x-amz-json-1.0", "application/x-amz-json-1.1x"],
)
def test_another_content_type_is_no_operation(content_type: str | None) -> None:
    kms = new_kms()
    assert _post(kms, headers={"content-type": "Application/X-Amz-JSON-1.1; charset=utf-8"})[0] == 200

    status, document, _ = _post(kms, headers={"content-type": content_type})

    assert (status, document["__type"]) == (404, "UnknownOperationException")
    assert kms.journal.since()[-1].result == "UnknownOperationException"


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("POST", "/keys"), ("GET", "/snapshot")])
def test_the_product_port_has_one_route(method: str, path: str) -> None:
    status, document, _ = _post(new_kms(), method=method, path=path)

    assert (status, document["__type"]) == (404, "UnknownOperationException")


def test_a_bug_looks_like_a_failing_kms_without_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError(PLAINTEXT.decode())

    monkeypatch.setattr(Kms, "call", broken)
    status, document, _ = _post(new_kms())

    assert (status, document) == (500, {"__type": "KMSInternalException", "message": ""})


def test_a_client_without_credentials_fails_as_in_real_life(monkeypatch: pytest.MonkeyPatch) -> None:
    kms = new_kms()
    assert client(kms, region=REGION, access_key_id="AKIATEST").list_keys()["Keys"]
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "from the environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "from the environment")

    with pytest.raises(NoCredentialsError):
        client(kms, region=REGION, access_key_id=None).list_keys()

    assert len(kms.journal) == 1


def test_the_door_inside_the_process_opens_no_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("botocore tried to send a request")

    monkeypatch.setattr(URLLib3Session, "send", refuse)
    kms = new_kms()
    boto = client(kms, region=REGION, access_key_id=CALLER.access_key_id)

    blob = boto.encrypt(KeyId=ARN, Plaintext=PLAINTEXT)["CiphertextBlob"]

    assert boto.decrypt(CiphertextBlob=blob)["Plaintext"] == PLAINTEXT
    assert kms.journal.since()[0].principal == PRINCIPAL


def test_the_environment_does_not_reach_the_clients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "a profile that is not there")
    monkeypatch.setenv("AWS_REGION", "eu-north-1")
    kms = new_kms()

    client(kms, region=REGION, access_key_id="AKIATEST").list_keys()

    assert kms.journal.since()[0].region == REGION
