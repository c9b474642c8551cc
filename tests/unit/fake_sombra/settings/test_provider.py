"""One provider, spelled exactly, or no start at all (G-01)."""

from __future__ import annotations

import pytest

from fake_sombra.settings import Provider, load
from tests.unit.fake_sombra.settings.environment import ARN, aws, local, problem, problems, remarks


@pytest.mark.parametrize("value", [None, "local"])
def test_unset_and_local_start_under_local_without_a_remark(value: str | None) -> None:
    settings = load(local(KMS_PROVIDER=value))

    assert (settings.provider, settings.aws, settings.notes) == (Provider.LOCAL, None, ())


def test_aws_starts_under_aws_without_a_remark() -> None:
    settings = load(aws())

    assert settings.provider is Provider.AWS
    assert settings.aws is not None
    assert (settings.aws.key_arn, settings.aws.region, settings.notes) == (ARN, "eu-west-1", ())


@pytest.mark.parametrize("value", ["", " ", "\t", "\n"])
def test_an_empty_or_blank_provider_is_refused(value: str) -> None:
    found = problem(aws(KMS_PROVIDER=value))

    assert found.variable == "KMS_PROVIDER"
    assert "is empty" in found.message


@pytest.mark.parametrize(
    "value",
    ["aws", "Aws", "LOCAL", "Local", " AWS", "AWS ", "AWS\n", "\tlocal", '"AWS"', "'local'", '" local"', "AWS\r"],
)
def test_a_near_miss_is_refused_with_the_right_spelling(value: str) -> None:
    found = problem(aws(KMS_PROVIDER=value))

    assert found.variable == "KMS_PROVIDER"
    assert "exactly local or AWS" in found.message
    assert "hybrid" not in found.message


@pytest.mark.parametrize(
    "value",
    [
        "local,AWS",
        "AWS,local",
        "AWS, local",
        "aws;LOCAL",
        "local+AWS",
        "local|AWS",
        "local/AWS",
        "local AWS",
        "AWS and local",
        '["local","AWS"]',
        '"local,AWS"',
        "local,GCP",
        "AWS,vault",
        "hybrid",
        "both",
    ],
)
def test_more_than_one_provider_is_a_hybrid_and_does_not_start(value: str) -> None:
    found = problem(aws(KMS_PROVIDER=value))

    assert found.variable == "KMS_PROVIDER"
    assert "hybrid" in found.message
    assert "G-01" in found.message


@pytest.mark.parametrize(
    "value", ["GCP", "azure", "vault", "none", "0", "AWS,", ",local", "localAWS", "AWS-KMS", "AWS\0"]
)
def test_what_names_no_provider_is_refused(value: str) -> None:
    found = problem(aws(KMS_PROVIDER=value))

    assert found.variable == "KMS_PROVIDER"
    assert "hybrid" not in found.message


def test_a_refused_provider_says_nothing_of_aws_variables() -> None:
    assert [each.variable for each in problems(local(KMS_PROVIDER="GCP", AWS_KMS_KEY_ARN="junk"))] == ["KMS_PROVIDER"]


@pytest.mark.parametrize("arn", [ARN, "", " ", "junk", "arn:aws:kms:eu-west-1:1:key/x", f'"{ARN}"'])
@pytest.mark.parametrize("provider", [None, "local"])
def test_local_with_a_leftover_arn_starts_with_a_note(arn: str, provider: str | None) -> None:
    """The guide's rollback changes KMS_PROVIDER only (D-01); that is no hybrid."""
    environ = local(KMS_PROVIDER=provider, AWS_KMS_KEY_ARN=arn)

    assert remarks(environ) == [("note", "AWS_KMS_KEY_ARN", None)]
    assert load(environ).provider is Provider.LOCAL
    assert load(environ).aws is None


def test_local_validates_no_aws_variable_and_notes_each_that_it_leaves_unread() -> None:
    environ = local(
        AWS_KMS_KEY_ARN="",
        AWS_REGION="",
        AWS_KMS_CUSTOM_KEY_STORE_ID="junk",
        AWS_KMS_THROW_PERMISSIONS_ERRORS="junk",
        AWS_ACCESS_KEY_ID="x",
    )

    assert {each[:2] for each in remarks(environ)} == {
        ("note", "AWS_KMS_KEY_ARN"),
        ("note", "AWS_REGION"),
        ("note", "AWS_KMS_CUSTOM_KEY_STORE_ID"),
        ("note", "AWS_KMS_THROW_PERMISSIONS_ERRORS"),
    }
    assert not any("hybrid" in note.message for note in load(environ).notes)
