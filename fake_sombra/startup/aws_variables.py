"""What AWS mode needs of the environment, and how a key ARN is spelled (claims.md, "Start-up")."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from fake_sombra.startup.reading import Reader
from fake_sombra.startup.scalars import boolean, choice, number

_ARN = re.compile(
    r"arn:aws:kms:(?P<region>[a-z]{2}(?:-[a-z]+)+-\d):(?P<account>\d{12}):"
    r"(?:(?P<key>key/(?:[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|mrk-[0-9a-f]{32}))"
    r"|alias/[A-Za-z0-9/_-]{1,250})"
)
_STORE = re.compile(r"cks-[0-9a-zA-Z]+")


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """How the AWS KMS is reached; `timeout_s` in seconds, `attempts` counts the first try."""

    key_arn: str
    region: str
    throw_permission_errors: bool
    custom_key_store_id: str | None
    decrypt: Literal["pinned", "unpinned"]
    context: Literal["none", "context"]
    attempts: int
    timeout_s: float
    endpoint_url: str | None
    access_key_id: str | None = field(repr=False)
    secret_access_key: str | None = field(repr=False)
    session_token: str | None = field(repr=False)


def read_aws(reader: Reader) -> AwsSettings:
    """Read everything; what cannot be used is refused through the reader."""
    environ = reader.environ
    arn, region = reader.required("AWS_KMS_KEY_ARN"), reader.required("AWS_REGION")
    if arn.strip():
        _check_arn(reader, arn, region)
    store = environ.get("AWS_KMS_CUSTOM_KEY_STORE_ID") or None
    if store is not None and not _STORE.fullmatch(store):
        reader.warn("AWS_KMS_CUSTOM_KEY_STORE_ID", "does not begin with cks-; it is ignored here")
    unpinned = choice(reader, "FAKE_SOMBRA_KMS_DECRYPT", "pinned", ("pinned", "unpinned")) == "unpinned"
    with_context = choice(reader, "FAKE_SOMBRA_KMS_CONTEXT", "none", ("none", "context")) == "context"
    return AwsSettings(
        key_arn=arn,
        region=region,
        throw_permission_errors=boolean(reader, "AWS_KMS_THROW_PERMISSIONS_ERRORS", default=False),
        custom_key_store_id=store,
        decrypt="unpinned" if unpinned else "pinned",
        context="context" if with_context else "none",
        attempts=int(number(reader, "FAKE_SOMBRA_KMS_RETRIES", 2, lowest=1)),
        timeout_s=number(reader, "FAKE_SOMBRA_KMS_TIMEOUT_S", 2.0, lowest=0.001),
        endpoint_url=environ.get("AWS_ENDPOINT_URL_KMS") or environ.get("AWS_ENDPOINT_URL") or None,
        access_key_id=environ.get("AWS_ACCESS_KEY_ID") or None,
        secret_access_key=environ.get("AWS_SECRET_ACCESS_KEY") or None,
        session_token=environ.get("AWS_SESSION_TOKEN") or None,
    )


def _check_arn(reader: Reader, arn: str, region: str) -> None:
    found = _ARN.fullmatch(arn)
    if found is None:
        reader.refuse(
            "AWS_KMS_KEY_ARN",
            "is not a key ARN; it reads arn:aws:kms:<region>:<12 digits>:key/<key id>, without quotes or blanks",
        )
        return
    if found["key"] is None:
        reader.warn("AWS_KMS_KEY_ARN", "names an alias; a repointed alias opens nothing old, use the key ARN")
    if region.strip() and region != found["region"]:
        reader.warn(
            "AWS_KMS_KEY_ARN",
            f"names region {found['region']} but AWS_REGION differs; make them agree (G-09)",
        )
