"""A real AWS account on trial: off by default, because every key costs money until its deletion is scheduled."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from harness.targets.trial.bare import Bare
from harness.targets.trial.clients import Clients

_DAYS: Final = 7
_CONFIG: Final = Config(parameter_validation=False, retries={"mode": "adaptive", "total_max_attempts": 10})


@contextmanager
def real_account() -> Iterator[Bare]:
    """The account of the usual AWS credentials; every key made is scheduled for deletion at the end."""
    import boto3  # noqa: PLC0415  0.1 s, for those who ask for it

    session = boto3.Session()
    made: list[tuple[Any, str]] = []

    def client(region: str) -> Any:
        kms = session.client("kms", region_name=region, config=_CONFIG)

        def note(parsed: dict[str, Any], **_: object) -> None:
            if "KeyMetadata" in parsed:
                made.append((kms, parsed["KeyMetadata"]["Arn"]))

        kms.meta.events.register("after-call.kms.CreateKey", note)
        return kms

    try:
        yield Bare("aws", Clients(client))
    finally:
        for kms, key in made:
            _schedule_deletion(kms, key)


def _schedule_deletion(kms: Any, key: str) -> None:
    """A key that a row scheduled already is left as it is."""
    try:
        kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=_DAYS)
    except (ClientError, BotoCoreError):
        return
