"""The one botocore session of the fake KMS: it knows no environment, no files and no metadata service."""

from __future__ import annotations

import os
import threading
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import boto3
    from botocore.config import Config
    from mypy_boto3_kms import KMSClient

_making_clients = threading.Lock()


def make_client(
    *,
    region: str,
    endpoint: str,
    access_key_id: str | None,
    config: Config,
    secret: str = "not checked",  # noqa: S107  # a front without credentials checks none
    token: str | None = None,
) -> KMSClient:
    """A KMS client whose credentials are those given here or none; safe to call from several threads."""
    signing: Any = None if access_key_id is None else secret
    with _making_clients:  # creating clients of one session is not safe across threads
        return session().client(
            "kms",
            region_name=region,
            endpoint_url=endpoint,
            aws_access_key_id=access_key_id,
            aws_secret_access_key=signing,
            aws_session_token=token,
            config=config,
        )


@cache
def session() -> boto3.Session:
    """Made once; new sessions cost 60 ms."""
    import boto3  # noqa: PLC0415  # 0.1 s, for those who make a client
    import botocore.session  # noqa: PLC0415  # as above
    from botocore.credentials import CredentialResolver  # noqa: PLC0415  # as above

    made = botocore.session.Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
    made.register_component("credential_provider", CredentialResolver(providers=[]))
    return boto3.Session(botocore_session=made)
