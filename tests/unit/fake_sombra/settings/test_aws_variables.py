"""What AWS mode needs: a key's ARN, a region, and how its other variables are spelled (G-09)."""

from __future__ import annotations

from typing import Any

import pytest

from fake_sombra.settings import load
from tests.unit.fake_sombra.settings.environment import ARN, aws, problem, problems, remarks

_UUID = "11111111-2222-3333-4444-555555555555"


def _aws_settings(**more: str | None) -> Any:
    return load(aws(**more)).aws


@pytest.mark.parametrize("name", ["AWS_KMS_KEY_ARN", "AWS_REGION"])
@pytest.mark.parametrize("value", [None, "", " ", "\n"])
def test_an_arn_and_a_region_are_required(name: str, value: str | None) -> None:
    found = problem(aws(**{name: value}))

    assert found.variable == name
    assert ("is not set" if value is None else "is empty") in found.message


def test_both_missing_are_told_at_once() -> None:
    found = problems(aws(AWS_KMS_KEY_ARN=None, AWS_REGION=None))

    assert {each.variable for each in found} == {"AWS_KMS_KEY_ARN", "AWS_REGION"}


@pytest.mark.parametrize(
    "arn",
    [
        _UUID,
        f"key/{_UUID}",
        "alias/cutover",
        f"arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/{_UUID}",
        f"arn:aws-cn:kms:cn-north-1:111122223333:key/{_UUID}",
        f" {ARN}",
        f"{ARN} ",
        f"{ARN}\n",
        f'"{ARN}"',
        f"'{ARN}'",
        ARN.upper(),
        ARN.replace("kms", "KMS"),
        ARN.replace(":kms:", ":s3:"),
        ARN.replace("111122223333", "11112222333"),
        ARN.replace("111122223333", "1111222233334"),
        ARN.replace("111122223333", "11112222333x"),
        ARN.replace("111122223333", "١١١١٢٢٢٢٣٣٣٣"),
        ARN.replace("111122223333", ""),
        ARN.replace("eu-west-1", ""),
        ARN.replace("eu-west-1", "eu_west_1"),
        ARN.replace("eu-west-1", "EU-WEST-1"),
        ARN.replace("eu-west-1", "*"),
        ARN.replace("key/", "key:"),
        ARN.replace("key/", "grant/"),
        ARN.replace("key/", ""),
        "arn:aws:kms:eu-west-1:111122223333:key/",
        "arn:aws:kms:eu-west-1:111122223333:alias/",
        "arn:aws:kms:eu-west-1:111122223333:key/*",
        f"{ARN},{ARN}",
        f"{ARN}/more",
        "junk",
    ],
)
def test_what_is_not_a_key_arn_is_refused(arn: str) -> None:
    found = problem(aws(AWS_KMS_KEY_ARN=arn))

    assert found.variable == "AWS_KMS_KEY_ARN"
    assert "arn:aws:kms:<region>:<12 digits>:key/<key id>" in found.message


def test_the_message_tells_a_bare_id_from_another_partition() -> None:
    assert "bare key id" in problem(aws(AWS_KMS_KEY_ARN=_UUID)).message
    assert "partition" in problem(aws(AWS_KMS_KEY_ARN=ARN.replace("aws", "aws-cn"))).message


@pytest.mark.parametrize("key", [_UUID, "mrk-1234abcd12ab34cd56ef1234567890ab", _UUID.upper().lower()])
def test_key_arns_start(key: str) -> None:
    assert remarks(aws(AWS_KMS_KEY_ARN=f"arn:aws:kms:eu-west-1:111122223333:key/{key}")) == []


@pytest.mark.parametrize("region", ["us-east-1", "ap-southeast-2", "me-central-1", "us-isob-east-1", "ap-northeast-3"])
def test_key_arns_of_every_region_start(region: str) -> None:
    arn = ARN.replace("eu-west-1", region)

    assert remarks(aws(AWS_KMS_KEY_ARN=arn, AWS_REGION=region)) == []


@pytest.mark.parametrize("alias", ["cutover", "team/sombra_cek-1"])
def test_an_alias_arn_starts_with_a_warning(alias: str) -> None:
    arn = f"arn:aws:kms:eu-west-1:111122223333:alias/{alias}"

    assert remarks(aws(AWS_KMS_KEY_ARN=arn)) == [("warning", "AWS_KMS_KEY_ARN", None)]
    assert _aws_settings(AWS_KMS_KEY_ARN=arn).key_arn == arn


@pytest.mark.parametrize("region", ["us-east-1", "eu-west-2", " eu-west-1", "eu-west-1\n", '"eu-west-1"', "EU-WEST-1"])
def test_another_region_than_the_arns_starts_with_a_warning(region: str) -> None:
    (note,) = load(aws(AWS_REGION=region)).notes

    assert (note.level, note.variable) == ("warning", "AWS_KMS_KEY_ARN")
    assert "names region eu-west-1 but AWS_REGION is" in note.message
    assert "make them agree (G-09)" in note.message
    assert _aws_settings(AWS_REGION=region).region == region


@pytest.mark.parametrize(("value", "is_set"), [(None, False), ("false", False), ("true", True)])
def test_the_throw_flag_is_true_or_false(value: str | None, *, is_set: bool) -> None:
    assert _aws_settings(AWS_KMS_THROW_PERMISSIONS_ERRORS=value).throw_permission_errors is is_set


@pytest.mark.parametrize("value", ["", " ", "True", "TRUE", "yes", "1", "0", " true", "true\n", '"true"'])
def test_a_near_miss_of_the_throw_flag_is_false_and_says_so(value: str) -> None:
    """Read as false in silence it would hide what the operator asked to be told (D-06)."""
    environ = aws(AWS_KMS_THROW_PERMISSIONS_ERRORS=value)
    (note,) = load(environ).notes

    assert (note.level, note.variable) == ("warning", "AWS_KMS_THROW_PERMISSIONS_ERRORS")
    assert not _aws_settings(AWS_KMS_THROW_PERMISSIONS_ERRORS=value).throw_permission_errors


@pytest.mark.parametrize(
    ("value", "read"), [(None, None), ("", None), ("cks-1234567890abcdef0", "cks-1234567890abcdef0")]
)
def test_a_custom_key_store_is_optional(value: str | None, read: str | None) -> None:
    assert _aws_settings(AWS_KMS_CUSTOM_KEY_STORE_ID=value).custom_key_store_id == read


@pytest.mark.parametrize("value", ["junk", "cks-", " cks-1234567890abcdef0", "xks-1"])
def test_what_is_no_key_store_id_is_refused(value: str) -> None:
    assert problem(aws(AWS_KMS_CUSTOM_KEY_STORE_ID=value)).variable == "AWS_KMS_CUSTOM_KEY_STORE_ID"


def test_the_defaults_are_those_of_the_wire_contract() -> None:
    found = _aws_settings()

    assert (found.decrypt, found.context, found.attempts, found.timeout_s) == ("pinned", "none", 2, 2.0)
    assert (found.retry_mode, found.instance) == ("standard", None)
    assert (found.endpoint_url, found.access_key_id, found.secret_access_key, found.session_token) == (None,) * 4


def test_the_variants_are_read() -> None:
    found = _aws_settings(
        FAKE_SOMBRA_KMS_DECRYPT="unpinned",
        FAKE_SOMBRA_KMS_CONTEXT="context",
        FAKE_SOMBRA_KMS_RETRIES="5",
        FAKE_SOMBRA_KMS_RETRY_MODE="legacy",
        FAKE_SOMBRA_INSTANCE="pod-1",
        FAKE_SOMBRA_KMS_TIMEOUT_S="0.25",
        AWS_ACCESS_KEY_ID="id",
        AWS_SECRET_ACCESS_KEY="secret",
        AWS_SESSION_TOKEN="session",
    )

    assert (found.decrypt, found.context, found.attempts, found.timeout_s) == ("unpinned", "context", 5, 0.25)
    assert (found.access_key_id, found.secret_access_key, found.session_token) == ("id", "secret", "session")
    assert (found.retry_mode, found.instance) == ("legacy", "pod-1")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FAKE_SOMBRA_KMS_DECRYPT", "Pinned"),
        ("FAKE_SOMBRA_KMS_DECRYPT", ""),
        ("FAKE_SOMBRA_KMS_CONTEXT", "yes"),
        ("FAKE_SOMBRA_KMS_RETRIES", "0"),
        ("FAKE_SOMBRA_KMS_RETRIES", "2.5"),
        ("FAKE_SOMBRA_KMS_RETRIES", "11"),
        ("FAKE_SOMBRA_KMS_RETRIES", ""),
        ("FAKE_SOMBRA_KMS_RETRY_MODE", "never"),
        ("FAKE_SOMBRA_KMS_RETRY_MODE", ""),
        ("FAKE_SOMBRA_KMS_TIMEOUT_S", "0"),
        ("FAKE_SOMBRA_KMS_TIMEOUT_S", "-1"),
        ("FAKE_SOMBRA_KMS_TIMEOUT_S", "nan"),
        ("FAKE_SOMBRA_KMS_TIMEOUT_S", "inf"),
        ("FAKE_SOMBRA_KMS_TIMEOUT_S", "2s"),
        ("FAKE_SOMBRA_KMS_TIMEOUT_S", "1_0"),
    ],
)
def test_a_variant_that_is_none_is_refused(name: str, value: str) -> None:
    assert problem(aws(**{name: value})).variable == name


def test_the_kms_endpoint_goes_before_the_general_one() -> None:
    one, other = "http://127.0.0.1:1", "http://127.0.0.1:2"

    assert _aws_settings(AWS_ENDPOINT_URL=one).endpoint_url == one
    assert _aws_settings(AWS_ENDPOINT_URL=one, AWS_ENDPOINT_URL_KMS=other).endpoint_url == other
    assert _aws_settings(AWS_ENDPOINT_URL=one, AWS_ENDPOINT_URL_KMS="").endpoint_url == one
