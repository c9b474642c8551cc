"""A real AWS account on trial: off by default, because every key costs money until its deletion is scheduled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from harness.conformance.row import Who
from harness.conformance.subject import CannotEvaluate, NotExpressible
from harness.targets.trial.bare import Bare
from harness.targets.trial.clients import NEVER_LATE, NO_STRANGER, SIGNERS, Clients

if TYPE_CHECKING:
    import boto3

_DAYS: Final = 7
_CONFIG: Final = Config(parameter_validation=False, retries={"mode": "adaptive", "total_max_attempts": 10})


@contextmanager
def real_account() -> Iterator[Bare]:
    """The account of the usual AWS credentials; every key made is scheduled for deletion at the end."""
    import boto3  # noqa: PLC0415  0.1 s, for those who ask for it

    session = boto3.Session()
    made: list[tuple[Any, str]] = []

    def client(region: str, by: Who) -> Any:
        if by in {"stranger", "expired"}:
            raise NotExpressible(NO_STRANGER if by == "stranger" else NEVER_LATE)
        kms = session.client("kms", region_name=region, config=_CONFIG, **_signing(session, by))

        def note(parsed: dict[str, Any], **_: object) -> None:
            if "KeyMetadata" in parsed:
                made.append((kms, parsed["KeyMetadata"]["Arn"]))

        kms.meta.events.register("after-call.kms.CreateKey", note)
        return kms

    try:
        yield Bare("aws", Clients(client), _known_as(session))
    finally:
        for kms, key in made:
            _schedule_deletion(kms, key)


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
        return str(session.client("sts").get_caller_identity()["Arn"])
    except (ClientError, BotoCoreError) as error:
        raise CannotEvaluate(f"the AWS credentials cannot be used ({type(error).__name__}); check them") from error


def _schedule_deletion(kms: Any, key: str) -> None:
    """A key that a row scheduled already is left as it is."""
    try:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=_DAYS)
    except (ClientError, BotoCoreError):
        return
