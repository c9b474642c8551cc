"""Law of the doors: one sequence of calls has one outcome, in process, over HTTP, and by the plain rules.

A bare model of what AWS does to a symmetric key's blobs, states and aliases foretells which calls succeed.
"""

from __future__ import annotations

import base64
import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fake_sombra.kms import Caller, Kms, KmsError
from fake_sombra.kms.boto_session import make_client
from fake_sombra.kms.door_botocore import client
from tests.unit.fake_sombra.kms.bench import ACCOUNT, ALIAS, ARN, OTHER, REGION, HttpDoor, boto_name
from tests.unit.fake_sombra.kms.fixtures import front

__all__ = ["front"]

_CONFIG: Final = Config(proxies={}, parameter_validation=False, retries={"mode": "standard", "total_max_attempts": 1})
_NOW: Final = 1_700_000_000.0
_CONTEXTS: Final[tuple[dict[str, str], ...]] = (
    {},
    {"a": "b"},
    {"ab": ""},
    {"a": "bc", "b": "c"},
    {"a": "b", "bc": "c"},
    {"\u00e9": "\U0001f511"},
)
_NAMES: Final = (ARN, OTHER, ALIAS, "alias/gateway", ARN.rpartition("/")[2], "alias/none", "nonsense", "", 7, None)

Operation = tuple[str, Mapping[str, Any]]
Outcome = tuple[str, str, Any]


@dataclass(slots=True)
class Driven:
    """One front behind one way in; blobs are named by number, for each way makes its own."""

    kms: Kms
    send: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
    blobs: list[bytes] = field(default_factory=list)

    def act(self, operation: str, asked: Mapping[str, Any]) -> Outcome:
        """Code, message and what of the answer is the same whichever front gave it."""
        parameters = {name: self._filled(value) for name, value in asked.items() if value is not None}
        try:
            answer = self.send(operation, parameters)
        except ClientError as error:
            details, meta = error.response["Error"], error.response["ResponseMetadata"]
            return details["Code"], details["Message"], meta["HTTPStatusCode"]
        if "CiphertextBlob" in answer:
            self.blobs.append(answer["CiphertextBlob"])
        told = {name: value for name, value in answer.items() if name in _TOLD}
        return "ok", "", told | {"fields": sorted(set(answer) - {"ResponseMetadata"})}

    def _filled(self, value: Any) -> Any:
        if not isinstance(value, tuple):
            return value
        number, how = value
        blob = self.blobs[number % len(self.blobs)] if self.blobs else b"x" * 100
        return _SPOILT[how](blob)


_TOLD: Final = ("EncryptionAlgorithm", "KeyId", "KeyState", "PendingWindowInDays", "Plaintext", "SourceKeyId")


_SPOILT: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "": lambda blob: blob,
    "cut": lambda blob: blob[:-1],
    "empty": lambda blob: b"",
    "flip": lambda blob: blob[:-1] + bytes([blob[-1] ^ 1]),
    "huge": lambda blob: blob + bytes(6145),
    "longer": lambda blob: blob + b"\0",
}


def _fresh() -> Kms:
    numbers = itertools.count(1)
    kms = Kms(ACCOUNT, clock=lambda: _NOW, new_id=lambda: f"00000000-0000-4000-8000-{next(numbers):012d}")
    kms.add_key(ARN)
    kms.add_key(OTHER)
    kms.add_alias(ALIAS, ARN)
    return kms


def _by_client(made: Any) -> Callable[[str, Mapping[str, Any]], Mapping[str, Any]]:
    return lambda operation, asked: dict(getattr(made, boto_name(operation))(**asked))


def _by_rules(kms: Kms) -> Callable[[str, Mapping[str, Any]], Mapping[str, Any]]:
    """Without any door: what a door would have put on the wire is handed to `Kms.call`."""

    def send(operation: str, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        body = {
            name: base64.b64encode(each).decode() if isinstance(each, bytes) else each for name, each in asked.items()
        }
        try:
            answer = dict(kms.call(operation, body, Caller(REGION, "rehearsal")))
        except KmsError as error:
            shown = {"Code": error.code, "Message": error.message}
            response: Any = {"Error": shown, "ResponseMetadata": {"HTTPStatusCode": error.http_status}}
            raise ClientError(response, operation) from error
        binary = {"CiphertextBlob", "Plaintext"} & set(answer)
        return {**answer, **{name: base64.b64decode(answer[name]) for name in binary}}

    return send


def _wire(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


@pytest.fixture
def http(front: HttpDoor) -> Iterator[tuple[HttpDoor, Any]]:
    """The served front and one client of it."""
    made = make_client(
        region=REGION, endpoint=f"http://127.0.0.1:{front._port}", access_key_id="rehearsal", config=_CONFIG
    )
    yield front, made
    made.close()


_contexts: st.SearchStrategy[Any] = st.sampled_from([*_CONTEXTS, None, {"a": 1}, {"a": None}, {"a": []}])
_keys = st.sampled_from(_NAMES)
_blobs = st.tuples(st.integers(0, 5), st.sampled_from(sorted(_SPOILT)))
_sizes = st.sampled_from([0, 1, 32, 4096, 4097])
_operations: st.SearchStrategy[Operation] = st.one_of(
    st.builds(
        lambda key, size, context, dry: (
            "Encrypt",
            {"KeyId": key, "Plaintext": b"p" * size, "EncryptionContext": context, "DryRun": dry},
        ),
        _keys,
        _sizes,
        _contexts,
        st.sampled_from([None, None, None, True, "yes"]),
    ),
    st.builds(
        lambda key, blob, context: ("Decrypt", {"KeyId": key, "CiphertextBlob": blob, "EncryptionContext": context}),
        _keys,
        _blobs,
        _contexts,
    ),
    st.builds(
        lambda key, blob, context, to: (
            "ReEncrypt",
            {
                "SourceKeyId": key,
                "CiphertextBlob": blob,
                "SourceEncryptionContext": context,
                "DestinationKeyId": to,
            },
        ),
        _keys,
        _blobs,
        _contexts,
        _keys,
    ),
    st.builds(
        lambda operation, key: (operation, {"KeyId": key}),
        st.sampled_from(
            [
                "DescribeKey",
                "EnableKey",
                "DisableKey",
                "ScheduleKeyDeletion",
                "CancelKeyDeletion",
                "RotateKeyOnDemand",
                "GetKeyRotationStatus",
                "GetKeyPolicy",
                "ListGrants",
                "ListResourceTags",
            ]
        ),
        _keys,
    ),
    st.builds(
        lambda operation, alias, key: (operation, {"AliasName": alias, "TargetKeyId": key}),
        st.sampled_from(["CreateAlias", "UpdateAlias"]),
        st.sampled_from(["alias/gateway", "alias/new", "alias/aws/x", "new", "alias/caf\u00e9", ""]),
        _keys,
    ),
    st.builds(lambda alias: ("DeleteAlias", {"AliasName": alias}), st.sampled_from(["alias/gateway", "alias/new"])),
    st.builds(
        lambda size: ("GenerateRandom", {"NumberOfBytes": size}),
        st.sampled_from([0, 1, 1024, 1025, -1, "8", True, None]),
    ),
    st.sampled_from([("ListKeys", {}), ("ListAliases", {}), ("CreateKey", {}), ("CreateKey", {"MultiRegion": True})]),
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(_operations, min_size=1, max_size=12))
def test_both_doors_and_the_rules_answer_alike(calls: list[Operation], http: tuple[HttpDoor, Any]) -> None:
    """Same code, message, status and facts for each call; the same keys, aliases and journal in the end."""
    _compare(calls, _ways(http, [_fresh() for _ in range(3)]))


@pytest.mark.parametrize("odd", range(3))
def test_a_front_that_differs_behind_one_of_the_ways_is_noticed(odd: int, http: tuple[HttpDoor, Any]) -> None:
    kmses = [_fresh() for _ in range(3)]
    kmses[odd].set_state(OTHER, "Disabled")

    with pytest.raises(AssertionError):
        _compare([("Encrypt", {"KeyId": OTHER, "Plaintext": b"p"})], _ways(http, kmses))


def _ways(http: tuple[HttpDoor, Any], kmses: list[Kms]) -> list[Driven]:
    door, over_http = http
    door.kms = kmses[1]
    return [
        Driven(kmses[0], _by_client(client(kmses[0], region=REGION, config=_CONFIG))),
        Driven(kmses[1], _by_client(over_http)),
        Driven(kmses[2], _by_rules(kmses[2])),
    ]


def _compare(calls: list[Operation], ways: list[Driven]) -> None:
    for operation, asked in calls:
        outcomes = [way.act(operation, asked) for way in ways]
        told = [_told(outcome) for outcome in outcomes]
        assert told[0] == told[1] == told[2], (operation, asked)

    states = [_settled(way.kms) for way in ways]
    assert states[0] == states[1] == states[2]


def _told(outcome: Outcome) -> Outcome:
    """Random bytes of a GenerateRandom are compared by their number."""
    code, message, facts = outcome
    if code == "ok" and facts["fields"] == ["Plaintext"]:
        return code, message, len(facts["Plaintext"])
    return outcome


def _settled(kms: Kms) -> Any:
    """What is left behind, but for key material and what the door alone writes down."""
    snapshot = kms.snapshot()
    keys = [{**each, "materials": len(each["materials"])} for each in snapshot["keys"]]
    journal = [(entry.operation, entry.result, entry.key, entry.size, entry.context) for entry in kms.journal.since()]
    return keys, snapshot["aliases"], journal


@dataclass(slots=True)
class _Model:
    """What AWS is known to do with two keys, an alias and blobs, in as few words as that takes."""

    states: dict[str, str] = field(default_factory=lambda: {ARN: "Enabled", OTHER: "Enabled"})
    alias: str = ARN
    blobs: list[tuple[str, frozenset[tuple[str, str]]]] = field(default_factory=list)

    def key(self, name: str) -> str:
        return self.alias if name == "alias/gateway" else name

    def usable(self, key: str) -> str:
        return {"Enabled": "ok", "Disabled": "DisabledException"}.get(self.states[key], "KMSInvalidStateException")


_STATES: Final = ("Enabled", "Disabled", "PendingDeletion")
_acts = st.lists(
    st.one_of(
        st.tuples(st.just("seal"), st.sampled_from([ARN, OTHER, "alias/gateway"]), st.sampled_from(_CONTEXTS)),
        st.tuples(
            st.just("open"),
            st.sampled_from([ARN, OTHER, "alias/gateway", None]),
            st.sampled_from(_CONTEXTS),
            st.integers(0, 7),
        ),
        st.tuples(
            st.just("state"), st.sampled_from([ARN, OTHER]), st.sampled_from(["Enabled", "Disabled", "PendingDeletion"])
        ),
        st.tuples(st.just("point"), st.sampled_from([ARN, OTHER])),
        st.tuples(st.just("rotate"), st.sampled_from([ARN, OTHER])),
    ),
    min_size=1,
    max_size=20,
)


@settings(max_examples=100, deadline=None)
@given(_acts)
def test_the_front_does_what_a_bare_model_of_aws_foretells(acts: list[Any]) -> None:
    """Whatever came before: a blob opens under its own key and exactly its own context, while that key is enabled."""
    _foretell(acts)


def test_a_front_that_forgets_contexts_is_not_what_the_model_foretells(monkeypatch: pytest.MonkeyPatch) -> None:
    acts = [("seal", ARN, {"a": "b"}), ("open", ARN, {}, 0)]
    _foretell(acts)

    monkeypatch.setattr("fake_sombra.kms.cryptography_operations._canonical", lambda context: {})

    with pytest.raises(AssertionError):
        _foretell(acts)


def _foretell(acts: list[Any]) -> None:
    kms, model = _fresh(), _Model()
    boto = client(kms, region=REGION, config=_CONFIG)
    blobs: list[bytes] = []
    for act in acts:
        match act:
            case "seal", name, context:
                key = model.key(name)
                asked = {"KeyId": name, "Plaintext": b"secret", "EncryptionContext": context}
                code, answer = _coded(boto.encrypt, asked)
                assert code == model.usable(key)
                if code == "ok":
                    blobs.append(answer["CiphertextBlob"])
                    model.blobs.append((key, frozenset(context.items())))
            case "open", name, context, number if blobs:
                maker, made_with = model.blobs[number % len(blobs)]
                asked = {"CiphertextBlob": blobs[number % len(blobs)], "EncryptionContext": context}
                code, answer = _coded(boto.decrypt, asked if name is None else {**asked, "KeyId": name})
                fits = made_with == frozenset(context.items())
                foretold = model.usable(maker) if fits or model.usable(maker) != "ok" else "InvalidCiphertextException"
                wrong = name is not None and model.key(name) != maker
                assert code == ("IncorrectKeyException" if wrong else foretold)
                assert code != "ok" or (answer["Plaintext"], answer["KeyId"]) == (b"secret", maker)
            case "state", key, state:
                kms.set_state(key, state)
                model.states[key] = state
            case "point", key:
                kms.add_alias(ALIAS, key)
                model.alias = key
            case "rotate", key:
                kms.rotate(key)


def _coded(call: Callable[..., Any], asked: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    try:
        return "ok", call(**asked)
    except ClientError as error:
        return str(error.response["Error"]["Code"]), {}
