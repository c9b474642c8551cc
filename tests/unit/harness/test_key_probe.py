"""The probe of a key says what a cutover would meet, and keeps what it wrapped to itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from fake_sombra.kms import Kms
from fake_sombra.kms.door_botocore import client
from fake_sombra.kms.faults.spec import parse
from harness.key_probe import Attempt, probe
from tests.unit.fake_sombra.kms.bench import ALIAS, ARN, ELSEWHERE, MISSING, REGION, SIGNING, new_kms

_STEPS = [
    ("look at the key", "kms:DescribeKey"),
    ("draw random bytes", "kms:GenerateRandom"),
    ("ask whether encrypt is allowed", "kms:Encrypt"),
    ("wrap", "kms:Encrypt"),
    ("ask whether decrypt is allowed", "kms:Decrypt"),
    ("unwrap with the key named", "kms:Decrypt"),
    ("unwrap", "kms:Decrypt"),
]


def _probed(kms: Kms, key: str = ARN, region: str = REGION) -> tuple[Attempt, ...]:
    return probe(client(kms, region=region), key)


def _trouble(attempts: tuple[Attempt, ...]) -> dict[str, str]:
    return {each.what: each.code or each.result for each in attempts if not each.is_ok}


def test_a_good_key_passes_every_attempt() -> None:
    attempts = _probed(new_kms())

    assert [(each.what, each.action) for each in attempts] == _STEPS
    assert _trouble(attempts) == {}


@pytest.mark.parametrize("action", ["kms:DescribeKey", "kms:GenerateRandom", "kms:Encrypt", "kms:Decrypt"])
def test_a_missing_permission_is_named(action: str) -> None:
    kms = new_kms()
    kms.deny(action)

    refused = [each for each in _probed(kms) if each.result == "refused"]

    assert {each.action for each in refused} == {action}
    assert {each.code for each in refused} == {"AccessDeniedException"}
    assert all(action in each.next for each in refused)


def test_without_encrypt_an_unwrap_is_skipped_not_passed() -> None:
    kms = new_kms()
    kms.deny("kms:Encrypt")

    assert [each.result for each in _probed(kms)][-2:] == ["skipped", "skipped"]


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

    attempts = _probed(kms, key, region)

    assert _trouble(attempts)["wrap"] == code
    assert all(each.next for each in attempts if not each.is_ok)


def test_an_alias_in_place_of_the_arn_is_found() -> None:
    assert [each.said for each in _probed(new_kms(), ALIAS) if not each.is_ok] == [f"Arn is {ARN}"]


class _Odd:
    """A client whose answers are changed on the way."""

    def __init__(self, **changed: Callable[[Mapping[str, Any]], Any]) -> None:
        self._real = client(new_kms(), region=REGION)
        self._changed = changed

    def __getattr__(self, name: str) -> Any:
        real, change = getattr(self._real, name), self._changed.get(name)
        return real if change is None else lambda **parameters: change(real(**parameters))


def test_other_bytes_than_were_wrapped_are_not_a_pass() -> None:
    odd = _Odd(decrypt=lambda answer: {**answer, "Plaintext": bytes(32)})

    assert _trouble(probe(odd, ARN)) == {"unwrap with the key named": "wrong", "unwrap": "wrong"}


def test_too_few_random_bytes_are_not_a_pass() -> None:
    odd = _Odd(generate_random=lambda answer: {"Plaintext": b"x"})

    assert _trouble(probe(odd, ARN)) == {"draw random bytes": "wrong"}


def test_a_kms_that_ignores_dry_run_is_not_taken_for_aws() -> None:
    class Ignores:
        def __init__(self) -> None:
            self._real = client(new_kms(), region=REGION)

        def __getattr__(self, name: str) -> Any:
            real = getattr(self._real, name)
            return lambda **given: real(**{key: value for key, value in given.items() if key != "DryRun"})

    assert set(_trouble(probe(Ignores(), ARN)).values()) == {"wrong"}


def test_a_kms_out_of_reach_is_asked_once() -> None:
    class Gone:
        def describe_key(self, **_: object) -> None:
            raise EndpointConnectionError(endpoint_url="https://kms.example")

    (attempt,) = probe(Gone(), ARN)

    assert (attempt.result, attempt.code) == ("unreachable", "EndpointConnectionError")


def test_no_attempt_holds_what_was_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secrets.token_bytes", lambda size: b"\xabQ" * (size // 2))
    kms = new_kms()
    kms.deny("kms:Decrypt")

    shown = repr(_probed(kms))

    assert "AccessDenied" in shown
    assert not re.search(r"QQ|\\xab|abab|q1G", shown)


@pytest.mark.parametrize(
    ("spec", "found"),
    [
        ("*:wrong-key", {"wrap", "unwrap with the key named", "unwrap"}),
        ("*:lacking-fields", {"look at the key", "draw random bytes", "wrap"}),
        ("*:garbage", {"look at the key", "draw random bytes", "ask whether encrypt is allowed", "wrap"}),
        ("*:random-plaintext", {"unwrap with the key named", "unwrap"}),
    ],
)
def test_a_kms_that_answers_nonsense_is_called_wrong(spec: str, found: set[str]) -> None:
    kms = new_kms()
    assert _trouble(_probed(kms)) == {}

    kms.faults.add(parse(spec))

    assert {each.what for each in _probed(kms) if each.result == "wrong"} == found
