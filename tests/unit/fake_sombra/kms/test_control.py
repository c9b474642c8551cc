"""The control port, as docs/wire.md has it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any

import pytest

from fake_sombra.http import Loopback, Request
from fake_sombra.kms import Kms, control_app
from fake_sombra.kms.incoming import MOST_BYTES
from tests.unit.fake_sombra.kms.bench import ACCOUNT, ALIAS, ARN, MISSING, OTHER, PRINCIPAL, call, code_of, new_kms

_BODY = {"KeyId": ARN, "Plaintext": base64.b64encode(b"x").decode()}


def _control(kms: Kms, method: str, path: str, body: object = None) -> tuple[int, dict[str, Any]]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""

    async def exchange() -> tuple[int, dict[str, Any]]:
        loopback = Loopback()
        loopback.listen("http://kms.fake", control_app(kms))
        async with loopback.send(Request(method, f"http://kms.fake{path}", {}, content)) as answer:
            assert answer.headers["server"] == "fake-sombra"
            return answer.status, json.loads(await answer.read())

    return asyncio.run(exchange())


def test_a_key_is_made_used_and_forgotten() -> None:
    kms = Kms(ACCOUNT)

    made = _control(kms, "POST", "/keys", {"arn": ARN})
    assert made == (
        200,
        {"arn": ARN, "spec": "SYMMETRIC_DEFAULT", "usage": "ENCRYPT_DECRYPT", "state": "Enabled"},
    )
    assert code_of(kms, "Encrypt", _BODY) == "ok"

    assert _control(kms, "POST", "/keys/forget", {"arn": ARN})[0] == 200
    assert code_of(kms, "Encrypt", _BODY) == "NotFoundException"


def test_a_signing_key_needs_no_spec() -> None:
    kms = Kms(ACCOUNT)

    _, made = _control(kms, "POST", "/keys", {"arn": ARN, "usage": "SIGN_VERIFY"})

    assert (made["spec"], made["usage"]) == ("ECC_NIST_P384", "SIGN_VERIFY")
    assert code_of(kms, "Encrypt", _BODY) == "InvalidKeyUsageException"


@pytest.mark.parametrize("state", ["Disabled", "PendingDeletion", "PendingImport", "Unavailable"])
def test_a_state_bites_until_it_is_lifted(state: str) -> None:
    kms = new_kms()

    assert _control(kms, "POST", "/keys/state", {"arn": ARN, "state": state})[1]["state"] == state
    assert code_of(kms, "Encrypt", _BODY) != "ok"
    _control(kms, "POST", "/keys/state", {"arn": ARN, "state": "Enabled"})

    assert code_of(kms, "Encrypt", _BODY) == "ok"


def test_deny_and_allow_switch_one_action() -> None:
    kms = new_kms()

    assert _control(kms, "POST", "/deny", {"action": "kms:Encrypt"})[0] == 200
    assert code_of(kms, "Encrypt", _BODY) == "AccessDeniedException"
    assert _control(kms, "POST", "/allow", {"action": "kms:Encrypt"})[0] == 200

    assert code_of(kms, "Encrypt", _BODY) == "ok"


def test_an_alias_is_made_and_repointed() -> None:
    kms = new_kms()

    assert _control(kms, "POST", "/aliases", {"alias_arn": ALIAS, "key_arn": OTHER})[0] == 200

    assert call(kms, "DescribeKey", {"KeyId": ALIAS})["KeyMetadata"]["Arn"] == OTHER


def test_rotation_keeps_old_blobs_opening() -> None:
    kms = new_kms()
    blob = call(kms, "Encrypt", _BODY)["CiphertextBlob"]
    before = call(kms, "DescribeKey", {"KeyId": ARN})["KeyMetadata"]["CurrentKeyMaterialId"]

    assert _control(kms, "POST", "/keys/rotate", {"arn": ARN})[0] == 200

    assert call(kms, "DescribeKey", {"KeyId": ARN})["KeyMetadata"]["CurrentKeyMaterialId"] != before
    assert code_of(kms, "Decrypt", {"CiphertextBlob": blob}) == "ok"


def test_the_journal_is_read_from_where_one_left_off() -> None:
    kms = new_kms()
    call(kms, "Encrypt", _BODY)
    call(kms, "ListKeys", {})

    everything = _control(kms, "GET", "/journal?since=0")[1]["calls"]
    assert everything == _control(kms, "GET", "/journal")[1]["calls"]
    assert [each["operation"] for each in everything] == ["Encrypt", "ListKeys"]

    assert [each["n"] for each in _control(kms, "GET", "/journal?since=1")[1]["calls"]] == [2]


def test_a_snapshot_makes_a_twin() -> None:
    kms = new_kms()
    blob = call(kms, "Encrypt", _BODY)["CiphertextBlob"]

    twin = Kms.restore(_control(kms, "GET", "/snapshot")[1])

    assert code_of(twin, "Decrypt", {"CiphertextBlob": blob}) == "ok"


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code", "named"),
    [
        ("POST", "/keys", {"arn": ARN}, 409, "conflict", ARN),
        ("POST", "/keys", {"arn": "nonsense"}, 400, "bad_request", "nonsense"),
        ("POST", "/keys", {}, 400, "bad_request", "arn is missing"),
        ("POST", "/keys", {"arn": 5}, 400, "bad_request", "must be text"),
        ("POST", "/keys", [], 400, "bad_request", "JSON object"),
        ("POST", "/keys", b"{", 400, "bad_request", "JSON"),
        ("POST", "/keys", b" " * (MOST_BYTES + 1), 413, "too_large", "bytes"),
        ("POST", "/keys/state", {"arn": MISSING, "state": "Disabled"}, 404, "not_found", MISSING),
        ("POST", "/keys/state", {"arn": ARN, "state": "Asleep"}, 400, "bad_request", "Enabled"),
        ("POST", "/keys/rotate", {"arn": MISSING}, 404, "not_found", MISSING),
        ("POST", "/keys/forget", {"arn": MISSING}, 404, "not_found", MISSING),
        ("POST", "/aliases", {"alias_arn": ARN, "key_arn": ARN}, 400, "bad_request", "alias"),
        ("POST", "/deny", {"action": "Decrypt"}, 400, "bad_request", "kms:Decrypt"),
        ("GET", "/journal?since=-1", None, 400, "bad_request", "since"),
        ("GET", "/keys", None, 404, "not_found", "/keys"),
    ],
)
def test_a_wrong_order_is_refused_in_words_and_changes_nothing(
    method: str, path: str, body: object, status: int, code: str, named: str
) -> None:
    kms = new_kms()
    before = kms.snapshot()

    answer = _control(kms, method, path, body)

    assert (answer[0], answer[1]["error"]["code"]) == (status, code)
    assert named in answer[1]["message"]
    assert kms.snapshot() == before


def test_faults_are_injected_named_and_healed() -> None:
    kms = new_kms()

    made = _control(kms, "POST", "/faults", {"spec": "Encrypt:DisabledException; *:lost@on_call(9)"})
    assert made[1]["faults"][0] == {"spec": "Encrypt:DisabledException", "seen": 0, "struck": 0}
    assert _control(kms, "DELETE", "/faults", {"spec": "*:lost@on_call(9)"})[0] == 200
    assert [each["spec"] for each in _control(kms, "GET", "/faults")[1]["faults"]] == ["Encrypt:DisabledException"]
    assert _control(kms, "DELETE", "/faults") == (200, {"faults": []})


@pytest.mark.parametrize(
    ("method", "body", "why"),
    [
        ("POST", {}, "spec is missing"),
        ("POST", {"spec": "Encrypt:Disabled"}, "did you mean DisabledException"),
        ("POST", {"spec": 3}, "must be text"),
        ("DELETE", {"spec": "Encrypt:lost"}, "is not active; GET /faults"),
    ],
)
def test_a_wrong_fault_is_refused_and_changes_nothing(method: str, body: object, why: str) -> None:
    kms = new_kms()
    _control(kms, "POST", "/faults", {"spec": "*:outage"})

    status, answer = _control(kms, method, "/faults", body)

    assert (status, why in answer["error"]["message"]) == (400, True)
    assert [each["spec"] for each in kms.faults.to_json()] == ["*:outage"]


def test_a_policy_bites_until_the_default_one_is_back() -> None:
    kms = new_kms()
    statement = {"Effect": "Deny", "Principal": "*", "Action": "kms:Encrypt", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert code_of(kms, "Encrypt", _BODY) == "ok"

    assert _control(kms, "POST", "/keys/policy", {"arn": ARN, "policy": policy})[0] == 200
    assert code_of(kms, "Encrypt", _BODY) == "AccessDeniedException"
    assert _control(kms, "POST", "/keys/policy", {"arn": ARN})[0] == 200

    assert code_of(kms, "Encrypt", _BODY) == "ok"
    assert _control(kms, "POST", "/keys/policy", {"arn": ARN, "policy": "{"})[0] == 400
    assert _control(kms, "POST", "/keys/policy", {"arn": MISSING})[0] == 404


def test_an_identity_policy_leaves_all_others_with_nothing() -> None:
    kms = new_kms()
    statement = {"Effect": "Allow", "Action": "kms:DescribeKey", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    asked = {"principal": PRINCIPAL, "policy": policy}

    assert _control(kms, "POST", "/identity-policies", asked) == (200, {"principal": PRINCIPAL})
    assert code_of(kms, "Encrypt", _BODY) == "AccessDeniedException"
    assert code_of(kms, "DescribeKey", {"KeyId": ARN}) == "ok"
    assert _control(kms, "DELETE", "/identity-policies") == (200, {})

    assert code_of(kms, "Encrypt", _BODY) == "ok"
    assert _control(kms, "POST", "/identity-policies", {**asked, "principal": "me"})[0] == 400


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, 200),
        ({"expires_at": "4000000000"}, 200),
        ({"expires_at": "soon"}, 400),
        ({"secret_access_key": ""}, 400),
        ({"principal": "me"}, 400),
    ],
)
def test_credentials_are_told_and_never_shown(change: dict[str, str], status: int) -> None:
    kms = new_kms()
    asked = {"access_key_id": "AKIAX", "secret_access_key": "hidden words", **change}

    found, answer = _control(kms, "POST", "/credentials", asked)

    assert found == status
    assert "hidden words" not in str(answer)
    assert bool(kms.credentials.known) is (status == 200)
