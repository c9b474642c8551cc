"""Signatures, checked once the front knows credentials: by botocore's own signer, through both doors."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials as Signer
from botocore.exceptions import ClientError

from fake_sombra.kms import Kms
from fake_sombra.kms.boto_session import session
from fake_sombra.kms.credentials import Credential
from fake_sombra.kms.door_botocore import attach
from fake_sombra.kms.incoming import Incoming
from fake_sombra.kms.protocol import exchange
from tests.unit.fake_sombra.kms.bench import ACCOUNT, ARN, REGION, STRANGER, HttpDoor, new_kms

_KEY, _SECRET = "AKIAKNOWN", "the secret of the known key"
_ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/sombra/pod-1"


@pytest.fixture
def kms() -> Kms:
    """One key may sign."""
    kms = new_kms()
    kms.admit(Credential(_KEY, _SECRET))
    return kms


@pytest.fixture(params=["in process", "http"])
def address(request: pytest.FixtureRequest, kms: Kms) -> Iterator[str | None]:
    """Where the front listens; None for the door in this process."""
    if request.param == "in process":
        yield None
    else:
        door: HttpDoor = request.getfixturevalue("front")
        door.kms = kms
        yield f"http://127.0.0.1:{door._port}"


def _client(kms: Kms, address: str | None, key: str, secret: str, token: str | None = None) -> Any:
    config = Config(proxies={}, retries={"mode": "standard", "total_max_attempts": 1})
    made = session().client(
        "kms",
        region_name=REGION,
        endpoint_url=address or f"https://kms.{REGION}.amazonaws.com",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=config,
    )
    if address is None:
        attach(made, kms)
    return made


def _code(client: Any) -> tuple[str, int]:
    try:
        client.describe_key(KeyId=ARN)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    finally:
        client.close()
    return "ok", 200


def test_the_right_secret_is_let_in(kms: Kms, address: str | None) -> None:
    assert _code(_client(kms, address, _KEY, _SECRET)) == ("ok", 200)


@pytest.mark.parametrize(
    ("key", "secret", "token", "code"),
    [
        (_KEY, "another secret", None, "InvalidSignatureException"),
        ("AKIANOBODY", _SECRET, None, "UnrecognizedClientException"),
        (_KEY, _SECRET, "a token nobody gave", "UnrecognizedClientException"),
    ],
)
def test_a_wrong_signer_is_refused_and_nothing_happens(
    key: str, secret: str, token: str | None, code: str, kms: Kms, address: str | None
) -> None:
    before = kms.snapshot()

    assert _code(_client(kms, address, key, secret, token)) == (code, 400)

    assert kms.snapshot() == before
    assert [(entry.result, entry.principal) for entry in kms.journal.since()] == [(code, "anonymous")]


def test_credentials_expire(address: str | None, kms: Kms) -> None:
    kms.admit(Credential("ASIATEMP", _SECRET, "token", expires_at=4_000_000_000.0))
    assert _code(_client(kms, address, "ASIATEMP", _SECRET, "token")) == ("ok", 200)

    kms.admit(Credential("ASIATEMP", _SECRET, "token", expires_at=1.0))

    assert _code(_client(kms, address, "ASIATEMP", _SECRET, "token")) == ("ExpiredTokenException", 400)


def test_a_key_may_belong_to_a_role_of_another_account(kms: Kms, address: str | None) -> None:
    kms.admit(Credential("AKIAROLE", _SECRET, principal=_ROLE))
    kms.admit(Credential("AKIASTRANGER", _SECRET, principal=f"arn:aws:iam::{STRANGER}:user/x"))

    assert _code(_client(kms, address, "AKIAROLE", _SECRET)) == ("ok", 200)
    assert kms.journal.since()[-1].principal == _ROLE
    assert _code(_client(kms, address, "AKIASTRANGER", _SECRET)) == ("AccessDeniedException", 400)


def _signed(*, body: bytes = b"{}", change: dict[str, str | None] | None = None) -> Incoming:
    request = AWSRequest("POST", "http://kms.fake/", {"x-amz-target": "TrentService.ListKeys"}, body)
    request.headers["content-type"] = "application/x-amz-json-1.1"
    SigV4Auth(Signer(_KEY, _SECRET), "kms", REGION).add_auth(request)
    headers: dict[str, str | None] = {name.lower(): str(value) for name, value in request.headers.items()}
    headers = {**headers, "host": "kms.fake", **(change or {})}
    return Incoming(headers.get, body)


def _result(kms: Kms, request: Incoming) -> str:
    exchange(kms, request)
    return kms.journal.since()[-1].result


def _now() -> float:
    return datetime.now(UTC).timestamp()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "ok"),
        ({"x-amz-target": "TrentService.ListAliases"}, "InvalidSignatureException"),
        ({"host": "kms.else"}, "InvalidSignatureException"),
        ({"host": None}, "InvalidSignatureException"),
        ({"x-amz-date": None}, "IncompleteSignatureException"),
        ({"x-amz-date": "yesterday"}, "IncompleteSignatureException"),
        ({"x-amz-date": "19991231T235959Z"}, "InvalidSignatureException"),
    ],
)
def test_every_signed_part_counts(change: dict[str, str | None], code: str, kms: Kms) -> None:
    assert _result(kms, _signed(change=change)) == code


def test_a_changed_body_or_a_cut_header_is_refused(kms: Kms) -> None:
    whole = _signed()
    authorization = str(whole.header("authorization"))

    changed = Incoming(whole.header, b'{"Limit": 1}')
    cut = _signed(change={"authorization": authorization.partition(", Signature")[0]})

    assert _result(kms, changed) == "InvalidSignatureException"
    assert _result(kms, cut) == "IncompleteSignatureException"


@pytest.mark.parametrize(("late_s", "said"), [(301.0, "Signature expired"), (-301.0, "Signature not yet current")])
def test_a_signature_lives_five_minutes(late_s: float, said: str) -> None:
    clock = [_now()]
    kms = Kms(ACCOUNT, clock=lambda: clock[0])
    kms.admit(Credential(_KEY, _SECRET))
    request = _signed()
    assert _result(kms, request) == "ok"

    clock[0] += late_s
    exchange(kms, request)

    entry = kms.journal.since()[-1]
    assert entry.result == "InvalidSignatureException"
    assert entry.message.startswith(said)


def test_forks_and_snapshots_go_on_checking_and_no_secret_shows(kms: Kms) -> None:
    for copy in (kms.fork(), Kms.restore(kms.snapshot())):
        assert _code(_client(copy, None, _KEY, "another secret"))[0] == "InvalidSignatureException"

    assert _SECRET not in repr(kms) + repr(kms.credentials) + str([e.to_json() for e in kms.journal.since()])


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ([], "object"),
        ({"access_key_id": "A"}, "secret_access_key"),
        ({"access_key_id": "A", "secret_access_key": 7}, "secret_access_key"),
        ({"access_key_id": "A", "secret_access_key": ""}, "needs"),
        ({"access_key_id": "A", "secret_access_key": "s", "principal": "me"}, "principal"),
        ({"access_key_id": "A", "secret_access_key": "s", "expires_at": "soon"}, "expires_at"),
        ({"access_key_id": "A", "secret_access_key": "s", "color": "red"}, "object"),
    ],
)
def test_what_is_no_credential_is_refused_in_words(given: Any, named: str) -> None:
    with pytest.raises(ValueError, match=named):
        Credential.from_json(given)


def test_without_credentials_nobody_checks() -> None:
    kms = new_kms()

    assert _code(_client(kms, None, "ANYBODY", "anything")) == ("ok", 200)
