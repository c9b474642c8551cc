"""How the doctor reaches AWS: the caller's own credentials, short waits, one retry, and no word of what was said."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import urlsplit

from harness.key_probe import NO_ANSWER

if TYPE_CHECKING:
    import boto3

_CONNECT_S: Final = 3
_READ_S: Final = 5
_KMS_ENDPOINT, _STS_ENDPOINT, _ENDPOINT = "AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"
_OF_AWS: Final = re.compile(r"https://[a-z0-9.-]+\.(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws)(?::443)?")
_PRINCIPAL: Final = re.compile(r"arn:[a-z-]{3,20}:(?:iam|sts)::[0-9]{12}:[A-Za-z0-9+=,.@_/-]{1,512}")


class NoRoad(Exception):
    """AWS cannot be asked at all: why, and what to do."""

    def __init__(self, why: str, action: str) -> None:
        super().__init__(why)
        self.action = action


class Road(Protocol):
    """The caller's way to AWS in one region."""

    @property
    def address(self) -> str:
        """Where the KMS is asked, without credentials."""
        ...

    @property
    def leads_to_aws(self) -> bool:
        """Whether that is AWS itself."""
        ...

    @property
    def kms(self) -> Any:
        """A boto3 client of the KMS."""
        ...

    def principal(self) -> str:
        """The ARN of whoever asks; empty when the STS does not tell."""
        ...


@dataclass(frozen=True, slots=True)
class BotoRoad:
    """By boto3's usual chain: environment, profile, single sign-on, container, instance."""

    session: boto3.Session
    kms: Any
    sts: Any

    @classmethod
    def open(cls, region: str, environ: Mapping[str, str] = os.environ) -> BotoRoad:
        """Find credentials and make the clients; raises `NoRoad`."""
        try:
            import boto3  # noqa: PLC0415  0.2 s, for those who ask for it
            from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  as above
        except ImportError as error:
            raise NoRoad("boto3 is not installed", "Install it: pip install 'sombra-rehearsal[aws]'.") from error
        try:
            session = boto3.Session(region_name=region)
            credentials = session.get_credentials()
            if credentials is None:
                raise NoRoad("there are no AWS credentials", _SIGN_IN)
            credentials.get_frozen_credentials()  # assumes a role, whose refusal must not be taken for the KMS's
            kms = session.client("kms", config=_config(2))
            endpoint = _sts_endpoint(environ)
            return cls(session, kms, session.client("sts", endpoint_url=endpoint, config=_config(1)))
        except (BotoCoreError, ClientError) as error:
            raise NoRoad(f"the AWS credentials cannot be used ({type(error).__name__})", _SIGN_IN) from error
        except (OSError, ValueError, TypeError, LookupError, RuntimeError) as error:
            why = f"the AWS settings of this shell cannot be used ({type(error).__name__})"
            raise NoRoad(why, f"Correct AWS_PROFILE, {_KMS_ENDPOINT} and the AWS configuration files.") from error

    @property
    def address(self) -> str:
        """Scheme, host and port alone."""
        parts = urlsplit(str(self.kms.meta.endpoint_url))
        port = f":{parts.port}" if parts.port else ""
        return f"{parts.scheme}://{parts.hostname}{port}"

    @property
    def leads_to_aws(self) -> bool:
        """Judged by the host's name."""
        return _OF_AWS.fullmatch(self.address) is not None

    def principal(self) -> str:
        """Whom the STS names; nothing depends on it, so whatever goes wrong is no trouble."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  as above
        from botocore.parsers import ResponseParserError  # noqa: PLC0415  as above

        try:
            named = str(self.sts.get_caller_identity().get("Arn", ""))
        except (BotoCoreError, ClientError, ResponseParserError, *NO_ANSWER):
            return ""
        return named if _PRINCIPAL.fullmatch(named) else ""


_SIGN_IN: Final = "Sign in as the role Sombra will run as (aws sso login, AWS_PROFILE), and run it again."


def _config(attempts: int) -> Any:
    from botocore.config import Config  # noqa: PLC0415  as above

    return Config(
        connect_timeout=_CONNECT_S,
        read_timeout=_READ_S,
        retries={"mode": "standard", "total_max_attempts": attempts},
    )


def _sts_endpoint(environ: Mapping[str, str]) -> str | None:
    """Where the KMS is redirected the STS is too: an emulator's credentials are not shown to AWS."""
    if environ.get(_STS_ENDPOINT) or environ.get(_ENDPOINT):
        return None
    return environ.get(_KMS_ENDPOINT) or None
