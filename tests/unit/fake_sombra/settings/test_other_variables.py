"""Hashes, consent keys, ports, sessions, variants: how each is spelled, and what stands in for it when unset."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import subprocess
from base64 import b64encode
from dataclasses import asdict, replace
from typing import Any

import pytest

from fake_sombra.crypto import consent
from fake_sombra.errors import ConfigurationRefused
from fake_sombra.settings import NO_TRANSCEND, load
from tests.unit.fake_sombra.crypto import material
from tests.unit.fake_sombra.settings.environment import HASH, aws, local, problem, problems, remarks

_SIXTEEN = b64encode(bytes(16)).decode()


def _read(name: str, **more: str | None) -> Any:
    return getattr(load(local(**more)), name)


@pytest.mark.parametrize("name", ["ORGANIZATION_URI", "JWT_ECDSA_KEY", "INTERNAL_KEY_HASH"])
@pytest.mark.parametrize("value", [None, "", " ", "\t\n"])
def test_three_variables_are_required(name: str, value: str | None) -> None:
    found = problem(local(**{name: value}))

    assert found.variable == name
    assert ("is not set" if value is None else "is empty") in found.message


def test_an_empty_environment_names_all_three_at_once() -> None:
    assert {each.variable for each in problems({})} == {"ORGANIZATION_URI", "JWT_ECDSA_KEY", "INTERNAL_KEY_HASH"}


def test_every_problem_of_every_variable_is_told_at_once() -> None:
    found = problems(
        {
            "KMS_PROVIDER": "AWS",
            "AWS_KMS_KEY_ARN": "junk",
            "JWT_ECDSA_KEY": "junk,",
            "INTERNAL_KEY_HASH": "junk",
            "INTERNAL_PORT_HTTP": "x",
            "EMPLOYEE_SESSION_EXPIRY_TIME": "x",
            "FAKE_SOMBRA_UNWRAP_STATUS": "x",
            "CONSENT_IDENTIFIER_ENCRYPTION_KEY": "x",
        }
    )

    assert sorted({each.variable for each in found}) == [
        "AWS_KMS_KEY_ARN",
        "AWS_REGION",
        "CONSENT_IDENTIFIER_ENCRYPTION_KEY",
        "EMPLOYEE_SESSION_EXPIRY_TIME",
        "FAKE_SOMBRA_UNWRAP_STATUS",
        "INTERNAL_KEY_HASH",
        "INTERNAL_PORT_HTTP",
        "JWT_ECDSA_KEY",
        "ORGANIZATION_URI",
    ]
    assert [each.item for each in found if each.variable == "JWT_ECDSA_KEY"] == [1, 2]


def test_everything_else_has_a_default() -> None:
    settings = load(local())

    shown = asdict(settings)
    for name in ("key_sets", "internal_key_hashes"):
        del shown[name]
    assert shown == {
        "organization_uri": "acme",
        "sombra_id": None,
        "transcend_url": NO_TRANSCEND,
        "provider": "local",
        "aws": None,
        "further": None,
        "host": "127.0.0.1",
        "internal_port": 5039,
        "external_port": 5042,
        "control_port": None,
        "clock_offset_s": 0.0,
        "instance": None,
        "ingress_secret": None,
        "tunnel_key": None,
        "unwrap_status": "5xx",
        "rate_limit": None,
        "log_level": "info",
        "data_subject_session_s": 5 * 86_400.0,
        "employee_session_s": 3 * 3_600.0,
        "notes": (),
    }


def test_given_values_are_read() -> None:
    settings = load(
        local(
            SOMBRA_ID="s-1",
            TRANSCEND_URL="http://127.0.0.1:1/",
            SOMBRA_REVERSE_TUNNEL_API_KEY="tunnel",
            FAKE_SOMBRA_INSTANCE="one",
            FAKE_SOMBRA_INGRESS_SECRET="ingress",
            FAKE_SOMBRA_UNWRAP_STATUS="4xx",
            FAKE_SOMBRA_CLOCK_OFFSET_S="3600.5",
            LOG_LEVEL="warn",
        )
    )

    assert (settings.sombra_id, settings.transcend_url) == ("s-1", "http://127.0.0.1:1")
    assert (settings.tunnel_key, settings.instance, settings.ingress_secret) == ("tunnel", "one", "ingress")
    assert (settings.unwrap_status, settings.clock_offset_s, settings.log_level) == ("4xx", 3600.5, "warn")


@pytest.mark.parametrize(
    "name", ["SOMBRA_ID", "TRANSCEND_URL", "SOMBRA_REVERSE_TUNNEL_API_KEY", "FAKE_SOMBRA_INSTANCE", "LOG_LEVEL"]
)
def test_free_text_that_is_empty_counts_as_unset(name: str) -> None:
    assert load(local(**{name: ""})) == load(local())


def test_variables_this_fake_does_not_know_are_ignored() -> None:
    known = load(local())

    more = {"INTERNAL_PORT_HTTPS": "x", "EXTERNAL_PORT_HTTPS": "", "INTERNAL_PORT": "443", "SAML_X": "y", "PATH": "/"}
    assert load(local(**more)) == known


@pytest.mark.parametrize("value", [" acme", "acme\n", '"acme"'])
def test_an_organization_with_blanks_or_quotes_starts_with_a_warning(value: str) -> None:
    assert remarks(local(ORGANIZATION_URI=value)) == [("warning", "ORGANIZATION_URI", None)]


@pytest.mark.parametrize("value", ["api.transcend.io", "ftp://x", "http://", "http://x:port", " http://x"])
def test_an_address_that_is_none_is_refused(value: str) -> None:
    assert problem(local(TRANSCEND_URL=value)).variable == "TRANSCEND_URL"


def test_an_unknown_log_level_starts_with_a_warning_and_info() -> None:
    assert remarks(local(LOG_LEVEL="loud")) == [("warning", "LOG_LEVEL", None)]
    assert _read("log_level", LOG_LEVEL="loud") == "info"


_PORTS = {
    "INTERNAL_PORT_HTTP": "internal_port",
    "EXTERNAL_PORT_HTTP": "external_port",
    "FAKE_SOMBRA_CONTROL_PORT": "control_port",
}


@pytest.mark.parametrize("name", _PORTS)
@pytest.mark.parametrize(("value", "read"), [("0", 0), ("1", 1), ("8080", 8080), ("65535", 65535)])
def test_a_port_is_a_whole_number_up_to_65535(name: str, value: str, read: int) -> None:
    assert _read(_PORTS[name], **{name: value}) == read


@pytest.mark.parametrize("name", _PORTS)
@pytest.mark.parametrize(
    "value", ["65536", "-1", "+1", "5039.0", "0x10", " 5039", "5039\n", '"5039"', "http", "٥", "9" * 5000]
)
def test_what_is_no_port_is_refused(name: str, value: str) -> None:
    assert problem(local(**{name: value})).variable == name


_SINGLE = ["INTERNAL_PORT_HTTP", "EXTERNAL_PORT_HTTP", "DATA_SUBJECT_SESSION_EXPIRY_TIME"]


@pytest.mark.parametrize("name", _SINGLE)
@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_value_takes_its_default_and_says_so(name: str, value: str) -> None:
    assert remarks(local(**{name: value})) == [("warning", name, None)]
    assert replace(load(local(**{name: value})), notes=()) == replace(load(local()), notes=())


@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_knob_of_the_fake_is_refused(value: str) -> None:
    assert problem(local(FAKE_SOMBRA_CONTROL_PORT=value)).variable == "FAKE_SOMBRA_CONTROL_PORT"


def test_two_listeners_on_one_port_are_refused_unless_any_port_will_do() -> None:
    anywhere = dict.fromkeys(_PORTS, "0")
    assert load(local(**anywhere)).internal_port == 0

    assert problem(local(INTERNAL_PORT_HTTP="5042")).variable == "EXTERNAL_PORT_HTTP"
    assert problem(local(FAKE_SOMBRA_CONTROL_PORT="5039")).variable == "FAKE_SOMBRA_CONTROL_PORT"


@pytest.mark.parametrize("name", ["DATA_SUBJECT_SESSION_EXPIRY_TIME", "EMPLOYEE_SESSION_EXPIRY_TIME"])
@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("5 days", 432_000),
        ("3 hour", 10_800),
        ("1 day", 86_400),
        ("90 minutes", 5_400),
        ("30 seconds", 30),
        ("2 weeks", 1_209_600),
        ("1.5 hours", 5_400),
        ("12h", 43_200),
        ("5 Days", 432_000),
        (" 5 days ", 432_000),
    ],
)
def test_session_lifetimes_are_spans_with_a_unit(name: str, value: str, seconds: float) -> None:
    field = "employee_session_s" if name.startswith("EMPLOYEE") else "data_subject_session_s"

    assert _read(field, **{name: value}) == seconds


@pytest.mark.parametrize("name", ["DATA_SUBJECT_SESSION_EXPIRY_TIME", "EMPLOYEE_SESSION_EXPIRY_TIME"])
@pytest.mark.parametrize(
    "value", ["5", "days", "-5 days", "0 days", "0.5 seconds", "five days", "5 fortnights", "5d 3h"]
)
def test_what_is_no_span_is_refused(name: str, value: str) -> None:
    assert problem(local(**{name: value})).variable == name


@pytest.mark.parametrize("value", ["", "-1", "nan", "1e3", "1h"])
def test_a_clock_offset_that_is_none_is_refused(value: str) -> None:
    assert problem(local(FAKE_SOMBRA_CLOCK_OFFSET_S=value)).variable == "FAKE_SOMBRA_CLOCK_OFFSET_S"


@pytest.mark.parametrize("value", ["", "500", "4XX", " 4xx"])
def test_an_unwrap_status_that_is_none_is_refused(value: str) -> None:
    assert problem(local(FAKE_SOMBRA_UNWRAP_STATUS=value)).variable == "FAKE_SOMBRA_UNWRAP_STATUS"


def test_a_rate_limit_is_calls_per_seconds() -> None:
    assert _read("rate_limit", FAKE_SOMBRA_RATE_LIMIT="5/60") == (5, 60.0)


@pytest.mark.parametrize("value", ["", "5", "0/60", "5/0", "5/60s", " 5/60", "5/1e3", "-5/60"])
def test_a_rate_limit_that_is_none_is_refused(value: str) -> None:
    assert problem(local(FAKE_SOMBRA_RATE_LIMIT=value)).variable == "FAKE_SOMBRA_RATE_LIMIT"


def test_every_hash_of_the_list_is_read() -> None:
    digests = [hashlib.sha256(bytes([count])).digest() for count in range(3)]
    value = ",".join(b64encode(digest).decode() for digest in digests)

    assert _read("internal_key_hashes", INTERNAL_KEY_HASH=value) == tuple(digests)


@pytest.mark.parametrize(
    "item",
    [
        "",
        "junk",
        f" {HASH}",
        f"{HASH}\n",
        HASH.rstrip("="),
        f'"{HASH}"',
        hashlib.sha256(b"internal key").hexdigest(),
        b64encode(HASH.encode()).decode(),
        b64encode(bytes(31)).decode(),
        b64encode(bytes(33)).decode(),
        b64encode(b"\xff" * 32).decode().replace("/", "_"),
    ],
)
@pytest.mark.parametrize("place", [1, 2])
def test_an_item_that_is_no_hash_is_refused_by_its_number(item: str, place: int) -> None:
    listed = [HASH, HASH]
    listed.insert(place - 1, item)

    found = problem(local(INTERNAL_KEY_HASH=",".join(listed)))

    assert (found.variable, found.item) == ("INTERNAL_KEY_HASH", place)


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_the_documented_command_makes_a_hash_that_starts() -> None:
    made = subprocess.run(
        ["sh", "-c", "openssl rand 32 | openssl dgst -binary -sha256 | openssl base64"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert len(_read("internal_key_hashes", INTERNAL_KEY_HASH=made.stdout.rstrip("\n"))[0]) == 32


def test_a_configured_consent_key_survives_a_change_of_the_signing_key() -> None:
    before = load(local(CONSENT_IDENTIFIER_ENCRYPTION_KEY=_SIXTEEN)).key_sets
    text = consent.encrypt(before, "u-1")

    after = load(
        aws(
            JWT_ECDSA_KEY=material.item("b"),
            CONSENT_IDENTIFIER_ENCRYPTION_KEY=f"{b64encode(bytes(33)).decode()},{_SIXTEEN}",
        )
    ).key_sets

    assert consent.decrypt(after, text) == "u-1"
    assert consent.encrypt(after, "u-1") != text


@pytest.mark.parametrize("item", ["", "junk", b64encode(bytes(15)).decode(), f" {_SIXTEEN}", _SIXTEEN.rstrip("=")])
def test_an_item_that_is_no_consent_key_is_refused_by_its_number(item: str) -> None:
    found = problem(local(CONSENT_IDENTIFIER_ENCRYPTION_KEY=f"{_SIXTEEN},{item}"))

    assert (found.variable, found.item) == ("CONSENT_IDENTIFIER_ENCRYPTION_KEY", 2)


@pytest.mark.parametrize("value", ["", " "])
def test_an_empty_consent_key_starts_with_a_warning_and_derived_keys(value: str) -> None:
    environ = local(CONSENT_IDENTIFIER_ENCRYPTION_KEY=value)

    assert remarks(environ) == [("warning", "CONSENT_IDENTIFIER_ENCRYPTION_KEY", None)]
    assert load(environ).key_sets.consent_keys == load(local()).key_sets.consent_keys


def test_settings_show_no_secret() -> None:
    planted = {
        name: secrets.token_hex(12)
        for name in (
            "SOMBRA_REVERSE_TUNNEL_API_KEY",
            "FAKE_SOMBRA_INGRESS_SECRET",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
        )
    }
    endpoint = secrets.token_hex(12)
    settings = load(
        aws(**planted, AWS_ENDPOINT_URL=f"http://user:{endpoint}@127.0.0.1", CONSENT_IDENTIFIER_ENCRYPTION_KEY=_SIXTEEN)
    )
    shown = repr(settings)

    assert settings.tunnel_key == planted["SOMBRA_REVERSE_TUNNEL_API_KEY"]
    assert not [name for name, value in planted.items() if value in shown]
    assert endpoint not in shown
    assert HASH not in shown
    assert repr(settings.internal_key_hashes[0]) not in shown


@pytest.mark.parametrize(
    "name",
    [
        "KMS_PROVIDER",
        "ORGANIZATION_URI",
        "JWT_ECDSA_KEY",
        "INTERNAL_KEY_HASH",
        "AWS_KMS_KEY_ARN",
        "AWS_REGION",
        "AWS_KMS_CUSTOM_KEY_STORE_ID",
        "AWS_KMS_THROW_PERMISSIONS_ERRORS",
        "CONSENT_IDENTIFIER_ENCRYPTION_KEY",
        "INTERNAL_PORT_HTTP",
        "FAKE_SOMBRA_CONTROL_PORT",
        "FAKE_SOMBRA_KMS_RETRIES",
        "FAKE_SOMBRA_KMS_RETRY_MODE",
        "FAKE_SOMBRA_KMS_TIMEOUT_S",
        "FAKE_SOMBRA_CLOCK_OFFSET_S",
        "FAKE_SOMBRA_UNWRAP_STATUS",
        "EMPLOYEE_SESSION_EXPIRY_TIME",
        "TRANSCEND_URL",
        "LOG_LEVEL",
    ],
)
def test_no_problem_and_no_remark_repeats_a_value(name: str) -> None:
    planted = "Planted!Value" + secrets.token_hex(8)
    environ = aws(**{name: f'"{planted}"'})

    try:
        said = [str(note) for note in load(environ).notes]
    except ConfigurationRefused as refused:
        said = [str(refused), repr(refused), str(refused.__cause__), str(refused.__context__)]

    assert said
    assert not [line for line in said if planted in line]
