"""Every row of the start-up table is found, named, placed, and told without its value."""

from __future__ import annotations

import pytest

from harness.doctor import FILE_RULES, refuses_start
from harness.doctor.effective import FromEnvFile
from harness.doctor.rule import Boot
from harness.environment import EnvFile, is_shown
from harness.run import Finding
from tests.conformance.startup_rows import StartupRow, aws, local, startup_rows

_ROWS = pytest.mark.parametrize("row", startup_rows(), ids=lambda row: row.name)


def _all(row: StartupRow) -> list[Finding]:
    boot = Boot("after", FromEnvFile(EnvFile.parse(row.content, path="some.env")))
    found = [each for rule in FILE_RULES for each in rule.findings(boot)]
    assert not [each for each in found if not isinstance(each, Finding)]
    return [each for each in found if isinstance(each, Finding)]


def test_a_good_local_environment_has_nothing_to_tell() -> None:
    assert not _all(StartupRow("good", local()))


@_ROWS
def test_a_row_is_found_under_its_id(row: StartupRow) -> None:
    found = {finding.id for finding in _all(row)}

    assert row.finding is None or row.finding in found


@_ROWS
def test_only_refusing_rows_refuse_and_each_is_an_error(row: StartupRow) -> None:
    refusing = refuses_start(EnvFile.parse(row.content, path="some.env"))

    assert bool(refusing) is bool(row.refused)
    assert all(finding.level == "error" for finding in refusing)


@_ROWS
def test_a_finding_stands_at_the_line_of_its_variable(row: StartupRow) -> None:
    file = EnvFile.parse(row.content, path="some.env")

    for finding in refuses_start(file):
        variable = finding.message.split()[0]
        assert finding.line == file.line(variable)
        assert finding.file == "some.env"


@_ROWS
def test_no_secret_value_is_told(row: StartupRow) -> None:
    secrets = [value for name, value in row.variables.items() if not is_shown(name) and len(value) > 8]
    told = " ".join(f"{finding.message} {finding.next}" for finding in _all(row))

    assert not [secret for secret in secrets if secret in told]


def test_every_rule_of_one_file_can_be_met() -> None:
    extra = (
        local(INTERNAL_KEY_HASH="deadbeef"),
        local(INTERNAL_KEY="bm90IHRoZSBrZXk="),
        aws(AWS_ACCESS_KEY_ID="id"),
        aws(AWS_KMS_CUSTOM_KEY_STORE_ID="xks-1"),
        aws(AWS_KMS_KEY_ARN="arn:aws:kms:us-east-1:111122223333:key/mine"),
        local(JWT_ECDSA_KEY="-----BEGIN PRIVATE KEY-----\\nMIG2"),
        local(JWT_ECDSA_KEY="LS0tLS1CRUdJTiBFQyBQQVJBTUVURVJTLS0tLS0K"),
    )
    rows = (*startup_rows(), *(StartupRow("extra", variables) for variables in extra))

    met = {finding.id for row in rows for finding in _all(row)}

    assert met == {rule.id for rule in FILE_RULES}
