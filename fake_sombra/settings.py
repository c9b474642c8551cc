"""What an environment says about a boot: every rule of the start-up table, and all problems at once.

claims.md, "Start-up". A value that is secret never enters a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.errors import ConfigurationRefused, Problem
from fake_sombra.startup.aws_variables import AwsSettings, read_aws
from fake_sombra.startup.keys import read_hashes, read_key_sets
from fake_sombra.startup.reading import Reader
from fake_sombra.startup.scalars import choice, duration, number, port

__all__ = ["AwsSettings", "KeySets", "Provider", "Settings", "load"]

_DAY_S = 86_400.0
_HOUR_S = 3_600.0
_LEVELS = ("trace", "debug", "info", "warn", "error", "fatal", "silent")


class Provider(StrEnum):
    """The two spellings of KMS_PROVIDER that exist (sombra.md 2)."""

    LOCAL = "local"
    AWS = "AWS"


@dataclass(frozen=True, slots=True)
class Settings:
    """One boot's configuration; durations in seconds, ports 0 to 65535 (0 = any free one)."""

    organization_uri: str
    sombra_id: str | None
    transcend_url: str
    provider: Provider
    aws: AwsSettings | None
    key_sets: KeySets = field(repr=False)
    internal_key_hashes: tuple[bytes, ...] = field(repr=False)
    internal_port: int
    external_port: int | None
    control_port: int | None
    clock_offset_s: float
    instance: str | None
    ingress_secret: str | None = field(repr=False)
    tunnel_key: str | None = field(repr=False)
    unwrap_status: Literal["5xx", "4xx"]
    log_level: str
    data_subject_session_s: float
    employee_session_s: float
    notes: tuple[Problem, ...]


def load(environ: Mapping[str, str]) -> Settings:
    """Read an environment; raise `ConfigurationRefused` with every problem at once."""
    reader = Reader(environ)
    provider = _provider(reader)
    organization = reader.required("ORGANIZATION_URI")
    key_sets = read_key_sets(reader)
    hashes = read_hashes(reader)
    aws = read_aws(reader) if provider is Provider.AWS else None
    if provider is Provider.LOCAL:
        _note_leftovers(reader)
    ports = (
        port(reader, "INTERNAL_PORT_HTTP", 5039),
        port(reader, "EXTERNAL_PORT_HTTP", 5042),
        port(reader, "FAKE_SOMBRA_CONTROL_PORT", None),
    )
    offset = number(reader, "FAKE_SOMBRA_CLOCK_OFFSET_S", 0.0)
    unwrap_status = choice(reader, "FAKE_SOMBRA_UNWRAP_STATUS", "5xx", ("5xx", "4xx"))
    sessions = (
        duration(reader, "DATA_SUBJECT_SESSION_EXPIRY_TIME", 5 * _DAY_S),
        duration(reader, "EMPLOYEE_SESSION_EXPIRY_TIME", 3 * _HOUR_S),
    )
    level = environ.get("LOG_LEVEL", "info")
    if key_sets is None or provider is None or reader.refused:
        raise ConfigurationRefused(reader.refused)
    return Settings(
        organization_uri=organization,
        sombra_id=environ.get("SOMBRA_ID") or None,
        transcend_url=environ.get("TRANSCEND_URL", "https://api.transcend.io").rstrip("/"),
        provider=provider,
        aws=aws,
        key_sets=key_sets,
        internal_key_hashes=hashes,
        internal_port=ports[0] or 0,
        external_port=ports[1],
        control_port=ports[2],
        clock_offset_s=offset,
        instance=environ.get("FAKE_SOMBRA_INSTANCE") or None,
        ingress_secret=environ.get("FAKE_SOMBRA_INGRESS_SECRET") or None,
        tunnel_key=environ.get("SOMBRA_REVERSE_TUNNEL_API_KEY") or None,
        unwrap_status="4xx" if unwrap_status == "4xx" else "5xx",
        log_level=level if level in _LEVELS else "info",
        data_subject_session_s=sessions[0],
        employee_session_s=sessions[1],
        notes=reader.remarks,
    )


def _provider(reader: Reader) -> Provider | None:
    value = reader.environ.get("KMS_PROVIDER")
    if value is None:
        return Provider.LOCAL
    if value in tuple(Provider):
        return Provider(value)
    names = [name.strip(" \"'[]").lower() for name in value.replace(";", ",").replace("+", ",").split(",")]
    if len([name for name in names if name]) > 1:
        reader.refuse(
            "KMS_PROVIDER",
            "names more than one provider; a hybrid KMS does not exist, choose local or AWS (G-01)",
        )
    elif not value.strip():
        reader.refuse("KMS_PROVIDER", "is empty; set it to local or AWS, or leave it unset for local")
    else:
        reader.refuse("KMS_PROVIDER", "must be exactly local or AWS: no quotes, blanks or other case")
    return None


def _note_leftovers(reader: Reader) -> None:
    left = [name for name in ("AWS_KMS_KEY_ARN", "AWS_REGION") if name in reader.environ]
    for name in left:
        reader.note(name, "is set but not used under KMS_PROVIDER=local; this is not a hybrid (D-01)")
