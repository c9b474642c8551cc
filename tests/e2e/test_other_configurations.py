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
SESSIONS = {"DATA_SUBJECT_SESSION_EXPIRY_TIME": "1 hour", "EMPLOYEE_SESSION_EXPIRY_TIME": "30 minutes"}


def rehearse(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], before: dict[str, str], after: dict[str, str], *more: str
) -> tuple[int, dict[str, Any]]:
    arguments = []
    for name, variables in (("before", before), ("after", after)):
        path = tmp_path / f"{name}.env"
        path.write_text("".join(f"{each}={value}\n" for each, value in variables.items()), encoding="utf-8")
        arguments += [f"--{name}", str(path)]
    common = ("--target", "inprocess", "--requests", "16", "--json", "-", "--quiet", "--out", str(tmp_path / "runs"))
    code = main(["rehearse", *common, *arguments, *more])
    return code, json.loads(capsys.readouterr().out)


def _is_a_go(code: int, document: dict[str, Any]) -> None:
    bad = [(each["id"], each["why"]) for each in document["checks"] if each["result"] != "pass"]
    assert (code, document["verdict"], bad) == (0, "go", [])


def _eras(document: dict[str, Any], moment: str) -> dict[str, tuple[int, int]]:
    """How many files of each era there were at a moment, and how many were readable."""
    rows = [row for row in document["survival"] if (row["artifact"], row["moment"]) == ("file", moment)]
    return {row["era"]: (row["count"], row["readable"]) for row in rows}


def _files(before: dict[str, str], after: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """The guide's files with other values."""
    return {**_BEFORE.variables, **before}, {**_AFTER.variables, **after}


def test_an_environment_that_differs_in_all_that_may_differ(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three keys as PKCS #8, a consent key, other sessions, a start that throws, a key store, another account.

    What the older keys wrapped is rehearsed too.
    """
    common = {**SESSIONS, "CONSENT_IDENTIFIER_ENCRYPTION_KEY": CONSENT}
    keys = f"{pkcs8()},{OLDER},{pkcs8()}"
    after = {
        **common,
        "JWT_ECDSA_KEY": f"{pkcs8()},{keys}",
        "AWS_KMS_THROW_PERMISSIONS_ERRORS": "true",
        "AWS_KMS_KEY_ARN": OTHER_ARN,
        "AWS_REGION": "us-west-2",
        "AWS_KMS_CUSTOM_KEY_STORE_ID": "cks-1234567890abcdef0",
    }

    code, document = rehearse(tmp_path, capsys, *_files({**common, "JWT_ECDSA_KEY": keys}, after))

    _is_a_go(code, document)
    eras = {"L(old)": (32, 32), "L(older)": (4, 4), "L(older-2)": (4, 4)}
    assert _eras(document, "before-cutover") == eras
    assert eras.items() <= _eras(document, "after-rollback").items()


def test_a_fourth_key_that_the_new_one_crowds_out_is_a_no_go(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sombra remembers four sets: what the fourth one wrapped does not come back with the rollback (D-05)."""
    before = ",".join([OLD, OLDER, fresh_key("third"), fresh_key("fourth")])
    files = _files({"JWT_ECDSA_KEY": before}, {"JWT_ECDSA_KEY": f"{NEW},{before}"})

    code, document = rehearse(tmp_path, capsys, *files, "rollback_at_every_step")

    assert (code, document["claims"]["G-23"]["result"]) == (1, "fail")
    assert _eras(document, "before-cutover")["L(older-3)"] == (4, 4)
    assert _eras(document, "after-rollback")["L(older-3)"] == (4, 0)
    assert _eras(document, "after-rollback")["L(older-2)"] == (4, 4)
    assert document["claims"]["G-03"]["result"] == "pass"
    assert "fifth-key-forgotten" in {finding["id"] for finding in document["findings"]}


@pytest.mark.gate
def test_a_hundred_requests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _is_a_go(*rehearse(tmp_path, capsys, *_files({}, {}), "--requests", "100"))


def test_fresh_keys_in_place_of_the_files_ones(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = rehearse(tmp_path, capsys, *_files({}, {}), "--generate-keys", "flip_n")

    _is_a_go(code, document)
    keys = document["config"]["after"]["keys"]
    assert document["config"]["before"]["keys"] == keys[1:]
