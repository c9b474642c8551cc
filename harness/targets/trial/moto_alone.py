"""moto's KMS on trial without our rules: what a test suite that trusts it would see."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from harness.conformance.row import Who
from harness.targets.trial.bare import Bare
from harness.targets.trial.clients import ACCESS_KEY, CONFIG, SIGNERS, STRANGER, Clients

if TYPE_CHECKING:
    import boto3


@contextmanager
def moto_alone() -> Iterator[Bare]:
    """Moto as long as the block; only clients made inside it are moto's."""
    from moto import mock_aws  # noqa: PLC0415  0.3 s, for those who try it

    with patch.dict(os.environ), mock_aws():  # moto plants dummy credentials in the environment
        session = _session()

        def make(region: str, by: Who) -> Any:
            signer = SIGNERS[by]
            keys = (signer.access_key_id, signer.secret, signer.token) if by != "stranger" else _lent(session)
            return session.client(
                "kms",
                region_name=region,
                config=CONFIG,
                aws_access_key_id=keys[0],
                aws_secret_access_key=keys[1],
                aws_session_token=keys[2],
            )

        clients = Clients(make)
        yield Bare(f"moto-{version('moto')}", clients)
        clients.close()


def _lent(session: boto3.Session) -> tuple[str, str, str]:
    """Credentials of another account: to moto, whoever assumes a role there is of it."""
    role = f"arn:aws:iam::{STRANGER}:role/stranger"
    lent = session.client("sts").assume_role(RoleArn=role, RoleSessionName="stranger")["Credentials"]
    return lent["AccessKeyId"], lent["SecretAccessKey"], lent["SessionToken"]


@cache
def _session() -> boto3.Session:
    """Made once, after moto: sessions that are older than its import are never moto's."""
    import boto3  # noqa: PLC0415  0.1 s

    return boto3.Session(aws_access_key_id=ACCESS_KEY, aws_secret_access_key=ACCESS_KEY, region_name="us-east-1")
