"""`doctor --live` against moto alone: a kind emulator is asked whole, told apart from AWS, and never believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import boto3
import pytest
from moto import mock_aws

from harness.cli import main
from tests.conformance.startup_rows import aws

Captured: TypeAlias = pytest.CaptureFixture[str]
_REGION = "eu-west-1"


@pytest.fixture
def moto(shell: pytest.MonkeyPatch) -> Iterator[Any]:
    """Moto in this process, behind the names of AWS itself."""
    shell.delenv("AWS_ENDPOINT_URL_KMS")
    with mock_aws():
        yield boto3.client("kms", region_name=_REGION)


def asked(captured: Captured, folder: Path, arn: str) -> tuple[int, dict[str, str]]:
    variables = aws(AWS_KMS_KEY_ARN=arn, AWS_REGION=_REGION, AWS_KMS_THROW_PERMISSIONS_ERRORS="true")
    path = folder / "after.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()), "utf-8")
    code = main(["doctor", "--after", str(path), "--live", "--format", "json"])
    return code, {each["id"]: each["message"] for each in json.loads(captured.readouterr().out)["findings"]}


def test_it_wraps_and_unwraps_and_is_not_taken_for_aws(tmp_path: Path, capsys: Captured, moto: Any) -> None:
    arn = moto.create_key()["KeyMetadata"]["Arn"]

    code, told = asked(capsys, tmp_path, arn)

    assert code == 0
    assert set(told) == {"live-identity", "live-key-facts", "live-latency", "live-not-aws"}
    assert "it ignores DryRun" in told["live-not-aws"]
    assert "as arn:aws:sts::123456789012:user/moto" in told["live-identity"]


def test_what_it_says_of_a_key_counts_even_where_it_goes_on_wrapping(
    tmp_path: Path, capsys: Captured, moto: Any
) -> None:
    signing = moto.create_key(KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")["KeyMetadata"]["Arn"]
    disabled = moto.create_key()["KeyMetadata"]["Arn"]
    moto.disable_key(KeyId=disabled.rpartition("/")[2])
    deleted = moto.create_key()["KeyMetadata"]["Arn"]
    moto.schedule_key_deletion(KeyId=deleted.rpartition("/")[2], PendingWindowInDays=7)

    assert "live-key-usage" in asked(capsys, tmp_path, signing)[1]
    assert "live-key-disabled" in asked(capsys, tmp_path, disabled)[1]
    assert "live-key-deleted" in asked(capsys, tmp_path, deleted)[1]


@pytest.mark.usefixtures("moto")
def test_a_key_it_does_not_have_is_missing(tmp_path: Path, capsys: Captured) -> None:
    code, told = asked(capsys, tmp_path, f"arn:aws:kms:{_REGION}:123456789012:key/11111111-2222-3333-4444-555555555555")

    assert code == 1
    assert "live-key-missing" in told
