"""Snapshots, forks, the journal and the one place where a policy may interfere."""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fake_sombra.kms import Access, Caller, Kms, KmsError
from tests.unit.fake_sombra.kms.bench import (
    ACCOUNT,
    ALIAS,
    ARN,
    CALLER,
    ELSEWHERE,
    OTHER,
    PLAINTEXT,
    PRINCIPAL,
    REGION,
    SIGNING,
    STRANGER,
    call,
    code_of,
    new_kms,
)

_TEXT = base64.b64encode(PLAINTEXT).decode()


def _blob(kms: Kms, key: str = ARN) -> str:
    return str(call(kms, "Encrypt", {"KeyId": key, "Plaintext": _TEXT})["CiphertextBlob"])


def _opens(kms: Kms, blob: str) -> str:
    return code_of(kms, "Decrypt", {"CiphertextBlob": blob})


def test_a_restored_snapshot_has_the_same_keys_aliases_switches_and_material() -> None:
    kms = new_kms()
    old = _blob(kms)
    kms.rotate(ARN)
    new = _blob(kms, ALIAS)
    kms.set_state(OTHER, "PendingDeletion")
    kms.deny("kms:GenerateRandom")

    twin = Kms.restore(json.loads(json.dumps(kms.snapshot())))

    assert twin.snapshot() == kms.snapshot()
    assert twin.account == ACCOUNT
    assert [_opens(twin, old), _opens(twin, new)] == ["ok", "ok"]
    assert code_of(twin, "GenerateRandom", {"NumberOfBytes": 1}) == "AccessDeniedException"
    assert len(twin.journal) == 3
    assert len(kms.journal) == 2


def test_a_snapshot_may_name_keys_without_material() -> None:
    kms = Kms.restore({"keys": [{"arn": ARN}, {"arn": SIGNING, "usage": "SIGN_VERIFY"}]})

    assert _opens(kms, _blob(kms)) == "ok"
    assert kms.account == ACCOUNT


@pytest.mark.parametrize(
    "broken",
    [
        {"keys": [{"arn": "no arn"}]},
        {"keys": [{"arn": ALIAS}]},
        {"keys": [{"arn": ARN, "state": "Asleep"}]},
        {"keys": [{"arn": ARN, "usage": "SING_VERIFY"}]},
        {"keys": [{"arn": ARN}, {"arn": ARN}]},
        {"keys": [{}]},
        {"keys": 3},
        {"keys": [], "aliases": {ALIAS: ARN}},
        {"keys": [], "denied": ["kms:Everything"]},
        {"keys": [], "aliases": []},
    ],
)
def test_what_is_no_snapshot_is_refused_in_words(broken: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w{3}"):
        Kms.restore(broken)


@pytest.mark.parametrize("material", ["not base64!", base64.b64encode(b"short secret").decode()])
def test_a_broken_material_is_refused_without_being_shown(material: str) -> None:
    snapshot = new_kms().snapshot()
    snapshot["keys"][0]["materials"][0]["material"] = material

    with pytest.raises(ValueError, match="GET /snapshot") as refused:
        Kms.restore(snapshot)

    assert material not in str(refused.value)


def test_a_fork_opens_what_was_made_before_it() -> None:
    kms = new_kms()
    blob = _blob(kms)

    twin = kms.fork()

    assert _opens(twin, blob) == "ok"


def test_what_happens_in_a_fork_stays_there() -> None:
    kms = new_kms()
    blob = _blob(kms)
    twin = kms.fork()

    twin.set_state(ARN, "Disabled")
    twin.deny("kms:Encrypt")
    twin.add_alias(ALIAS, OTHER)
    twin.forget(SIGNING)
    assert _opens(twin, blob) == "DisabledException"

    assert _opens(kms, blob) == "ok"
    assert code_of(kms, "Encrypt", {"KeyId": ARN, "Plaintext": _TEXT}) == "ok"
    assert call(kms, "DescribeKey", {"KeyId": ALIAS})["KeyMetadata"]["Arn"] == ARN
    assert call(kms, "DescribeKey", {"KeyId": SIGNING})["KeyMetadata"]["KeyUsage"] == "SIGN_VERIFY"


def test_what_happens_after_a_fork_does_not_reach_it() -> None:
    kms = new_kms()
    twin = kms.fork()

    kms.rotate(ARN)
    later = _blob(kms)
    kms.forget(OTHER)

    assert _opens(kms, later) == "ok"
    assert _opens(twin, later) == "AccessDeniedException"
    assert _opens(twin, _blob(twin, OTHER)) == "ok"


def test_a_fork_begins_a_new_journal_unless_told_to_go_on() -> None:
    kms = new_kms()
    _blob(kms)

    assert len(kms.fork().journal) == 0
    going_on = kms.fork(keep_journal=True)
    _blob(going_on)

    assert [entry.n for entry in going_on.journal.since()] == [1, 2]
    assert len(kms.journal) == 1


def test_the_journal_says_who_did_what_to_which_key() -> None:
    kms = new_kms()
    asked = {"KeyId": ALIAS, "Plaintext": _TEXT, "EncryptionContext": {"purpose": "cek"}}

    call(kms, "Encrypt", asked)

    (entry,) = kms.journal.since()
    assert entry.to_json() == {
        "n": 1,
        "operation": "Encrypt",
        "key": ARN,
        "region": REGION,
        "principal": PRINCIPAL,
        "bytes": len(PLAINTEXT),
        "context": entry.context,
        "result": "ok",
        "message": "",
        "fault": None,
        "replica": None,
        "same_as": None,
    }
    assert entry.context is not None
    assert len(entry.context) == 64


def test_the_journal_says_which_call_handled_the_same_plaintext_first() -> None:
    kms = new_kms()
    drawn = call(kms, "GenerateRandom", {"NumberOfBytes": 32})["Plaintext"]
    call(kms, "Encrypt", {"KeyId": ARN, "Plaintext": _TEXT})
    blob = call(kms, "Encrypt", {"KeyId": ARN, "Plaintext": drawn})["CiphertextBlob"]
    call(kms, "Decrypt", {"CiphertextBlob": blob})

    twin = kms.fork(keep_journal=True)
    call(twin, "Encrypt", {"KeyId": ARN, "Plaintext": drawn})

    assert [entry.same_as for entry in kms.journal.since()] == [None, None, 1, 1]
    assert twin.journal.since()[-1].same_as == 1


def test_the_journal_has_one_entry_a_call_refused_ones_too() -> None:
    kms = new_kms()
    blob = _blob(kms)
    local_wrap = base64.b64encode(bytes(40)).decode()

    results = [
        code_of(kms, "Decrypt", {"KeyId": ARN, "CiphertextBlob": blob}),
        code_of(kms, "Decrypt", {"KeyId": ARN, "CiphertextBlob": local_wrap}),
        code_of(kms, "Decrypt", {"KeyId": OTHER, "CiphertextBlob": blob}),
        code_of(kms, "Decrypt", {"CiphertextBlob": ""}),
        code_of(kms, "Decrypt", {"CiphertextBlob": 5}),
        code_of(kms, "Invent", {}),
    ]

    entries = kms.journal.since(1)
    assert [entry.result for entry in entries] == results
    assert [entry.key for entry in entries] == [ARN, ARN, OTHER, None, None, None]
    assert [entry.size for entry in entries] == [len(PLAINTEXT), None, None, None, None, None]
    assert [entry.n for entry in entries] == [2, 3, 4, 5, 6, 7]
    assert kms.journal.since(7) == kms.journal.since(99) == ()


def test_no_secret_stands_in_journal_repr_or_refusal() -> None:
    kms = new_kms()
    context = {"tenant": "a secret tenant"}
    blob = str(call(kms, "Encrypt", {"KeyId": ARN, "Plaintext": _TEXT, "EncryptionContext": context})["CiphertextBlob"])
    data_key = call(kms, "GenerateDataKey", {"KeyId": ARN, "KeySpec": "AES_256"})
    drawn = call(kms, "GenerateRandom", {"NumberOfBytes": 32})["Plaintext"]
    exported = [each for key in kms.snapshot()["keys"] for each in key["materials"]]
    materials = [each["material"] for each in exported if "material" in each]
    texts = [repr(kms), repr(kms._vault), repr(vars(kms._vault.backend))]
    for asked in (
        {"CiphertextBlob": blob},
        {"CiphertextBlob": blob, "KeyId": OTHER},
        {"CiphertextBlob": _TEXT * 2000},
    ):
        with pytest.raises(KmsError) as refused:
            call(kms, "Decrypt", asked)
        texts += [str(refused.value), repr(refused.value)]
    texts.append(json.dumps([entry.to_json() for entry in kms.journal.since()]))

    secrets = [_TEXT, blob, data_key["Plaintext"], data_key["CiphertextBlob"], drawn, *materials]
    raw = [base64.b64decode(each) for each in secrets]
    forms = [*secrets, *(each.hex() for each in raw), *(repr(each)[2:-1] for each in raw), "secret tenant"]
    shown = "\n".join(texts)
    assert "Decrypt" in shown
    assert [form for form in forms if form in shown] == []


def test_a_policy_is_asked_for_every_access_and_may_refuse() -> None:
    asked: list[Access] = []

    def before(access: Access) -> None:
        asked.append(access)
        if access.context.get("tenant") == "b":
            raise KmsError("AccessDeniedException", "not for b")

    kms = Kms(ACCOUNT, before=before)
    kms.add_key(ARN)
    mine = {"KeyId": ARN, "Plaintext": _TEXT, "EncryptionContext": {"tenant": "a"}}

    assert code_of(kms, "Encrypt", mine) == "ok"
    assert code_of(kms, "Encrypt", {**mine, "EncryptionContext": {"tenant": "b"}}) == "AccessDeniedException"

    assert asked[0] == Access(PRINCIPAL, "kms:Encrypt", ARN, {"tenant": "a"})
    assert kms.journal.since()[-1].message == "not for b"
    assert kms.fork()._before is before


def test_the_account_is_that_of_the_first_key_unless_given() -> None:
    kms = Kms()
    foreign = ARN.replace(ACCOUNT, STRANGER)

    kms.add_key(ARN)
    kms.add_key(foreign)

    assert kms.account == ACCOUNT
    assert code_of(kms, "DescribeKey", {"KeyId": ARN}) == "ok"
    assert code_of(kms, "DescribeKey", {"KeyId": foreign}) == "AccessDeniedException"
    assert Kms(STRANGER).account == STRANGER


def test_an_empty_kms_has_no_key_for_anybody() -> None:
    assert code_of(Kms(), "DescribeKey", {"KeyId": ARN}) != "ok"
    assert call(Kms(), "ListKeys", {})["Keys"] == []


@pytest.mark.parametrize(
    ("arn", "more"),
    [
        ("nonsense", {}),
        (ALIAS, {}),
        (ARN, {"spec": "SYMMETRIC_DEFAULT", "usage": "SIGN_VERIFY"}),
        (ARN, {"spec": "AES"}),
        (ARN, {"state": "Gone"}),
    ],
)
def test_an_impossible_key_is_refused(arn: str, more: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\w{3}"):
        Kms(ACCOUNT).add_key(arn, **more)


def test_an_alias_does_not_cross_regions() -> None:
    kms = new_kms()

    with pytest.raises(ValueError, match="region"):
        kms.add_alias(ALIAS.replace(REGION, ELSEWHERE), ARN)


def test_threads_share_a_kms_without_losing_calls() -> None:
    kms = new_kms()
    caller = Caller(REGION, CALLER.access_key_id)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: kms.call("GenerateRandom", {"NumberOfBytes": 1}, caller), range(200)))

    assert [entry.n for entry in kms.journal.since()] == list(range(1, 201))
