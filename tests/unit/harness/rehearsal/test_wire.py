"""How calls are spelled: the headers that let a caller in, and the shapes the public clients send."""

from __future__ import annotations

import json

from harness.artifacts import Submitted
from harness.rehearsal.wire import Cloud, Customer
from tests.unit.harness.fakes import SECRETS

_CUSTOMER, _CLOUD = Customer(SECRETS), Cloud(SECRETS)
_REQUEST = Submitted("r0", "R0", "COMPILING", "r0@example.com", "core-r0")


def test_customer_calls_carry_both_credentials_and_health_carries_none() -> None:
    both = {"authorization": "Bearer an-api-key", "x-sombra-authorization": "Bearer aW50ZXJuYWw="}

    for call in (
        _CUSTOMER.submit(_REQUEST),
        _CUSTOMER.download("k"),
        _CUSTOMER.confirm("n"),
        _CUSTOMER.identifiers("R"),
    ):
        assert both.items() <= dict(call.headers).items()
        assert call.place == "customer"
    assert _CUSTOMER.health("ingress").headers == {}
    assert _CUSTOMER.public_key().headers == {}


def test_the_bare_cli_drops_the_internal_key_and_nothing_else() -> None:
    whole, bare = _CUSTOMER.download("k"), _CUSTOMER.download_as_bare_cli("k")

    assert set(whole.headers) - set(bare.headers) == {"x-sombra-authorization"}
    assert (bare.method, bare.path) == (whole.method, whole.path)


def test_a_download_key_is_quoted_whole() -> None:
    assert _CUSTOMER.download("a/b+c=&d").path == "/v1/files?downloadKey=a%2Fb%2Bc%3D%26d"


def test_a_restart_names_the_request_and_a_first_submission_does_not() -> None:
    first, again = (json.loads(_CUSTOMER.submit(_REQUEST, restart=restart).body) for restart in (False, True))

    assert "requestId" not in first
    assert again == {**first, "requestId": "R0"}


def test_an_erasure_is_submitted_for_what_ends_in_a_second_round() -> None:
    second = Submitted("r1", "R1", "SECONDARY_APPROVING", "r1@example.com", "core-r1")

    assert json.loads(_CUSTOMER.submit(second).body)["type"] == "ERASURE"
    assert json.loads(_CUSTOMER.submit(_REQUEST).body)["type"] == "ACCESS"


def test_an_upload_is_raw_and_names_its_datapoint() -> None:
    call = _CUSTOMER.datapoint("a-nonce", "export.bin", b"\x00raw")

    assert call.body == b"\x00raw"
    assert call.headers["x-transcend-datapoint-name"] == "export.bin"
    assert call.headers["x-transcend-nonce"] == "a-nonce"
    assert call.headers["content-type"] == "application/octet-stream"


def test_cloud_calls_stand_under_the_stand_ins_prefix_without_the_internal_key() -> None:
    call = _CLOUD("POST", "organization/pause", {})

    assert (call.place, call.path, call.body) == ("transcend", "/fake/v1/organization/pause", b"{}")
    assert "x-sombra-authorization" not in call.headers


def test_no_credential_and_no_content_stands_in_the_repr_of_a_call() -> None:
    shown = repr(_CUSTOMER.datapoint("a-nonce", "export.bin", b"plaintext"))

    assert not any(word in shown for word in ("an-api-key", "a-nonce", "plaintext"))
