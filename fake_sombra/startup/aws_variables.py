"""What AWS mode needs of the environment, and how a key ARN is spelled (claims.md, "Start-up")."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

from fake_sombra.startup.reading import Reader
from fake_sombra.startup.scalars import boolean, choice, seconds, whole

_ARN_NAME, _REGION_NAME = "AWS_KMS_KEY_ARN", "AWS_REGION"
_STORE_NAME, _THROW_NAME = "AWS_KMS_CUSTOM_KEY_STORE_ID", "AWS_KMS_THROW_PERMISSIONS_ERRORS"
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]{1,2}")
_ARN = re.compile(
    rf"arn:aws:kms:(?P<region>{_REGION.pattern}):[0-9]{{12}}:(?:(?P<key>key/[A-Za-z0-9-]+)|alias/[A-Za-z0-9/_-]+)"
)
_BARE = re.compile(r"(?:key/|alias/)?[A-Za-z0-9/_-]+")
_STORE = re.compile(r"cks-[0-9A-Za-z]+")
_GRAMMAR = "arn:aws:kms:<region>:<12 digits>:key/<key id>"


@dataclass(frozen=True, slots=True)
class AwsSettings:
    """How the AWS KMS is reached; `timeout_s` in seconds, `attempts` counts the first try.

    `instance` is what the client calls itself, so that a KMS can tell the instances of a gateway apart.
    """

    key_arn: str
    region: str
    throw_permission_errors: bool
    custom_key_store_id: str | None
    decrypt: Literal["pinned", "unpinned"]
    context: Literal["none", "context"]
    retry_mode: Literal["standard", "legacy", "adaptive"]
    attempts: int
    timeout_s: float
    endpoint_url: str | None = field(repr=False)  # a URL may hold credentials
    access_key_id: str | None = field(repr=False)
    secret_access_key: str | None = field(repr=False)
    session_token: str | None = field(repr=False)
    instance: str | None = None


def read_aws(reader: Reader) -> AwsSettings:
    """Read everything; what cannot be used is refused through the reader."""
    arn = reader.required(_ARN_NAME, f"KMS_PROVIDER=AWS needs the key's ARN, {_GRAMMAR} (G-09)")
    region = reader.required(_REGION_NAME, "KMS_PROVIDER=AWS needs the region of the key (G-09)")
    if arn is not None:
        _check_arn(reader, arn, region)
    store = reader.text(_STORE_NAME)
    if store is not None and not _STORE.fullmatch(store):
        reader.refuse(_STORE_NAME, "is not a CloudHSM key store's id; it begins with cks-, or leave it unset")
    unpinned = choice(reader, "FAKE_SOMBRA_KMS_DECRYPT", "pinned", ("pinned", "unpinned")) == "unpinned"
    with_context = choice(reader, "FAKE_SOMBRA_KMS_CONTEXT", "none", ("none", "context")) == "context"
    return AwsSettings(
        key_arn=arn or "",
        region=region or "",
        throw_permission_errors=boolean(reader, _THROW_NAME, default=False),
        custom_key_store_id=store,
        decrypt="unpinned" if unpinned else "pinned",
        context="context" if with_context else "none",
        retry_mode=_retry_mode(reader),
        attempts=whole(reader, "FAKE_SOMBRA_KMS_RETRIES", 2, low=1, high=10),
        timeout_s=seconds(reader, "FAKE_SOMBRA_KMS_TIMEOUT_S", 2.0, low=0.001),
        endpoint_url=reader.text("AWS_ENDPOINT_URL_KMS") or reader.text("AWS_ENDPOINT_URL"),
        access_key_id=reader.text("AWS_ACCESS_KEY_ID"),
        secret_access_key=reader.text("AWS_SECRET_ACCESS_KEY"),
        session_token=reader.text("AWS_SESSION_TOKEN"),
        instance=reader.text("FAKE_SOMBRA_INSTANCE"),
    )


def _retry_mode(reader: Reader) -> Literal["standard", "legacy", "adaptive"]:
    chosen = choice(reader, "FAKE_SOMBRA_KMS_RETRY_MODE", "standard", ("standard", "legacy", "adaptive"))
    return "legacy" if chosen == "legacy" else "adaptive" if chosen == "adaptive" else "standard"


def note_leftovers(reader: Reader) -> None:
    """Say which AWS variables Local mode leaves unread, whatever they hold (D-01)."""
    for name in (_ARN_NAME, _REGION_NAME, _STORE_NAME, _THROW_NAME):
        if name in reader.environ:
            reader.note(
                name, "is set but not used under the local provider; nothing to do, this is not two providers (D-01)"
            )


def _check_arn(reader: Reader, arn: str, region: str | None) -> None:
    found = _ARN.fullmatch(arn)
    if found is None:
        reader.refuse(_ARN_NAME, f"{_misspelling(arn)}; write {_GRAMMAR} without quotes or blanks (G-09)")
        return
    if found["key"] is None:
        reader.warn(
            _ARN_NAME, "names an alias; once it points elsewhere nothing older opens, name the key's own ARN (G-09)"
        )
    if region is not None and region != found["region"]:
        other = region if _REGION.fullmatch(region) else "something else"
        reader.warn(_ARN_NAME, f"names region {found['region']} but AWS_REGION is {other}; make them agree (G-09)")


def _misspelling(arn: str) -> str:
    if arn.startswith(("arn:aws-", "arn:aws_")):
        return "is of another partition than aws"
    if _BARE.fullmatch(arn):
        return "is a bare key id or alias, not an ARN"
    return "is not the ARN of a KMS key"
