"""What needs the gateway's keys: what it is asked, and what its refusals do to a request."""

from __future__ import annotations

import pytest

from fake_sombra.transcend.ingress import Ingress
from tests.unit.fake_sombra.transcend.world import SECRET, World

_OF_THE_CONTEXT = [
    ("signature_invalid", 400),
    ("forgotten_key", 400),
    ("context_mismatch", 400),
    ("wrong_provider", 500),
    ("unknown_key", 500),
    ("tampered", 500),
    ("kms_incorrect_key", 500),
]
_OF_THE_MOMENT = [
    ("kms_access_denied", 500),
    ("kms_key_disabled", 500),
    ("kms_throttled", 503),
    ("kms_unreachable", 503),
    ("kms_credentials", 500),
    ("not_authenticated", 401),
]


def _is_expired(world: World) -> bool:
    return bool(world.product("GET", "requests/r1").content["isContextExpired"])


def _opened(world: World) -> None:
    world.gateway.answers["open-context"] = (200, {"opened": True})


def test_opening_asks_the_gateway_with_the_latest_context_and_the_shared_secret(world: World) -> None:
    world.submit()
    world.submit(token="h.ctx2.s", restart=True)
    _opened(world)

    opened = world.product("POST", "requests/r1/open")

    assert (opened.status, opened.content) == (200, {"opened": True})
    told = {"requestId": "r1", "encryptedCEKContext": "h.ctx2.s"}
    assert world.gateway.asked == [("open-context", told, SECRET)]


@pytest.mark.parametrize(("code", "status"), _OF_THE_CONTEXT)
def test_a_refusal_of_the_context_marks_it_expired_until_it_opens_again(world: World, code: str, status: int) -> None:
    world.submit()
    world.gateway.refuse("open-context", code, status=status)

    refused = world.product("POST", "requests/r1/open")

    assert (refused.status, refused.code) == (status, code)
    assert _is_expired(world)
    _opened(world)
    world.product("POST", "requests/r1/open")
    assert not _is_expired(world)


@pytest.mark.parametrize(("code", "status"), _OF_THE_MOMENT)
@pytest.mark.parametrize("before", [True, False])
def test_a_refusal_of_the_moment_says_nothing_of_the_context(
    world: World, code: str, status: int, *, before: bool
) -> None:
    world.submit()
    if before:
        world.gateway.refuse("open-context", "wrong_provider")
        world.product("POST", "requests/r1/open")
    world.gateway.refuse("open-context", code, status=status)

    refused = world.product("POST", "requests/r1/open")

    assert (refused.status, refused.code) == (status, code)
    assert _is_expired(world) is before


def test_a_restart_brings_a_context_that_is_not_yet_judged(world: World) -> None:
    world.submit()
    world.gateway.refuse("open-context", "wrong_provider")
    world.product("POST", "requests/r1/open")
    assert _is_expired(world)

    world.submit(token="h.ctx2.s", restart=True)

    assert not _is_expired(world)


def test_the_fate_of_an_older_context_leaves_the_request_as_it_is(world: World) -> None:
    world.submit()
    world.submit(token="h.ctx2.s", restart=True)
    world.gateway.refuse("open-context", "wrong_provider")

    refused = world.product("POST", "requests/r1/open", {"contextId": "id-0001"})

    assert refused.code == "wrong_provider"
    assert world.gateway.asked[0][1]["encryptedCEKContext"] == "h.ctx1.s"
    assert not _is_expired(world)


def test_a_context_of_another_request_cannot_be_named(world: World) -> None:
    world.submit()
    world.submit("r2", token="h.ctx2.s")

    assert world.product("POST", "requests/r1/open", {"contextId": "id-0002"}).code == "not_found"
    assert world.product("POST", "requests/r9/open").code == "not_found"
    assert world.gateway.asked == []


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("requests/r1/open", {}),
        ("requests/r1/resume", {}),
        ("requests/r1/webhook", {"dataSiloId": "silo-1", "url": None}),
        ("requests/r1/rewrap", {"session": "s", "publicKey": "k"}),
        ("integrations/crm/proxy", {"path": "/v1/me"}),
        ("login", {"audience": "employee", "subject": "ada"}),
        ("consent/encrypt", {"identifier": "ada"}),
        ("consent/{consent}/lookup", {"identifier": "ada"}),
    ],
)
def test_a_gateway_that_is_down_is_a_bad_gateway_and_changes_nothing(
    world: World, path: str, content: dict[str, str | None]
) -> None:
    world.submit()
    world.put_status("WAITING")
    world.product("PUT", "integrations/crm", {"title": "CRM"})
    world.product("POST", "integrations/crm/context", {"integrationContext": "h.a.s"})
    world.gateway.answers["consent/encrypt"] = (200, {"encrypted": "abc"})
    consent = world.product("POST", "consent/encrypt", {"identifier": "ada"}).content["id"]
    before = world.store.snapshot()
    world.network.hang_up("http://gateway.fake")

    refused = world.product("POST", path.format(consent=consent), content)

    assert (refused.status, refused.code) == (502, "bad_gateway")
    assert world.store.snapshot() == before


@pytest.mark.parametrize("status", ["ON_HOLD", "WAITING"])
def test_a_request_is_resumed_only_when_its_context_opens(world: World, status: str) -> None:
    world.submit()
    world.put_status(status)
    world.gateway.refuse("open-context", "wrong_provider")

    refused = world.product("POST", "requests/r1/resume")

    assert (refused.status, refused.code) == (500, "wrong_provider")
    assert world.product("GET", "requests/r1").content["status"] == status
    _opened(world)
    resumed = world.product("POST", "requests/r1/resume").content
    assert resumed == {"opened": True, "request": {"id": "r1", "status": "COMPILING"}}


def test_a_request_that_does_not_wait_is_not_resumed(world: World) -> None:
    world.submit()

    assert world.product("POST", "requests/r1/resume").code == "conflict"
    assert world.gateway.asked == []


def test_a_webhook_carries_what_the_gateway_needs(world: World) -> None:
    world.submit()
    world.gateway.answers["webhook"] = (200, {"status": 200})

    sent = world.product("POST", "requests/r1/webhook", {"dataSiloId": "silo-1", "url": "http://receiver.fake/"})

    assert sent.content == {"status": 200}
    assert world.gateway.asked[0][:2] == (
        "webhook",
        {
            "requestId": "r1",
            "dataSiloId": "silo-1",
            "encryptedCEKContext": "h.ctx1.s",
            "coreIdentifier": "core-1",
            "type": "ACCESS",
            "subjectType": "customer",
            "isTest": False,
            "url": "http://receiver.fake/",
        },
    )


@pytest.mark.parametrize(
    ("email", "identifier"),
    [
        ("ada@example.com", {"name": "email", "value": "ada@example.com"}),
        (None, {"name": "coreIdentifier", "value": "core-2"}),
    ],
)
def test_a_preflight_webhook_asks_about_one_identifier_and_no_data_silo(
    world: World, email: str | None, identifier: dict[str, str]
) -> None:
    subject = {"coreIdentifier": "core-2", "email": email}
    submission = {"type": "ACCESS", "subjectType": "customer", "subject": subject, "isTest": True}
    made = {"requestId": "r2", "restart": False, "encryptedCEKContext": "h.ctx2.s", "request": submission}
    assert world.product("POST", "requests", made).status == 200
    world.gateway.answers["webhook"] = (200, {"status": 200})

    sent = world.product("POST", "requests/r2/webhook", {"kind": "preflight", "url": "http://receiver.fake/"})
    unknown = world.product("POST", "requests/r2/webhook", {"kind": "flight", "dataSiloId": "crm", "url": None})

    ((_, told, _),) = world.gateway.asked
    assert sent.content == {"status": 200}
    assert told["requestIdentifier"] == identifier
    assert told["enricherId"]
    assert told["isTest"] is True
    assert "dataSiloId" not in told
    assert unknown.code == "bad_request"


def test_a_pause_holds_back_webhooks_but_not_a_token_that_is_sent_nowhere(world: World) -> None:
    world.submit()
    world.gateway.answers["webhook"] = (200, {"headers": {}, "body": {}})
    world.product("POST", "organization/pause")

    held = world.product("POST", "requests/r1/webhook", {"dataSiloId": "silo-1", "url": "http://receiver.fake/"})
    made = world.product("POST", "requests/r1/webhook", {"dataSiloId": "silo-1", "url": None})

    assert held.code == "conflict"
    assert made.status == 200
    assert len(world.gateway.asked) == 1


def test_an_integration_is_proxied_with_its_latest_or_a_named_context(world: World) -> None:
    world.product("PUT", "integrations/crm", {"title": "CRM"})
    assert world.product("POST", "integrations/crm/proxy", {"path": "/"}).code == "not_found"
    for token in ("h.a.s", "h.b.s"):
        world.product("POST", "integrations/crm/context", {"integrationContext": token})
    world.gateway.answers["proxy-saas"] = (200, {"status": 200, "credential": "sha256:00"})

    latest = world.product("POST", "integrations/crm/proxy", {"path": "/v1"})
    world.product("POST", "integrations/crm/proxy", {"path": "/v1", "contextId": "id-0001"})

    assert latest.content == {"status": 200, "credential": "sha256:00"}
    assert [told["integrationContext"] for _, told, _ in world.gateway.asked] == ["h.b.s", "h.a.s"]
    assert world.product("POST", "integrations/crm/proxy", {"path": "/", "contextId": "x"}).code == "not_found"
    assert world.product("POST", "integrations/no/proxy", {"path": "/"}).code == "not_found"
    assert world.product("POST", "integrations/crm/proxy", {}).code == "bad_request"


def test_a_session_and_a_refusal_to_log_in_are_passed_on(world: World) -> None:
    world.gateway.answers["login"] = (200, {"session": "token"})
    told = {"audience": "employee", "subject": "ada"}
    assert world.product("POST", "login", told).content == {"session": "token"}
    assert world.gateway.asked[0][:2] == ("login", told)

    world.gateway.refuse("login", "token_expired", status=400)

    assert world.product("POST", "login", {"audience": "employee", "session": "x"}).code == "token_expired"


def test_the_key_of_a_request_is_rewrapped_for_a_session(world: World) -> None:
    world.submit()
    world.gateway.answers["rewrap-for-session"] = (200, {"publicKeyECDH": "k"})

    rewrapped = world.product("POST", "requests/r1/rewrap", {"session": "s", "publicKey": "p"})

    assert rewrapped.content == {"publicKeyECDH": "k"}
    told = {"requestId": "r1", "encryptedCEKContext": "h.ctx1.s", "session": "s", "publicKey": "p"}
    assert world.gateway.asked[0][:2] == ("rewrap-for-session", told)
    assert world.product("POST", "requests/r1/rewrap", {"session": "s"}).code == "bad_request"


def test_a_consent_identifier_is_kept_encrypted_and_looked_up(world: World) -> None:
    world.gateway.answers["consent/encrypt"] = (200, {"encrypted": "abc"})
    world.gateway.answers["consent/lookup"] = (200, {"identifier": "ada", "matches": True})

    kept = world.product("POST", "consent/encrypt", {"identifier": "ada"}).content
    found = world.product("POST", f"consent/{kept['id']}/lookup", {"identifier": "ada"}).content

    assert kept == {"id": "id-0001", "encrypted": "abc"}
    assert found == {"identifier": "ada", "matches": True}
    assert world.gateway.asked[1][:2] == ("consent/lookup", {"encrypted": "abc", "identifier": "ada"})
    assert world.product("POST", "consent/no/lookup", {"identifier": "ada"}).code == "not_found"


@pytest.mark.parametrize("answer", [{}, {"encrypted": 7}])
def test_what_is_no_gateway_keeps_nothing(world: World, answer: dict[str, int]) -> None:
    world.gateway.answers["consent/encrypt"] = (200, answer)

    assert world.product("POST", "consent/encrypt", {"identifier": "ada"}).code == "bad_gateway"
    assert world.store.counts()["consent_identifiers"] == 0


def test_a_refused_consent_identifier_is_not_kept(world: World) -> None:
    world.gateway.refuse("consent/encrypt", "bad_request", status=400)

    assert world.product("POST", "consent/encrypt", {"identifier": "ada"}).code == "bad_request"
    assert world.store.counts()["consent_identifiers"] == 0


def test_the_shared_secret_has_no_repr(world: World) -> None:
    assert SECRET not in repr(Ingress(world.network, "http://gateway.fake", SECRET))
