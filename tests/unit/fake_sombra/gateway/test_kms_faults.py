"""Every fault at the KMS ends in its stable cause, its status and a log line; nothing is opened meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from fake_sombra.kms import Kms
from fake_sombra.kms.faults.codes import CODES
from fake_sombra.kms.faults.effects import Latency
from fake_sombra.kms.faults.spec import KINDS, parse
from tests.unit.fake_sombra.gateway.kms import ARN, aws
from tests.unit.fake_sombra.gateway.world import Seen, World, environ, in_loop, world
from tests.unit.fake_sombra.kms.bench import MakeClient, http_door, in_process

_REGION = ARN.split(":")[3]
_CONTENT = b"the content of a file"

_NAMED = {
    "AccessDeniedException": "kms_access_denied",
    "DisabledException": "kms_key_disabled",
    "ExpiredTokenException": "kms_credentials",
    "IncompleteSignatureException": "kms_credentials",
    "IncorrectKeyException": "kms_incorrect_key",
    "InvalidKeyUsageException": "kms_invalid_key_usage",
    "InvalidSignatureException": "kms_credentials",
    "KMSInvalidStateException": "kms_key_pending_deletion",
    "LimitExceededException": "kms_throttled",
    "NotFoundException": "kms_key_not_found",
    "ThrottlingException": "kms_throttled",
    "UnrecognizedClientException": "kms_credentials",
    "bad-gateway": "kms_internal",
    "garbage": "kms_internal",
    "lacking-fields": "kms_internal",
    "lost": "kms_unreachable",
    "outage": "kms_unreachable",
    "wrong-key": "kms_internal",
}
_ON_DECRYPT = {
    "InvalidCiphertextException": "tampered",
    "ValidationException": "tampered",
    "random-plaintext": "tampered",
}
_UNREAD = {code: "kms_internal" for code in CODES if code not in _NAMED}
_FAULTS = _UNREAD | _NAMED
_STATUS = {"kms_unreachable": 503, "kms_throttled": 503}


@pytest.fixture(scope="module")
def front() -> Iterator[MakeClient]:
    with http_door() as door:
        yield door


@pytest.fixture(params=["botocore", "http"])
def make(request: pytest.FixtureRequest) -> MakeClient:
    made: MakeClient = in_process if request.param == "botocore" else request.getfixturevalue("front")
    return made


def _kms() -> Kms:
    kms = Kms(ARN.split(":")[4])
    kms.add_key(ARN)
    return kms


async def _seeded(here: World) -> str:
    request_id = await here.submit()
    await here.attach(request_id, _CONTENT)
    assert (await here.download(request_id)).body == _CONTENT
    return request_id


def _is_refused(here: World, seen: Seen, cause: str) -> bool:
    logged = [entry for entry in here.log.entries if entry.get("code") == cause and entry["level"] in {"warn", "error"}]
    here.log.entries.clear()
    return (seen.status, seen.code) == (_STATUS.get(cause, 500), cause) and bool(logged) and _CONTENT not in seen.body


def test_a_fault_on_decrypt_opens_nothing_and_names_its_cause(make: MakeClient) -> None:
    @in_loop
    async def scenario() -> None:
        kms = _kms()
        async with world(aws("new"), kms=make(kms, _REGION)) as here:
            request_id = await _seeded(here)
            for fault, cause in (_FAULTS | _ON_DECRYPT).items():
                kms.faults.add(parse(f"Decrypt:{fault}"))
                seen = await here.download(request_id)
                kms.faults.heal()

                assert _is_refused(here, seen, cause), (fault, seen.status, seen.body)
                assert (await here.download(request_id)).body == _CONTENT, fault

    scenario()


def test_a_fault_on_encrypt_makes_no_request_and_names_its_cause(make: MakeClient) -> None:
    @in_loop
    async def scenario() -> None:
        kms = _kms()
        async with world(aws("new"), kms=make(kms, _REGION)) as here:
            await _seeded(here)
            known = set(here.cloud.requests)
            for fault, cause in _FAULTS.items():
                kms.faults.add(parse(f"Encrypt:{fault}"))
                seen = await _submitted(here)
                kms.faults.heal()

                assert _is_refused(here, seen, cause), (fault, seen.status, seen.body)
                assert set(here.cloud.requests) == known, fault

    scenario()


async def _submitted(here: World) -> Seen:
    subject = {"coreIdentifier": "bob", "email": "bob@example.com"}
    body: dict[str, Any] = {"type": "ACCESS", "subject": subject, "subjectType": "customer"}
    return await here.call("POST", "/v1/data-subject-request", body)


@in_loop
async def test_a_transient_fault_is_retried_and_nobody_notices() -> None:
    kms = _kms()
    async with world(aws("new"), kms=in_process(kms, _REGION)) as here:
        request_id = await _seeded(here)

        kms.faults.add(parse("Decrypt:ThrottlingException@once"))

        assert (await here.download(request_id)).body == _CONTENT
        assert kms.faults.to_json()[0]["struck"] == 1


@in_loop
async def test_a_gateway_under_aws_never_falls_back_to_the_local_root() -> None:
    kms = _kms()
    async with world(environ("old"), kms=in_process(kms, _REGION)) as here:
        request_id = await _seeded(here)
        await here.restart(aws("new", "old"))

        kms.faults.add(parse("Decrypt:outage"))
        refused = (await here.download(request_id)).code
        kms.faults.heal()

        assert (refused, (await here.download(request_id)).code) == ("kms_unreachable", "wrong_provider")


def test_the_table_leaves_out_no_kind_of_fault() -> None:
    kinds = {each.partition("(")[0] for each, _ in KINDS}

    assert kinds - set(_FAULTS | _ON_DECRYPT) == {"latency", "quota", "stale"}
    assert isinstance(parse("*:latency(1ms,1ms)")[0].effect, Latency)
