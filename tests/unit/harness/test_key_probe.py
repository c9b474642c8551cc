"""The probe of a key says what a cutover would meet, and keeps what it wrapped to itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from fake_sombra.kms import Kms
from fake_sombra.kms.door_botocore import client
from fake_sombra.kms.faults.spec import parse
from harness.key_probe import ASK_DECRYPT, Probe, probe
from tests.unit.fake_sombra.kms.bench import ALIAS, ARN, ELSEWHERE, MISSING, REGION, SIGNING, new_kms

_STEPS = [
    ("look at the key", "kms:DescribeKey"),
    ("look at its rotation", "kms:GetKeyRotationStatus"),
    ("draw random bytes", "kms:GenerateRandom"),
    ("ask whether a data key is allowed", "kms:GenerateDataKey"),
    ("ask whether encrypt is allowed", "kms:Encrypt"),
    ("wrap", "kms:Encrypt"),
    ("ask whether decrypt is allowed", "kms:Decrypt"),
    ("unwrap with the key named", "kms:Decrypt"),
    ("unwrap", "kms:Decrypt"),
]


def _probed(kms: Kms, key: str = ARN, region: str = REGION) -> Probe:
    return probe(client(kms, region=region), key)


def _trouble(found: Probe) -> dict[str, str]:
    return {each.what: each.code or each.result for each in found.attempts if not each.is_ok}


def test_a_good_key_passes_every_attempt() -> None:
    found = _probed(new_kms())

    assert [(each.what, each.action) for each in found.attempts] == _STEPS
    assert _trouble(found) == {}


def test_each_attempt_is_timed_on_the_given_clock() -> None:
    ticks = iter(range(100))

    found = probe(client(new_kms(), region=REGION), ARN, clock=lambda: float(next(ticks)))

    assert {each.took_s for each in found.attempts} == {1.0}


def test_what_the_kms_says_of_the_key_is_told_in_known_words() -> None:
    described = _probed(new_kms()).described

    assert described is not None
    assert (described.arn, described.state) == (ARN, "Enabled")
    assert (described.usage, described.spec) == ("ENCRYPT_DECRYPT", "SYMMETRIC_DEFAULT")
    assert (described.is_multi_region, described.deletes_on) == (False, None)


def test_the_day_of_a_scheduled_deletion_is_told() -> None:
    kms = new_kms()
    kms.set_state(ARN, "PendingDeletion")

    described = _probed(kms).described

    assert described is not None
    assert described.state == "PendingDeletion"
    assert described.deletes_on is not None
    assert described.deletes_on > datetime.now(UTC).date()


@pytest.mark.parametrize(
    "action", ["kms:DescribeKey", "kms:GenerateRandom", "kms:GenerateDataKey", "kms:Encrypt", "kms:Decrypt"]
)
def test_a_missing_permission_is_named_with_aws_own_reason(action: str) -> None:
    kms = new_kms()
    kms.deny(action)

    refused = [each for each in _probed(kms).attempts if each.result == "refused"]

    assert refused
    assert {each.action for each in refused} == {action}
    assert all(each.is_denied for each in refused)
    assert {each.why for each in refused} == {"because no identity-based policy allows it"}


def test_without_encrypt_an_unwrap_is_skipped_not_passed_and_its_permission_still_asked() -> None:
    kms = new_kms()
    kms.deny("kms:Encrypt")

    found = _probed(kms)

    assert [each.result for each in found.attempts][-2:] == ["skipped", "skipped"]
    asked = found.of(ASK_DECRYPT)
    assert asked is not None
    assert asked.is_ok


def test_without_both_permissions_both_are_told_apart() -> None:
    kms = new_kms()
    kms.deny("kms:Encrypt")
    kms.deny("kms:Decrypt")

    denied = {each.what for each in _probed(kms).attempts if each.is_denied}

    assert denied == {"ask whether encrypt is allowed", "wrap", "ask whether decrypt is allowed"}


@pytest.mark.parametrize(
    ("arrange", "key", "region", "code"),
    [
        (lambda kms: kms.set_state(ARN, "Disabled"), ARN, REGION, "DisabledException"),
        (lambda kms: kms.set_state(ARN, "PendingDeletion"), ARN, REGION, "KMSInvalidStateException"),
        (lambda kms: None, MISSING, REGION, "NotFoundException"),
        (lambda kms: None, ARN, ELSEWHERE, "NotFoundException"),
        (lambda kms: None, SIGNING, REGION, "InvalidKeyUsageException"),
    ],
)
def test_a_key_that_cannot_wrap_is_told_by_its_code(
    arrange: Callable[[Kms], object], key: str, region: str, code: str
) -> None:
    kms = new_kms()
    arrange(kms)

    assert _trouble(_probed(kms, key, region))["wrap"] == code


def test_an_alias_leads_to_the_key_behind_it() -> None:
    described = _probed(new_kms(), ALIAS).described

    assert described is not None
    assert described.arn == ARN


def test_random_bytes_are_drawn_from_the_key_store_that_is_configured() -> None:
    found = probe(client(new_kms(), region=REGION), ARN, store="cks-1234")

    assert _trouble(found) == {"draw random bytes": "CustomKeyStoreNotFoundException"}


class _Odd:
    """A client whose answers are changed on the way."""

    def __init__(self, **changed: Callable[[Mapping[str, Any]], Any]) -> None:
        self._real = client(new_kms(), region=REGION)
        self._changed = changed

    def __getattr__(self, name: str) -> Any:
        real, change = getattr(self._real, name), self._changed.get(name)
        return real if change is None else lambda **parameters: change(real(**parameters))


def _raising(error: Exception) -> Callable[[Mapping[str, Any]], Any]:
    def change(_: Mapping[str, Any]) -> Any:
        raise error

    return change


@pytest.mark.parametrize("plaintext", [bytes(32), b"", None, "text"])
def test_other_bytes_than_were_wrapped_are_not_a_pass(plaintext: object) -> None:
    odd = _Odd(decrypt=lambda answer: {**answer, "Plaintext": plaintext})

    assert _trouble(probe(odd, ARN)) == {"unwrap with the key named": "wrong", "unwrap": "wrong"}


def test_too_few_random_bytes_are_not_a_pass() -> None:
    odd = _Odd(generate_random=lambda answer: {"Plaintext": b"x"})

    assert _trouble(probe(odd, ARN)) == {"draw random bytes": "wrong"}


def test_a_ciphertext_that_holds_the_plaintext_is_not_a_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_bytes", lambda size: b"\xab" * size)
    odd = _Odd(encrypt=lambda answer: {**answer, "CiphertextBlob": b"kms:v1:" + b"\xab" * 32})

    assert _trouble(probe(odd, ARN)) == {"wrap": "wrong", "unwrap with the key named": "skipped", "unwrap": "skipped"}


def test_a_kms_that_ignores_dry_run_is_not_taken_for_aws() -> None:
    class Ignores:
        def __init__(self) -> None:
            self._real = client(new_kms(), region=REGION)

        def __getattr__(self, name: str) -> Any:
            real = getattr(self._real, name)
            return lambda **given: real(**{key: value for key, value in given.items() if key != "DryRun"})

    assert set(_trouble(probe(Ignores(), ARN)).values()) == {"wrong"}


def _refused(code: str, status: int, message: str = "") -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return ClientError(answer, "DescribeKey")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EndpointConnectionError(endpoint_url="https://kms.example"), "EndpointConnectionError"),
        (_refused("ThrottlingException", 400), "ThrottlingException"),
        (_refused("UnrecognizedClientException", 400), "UnrecognizedClientException"),
        (_refused("KMSInternalException", 500), "KMSInternalException"),
        (_refused("<html>", 502), "no code of AWS"),
        (ValueError("no JSON"), "ValueError"),
        (RecursionError(), "RecursionError"),
    ],
)
def test_a_kms_that_gives_no_answer_is_asked_once(error: Exception, code: str) -> None:
    (attempt,) = probe(_Odd(describe_key=_raising(error)), ARN).attempts

    assert (attempt.result, attempt.code) == ("unreachable", code)


@pytest.mark.parametrize("metadata", [None, [], "text", {}, {"KeyState": {"a": 1}, "Arn": 7, "MultiRegion": "yes"}])
def test_a_description_of_no_known_form_tells_nothing(metadata: object) -> None:
    found = probe(_Odd(describe_key=lambda _: {"KeyMetadata": metadata}), ARN)

    assert found.described is not None
    assert not any((found.described.arn, found.described.state, found.described.usage, found.described.is_multi_region))


def test_no_attempt_holds_what_was_wrapped_or_what_the_wire_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_bytes", lambda size: b"\xabQ" * (size // 2))
    echoed = _refused("AccessDeniedException", 400, "x-amz-security-token:TOKEN because no key policy allows q1Grq1")

    found = probe(_Odd(decrypt=_raising(echoed)), ARN)

    assert {each.why for each in found.attempts if each.is_denied} == {"because no key policy allows it"}
    assert not re.search(r"QQ|\\xab|abab|q1G|TOKEN", repr(found))


@pytest.mark.parametrize(
    ("spec", "wrong"),
    [
        ("*:wrong-key", {"wrap", "unwrap with the key named", "unwrap"}),
        ("*:lacking-fields", {"draw random bytes", "wrap"}),
        ("*:random-plaintext", {"unwrap with the key named", "unwrap"}),
    ],
)
def test_a_kms_that_answers_nonsense_is_called_wrong(spec: str, wrong: set[str]) -> None:
    kms = new_kms()
    assert _trouble(_probed(kms)) == {}

    kms.faults.add(parse(spec))

    assert {each.what for each in _probed(kms).attempts if each.result == "wrong"} >= wrong
