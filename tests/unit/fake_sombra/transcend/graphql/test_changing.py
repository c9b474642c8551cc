"""The mutations that Transcend's cloud does alone: steps, pauses, reports."""

from __future__ import annotations

from typing import Any

import pytest

from fake_sombra.transcend.statuses import STATUSES
from tests.unit.fake_sombra.transcend.world import World

_CANCEL = "mutation C($input: CommunicationInput!) { cancelRequest(input: $input) { request { id status } } }"
_APPROVE = "mutation A($input: CommunicationInput!) { approveRequest(input: $input) { request { id status } } }"
_PAUSE = (
    "mutation P($paused: Boolean) { updateOrganizationInfo(input: {isPaused: $paused}) { organization { isPaused } } }"
)


def _status(world: World) -> str:
    return str(world.product("GET", "requests/r1").content["status"])


@pytest.mark.parametrize("status", STATUSES)
def test_cancel_hits_finished_requests_too_and_only_deletions_in_progress_withstand(world: World, status: str) -> None:
    world.submit()
    world.put_status(status)
    withstands = status in {"SECONDARY", "SECONDARY_APPROVING", "CANCELED", "REVOKED"}

    answer = world.graphql(_CANCEL, {"input": {"requestId": "r1", "subject": "Re: x", "template": "x"}})

    assert _status(world) == (status if withstands else "CANCELED")
    assert ("errors" in answer) is withstands
    if withstands:
        assert answer["errors"][0]["message"].startswith("Client error: ")


@pytest.mark.parametrize("status", STATUSES)
def test_approve_needs_a_request_that_waits_for_it(world: World, status: str) -> None:
    world.submit()
    world.put_status(status)

    answer = world.graphql(_APPROVE, {"input": {"requestId": "r1"}})

    assert ("errors" in answer) is (status != "APPROVING")
    assert _status(world) == ("DOWNLOADABLE" if status == "APPROVING" else status)


def test_a_request_is_marked_silent_and_its_time_of_change_moves(world: World) -> None:
    query = (
        "mutation U($input: UpdateRequestInput!) { updateRequest(input: $input) { request { isSilent updatedAt } } }"
    )
    world.submit()
    world.now += 60

    changed = world.graphql(query, {"input": {"id": "r1", "isSilent": True}})["data"]["updateRequest"]["request"]

    assert changed == {"isSilent": True, "updatedAt": "2027-01-15T08:01:00.000Z"}
    assert world.product("GET", "requests/r1").content["isSilent"] is True


def test_additional_time_is_granted_to_what_is_still_open(world: World) -> None:
    query = "mutation N($input: AdditionalTimeInput!) { notifyAdditionalTime(input: $input) { clientMutationId } }"
    world.submit()
    given = {"requestId": "r1", "template": "t", "subject": "s", "additionalTime": 10}
    assert world.graphql(query, {"input": given}) == {"data": {"notifyAdditionalTime": {"clientMutationId": None}}}
    remaining = world.graphql('{ request(id: "r1") { daysRemaining } }')["data"]["request"]["daysRemaining"]

    world.put_status("COMPLETED")
    refused = world.told(query, {"input": given})

    assert remaining == 55
    assert refused[1] == "conflict"
    assert world.told(query, {"input": {**given, "additionalTime": 0}})[1] == "bad_request"


def test_a_paused_organization_holds_back_steps_until_it_goes_on(world: World) -> None:
    world.submit()
    paused = world.graphql(_PAUSE, {"paused": True})["data"]["updateOrganizationInfo"]["organization"]["isPaused"]
    held_back = world.product("POST", "requests/r1/advance", {"step": "enrich"})
    world.graphql(_PAUSE, {"paused": False})

    assert paused is True
    assert held_back.code == "conflict"
    assert world.product("POST", "requests/r1/advance", {"step": "enrich"}).status == 200


def test_a_paused_integration_is_sent_no_webhook_and_has_nothing_to_do(world: World) -> None:
    query = """mutation P($input: UpdateDataSilosInput!) {
      updateDataSilos(input: $input) { dataSilos { id title isPausedForDsrs } } }"""
    pending = "data-silos/crm/pending-requests/ACCESS"
    world.submit()
    world.put_status("COMPILING")
    world.product("PUT", "integrations/crm", {"title": "CRM"})
    world.gateway.answers["webhook"] = (200, {"status": 200})
    hook = {"dataSiloId": "crm", "url": "http://receiver.fake/"}
    assert world.product("POST", "requests/r1/webhook", hook).status == 200
    assert len(world.product("GET", pending).content["nodes"]) == 1

    changed = {"dataSilos": [{"id": "crm", "title": "New", "isPausedForDsrs": True}]}
    answer = world.graphql(query, {"input": changed})["data"]["updateDataSilos"]["dataSilos"]
    refused = world.product("POST", "requests/r1/webhook", hook)

    assert answer == [{"id": "crm", "title": "New", "isPausedForDsrs": True}]
    assert refused.code == "conflict"
    assert world.product("GET", pending).content["nodes"] == []


def test_either_all_integrations_of_one_call_are_changed_or_none(world: World) -> None:
    query = "mutation P($input: UpdateDataSilosInput!) { updateDataSilos(input: $input) { dataSilos { id } } }"
    world.product("PUT", "integrations/crm", {"title": "CRM"})
    changed = {"dataSilos": [{"id": "crm", "isPausedForDsrs": True}, {"id": "none", "isPausedForDsrs": True}]}

    assert world.told(query, {"input": changed})[1] == "not_found"
    assert world.product("GET", "integrations").content["integrations"][0]["isPausedForDsrs"] is False


def test_a_report_over_graphql_is_the_same_as_over_rest(world: World) -> None:
    query = """mutation S($input: SombraSingleTenantConfigSyncInput!) { sombraSingleTenantConfigSync(input: $input) {
      done keysMetadata { keySets { keyType canaries { keySource canaryValue canaryType index id } } } } }"""
    canary = {"keySource": "SOMBRA", "canaryValue": "abc", "canaryType": "HASH", "index": 0}
    given = {
        "id": "one",
        "uri": "acme",
        "configJwt": "planted-config-token",
        "kmsProvider": "local",
        "keySets": [{"keyType": "JWT_ECDSA_PUBLIC_KEY", "canaries": [canary]}],
    }

    done = world.graphql(query, {"input": given})["data"]["sombraSingleTenantConfigSync"]
    by_rest = world.product("POST", "config-sync", given).content

    assert done == by_rest
    syncs = world.product("GET", "organization").content["sombra"]["syncs"]
    assert [sync["isChanged"] for sync in syncs] == [False, False]
    assert "planted-config-token" not in str(syncs)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (_CANCEL, {"input": {"requestId": "none"}}),
        (_APPROVE, {"input": {"requestId": "../r1"}}),
        (_APPROVE, {"input": {"requestId": ""}}),
    ],
)
def test_an_unknown_request_is_not_found_whatever_its_id_looks_like(
    world: World, query: str, variables: dict[str, Any]
) -> None:
    message, code = world.told(query, variables)

    assert message.startswith("Client error: there is no")
    assert code == "not_found"
