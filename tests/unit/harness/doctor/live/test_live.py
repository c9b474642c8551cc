"""`doctor --live` against the strict front over HTTP: each trouble by its own finding, silence as an open question."""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from fake_sombra.kms import Kms
from fake_sombra.kms.faults.spec import parse
from harness.cli import main
from harness.doctor.effective import FromEnvFile
from harness.doctor.live import RULES, look
from harness.doctor.live.road import NoRoad
from harness.environment import EnvFile
from harness.run import Finding
from tests.conformance.startup_rows import aws
from tests.unit.fake_sombra.kms.bench import ARN, ELSEWHERE, MISSING, REGION
from tests.unit.harness.doctor.live.door import SECRET
from tests.unit.harness.doctor.live.hostile import hostile, http

Captured: TypeAlias = pytest.CaptureFixture[str]

NOTES = {"live-identity", "live-key-facts", "live-latency"}
_ALL = {rule.id for rule in RULES}
_PLANTED = (SECRET, "planted-session-token")


def env_file(folder: Path, **changed: str) -> str:
    """The environment of a good cutover whose key is the bench's."""
    variables = aws(AWS_KMS_KEY_ARN=ARN, AWS_REGION=REGION, AWS_KMS_THROW_PERMISSIONS_ERRORS="true") | changed
    path = folder / "after.env"
    path.write_text("".join(f"{name}={value}\n" for name, value in variables.items()), "utf-8")
    return str(path)


def asked(captured: Captured, folder: Path, *flags: str, **changed: str) -> tuple[int, dict[str, Any]]:
    """The doctor's exit code and its JSON document; nothing may be told besides, and no credential at all."""
    code = main(["doctor", "--after", env_file(folder, **changed), "--live", "--format", "json", *flags])
    printed = captured.readouterr()
    assert not printed.err
    assert not any(each in printed.out for each in _PLANTED)
    return code, json.loads(printed.out)


def live(document: dict[str, Any], *, level: str | None = None) -> set[str]:
    """Ids of the live findings."""
    return {
        each["id"]
        for each in document["findings"]
        if each["id"].startswith("live-") and each["level"] in {level, each["level"] if level is None else level}
    }


def left_open(document: dict[str, Any]) -> set[str]:
    return {each["rule"] for each in document["unevaluated"]}


def message(document: dict[str, Any], identity: str) -> str:
    (found,) = [each["message"] for each in document["findings"] if each["id"] == identity]
    return str(found)


@pytest.mark.usefixtures("door")
def test_a_good_key_is_told_with_its_facts_its_latency_and_where_it_was_asked(tmp_path: Path, capsys: Captured) -> None:
    code, document = asked(capsys, tmp_path)

    assert code == 0
    assert live(document) == {*NOTES, "live-not-aws"}
    assert left_open(document) == set()
    facts = "Enabled, ENCRYPT_DECRYPT, SYMMETRIC_DEFAULT, of one Region, not rotated automatically"
    assert message(document, "live-key-facts") == f"The key is {facts}."
    assert "unwrap with the key named" in message(document, "live-latency")
    assert "http://127.0.0.1:" in message(document, "live-identity")


def test_nothing_but_the_announced_calls_is_made(tmp_path: Path, capsys: Captured, door: Kms) -> None:
    asked(capsys, tmp_path)

    assert [each.operation for each in door.journal.since()] == [
        *("DescribeKey", "GetKeyRotationStatus", "GenerateRandom", "GenerateDataKey"),
        *("Encrypt", "Encrypt", "Decrypt", "Decrypt", "Decrypt"),
        "",  # the STS is asked at the same address, which has none
    ]


def test_without_the_flag_no_key_is_asked(tmp_path: Path, capsys: Captured, door: Kms) -> None:
    assert main(["doctor", "--after", env_file(tmp_path)]) == 0

    assert "live-" not in capsys.readouterr().out
    assert len(door.journal.since()) == 0


@pytest.mark.parametrize(
    ("action", "rule", "level"),
    [
        ("kms:DescribeKey", "live-describe-denied", "warning"),
        ("kms:Encrypt", "live-encrypt-denied", "error"),
        ("kms:Decrypt", "live-decrypt-denied", "error"),
        ("kms:GenerateRandom", "live-random-denied", "error"),
        ("kms:GenerateDataKey", "live-data-key-denied", "note"),
    ],
)
def test_each_missing_permission_is_told_apart(
    tmp_path: Path, capsys: Captured, door: Kms, action: str, rule: str, level: str
) -> None:
    door.deny(action)

    code, document = asked(capsys, tmp_path)

    assert {each for each in live(document) if each.endswith("-denied")} == {rule}
    assert rule in live(document, level=level)
    assert f"{action} is denied to the caller because no identity-based policy allows it" in message(document, rule)
    assert code == {"error": 1, "warning": 3, "note": 0}[level]


def test_a_write_only_hole_is_told_as_one(tmp_path: Path, capsys: Captured, door: Kms) -> None:
    door.deny("kms:Decrypt")

    _, document = asked(capsys, tmp_path)

    assert "uploads succeed and nothing can be read back" in message(document, "live-decrypt-denied")


def test_a_missing_rotation_permission_is_no_trouble(tmp_path: Path, capsys: Captured, door: Kms) -> None:
    door.deny("kms:GetKeyRotationStatus")

    code, document = asked(capsys, tmp_path)

    assert (code, live(document, level="warning")) == (0, {"live-not-aws"})
    assert "rotated" not in message(document, "live-key-facts")


def test_a_disabled_key_is_told_even_without_describe(tmp_path: Path, capsys: Captured, door: Kms) -> None:
    door.set_state(ARN, "Disabled")
    door.deny("kms:DescribeKey")

    code, document = asked(capsys, tmp_path)

    assert code == 1
    assert live(document, level="error") == {"live-key-disabled"}


def test_the_day_of_the_deletion_is_told(tmp_path: Path, capsys: Captured, door: Kms) -> None:
    door.set_state(ARN, "PendingDeletion")

    _, document = asked(capsys, tmp_path)

    assert "The key will be deleted on 20" in message(document, "live-key-deleted")


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize("changed", [{"AWS_REGION": ELSEWHERE}, {"AWS_KMS_KEY_ARN": MISSING}])
def test_another_region_or_no_key_is_a_missing_key(tmp_path: Path, capsys: Captured, changed: dict[str, str]) -> None:
    code, document = asked(capsys, tmp_path, **changed)

    assert code == 1
    assert live(document, level="error") == {"live-key-missing"}
    assert "live-encrypt-denied" in left_open(document)


@pytest.mark.usefixtures("door")
def test_a_configured_key_store_that_is_not_there_is_told_at_its_variable(tmp_path: Path, capsys: Captured) -> None:
    code, document = asked(capsys, tmp_path, AWS_KMS_CUSTOM_KEY_STORE_ID="cks-1234567890abcdef0")

    assert code == 1
    (found,) = [each for each in document["findings"] if each["id"] == "live-key-unavailable"]
    assert found["line"] == len(Path(tmp_path / "after.env").read_text("utf-8").splitlines())


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("*:ThrottlingException", "ThrottlingException"),
        ("*:outage", "ConnectionClosedError"),
        ("*:bad-gateway", "HTTP 502"),
        ("*:ExpiredTokenException", "the credentials are not accepted"),
    ],
)
def test_silence_and_noise_are_open_questions_and_no_pass(
    tmp_path: Path, capsys: Captured, door: Kms, fault: str, words: str
) -> None:
    door.faults.add(parse(fault))

    code, document = asked(capsys, tmp_path)

    assert code == 3
    assert left_open(document) | {"live-not-aws"} == _ALL
    assert all(words in each["why"] for each in document["unevaluated"])


def test_answers_without_content_are_an_error(tmp_path: Path, capsys: Captured, door: Kms) -> None:
    door.faults.add(parse("*:garbage"))

    code, document = asked(capsys, tmp_path)

    assert code == 1
    assert live(document, level="error") == {"live-wrap-broken"}


def test_a_chosen_rule_that_stays_open_is_no_pass(tmp_path: Path, capsys: Captured, door: Kms) -> None:
    door.faults.add(parse("*:outage"))

    code, document = asked(capsys, tmp_path, "--only", "live-decrypt-denied")

    assert (code, left_open(document)) == (3, {"live-decrypt-denied"})


def test_rules_that_stay_open_for_one_reason_are_one_paragraph(tmp_path: Path, capsys: Captured, door: Kms) -> None:
    door.faults.add(parse("*:outage"))

    assert main(["doctor", "--after", env_file(tmp_path), "--live"]) == 3

    told = capsys.readouterr().out
    assert told.count("could not be evaluated") == 1
    assert f"{len(_ALL) - 1} not evaluated" in told


@pytest.mark.usefixtures("shell")
def test_nobody_there_is_an_open_question(tmp_path: Path, capsys: Captured) -> None:
    code, document = asked(capsys, tmp_path)

    assert code == 3
    assert "EndpointConnectionError" in document["unevaluated"][0]["why"]


_ANSWERS = {
    "html": http(b"<html>busy</html>", status="500 Internal Server Error", kind="text/html"),
    "no json": http(b"\xff\xfe\x00{"),
    "deep json": http(b"[" * 100_000),
    "a list": http(b"[]"),
    "nothing in it": http(b"{}"),
    "wrong types": http(b'{"KeyMetadata": 7, "Plaintext": [], "CiphertextBlob": {}, "KeyRotationEnabled": "x"}'),
    "an error of no form": http(b'{"__type": ["x"], "message": {"a": 1}}', status="400 Bad Request"),
    "no http": b"SSH-2.0-OpenSSH_9.6\r\n",
    "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{",
}


@pytest.mark.parametrize("name", _ANSWERS)
def test_whatever_a_server_sends_ends_without_a_pass(
    tmp_path: Path, capsys: Captured, shell: pytest.MonkeyPatch, name: str
) -> None:
    with hostile(_ANSWERS[name]) as server:
        shell.setenv("AWS_ENDPOINT_URL_KMS", f"http://127.0.0.1:{server.port}")

        code, document = asked(capsys, tmp_path)

    assert code in {1, 3}
    assert len(left_open(document)) + len(live(document, level="error")) > 0


@pytest.mark.parametrize(("answer", "is_slow"), [(b"", False), (http(b"{}" * 10_000), True)], ids=["silent", "drip"])
def test_a_server_that_keeps_the_caller_waiting_is_left_alone_at_the_deadline(
    tmp_path: Path, shell: pytest.MonkeyPatch, answer: bytes, *, is_slow: bool
) -> None:
    after = FromEnvFile(EnvFile.read(env_file(tmp_path)))
    with hostile(answer, is_slow=is_slow) as server:
        shell.setenv("AWS_ENDPOINT_URL_KMS", f"http://127.0.0.1:{server.port}")
        began = time.monotonic()

        found = look(after, deadline_s=0.2)

    assert time.monotonic() - began < 5
    assert {getattr(each, "rule", "") for each in found} == _ALL
    assert "did not answer within 0.2 s" in getattr(found[0], "why", "")


def test_what_is_sent_to_a_server_holds_no_secret(tmp_path: Path, shell: pytest.MonkeyPatch, capsys: Captured) -> None:
    """The session token is part of the protocol; the secret key only signs."""
    with hostile(http(b"{}")) as server:
        shell.setenv("AWS_ENDPOINT_URL_KMS", f"http://127.0.0.1:{server.port}")
        asked(capsys, tmp_path)

    assert server.heard
    assert SECRET.encode() not in b"".join(server.heard)


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, "there are no AWS credentials"),
        ({"AWS_SECRET_ACCESS_KEY": ""}, "PartialCredentialsError"),
        ({"AWS_PROFILE": "absent"}, "ProfileNotFound"),
        ({"AWS_ENDPOINT_URL_KMS": "nonsense"}, "ValueError"),
        ({"AWS_CONFIG_FILE": "{folder}/broken"}, "ConfigParseError"),
    ],
)
@pytest.mark.usefixtures("door")
def test_a_shell_that_cannot_ask_leaves_everything_open(
    tmp_path: Path, capsys: Captured, shell: pytest.MonkeyPatch, variables: dict[str, str], words: str
) -> None:
    (tmp_path / "broken").write_text("no ini", "utf-8")
    for name, value in variables.items():
        shell.setenv(name, value.format(folder=tmp_path)) if value else shell.delenv(name)

    code, document = asked(capsys, tmp_path)

    assert code == 3
    assert left_open(document) == _ALL
    assert words in document["unevaluated"][0]["why"]
    assert document["unevaluated"][0]["next"]


@pytest.mark.usefixtures("door")
@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"KMS_PROVIDER": "local"}, "does not name AWS"),
        ({"AWS_KMS_KEY_ARN": "1234abcd"}, "no key ARN and region"),
        ({"AWS_REGION": ""}, "no key ARN and region"),
        ({"AWS_REGION": "x.example.com/"}, "cannot be used"),
    ],
)
def test_an_environment_that_names_no_key_leaves_everything_open(
    tmp_path: Path, capsys: Captured, variables: dict[str, str], words: str
) -> None:
    code, document = asked(capsys, tmp_path, **variables)

    assert code in {1, 3}
    assert left_open(document) >= _ALL
    assert any(words in each["why"] for each in document["unevaluated"])


@pytest.mark.usefixtures("door")
def test_without_an_environment_after_the_cutover_there_is_nothing_to_ask(tmp_path: Path, capsys: Captured) -> None:
    assert main(["doctor", "--before", env_file(tmp_path), "--live"]) == 2

    assert "--after" in capsys.readouterr().err


def test_a_missing_boto3_is_told_with_the_extra_that_brings_it(tmp_path: Path) -> None:
    def none_there(_: str) -> Any:
        raise NoRoad("boto3 is not installed", "Install it: pip install 'sombra-rehearsal[aws]'.")

    (first, *_) = look(FromEnvFile(EnvFile.read(env_file(tmp_path))), open_road=none_there)

    assert not isinstance(first, Finding)
    assert "[aws]" in first.next


class _Road:
    """A road that leads to AWS by its name, and to a front in this process by its client."""

    def __init__(self, kms: Any, principal: str = "") -> None:
        self.kms, self._principal = kms, principal
        self.address, self.leads_to_aws = f"https://kms.{REGION}.amazonaws.com", True

    def principal(self) -> str:
        return self._principal


def test_aws_itself_is_taken_for_aws_and_names_the_caller(tmp_path: Path, door: Kms) -> None:
    from fake_sombra.kms.door_botocore import client  # noqa: PLC0415

    role = "arn:aws:sts::999999999999:assumed-role/sombra/session"
    after = FromEnvFile(EnvFile.read(env_file(tmp_path)))

    found = look(after, open_road=lambda region: _Road(client(door, region=region), role))

    told = {each.id: each.message for each in found if isinstance(each, Finding)}
    assert set(told) == NOTES
    assert f"as {role}, of another account (999999999999) than the key's" in told["live-identity"]


def test_a_denied_action_names_who_was_denied(tmp_path: Path, door: Kms) -> None:
    from fake_sombra.kms.door_botocore import client  # noqa: PLC0415

    door.deny("kms:Encrypt")
    role = "arn:aws:sts::111122223333:assumed-role/node/i-0abc"

    found = look(
        FromEnvFile(EnvFile.read(env_file(tmp_path))),
        open_road=lambda region: _Road(client(door, region=region), role),
    )

    (denied,) = [each for each in found if isinstance(each, Finding) and each.level == "error"]
    assert f"kms:Encrypt is denied to {role}" in denied.message


def test_no_thread_is_left_waiting_for_what_was_answered(tmp_path: Path, capsys: Captured, door: Kms) -> None:
    asked(capsys, tmp_path)

    assert "live" not in {thread.name for thread in threading.enumerate()}
