"""What a caller of either door sees of a fault, and what the KMS has done and written down."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ConnectionClosedError, EndpointConnectionError, ReadTimeoutError

from fake_sombra.http import Loopback, Request
from fake_sombra.kms import Caller, Kms, KmsError, product_app
from fake_sombra.kms.door_botocore import client
from fake_sombra.kms.faults.codes import CODES
from fake_sombra.kms.faults.spec import parse
from fake_sombra.kms.incoming import Incoming
from fake_sombra.kms.protocol import exchange
from tests.unit.fake_sombra.kms.bench import (
    ARN,
    CALLER,
    ELSEWHERE,
    OTHER,
    PLAINTEXT,
    REGION,
    Bench,
    call,
    code_of,
    new_kms,
)

_SIGNED = f"AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/{REGION}/kms/aws4_request, SignedHeaders=host, Signature=00"
_HEADERS = {"authorization": _SIGNED, "content-type": "application/x-amz-json-1.1"}
_STATUS = {"DependencyTimeoutException": 503, "KMSInternalException": 500, "KeyUnavailableException": 500}
_ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=2)


def _inject(kms: Kms, spec: str) -> None:
    kms.faults.add(parse(spec))


def _results(kms: Kms) -> list[tuple[str, str | None]]:
    return [(entry.result, entry.fault) for entry in kms.journal.since()]


@pytest.mark.parametrize("code", CODES)
def test_each_code_is_answered_with_the_status_of_aws(bench: Bench, code: str) -> None:
    bench.ok("DescribeKey", KeyId=ARN)
    _inject(bench.kms, f"*:{code}")

    refused = bench.refused("DescribeKey", KeyId=ARN)

    assert (refused.code, refused.status) == (code, _STATUS.get(code, 400))
    assert _results(bench.kms)[-1] == (code, f"*:{code}")


def test_a_throttled_call_is_worded_as_aws_words_it(bench: Bench) -> None:
    _inject(bench.kms, "Encrypt:ThrottlingException")

    refused = bench.refused("Encrypt", KeyId=ARN, Plaintext=PLAINTEXT)

    assert refused.message.startswith("You have exceeded the rate at which you may call KMS.")


def test_a_client_that_retries_gets_through_once_the_fault_is_over() -> None:
    kms = new_kms()
    _inject(kms, "Encrypt:ThrottlingException@times(2)")
    boto = client(kms, region=REGION, config=Config(retries={"mode": "standard", "total_max_attempts": 3}))

    answer = boto.encrypt(KeyId=ARN, Plaintext=PLAINTEXT)

    assert answer["ResponseMetadata"]["RetryAttempts"] == 2
    assert [result for result, _ in _results(kms)] == ["ThrottlingException", "ThrottlingException", "ok"]


@pytest.mark.parametrize("fault", ["KMSInternalException", "outage", "bad-gateway", "garbage", "quota(1/s)"])
def test_a_rejected_call_has_no_effect(bench: Bench, fault: str) -> None:
    if fault.startswith("quota"):
        _inject(bench.kms, f"*:{fault}")
        bench.ok("ListKeys")
        before = bench.kms.snapshot()["keys"]
    else:
        before = bench.kms.snapshot()["keys"]
        _inject(bench.kms, f"*:{fault}")

    try:
        answer = bench.invoke("ScheduleKeyDeletion", {"KeyId": ARN})
    except BotoCoreError:
        answer = {}

    assert not (isinstance(answer, dict) and "KeyState" in answer)
    assert bench.kms.snapshot()["keys"] == before


def test_a_lost_answer_has_its_full_effect(bench: Bench) -> None:
    before = len(bench.kms.snapshot()["keys"])
    _inject(bench.kms, "CreateKey:lost")

    with pytest.raises(ConnectionClosedError):
        bench.invoke("CreateKey", {})

    results = _results(bench.kms)
    assert set(results) == {("ok", "CreateKey:lost")}
    assert len(bench.kms.snapshot()["keys"]) == before + len(results)


def test_an_outage_refuses_the_connections_of_one_region(bench: Bench) -> None:
    _inject(bench.kms, f"*:outage({REGION})")

    with pytest.raises((EndpointConnectionError, ConnectionClosedError)):
        bench.invoke("ListKeys", {})

    bench.ok("ListKeys", region=ELSEWHERE)
    assert _results(bench.kms)[0] == ("outage", f"*:outage({REGION})")


def test_html_in_place_of_an_answer_is_an_error_without_a_code(bench: Bench) -> None:
    _inject(bench.kms, "*:bad-gateway")

    refused = bench.refused("ListKeys")

    assert (refused.code, refused.status) == ("502", 502)


@pytest.mark.parametrize("fault", ["garbage", "lacking-fields"])
def test_a_spoilt_answer_has_no_fields(bench: Bench, fault: str) -> None:
    _inject(bench.kms, f"Encrypt:{fault}")

    answer = bench.ok("Encrypt", KeyId=ARN, Plaintext=PLAINTEXT)

    assert not {"CiphertextBlob", "KeyId"} & answer.keys()


def test_a_random_plaintext_has_the_size_of_the_true_one(bench: Bench) -> None:
    blob = bench.blob()
    _inject(bench.kms, "Decrypt:random-plaintext")

    answer = bench.ok("Decrypt", CiphertextBlob=blob)

    assert len(answer["Plaintext"]) == len(PLAINTEXT)
    assert answer["Plaintext"] != PLAINTEXT


def test_a_wrong_key_stands_in_the_answer_only(bench: Bench) -> None:
    _inject(bench.kms, "Encrypt:wrong-key@once")

    answer = bench.ok("Encrypt", KeyId=ARN, Plaintext=PLAINTEXT)

    assert answer["KeyId"] != ARN
    assert bench.ok("Decrypt", CiphertextBlob=answer["CiphertextBlob"])["KeyId"] == ARN


@pytest.mark.parametrize(
    ("selected", "struck"),
    [
        (f"Encrypt[key={ARN}]", True),
        (f"Encrypt[key={OTHER}]", False),
        (f"*[region={REGION}]", True),
        (f"*[region={ELSEWHERE}]", False),
        (f"*[principal={CALLER.access_key_id}]", True),
        ("*[principal=AKIAOTHER]", False),
        ("Decrypt", False),
    ],
)
@pytest.mark.parametrize("name", [ARN, "alias/gateway", ARN.rpartition("/")[2]])
def test_only_the_calls_that_are_meant_are_struck(bench: Bench, selected: str, *, struck: bool, name: str) -> None:
    _inject(bench.kms, f"{selected}:DisabledException")

    answer = bench.invoke("Encrypt", {"KeyId": name, "Plaintext": PLAINTEXT})

    assert isinstance(answer, dict) is not struck


def test_the_key_of_a_decrypt_is_read_from_its_blob(bench: Bench) -> None:
    blob = bench.blob()
    _inject(bench.kms, f"Decrypt[key={ARN}]:DisabledException; Decrypt[key={OTHER}]:NotFoundException")

    refused = bench.refused("Decrypt", CiphertextBlob=blob)

    assert (refused.code, refused.message) == ("DisabledException", f"{ARN} is disabled.")
    assert bench.kms.journal.since()[-1].key == ARN


def test_a_late_answer_is_waited_for_in_process() -> None:
    waits: list[float] = []
    kms = new_kms()
    _inject(kms, "*:latency(20ms,200ms)")
    boto = client(kms, region=REGION, config=_ONCE, sleep=waits.append)

    for _ in range(200):
        boto.list_keys()

    assert 0.01 < sorted(waits)[100] < 0.04
    assert max(waits) > 0.05
    assert {fault for _, fault in _results(kms)} == {"*:latency(20ms,200ms)"}


def test_an_answer_later_than_the_client_waits_is_a_timeout_with_its_effect() -> None:
    waits: list[float] = []
    kms = new_kms()
    keys = len(kms.snapshot()["keys"])
    _inject(kms, "*:latency(60s,60s)")

    with pytest.raises(ReadTimeoutError):
        client(kms, region=REGION, config=_ONCE, sleep=waits.append).create_key()

    assert waits == [2]
    assert len(kms.snapshot()["keys"]) == keys + 1


def test_the_http_door_awaits_its_own_sleep() -> None:
    waits: list[float] = []
    kms = new_kms()
    _inject(kms, "*:latency(5s,5s)")

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    async def ask() -> int:
        loopback = Loopback()
        loopback.listen("http://kms.fake", product_app(kms, sleep=sleep))
        headers = {**_HEADERS, "x-amz-target": "TrentService.ListKeys"}
        async with loopback.send(Request("POST", "http://kms.fake/", headers, b"{}")) as answer:
            return answer.status

    assert asyncio.run(ask()) == 200
    assert waits == pytest.approx([5.0])


def _ask(kms: Kms, operation: str, body: Mapping[str, Any]) -> int:
    body_sent = json.dumps(body).encode()
    headers = {**_HEADERS, "x-amz-target": f"TrentService.{operation}"}
    return exchange(kms, Incoming(headers.get, body_sent)).status


@pytest.mark.parametrize(("spec", "admitted"), [("*:quota(3/s)", 3), ("*:quota", 5)])
def test_a_quota_is_shared_by_all_and_refills_with_the_clock(spec: str, admitted: int) -> None:
    now = [1_700_000_000.0]
    kms = Kms("111122223333", clock=lambda: now[0])
    _inject(kms, spec)

    burst = [_ask(kms, "CreateKey", {}) for _ in range(8)]
    now[0] += 1
    later = [_ask(kms, "CreateKey", {}) for _ in range(8)]

    assert [burst.count(200), later.count(200)] == [admitted, admitted]
    assert {entry.result for entry in kms.journal.since()} == {"ok", "ThrottlingException"}


@pytest.mark.parametrize(("spec", "pause"), [("*:stale(2)", 0.0), ("*:stale(5s)", 2.5)])
def test_a_change_is_seen_late(spec: str, pause: float) -> None:
    now = [1_700_000_000.0]
    kms = Kms("111122223333", clock=lambda: now[0])
    kms.add_key(ARN)
    _inject(kms, spec)
    body = {"KeyId": ARN, "Plaintext": "eA=="}

    kms.set_state(ARN, "Disabled")
    seen = []
    for _ in range(3):
        seen.append(_ask(kms, "Encrypt", body))
        now[0] += pause

    assert seen == [200, 200, 400]
    assert code_of(kms, "Encrypt", body) == "DisabledException"


def test_changes_made_while_they_show_late_all_remain() -> None:
    kms = new_kms()
    _inject(kms, "*:stale(1)")

    made = [call(kms, "CreateKey", {})["KeyMetadata"]["Arn"] for _ in range(3)]
    assert [_ask(kms, "DisableKey", {"KeyId": each}) for each in made] == [200, 200, 200]
    for _ in range(2):
        _ask(kms, "ListKeys", {})

    assert [key["state"] for key in kms.snapshot()["keys"] if key["arn"] in made] == ["Disabled"] * 3


def test_a_new_key_is_not_found_at_first() -> None:
    kms = new_kms()
    _inject(kms, "*:stale(1)")

    made = call(kms, "CreateKey", {})["KeyMetadata"]["Arn"]

    assert [_ask(kms, "DescribeKey", {"KeyId": made}) for _ in range(2)] == [400, 200]


@pytest.mark.parametrize("carry", [lambda kms: kms.fork(), lambda kms: Kms.restore(kms.snapshot())])
def test_a_copy_goes_on_with_the_faults_where_they_stand(carry: Callable[[Kms], Kms]) -> None:
    kms = new_kms()
    _inject(kms, "ListKeys:lost@on_call(2); *:latency(1ms,1ms)")
    assert _ask(kms, "ListKeys", {}) == 200

    twin = carry(kms)

    assert twin.faults.to_json() == kms.faults.to_json()
    assert _ask(twin, "ListKeys", {}) == 0
    assert kms.faults.to_json()[0]["seen"] == 1


def test_the_rules_themselves_know_no_fault() -> None:
    kms = new_kms()
    _inject(kms, "*:KMSInternalException")

    assert kms.call("ListKeys", {}, Caller(REGION, "AKIATEST"))["Keys"]
    with pytest.raises(KmsError):
        kms.call("DescribeKey", {"KeyId": "nothing"}, CALLER)
