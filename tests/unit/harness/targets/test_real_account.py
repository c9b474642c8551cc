"""A real account on trial, played by the strict front: it is asked what can be asked, and left as it was found."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.exceptions import NoCredentialsError, ProfileNotFound

from fake_sombra.kms import Kms
from fake_sombra.kms.boto_session import session as offline
from fake_sombra.kms.credentials import Credential
from fake_sombra.kms.door_botocore import attach
from harness.cli import main
from harness.conformance import ROWS, Verdict, tried
from harness.targets.trial import on_trial

_ACCOUNT = "111122223333"
_CALLER = f"arn:aws:iam::{_ACCOUNT}:user/auditor"
_SIGNING: Any = {"aws_access_key_id": "AKIAAUDITOR", "aws_secret_access_key": "the auditor's secret"}


class _Frozen:
    access_key, secret_key, token = "AKIAAUDITOR", "the auditor's secret", None


class _Account:
    """What boto3's session is to the trial, with our front in place of AWS."""

    def __init__(self, kms: Kms) -> None:
        self._kms = kms

    def client(self, service: str, region_name: str, config: Any = None, **signing: Any) -> Any:
        if service == "sts":
            return self
        made = offline().client("kms", region_name=region_name, config=config, **(signing or _SIGNING))
        attach(made, self._kms)
        return made

    def get_caller_identity(self) -> dict[str, str]:
        return {"Arn": _CALLER}

    def get_credentials(self) -> Any:
        return self

    def get_frozen_credentials(self) -> _Frozen:
        return _Frozen()


@pytest.fixture
def kms(monkeypatch: pytest.MonkeyPatch) -> Kms:
    made = Kms(_ACCOUNT)
    made.admit(Credential("AKIAAUDITOR", "the auditor's secret", principal=_CALLER))
    offline()  # made with the real Session
    monkeypatch.setattr(boto3, "Session", lambda: _Account(made))
    return made


@pytest.mark.gate
def test_every_row_that_can_be_asked_is_as_aws_has_it_and_nothing_is_left_open_or_behind(kms: Kms) -> None:
    with on_trial("aws", is_real_account=True) as subject:
        outcomes = list(tried(ROWS, subject))
        let_in = _let_in(kms)

    assert [each.row.id for each in outcomes if each.verdict not in {Verdict.SAME, Verdict.NOT_EXPRESSIBLE}] == []
    assert sum(each.verdict is Verdict.SAME for each in outcomes) > 350
    assert let_in == {f"arn:aws:iam::{_ACCOUNT}:root", _CALLER}
    keys = kms.snapshot()["keys"]
    assert len(keys) > 300
    assert {key["state"] for key in keys} == {"PendingDeletion"}


def _let_in(kms: Kms) -> set[str]:
    """Everybody whom some key's policy allows something."""
    policies = [json.loads(key["policy"]) for key in kms.snapshot()["keys"] if key["policy"]]
    allowed = [each["Principal"] for policy in policies for each in policy["Statement"] if each["Effect"] == "Allow"]
    return {str(each["AWS"]) if isinstance(each, dict) else str(each) for each in allowed}


@pytest.mark.parametrize("error", [NoCredentialsError(), ProfileNotFound(profile="nobody")])
def test_credentials_that_cannot_be_used_end_with_3_before_anything_is_made(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse() -> None:
        raise error

    monkeypatch.setattr(boto3, "Session", refuse)

    assert main(["kms", "conform", "--kms", "aws", "--real-account"]) == 3

    said = capsys.readouterr().err
    assert type(error).__name__ in said
    assert len(said.splitlines()) == 1
