"""The mutations that ask a gateway: what it is told, what its refusals become, what is kept when it fails halfway."""

from __future__ import annotations

from typing import Any

from tests.unit.fake_sombra.transcend.world import World

_TEST = "mutation T($id: ID!) { testSombraGatewayConnection(id: $id) { success } }"
_RE_SIGN = """mutation R($ids: [ID!]!) {
  employeeReSignEncryptedCEKContexts(input: {requestIds: $ids}, dhEncrypted: "dh") { done } }"""
_RE_SIGN_SAAS = (
    'mutation R($ids: [ID!]!) { reSignSaaSContexts(input: {dataSiloIds: $ids}, dhEncrypted: "dh") { done } }'
)
_KEY = """mutation K($id: ID!, $dh: String!) {
  dataSubjectDownloadCEK(id: $id, lookup: {url: "https://privacy.example.com"}, dhEncrypted: $dh) {
    decryptionContext { wrappedKey authTag iv } } }"""
_WRAPPED = {"wrappedKey": "a2V5", "authTag": "dGFn", "iv": "aXY="}


def _sombra_id(world: World) -> str:
    return str(world.graphql("{ organization { sombra { id } } }")["data"]["organization"]["sombra"]["id"])


def test_a_connection_is_tested_by_really_asking(world: World) -> None:
    world.gateway.answers["/health"] = (200, {"status": "ok"})
    sombra = _sombra_id(world)
    up = world.graphql(_TEST, {"id": sombra})["data"]["testSombraGatewayConnection"]

    world.network.hang_up("http://gateway.fake")
    down = world.graphql(_TEST, {"id": sombra})["data"]["testSombraGatewayConnection"]

    assert (up, down) == ({"success": True}, {"success": False})
    assert world.told(_TEST, {"id": "nobody"})[1] == "not_found"


def test_the_key_for_browsers_is_the_gateways_and_null_while_it_is_down(world: World) -> None:
    query = "{ organization { sombra { publicKeyECDH } } }"
    world.gateway.answers["exchange-key"] = (200, {"publicKeyECDH": "c3BraQ=="})
    up = world.graphql(query)["data"]["organization"]["sombra"]

    world.network.hang_up("http://gateway.fake")
    down = world.graphql(query)["data"]["organization"]["sombra"]

    assert (up, down) == ({"publicKeyECDH": "c3BraQ=="}, {"publicKeyECDH": None})


def test_a_browser_gets_the_key_as_the_gateway_wrapped_it(world: World) -> None:
    world.submit()
    world.gateway.answers["rewrap-for-session"] = (200, {"decryptionContext": _WRAPPED, "publicKeyECDH": "x"})

    answer = world.graphql(_KEY, {"id": "r1", "dh": "browser.packed"})

    assert answer == {"data": {"dataSubjectDownloadCEK": {"decryptionContext": _WRAPPED}}}
    assert world.gateway.asked[-1][1] == {
        "requestId": "r1",
        "encryptedCEKContext": "h.ctx1.s",
        "dhEncrypted": "browser.packed",
        "audience": "data_subject",
    }


def test_a_refusal_names_its_cause_and_an_absent_gateway_is_worth_another_try(world: World) -> None:
    world.submit()
    world.gateway.refuse("rewrap-for-session", "wrong_provider")
    refused = world.told(_KEY, {"id": "r1", "dh": "x"})
    world.gateway.answers["rewrap-for-session"] = (200, {"nothing": "of use"})
    useless = world.told(_KEY, {"id": "r1", "dh": "x"})

    world.network.hang_up("http://gateway.fake")
    down = world.told(_KEY, {"id": "r1", "dh": "x"})

    assert refused == ("Client error: Sombra refused: wrong_provider", "wrong_provider")
    assert (useless[1], down[1]) == ("bad_gateway", "bad_gateway")
    assert "Client error" not in useless[0] + down[0]


def test_signing_anew_adds_contexts_and_keeps_the_old_ones(world: World) -> None:
    world.submit()
    world.submit(token="h.ctx2.s", restart=True)
    world.upload("f1")
    world.gateway.answers["re-sign-context"] = (200, {"encryptedCEKContext": "h.renewed.s"})

    answer = world.graphql(_RE_SIGN, {"ids": ["r1"]})

    asked = [told["encryptedCEKContext"] for route, told, _ in world.gateway.asked if route == "re-sign-context"]
    assert answer == {"data": {"employeeReSignEncryptedCEKContexts": {"done": True}}}
    assert asked == ["h.ctx1.s", "h.ctx2.s"]
    assert len(world.product("GET", "requests/r1/contexts").content["contexts"]) == 4
    (file,) = world.product("GET", "requests/r1/files").content["nodes"]
    assert file["encryptedCEKContext"] == "h.ctx1.s"
    assert file["renewals"] == ["h.renewed.s", "h.ctx1.s"]


def test_the_newest_key_stays_the_latest_when_only_an_older_one_can_be_signed_anew(world: World) -> None:
    world.submit()
    world.submit(token="h.ctx2.s", restart=True)
    world.gateway.answers["re-sign-context"] = (200, {"encryptedCEKContext": "h.renewed.s"})
    original = world.gateway.app

    async def only_the_first(scope: Any, receive: Any, send: Any) -> None:
        if len(world.gateway.asked) == 1:
            world.gateway.refuse("re-sign-context", "wrong_provider")
        await original(scope, receive, send)

    world.network.listen("http://gateway.fake", only_the_first)

    message, code = world.told(_RE_SIGN, {"ids": ["r1"]})

    assert (code, "1 × wrong_provider" in message) == ("conflict", True)
    assert world.product("GET", "requests/r1").content["encryptedCEKContext"] == "h.ctx2.s"
    assert len(world.product("GET", "requests/r1/contexts").content["contexts"]) == 3


def test_a_caller_whom_the_gateway_does_not_know_signs_nothing(world: World) -> None:
    world.submit("r1")
    world.submit("r2", token="h.two.s")
    world.gateway.refuse("re-sign-context", "not_authenticated", status=401)

    assert world.told(_RE_SIGN, {"ids": ["r1", "r2"]})[1] == "not_authenticated"
    assert len(world.gateway.asked) == 1


def test_integrations_are_signed_anew_each_by_its_latest_context(world: World) -> None:
    world.product("PUT", "integrations/crm", {"title": "CRM"})
    for token in ("old", "new"):
        world.product("POST", "integrations/crm/context", {"integrationContext": token})
    world.gateway.answers["re-sign-integration"] = (200, {"integrationContext": "renewed"})
    world.gateway.answers["proxy-saas"] = (200, {"status": 200})

    assert world.graphql(_RE_SIGN_SAAS, {"ids": ["crm"]}) == {"data": {"reSignSaaSContexts": {"done": True}}}
    world.product("POST", "integrations/crm/proxy", {"path": "/"})

    told = [(route, told.get("integrationContext")) for route, told, _ in world.gateway.asked]
    assert told == [("re-sign-integration", "new"), ("proxy-saas", "renewed")]
    assert world.product("GET", "integrations").content["integrations"][0]["contexts"] == 3


def test_more_than_a_thousand_at_once_are_refused_before_anything_is_asked(world: World) -> None:
    assert world.told(_RE_SIGN, {"ids": ["r1"] * 1001})[1] == "bad_request"
    assert world.told(_RE_SIGN, {"ids": ["nobody"]})[1] == "not_found"
    assert world.gateway.asked == []
