"""A real AWS account on trial: off by default, because every key costs money until its deletion is scheduled."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from harness.conformance.row import Who
from harness.conformance.subject import NotExpressible
from harness.target import TargetFailed
from harness.targets.trial.bare import Bare
from harness.targets.trial.clients import NEVER_LATE, NO_STRANGER, SIGNERS, Clients

if TYPE_CHECKING:
    import boto3

_DAYS: Final = 7
_CONFIG: Final = Config(parameter_validation=False, retries={"mode": "adaptive", "total_max_attempts": 10})


@contextmanager
def real_account() -> Iterator[Bare]:
    """The account of the usual AWS credentials; every key made is scheduled for deletion at the end.

    Raises `TargetFailed` before anything is made where the credentials cannot be used.
    """
    session = _session()
    known_as = _known_as(session)
    made: list[str] = []

    def client(region: str, by: Who) -> Any:
        if by in {"stranger", "expired"}:
            raise NotExpressible(NO_STRANGER if by == "stranger" else NEVER_LATE)
        kms = session.client("kms", region_name=region, config=_CONFIG, **_signing(session, by))
        for operation, member in (("CreateKey", "KeyMetadata"), ("ReplicateKey", "ReplicaKeyMetadata")):
            kms.meta.events.register(f"after-call.kms.{operation}", _Noting(member, made))
        return kms

    try:
        yield Bare("aws", Clients(client), known_as, is_throttled=True)
    finally:
        cleaning = Clients(lambda region, by: session.client("kms", region_name=region, config=_CONFIG))
        for arn in reversed(made):  # replicas before their primary
            _schedule_deletion(cleaning(arn.split(":")[3]), arn)


class _Noting:
    """Writes the ARN of every key down that an answer tells of."""

    def __init__(self, member: str, made: list[str]) -> None:
        self._member, self._made = member, made

    def __call__(self, parsed: dict[str, Any], **_: object) -> None:
        if self._member in parsed:
            self._made.append(parsed[self._member]["Arn"])


def _session() -> boto3.Session:
    import boto3  # noqa: PLC0415  # 0.1 s, for those who ask for it

    try:
        return boto3.Session()
    except BotoCoreError as error:
        raise _unusable(error) from error


def _signing(session: boto3.Session, by: Who) -> dict[str, Any]:
    """The usual credentials, or for an impostor their access key with a secret that is wrong."""
    usual = session.get_credentials()
    if by == "caller" or usual is None:
        return {}
    frozen = usual.get_frozen_credentials()
    return {
        "aws_access_key_id": frozen.access_key,
        "aws_secret_access_key": SIGNERS[by].secret,
        "aws_session_token": frozen.token,
    }


def _known_as(session: boto3.Session) -> str:
    """The ARN under which AWS knows the caller, as its refusals name it."""
    try:
        return str(session.client("sts", region_name="us-east-1").get_caller_identity()["Arn"])
    except (ClientError, BotoCoreError) as error:
        raise _unusable(error) from error


def _unusable(error: Exception) -> TargetFailed:
    why = type(error).__name__
    return TargetFailed(f"the AWS credentials cannot be used ({why}); look at `aws sts get-caller-identity`")


def _schedule_deletion(kms: Any, arn: str) -> None:
    """Whatever policy a row gave the key goes first; one that a row scheduled already is left as it is."""
    with suppress(ClientError, BotoCoreError):
        kms.put_key_policy(KeyId=arn, PolicyName="default", Policy=_default(arn.split(":")[4]))
    with suppress(ClientError, BotoCoreError):
        kms.schedule_key_deletion(KeyId=arn, PendingWindowInDays=_DAYS)


def _default(account: str) -> str:
    root = {"AWS": f"arn:aws:iam::{account}:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
