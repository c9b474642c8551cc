"""The plan tells what changes between the environments, and no secret's value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from harness.key_facts import key_entries
from harness.plan.difference import Change
from tests.conformance.startup_rows import ARN, aws, local, p384
from tests.unit.harness.plan.migration import KEYS, good, keys, planned


def changes(folder: Path, **files: Mapping[str, str]) -> dict[str, Change]:
    return {each.name: each for each in planned(good(folder, files)).difference.changes}


def test_provider_and_arn_are_shown_with_the_line_that_sets_them(tmp_path: Path) -> None:
    told = changes(tmp_path)

    assert dict(told["KMS_PROVIDER"].told) == {"before": "–", "after": "AWS", "rollback": "local"}
    assert told["AWS_KMS_KEY_ARN"].told["after"] == ARN
    assert told["AWS_KMS_KEY_ARN"].places == {
        "after": f"{tmp_path / 'after.env'}:5:1",
        "rollback": f"{tmp_path / 'after.env'}:5:1",
    }


def test_keys_are_told_by_name_and_fingerprint(tmp_path: Path) -> None:
    old, new = (key_entries(p384(name))[0].fingerprint for name in ("old", "new"))

    told = changes(tmp_path)[KEYS].told

    assert told["before"] == f"old {old}"
    assert told["after"] == f"new {new}, old {old}"


def test_a_broken_key_is_told_by_its_fault(tmp_path: Path) -> None:
    told = changes(tmp_path, after=aws(**{KEYS: f"{keys('new')},"}))[KEYS].told

    assert told["after"].endswith(", unusable: empty")


def test_of_a_secret_only_its_sameness_is_told(tmp_path: Path) -> None:
    told = changes(tmp_path, before=local(SOME_SECRET="first"), after=aws(SOME_SECRET="second"))["SOME_SECRET"].told

    assert dict(told) == {"before": "secret A", "after": "secret B", "rollback": "secret B"}


def test_what_is_the_same_everywhere_is_only_counted(tmp_path: Path) -> None:
    plan = planned(good(tmp_path))

    assert not {"ORGANIZATION_URI", "INTERNAL_KEY_HASH"} & {each.name for each in plan.difference.changes}
    assert plan.difference.unchanged == 2
