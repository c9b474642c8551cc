"""What an environment says about a boot: every rule of the start-up table, and all problems at once.

claims.md, "Start-up". A value that is secret never enters a message, a repr or a log.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal
from urllib.parse import urlsplit

from fake_sombra.crypto.key_sets import KeySets
from fake_sombra.errors import ConfigurationRefused, Problem
from fake_sombra.keyring import FurtherProviders, FurtherSettings
from fake_sombra.logs import LEVELS
from fake_sombra.startup.aws_variables import AwsSettings, note_leftovers, read_aws
from fake_sombra.startup.keys import read_hashes, read_key_sets
from fake_sombra.startup.provider import Provider, read_provider
from fake_sombra.startup.reading import Reader
from fake_sombra.startup.scalars import address, choice, duration, port, rate, seconds

__all__ = ["AwsSettings", "KeySets", "Provider", "Settings", "load"]

LOOPBACK = "127.0.0.1"
INTERNAL_PORT, EXTERNAL_PORT = 5039, 5042
NO_FURTHER: FurtherProviders = MappingProxyType({})
NO_TRANSCEND = "http://127.0.0.1:9"  # nobody, never the real cloud (fidelity.md#transcend-url-unset)
_DAY_S, _HOUR_S = 86_400.0, 3_600.0


@dataclass(frozen=True, slots=True)
class Settings:
    """One boot's configuration; durations in seconds, ports 0 to 65535 (0 = any free one)."""

    organization_uri: str
    sombra_id: str | None
    transcend_url: str
    provider: str
    aws: AwsSettings | None
    further: FurtherSettings | None
    key_sets: KeySets = field(repr=False)
    internal_key_hashes: tuple[bytes, ...] = field(repr=False)
    host: str
    internal_port: int
    external_port: int | None
    control_port: int | None
    clock_offset_s: float
    instance: str | None
    ingress_secret: str | None = field(repr=False)
    tunnel_key: str | None = field(repr=False)
    unwrap_status: Literal["5xx", "4xx"]
    rate_limit: tuple[int, float] | None
    log_level: str
    data_subject_session_s: float
    employee_session_s: float
    notes: tuple[Problem, ...]


def load(environ: Mapping[str, str], *, further: FurtherProviders = NO_FURTHER) -> Settings:
    """Read an environment; raise `ConfigurationRefused` with every problem at once.

    Variables this fake does not know are ignored: operators have many. `further` are providers besides the two
    that ship; without one, any third name is refused.
    """
    reader = Reader(environ)
    named = environ.get("KMS_PROVIDER", "")
    provider = named if named in further else read_provider(reader)
    aws = read_aws(reader) if provider is Provider.AWS else None
    other = further[named](reader) if named in further else None
    if provider is Provider.LOCAL:
        note_leftovers(reader)
    organization = _organization(reader)
    key_sets, hashes = read_key_sets(reader), read_hashes(reader)
    host = address(reader, "FAKE_SOMBRA_HOST", LOOPBACK)
    internal, external, control = _ports(reader)
    is_4xx = choice(reader, "FAKE_SOMBRA_UNWRAP_STATUS", "5xx", ("5xx", "4xx")) == "4xx"
    limit = rate(reader, "FAKE_SOMBRA_RATE_LIMIT")
    offset = seconds(reader, "FAKE_SOMBRA_CLOCK_OFFSET_S", 0.0)
    data_subject_s = duration(reader, "DATA_SUBJECT_SESSION_EXPIRY_TIME", 5 * _DAY_S)
    employee_s = duration(reader, "EMPLOYEE_SESSION_EXPIRY_TIME", 3 * _HOUR_S)
    transcend_url, level = _transcend_url(reader), _log_level(reader)
    if provider is None or organization is None or key_sets is None or reader.refused:
        raise ConfigurationRefused(reader.refused)
    return Settings(
        organization_uri=organization,
        sombra_id=reader.text("SOMBRA_ID"),
        transcend_url=transcend_url,
        provider=provider,
        aws=aws,
        further=other,
        key_sets=key_sets,
        internal_key_hashes=hashes,
        host=host,
        internal_port=internal,
        external_port=external,
        control_port=control,
        clock_offset_s=offset,
        instance=reader.text("FAKE_SOMBRA_INSTANCE"),
        ingress_secret=reader.text("FAKE_SOMBRA_INGRESS_SECRET"),
        tunnel_key=reader.text("SOMBRA_REVERSE_TUNNEL_API_KEY"),
        unwrap_status="4xx" if is_4xx else "5xx",
        rate_limit=limit,
        log_level=level,
        data_subject_session_s=data_subject_s,
        employee_session_s=employee_s,
        notes=reader.remarks,
    )


def _organization(reader: Reader) -> str | None:
    value = reader.required("ORGANIZATION_URI", "give the organization's slug, the audience of webhook tokens")
    if value is not None and value != value.strip(" \t\r\n\"'"):
        message = "begins or ends with a quote or a blank, and webhook receivers will see it; remove it"
        reader.warn("ORGANIZATION_URI", message)
    return value


def _ports(reader: Reader) -> tuple[int, int, int | None]:
    names = ("INTERNAL_PORT_HTTP", "EXTERNAL_PORT_HTTP", "FAKE_SOMBRA_CONTROL_PORT")
    found = [port(reader, name) for name in names]
    internal = INTERNAL_PORT if found[0] is None else found[0]
    external = EXTERNAL_PORT if found[1] is None else found[1]
    chosen = dict(zip(names, (internal, external, found[2]), strict=True))
    for place, name in enumerate(names):
        twin = next((other for other in names[:place] if chosen[name] and chosen[other] == chosen[name]), None)
        if twin is not None:
            reader.refuse(name, f"is the same port as {twin}; give each listener its own")
    return internal, external, found[2]


def _transcend_url(reader: Reader) -> str:
    value = reader.text("TRANSCEND_URL")
    if value is None:
        return NO_TRANSCEND
    try:
        parts = urlsplit(value)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_web = False
    if not is_web or value != value.strip():
        reader.refuse("TRANSCEND_URL", "is not an http or https address; correct it or leave it unset")
    return value.rstrip("/")


def _log_level(reader: Reader) -> str:
    value = reader.text("LOG_LEVEL") or "info"
    if value in LEVELS:
        return value
    reader.warn("LOG_LEVEL", f"is none of {', '.join(LEVELS)}; info is used")
    return "info"
