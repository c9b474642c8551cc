"""How the one boto3 client of a keyring is made: late, once, and with explicit retries and time limits.

Making it in a worker thread keeps a search for credentials and the import of boto3 out of the start's way.
"""

from __future__ import annotations

from threading import Lock
from typing import Any

from botocore.exceptions import PartialCredentialsError

from fake_sombra.startup.aws_variables import AwsSettings

THREADS = 32  # as many connections as threads: none waits for another's


class AwsClient:
    """Calls the KMS by method name; every error of boto3 comes out as boto3 raised it."""

    def __init__(self, settings: AwsSettings, *, given: Any = None) -> None:
        self._settings = settings
        self._is_ours = given is None
        self._client = given
        self._making = Lock()

    def call(self, method: str, asked: dict[str, Any]) -> dict[str, Any]:
        """Send one request and return the answer's fields."""
        answer: dict[str, Any] = getattr(self._connected(), method)(**asked)
        return answer

    def close(self) -> None:
        """Close the connections of a client that was made here."""
        if self._is_ours and self._client is not None:
            self._client.close()

    def _connected(self) -> Any:
        with self._making:
            if self._client is None:
                self._client = _connect(self._settings)
            return self._client


def _connect(settings: AwsSettings) -> Any:
    """A silent KMS costs seconds, not minutes; without static credentials boto3 looks for a role's."""
    import boto3  # noqa: PLC0415  0.1 s that a start need not wait for
    from botocore.config import Config  # noqa: PLC0415  see above

    session = boto3.Session(**_credentials(settings))
    named: Any = {"user_agent_appid": settings.instance}  # the stubs do not know it
    config = Config(
        connect_timeout=settings.timeout_s,
        read_timeout=settings.timeout_s,
        retries={"mode": settings.retry_mode, "total_max_attempts": settings.attempts},
        max_pool_connections=THREADS,
        **named,
    )
    return session.client("kms", region_name=settings.region, endpoint_url=settings.endpoint_url, config=config)


def _credentials(settings: AwsSettings) -> dict[str, Any]:
    """Static credentials, or nothing; half a pair is refused here, for boto3 would go on with it."""
    access, secret = settings.access_key_id, settings.secret_access_key
    if access is None and secret is None:
        return {}
    if access is None or secret is None:
        missing = "AWS_ACCESS_KEY_ID" if access is None else "AWS_SECRET_ACCESS_KEY"
        raise PartialCredentialsError(provider="environment", cred_var=missing)
    return {
        "aws_access_key_id": access,
        "aws_secret_access_key": secret,
        "aws_session_token": settings.session_token,
    }
