"""Operators' environments differ from the guide's example; what is right in them must still end in a go."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from harness.cli import main
from harness.generated import before_and_after
from harness.key_material import fresh_key

_BEFORE, _AFTER = before_and_after()
OLD = _BEFORE.variables["JWT_ECDSA_KEY"]
NEW = _AFTER.variables["JWT_ECDSA_KEY"].split(",")[0]
OLDER = fresh_key("older")


def pkcs8() -> str:
    key = ec.generate_private_key(ec.SECP384R1())
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return b64encode(key.private_bytes(*form)).decode()


CONSENT = b64encode(b"c" * 32).decode()
OTHER_ARN = "arn:aws:kms:us-west-2:444455556666:key/mrk-0123456789abcdef0123456789abcdef"
COMMON: dict[str, dict[str, str]] = {
    "other names and ports": {
        "SOMBRA_ID": "b9a1",
        "INTERNAL_PORT_HTTP": "5039",
        "EXTERNAL_PORT_HTTP": "5042",
        "LOG_LEVEL": "warn",
        "LOG_HTTP_TRANSPORT_URL": "https://logs.example.com",
        "DD_SERVICE_NAME": "customer_hosted_sombra",
        "IS_MULTI": "false",
        "EMPLOYEE_AUTHENTICATION_METHODS": "transcend,session",
        "SOMBRA_REVERSE_TUNNEL_API_KEY": "tunnel-credential",
        "TRANSCEND_URL": "https://api.transcend.io",
    },
    "consent key of its own": {"CONSENT_IDENTIFIER_ENCRYPTION_KEY": CONSENT},
    "sessions of an hour": {"DATA_SUBJECT_SESSION_EXPIRY_TIME": "1 hour", "EMPLOYEE_SESSION_EXPIRY_TIME": "30 minutes"},
}
AFTER: dict[str, dict[str, str]] = {
    "throws permission errors": {"AWS_KMS_THROW_PERMISSIONS_ERRORS": "true"},
    "multi-Region key of another account": {"AWS_KMS_KEY_ARN": OTHER_ARN, "AWS_REGION": "us-west-2"},
    "static credentials": {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-of-the-operator"},
}
KEYS = {
    "two keys before": (f"{OLD},{OLDER}", f"{NEW},{OLD},{OLDER}"),
    "three keys before": (f"{OLD},{OLDER},{fresh_key('third')}", f"{NEW},{OLD},{OLDER},{fresh_key('third')}"),
    "PKCS#8 keys": ((key := pkcs8()), f"{pkcs8()},{key}"),
}


def rehearse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], before: dict[str, str], after: dict[str, str], *more: str
) -> tuple[int, dict[str, Any]]:
    arguments = []
    for name, variables in (("before", before), ("after", after)):
        path = tmp_path / f"{name}.env"
        path.write_text("".join(f"{each}={value}\n" for each, value in variables.items()), encoding="utf-8")
        arguments += [f"--{name}", str(path)]
    code = main(["rehearse", "--json", "-", "--quiet", "--out", str(tmp_path / "runs"), *arguments, *more])
    return code, json.loads(capsys.readouterr().out)


def _is_a_go(code: int, document: dict[str, Any]) -> None:
    bad = [(each["id"], each["why"]) for each in document["checks"] if each["result"] != "pass"]
    assert (code, document["verdict"], bad) == (0, "go", [])


@pytest.mark.gate
@pytest.mark.parametrize("name", sorted(COMMON))
def test_variables_of_both_files(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = {**_BEFORE.variables, **COMMON[name]}, {**_AFTER.variables, **COMMON[name]}
    _is_a_go(*rehearse(tmp_path, capsys, before, after, "--target", "inprocess"))


@pytest.mark.gate
@pytest.mark.parametrize("name", sorted(AFTER))
def test_variables_of_the_cloud(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    after = {**_AFTER.variables, **AFTER[name]}
    _is_a_go(*rehearse(tmp_path, capsys, dict(_BEFORE.variables), after, "--target", "inprocess"))


@pytest.mark.gate
@pytest.mark.parametrize("name", sorted(KEYS))
def test_lists_of_keys(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = KEYS[name]
    files = {**_BEFORE.variables, "JWT_ECDSA_KEY": before}, {**_AFTER.variables, "JWT_ECDSA_KEY": after}
    _is_a_go(*rehearse(tmp_path, capsys, *files, "--target", "inprocess"))


def _eras(document: dict[str, Any], moment: str) -> dict[str, tuple[int, int]]:
    """How many files of each era there were at a moment, and how many were readable."""
    rows = [row for row in document["survival"] if (row["artifact"], row["moment"]) == ("file", moment)]
    return {row["era"]: (row["count"], row["readable"]) for row in rows}


@pytest.mark.gate
def test_what_older_keys_wrapped_is_rehearsed_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, after = KEYS["three keys before"]
    files = {**_BEFORE.variables, "JWT_ECDSA_KEY": before}, {**_AFTER.variables, "JWT_ECDSA_KEY": after}

    _, document = rehearse(tmp_path, capsys, *files, "--target", "inprocess")

    eras = {"L(old)": (96, 96), "L(older)": (4, 4), "L(older-2)": (4, 4)}
    assert _eras(document, "before-cutover") == eras
    assert eras.items() <= _eras(document, "after-rollback").items()


@pytest.mark.gate
def test_a_fourth_key_that_the_new_one_crowds_out_is_a_no_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sombra remembers four sets: what the fourth one wrapped does not come back with the rollback (D-05)."""
    before = ",".join([KEYS["three keys before"][0], fresh_key("fourth")])
    files = {**_BEFORE.variables, "JWT_ECDSA_KEY": before}, {**_AFTER.variables, "JWT_ECDSA_KEY": f"{NEW},{before}"}

    code, document = rehearse(tmp_path, capsys, *files, "--target", "inprocess")

    assert (code, document["claims"]["G-23"]["result"]) == (1, "fail")
    assert _eras(document, "before-cutover")["L(older-3)"] == (4, 4)
    assert _eras(document, "after-rollback")["L(older-3)"] == (4, 0)
    assert _eras(document, "after-rollback")["L(older-2)"] == (4, 4)
    assert document["claims"]["G-03"]["result"] == "pass"
    assert "fifth-key-forgotten" in {finding["id"] for finding in document["findings"]}


@pytest.mark.gate
def test_an_operators_files_on_processes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    extra = COMMON["other names and ports"] | {"AWS_ENDPOINT_URL_KMS": "https://kms.example.com"}
    before, after = {**_BEFORE.variables, **extra}, {**_AFTER.variables, **extra, **AFTER["static credentials"]}

    code, document = rehearse(tmp_path, capsys, before, after)

    _is_a_go(code, document)
    assert "secret-of-the-operator" not in json.dumps(document)


@pytest.mark.gate
@pytest.mark.parametrize("requests", ["16", "100"])
def test_other_numbers_of_requests(requests: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = dict(_BEFORE.variables), dict(_AFTER.variables)
    _is_a_go(*rehearse(tmp_path, capsys, *files, "--target", "inprocess", "--requests", requests))


@pytest.mark.gate
def test_fresh_keys_in_place_of_the_files_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = dict(_BEFORE.variables), dict(_AFTER.variables)
    code, document = rehearse(tmp_path, capsys, *files, "--target", "inprocess", "--generate-keys")

    _is_a_go(code, document)
    keys = document["config"]["after"]["keys"]
    assert document["config"]["before"]["keys"] == keys[1:]
