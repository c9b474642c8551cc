"""Nothing secret and no plaintext stands in anything a run leaves behind, prints, logs or answers."""

from __future__ import annotations

import json
import shlex
import sys
from base64 import b64encode
from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path

import pytest

from harness.key_material import fresh_key
from harness.targets.variables import REMOVED
from harness.targets.wrong import WRONG_SOMBRAS
from tests.e2e import leaks
from tests.e2e.overheard import Overheard
from tests.e2e.whole import is_whole

_ARN = "arn:aws:kms:eu-west-1:111122223333:key/0f5c3a52-7d5e-4c11-9d2b-3f6d2f1e8a70"
_OLD, _NEW = fresh_key("sentinel-old"), fresh_key("sentinel-new")
_HASH = b64encode(sha256(b"the operator's internal key").digest()).decode()
_CONSENT = b64encode(sha256(b"the operator's consent key").digest()).decode()
_PLAIN = {
    name: f"sentinel-{sha256(name.encode()).hexdigest()[:24]}"
    for name in (
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "CONSENT_MANAGER_KEY",
        "DD_API_KEY",
        "INTERNAL_KEY",
        "JWT_AUTHENTICATION_PUBLIC_KEY",
        "SOMBRA_REVERSE_TUNNEL_API_KEY",
        "SOMBRA_TLS_CERT",
        "SOMBRA_TLS_KEY",
        "SOMBRA_TLS_KEY_PASSPHRASE",
        "TRUSTED_CLIENT_CA_CERT_ENCODED",
        "c2VudGluZWwtcGllY2Utb2YtYS1rZXk",  # a piece of a wrapped key, read as a name
    )
}
_COMMON = {
    "ORGANIZATION_URI": "acme",
    "INTERNAL_KEY_HASH": _HASH,
    "CONSENT_IDENTIFIER_ENCRYPTION_KEY": _CONSENT,
    "LOG_HTTP_TRANSPORT_URL": "https://user:sentinel-of-the-log-road@logs.example.com/sentinel-path",
    "LOG_LEVEL": "trace",
    "SOMBRA_ID": "b9a1",
    "INTERNAL_PORT_HTTP": "5039",
    "EXTERNAL_PORT_HTTP": "5042",
    "DD_SERVICE_NAME": "customer_hosted_sombra",
    "IS_MULTI": "false",
    "EMPLOYEE_AUTHENTICATION_METHODS": "transcend,session",
    "TRANSCEND_URL": "https://api.transcend.io",
    "AWS_ENDPOINT_URL_KMS": "https://kms.example.com",
    **_PLAIN,
}
_BEFORE = {**_COMMON, "KMS_PROVIDER": "local", "JWT_ECDSA_KEY": _OLD}
_AWS = {"KMS_PROVIDER": "AWS", "AWS_KMS_KEY_ARN": _ARN, "AWS_REGION": "eu-west-1"}
_AFTER = {**_COMMON, **_AWS, "JWT_ECDSA_KEY": f"{_NEW},{_OLD}"}
_SECRETS = {
    **leaks.of_signing_key("old key", _OLD),
    **leaks.of_signing_key("new key", _NEW),
    **leaks.of_hash("INTERNAL_KEY_HASH", _HASH),
    **leaks.of_hash("CONSENT_IDENTIFIER_ENCRYPTION_KEY", _CONSENT),
    **{name: value.encode() for name, value in _PLAIN.items()},
    "LOG_HTTP_TRANSPORT_URL user": b"sentinel-of-the-log-road",
    "LOG_HTTP_TRANSPORT_URL path": b"sentinel-path",
    "a piece of a key": b"c2VudGluZWwtcGllY2Utb2YtYS1rZXk",
}


def _wrote(folder: Path, name: str, variables: dict[str, str], *, extra: str = "") -> str:
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}.env"
    path.write_text("".join(f"{each}={value}\n" for each, value in variables.items()) + extra, encoding="utf-8")
    return str(path)


def _files(folder: Path, **after: str) -> list[str]:
    files = folder / "files"
    return ["--before", _wrote(files, "before", _BEFORE), "--after", _wrote(files, "after", {**_AFTER, **after})]


@pytest.fixture
def overheard() -> Overheard:
    return Overheard(secrets=dict(_SECRETS))


def test_an_operators_own_files_on_processes_are_a_whole_go_that_tells_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, overheard: Overheard
) -> None:
    kept = tmp_path / "kept"
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "kept" / "summary.md"))
    kept.mkdir()
    common = ("--out", str(kept), "--json", str(kept / "again.json"), "--requests", "16")

    code = overheard.run(capsys, kept, "rehearse", *common, *_files(tmp_path))

    run = next((kept / "guide").iterdir())
    assert overheard.run(capsys, kept, "judge", str(run)) == code == 0
    is_whole(json.loads((kept / "again.json").read_text("utf-8")))
    assert overheard.leaks() == []
    names = {Path(place).name for place in overheard.places}
    assert names >= {"history.jsonl", "run.json", "report.html", "junit.xml", "summary.md", "again.json"}
    assert b"wrong_provider" in overheard.places["0 error bodies"]
    assert b'"ready"' in overheard.places["0 logs"]


def test_a_run_without_the_old_key_is_a_no_go_that_tells_no_secret(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], overheard: Overheard
) -> None:
    kept = tmp_path / "kept"
    common = ("--target", "inprocess", "--out", str(kept), "--requests", "16", "--format", "junit")

    code = overheard.run(capsys, kept, "rehearse", *common, *_files(tmp_path, JWT_ECDSA_KEY=_NEW))

    assert code == 1
    document = json.loads(next(kept.rglob("run.json")).read_text("utf-8"))
    assert document["verdict"] == "no-go"
    assert "G-11" in document["reason"]
    assert overheard.leaks() == []
    assert b"signature_invalid" in overheard.places["0 error bodies"]


@pytest.mark.parametrize("target", ["inprocess", pytest.param("process", marks=pytest.mark.gate)])
def test_a_gateway_that_opens_what_it_must_not_puts_no_plaintext_into_the_report(
    target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], overheard: Overheard
) -> None:
    kept, wrong = tmp_path / "kept", "keeps-local-keyring"
    doctored = shlex.join([sys.executable, "-m", "harness.targets.wrong", "gateway", wrong])
    chosen = ("--target", target) if target == "inprocess" else ("--gateway", doctored)
    common = (*chosen, "--out", str(kept), "--requests", "16")

    with WRONG_SOMBRAS[wrong].alive() if target == "inprocess" else nullcontext():
        code = overheard.run(capsys, kept, "rehearse", "historical_downloads", *common, *_files(tmp_path))

    assert code == 1
    assert b"were opened" in overheard.places["0 stdout"]
    assert overheard.leaks() == []


@pytest.mark.parametrize("target", ["process", "inprocess"])
def test_a_refused_boot_tells_no_secret(
    target: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], overheard: Overheard
) -> None:
    kept = tmp_path / "kept"
    wrong = {
        "KMS_PROVIDER": "sentinel-of-a-provider\tAWS",
        "JWT_ECDSA_KEY": f"{_NEW[:-8]},{_OLD},sentinel-no-key",
        "INTERNAL_KEY_HASH": "sentinel-no-hash",
        "AWS_KMS_KEY_ARN": "c2VudGluZWwtbm8tYXJu==",
        "LOG_LEVEL": "sentinel-no-level",
        "TRANSCEND_URL": "sentinel-no-address",
        "DATA_SUBJECT_SESSION_EXPIRY_TIME": "sentinel-no-duration",
    }
    overheard.secrets |= {name: value.encode() for name, value in wrong.items() if name != "JWT_ECDSA_KEY"}
    overheard.secrets["a third key"] = b"sentinel-no-key"
    common = ("--target", target, "--out", str(kept), "--requests", "16", "pause_restart")

    code = overheard.run(capsys, kept, "rehearse", *common, *_files(tmp_path, **wrong))

    assert code == 1
    assert overheard.leaks() == []
    history = next(content for place, content in overheard.places.items() if place.endswith("history.jsonl"))
    assert b'"accepted":false' in history
    assert b"JWT_ECDSA_KEY" in history


@pytest.mark.parametrize("verb", ["doctor", "rehearse"])
def test_a_file_that_cannot_be_parsed_is_not_quoted(
    verb: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], overheard: Overheard
) -> None:
    before = _wrote(tmp_path, "before", _BEFORE, extra=f"{_NEW}\n")
    after = _wrote(tmp_path, "after", _AFTER)
    kept = tmp_path / "kept"

    code = overheard.run(capsys, kept, verb, "--before", before, "--after", after)

    assert code == 2
    assert overheard.leaks() == []
    assert b"before.env:" in overheard.places["0 stdout"] + overheard.places["0 stderr"]


def test_doctor_tells_no_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str], overheard: Overheard) -> None:
    kept = tmp_path / "kept"
    wrong = {"JWT_ECDSA_KEY": f"{_NEW},{_OLD[:-8]}", "KMS_PROVIDER": "local,AWS"}

    code = overheard.run(capsys, kept, "doctor", "--format", "json", *_files(tmp_path, **wrong))

    assert code == 1
    assert overheard.leaks() == []


_PLANTED: dict[str, str | bytes] = {
    "a whole key": _OLD,
    "a piece of a key": _OLD[60:90],
    "the body of its PEM": b"prefix " + leaks.of_signing_key("old key", _OLD)["old key body"][8:24],
    "its scalar in hex": leaks.of_signing_key("old key", _OLD)["old key scalar"].hex(),
    "a value inside base64": b64encode(b"12" + _PLAIN["SOMBRA_TLS_KEY"].encode()),
    "a value in hex": _PLAIN["SOMBRA_TLS_KEY"].encode().hex(),
    "a hash in hex": sha256(b"the operator's internal key").hexdigest(),
    "a value in an attribute": f'<td title="{_PLAIN["INTERNAL_KEY"]}">',
    "a value on a line": f"KMS_PROVIDER=local\\n{_CONSENT}",
}


@pytest.mark.parametrize("name", sorted(_PLANTED))
def test_the_search_finds_a_planted_leak(name: str) -> None:
    planted = _PLANTED[name]
    content = planted if isinstance(planted, bytes) else planted.encode()
    harmless = b'{"kind":"booted","keys":["c03744fea1f81112"],"kms_key":"' + _ARN.encode() + b'"}\n'

    assert leaks.found({"clean": harmless}, _SECRETS) == []
    assert leaks.found({"dirty": harmless + content + b"\n" + harmless}, _SECRETS) != []


def test_the_search_finds_plaintext_that_reached_an_error_body(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], overheard: Overheard
) -> None:
    kept = tmp_path / "kept"
    common = ("--target", "inprocess", "--out", str(kept), "--requests", "16", "drain")
    overheard.run(capsys, kept, "rehearse", *common, *_files(tmp_path))
    block = next(value for name, value in overheard.secrets.items() if name.startswith("file/"))
    token = next(value for name, value in overheard.secrets.items() if name.startswith("nonce/"))
    assert overheard.leaks() == []

    overheard.places["a body"] = b"HTTP/1.1 500\r\n\r\n" + block
    overheard.places["a log"] = b'{"event":"call_refused","nonce":"' + token + b'"}'

    assert {leak.rsplit(" in ", 1)[1] for leak in overheard.leaks()} == {"a body", "a log"}


def test_the_variables_that_a_world_takes_away_are_among_the_planted() -> None:
    assert set(REMOVED) - {"AWS_PROFILE"} <= set(_COMMON)
