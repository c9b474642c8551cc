"""`doctor --live` against LocalStack: the whole road works, and it is not taken for AWS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from harness.cli import main
from harness.targets.localstack import LocalStack
from tests.conformance.startup_rows import aws

pytestmark = pytest.mark.gate

_REGION = "eu-west-1"


def test_a_key_of_localstack_is_asked_and_told_apart_from_aws(
    tmp_path: Path, localstack: LocalStack, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    key = localstack.client(region=_REGION).create_key()["KeyMetadata"]["Arn"]
    variables = aws(AWS_KMS_KEY_ARN=key, AWS_REGION=_REGION, AWS_KMS_THROW_PERMISSIONS_ERRORS="true")
    path = tmp_path / "after.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()), "utf-8")
    for name, value in (
        ("AWS_ENDPOINT_URL_KMS", localstack.url),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ):
        monkeypatch.setenv(name, value)

    code = main(["doctor", "--after", str(path), "--live", "--format", "json"])

    document = json.loads(capsys.readouterr().out)
    told = {each["id"] for each in document["findings"]}
    assert code == 0
    assert told == {"live-identity", "live-key-facts", "live-latency", "live-not-aws"}
    assert document["unevaluated"] == []
