"""Bounds, hints and defaults: what a value at its limit does, and by which words a near miss is put right."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import pytest

from fake_sombra.settings import Settings, load
from fake_sombra.startup.aws_variables import AwsSettings
from fake_sombra.startup.reading import Reader
from tests.unit.fake_sombra.settings.environment import ARN, aws, local, problem, problems


def _aws(**more: str) -> AwsSettings:
    settings = load(aws(**more)).aws
    assert settings is not None
    return settings


@pytest.mark.parametrize("value", ["1", "10"])
def test_a_number_at_its_bound_is_taken(value: str) -> None:
    assert _aws(FAKE_SOMBRA_KMS_RETRIES=value).attempts == int(value)


@pytest.mark.parametrize("value", ["0", "11", "-1", "1.5"])
def test_a_number_past_its_bound_is_refused_with_the_bounds(value: str) -> None:
    assert "from 1 to 10" in problem(aws(FAKE_SOMBRA_KMS_RETRIES=value)).message


def test_the_shortest_time_limit_is_taken_and_nothing_shorter() -> None:
    assert _aws(FAKE_SOMBRA_KMS_TIMEOUT_S="0.001").timeout_s == 0.001
    assert "at least 0.001" in problem(aws(FAKE_SOMBRA_KMS_TIMEOUT_S="0.0009")).message


@pytest.mark.parametrize("value", ["0", "0.5"])
def test_a_clock_may_be_ahead_by_less_than_a_second(value: str) -> None:
    assert load(local(FAKE_SOMBRA_CLOCK_OFFSET_S=value)).clock_offset_s == float(value)


@pytest.mark.parametrize("mode", ["standard", "legacy", "adaptive"])
def test_each_retry_mode_is_what_it_says(mode: str) -> None:
    assert _aws(FAKE_SOMBRA_KMS_RETRY_MODE=mode).retry_mode == mode


@pytest.mark.parametrize(("variable", "default"), [("DECRYPT", "pinned"), ("CONTEXT", "none")])
def test_what_is_the_default_may_be_said(variable: str, default: str) -> None:
    settings = _aws(**{f"FAKE_SOMBRA_KMS_{variable}": default})

    assert getattr(settings, variable.lower()) == default == getattr(_aws(), variable.lower())
    assert default in problem(aws(**{f"FAKE_SOMBRA_KMS_{variable}": default.upper()})).message


@pytest.mark.parametrize("value", ["true", "false"])
def test_a_flag_that_is_spelled_right_is_no_reason_for_a_remark(value: str) -> None:
    settings = load(aws(AWS_KMS_THROW_PERMISSIONS_ERRORS=value))

    assert settings.aws is not None
    assert settings.aws.throw_permission_errors is (value == "true")
    assert [note for note in settings.notes if note.variable == "AWS_KMS_THROW_PERMISSIONS_ERRORS"] == []


def test_a_session_may_last_a_second_and_no_less() -> None:
    assert load(local(EMPLOYEE_SESSION_EXPIRY_TIME="1 second")).employee_session_s == 1
    assert "a second or more" in problem(local(EMPLOYEE_SESSION_EXPIRY_TIME="0.9 seconds")).message


def test_the_address_to_listen_on_is_loopback_or_what_is_said() -> None:
    assert load(local()).host == "127.0.0.1"
    assert load(local(FAKE_SOMBRA_HOST="0.0.0.0")).host == "0.0.0.0"
    assert problem(local(FAKE_SOMBRA_HOST="localhost")).variable == "FAKE_SOMBRA_HOST"


@pytest.mark.parametrize("value", ["LOCAL", "aws", " AWS", "'local'", '"AWS"', "local\r\n", "\tAWS"])
def test_a_provider_that_is_nearly_spelled_right_is_told_what_is_in_the_way(value: str) -> None:
    assert "remove quotes and blanks and mind the case" in problem(local(KMS_PROVIDER=value)).message


def test_a_provider_that_there_is_not_is_told_so() -> None:
    assert problem(local(KMS_PROVIDER="vault")).message.startswith("names no provider")


@pytest.mark.parametrize("arn", [ARN.replace("arn:aws:", "arn:aws-cn:"), ARN.replace("arn:aws:", "arn:aws_cn:")])
def test_another_partition_is_told_apart_from_a_wrong_spelling(arn: str) -> None:
    assert "another partition" in problem(aws(AWS_KMS_KEY_ARN=arn)).message


@pytest.mark.parametrize(("region", "told"), [("us-east-1", "is us-east-1;"), ("EU", "is something else;")])
def test_another_region_is_told_when_it_is_one(region: str, told: str) -> None:
    (note,) = [each for each in load(aws(AWS_REGION=region)).notes if each.variable == "AWS_KMS_KEY_ARN"]

    assert told in note.message


@pytest.mark.parametrize("variable", ["INTERNAL_KEY_HASH", "CONSENT_IDENTIFIER_ENCRYPTION_KEY"])
def test_each_item_that_cannot_be_used_is_named_at_once_with_its_reason(variable: str) -> None:
    short = b64encode(b"short").decode()

    first, second, third = problems(local(**{variable: f",not base64,{short}"}))

    assert (first.item, second.item, third.item) == (1, 2, 3)
    assert "surplus comma" in first.message
    assert "white space" in second.message
    assert "bytes" in third.message


def test_remarks_on_a_key_list_give_their_reason() -> None:
    key = local()["JWT_ECDSA_KEY"]
    notes = load(local(JWT_ECDSA_KEY=",".join([key] * 5))).notes

    told = {(note.item, note.message.split(" and ")[0].split(",")[0]) for note in notes}
    assert told >= {(2, "repeats item 1"), (5, "repeats item 1"), (5, "is forgotten")}


def test_a_name_with_blanks_around_it_is_remarked_on() -> None:
    (note,) = [each for each in load(local(ORGANIZATION_URI=" acme ")).notes if each.variable == "ORGANIZATION_URI"]

    assert note.message


def test_a_provider_that_does_not_ship_is_read_by_its_own_reader() -> None:
    readers: list[Reader] = []

    class Further:
        def keyring(self, **_: Any) -> Any: ...

    found = Further()

    def read(reader: Reader) -> Further:
        readers.append(reader)
        return found

    settings: Settings = load(local(KMS_PROVIDER="further"), further={"further": read})

    assert (settings.provider, settings.further, settings.aws) == ("further", found, None)
    assert readers[0].environ["KMS_PROVIDER"] == "further"
    assert load(local(KMS_PROVIDER="local"), further={"further": read}).further is None
