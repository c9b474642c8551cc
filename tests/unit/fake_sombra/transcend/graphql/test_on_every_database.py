"""Filters over JSON, lineages of contexts, pending requests: the same answers on each database."""

from __future__ import annotations

from typing import Any

import pytest

from fake_sombra.transcend.store import Store
from tests.unit.fake_sombra.transcend.world import SUBMISSION, World

_LIST = "query L($f: RequestFiltersInput) { requests(filterBy: $f, first: 10) { nodes { id } totalCount } }"


def _submit(world: World, request_id: str, **changed: Any) -> int:
    told = {
        "requestId": request_id,
        "restart": False,
        "encryptedCEKContext": f"h.{request_id}.s",
        "request": {**SUBMISSION, **changed},
    }
    return world.product("POST", "requests", told).status


@pytest.fixture
def filled(store: Store) -> World:
    """Three requests: one for a named silo, one that is a test, one that does not open."""
    world = World(store)
    _submit(world, "r1", dataSiloIds=["crm"], details="row 1")
    world.now += 10
    _submit(world, "r2", isTest=True, locale="fr", completedRequestStatus="COMPLETED")
    world.now += 10
    _submit(world, "r3", subject={"coreIdentifier": "core-3", "email": "Grace_100%@example.com"})
    for request_id in ("r1", "r3"):
        world.put_status("COMPILING", request_id)
    world.gateway.refuse("open-context", "wrong_provider")
    world.product("POST", "requests/r3/open", {})
    return world


@pytest.mark.parametrize(
    ("filter_by", "expected"),
    [
        ({}, ["r1", "r2", "r3"]),
        ({"isTest": True}, ["r2"]),
        ({"isTest": False, "isSilent": False}, ["r1", "r3"]),
        ({"isClosed": True}, ["r2"]),
        ({"isContextExpired": True}, ["r3"]),
        ({"isContextExpired": False}, ["r1", "r2"]),
        ({"text": "grace_100%"}, ["r3"]),
        ({"text": "gracex100"}, []),
        ({"locales": ["fr"], "origin": ["API"]}, ["r2"]),
        ({"details": "ROW"}, ["r1"]),
        ({"createdAtAfter": "2027-01-15T08:00:05Z", "updatedAtBefore": "2030-01-01"}, ["r2", "r3"]),
        ({"coreIdentifierValues": ["core-3"], "emails": ["Grace_100%@example.com"]}, ["r3"]),
    ],
)
def test_a_filter_means_the_same(filled: World, filter_by: dict[str, Any], expected: list[str]) -> None:
    page = filled.graphql(_LIST, {"f": filter_by})["data"]["requests"]

    assert [node["id"] for node in page["nodes"]] == expected
    assert page["totalCount"] == len(expected)


@pytest.mark.parametrize(("silo", "expected"), [("crm", ["r1", "r3"]), ("erp", ["r3"]), ("cr", ["r3"])])
def test_what_is_pending_means_the_same(filled: World, silo: str, expected: list[str]) -> None:
    nodes = filled.product("GET", f"data-silos/{silo}/pending-requests/ACCESS").content["nodes"]
    query = f'{{ listReducedRequestsForDataSilo(input: {{dataSiloId: "{silo}"}}) {{ totalCount }} }}'

    assert [node["requestId"] for node in nodes] == expected
    assert filled.graphql(query)["data"]["listReducedRequestsForDataSilo"]["totalCount"] == len(expected)


def test_a_duplicate_is_one_until_the_first_is_closed(filled: World) -> None:
    assert _submit(filled, "again", dataSiloIds=["crm"], details="row 1") == 409
    filled.put_status("CANCELED", "r1")

    assert _submit(filled, "again", dataSiloIds=["crm"], details="row 1") == 200


def test_a_renewal_is_the_latest_of_its_key_only(filled: World) -> None:
    filled.submit("r1", token="h.second.s", restart=True)
    mutation = """mutation { employeeReSignEncryptedCEKContexts(
      input: {requestIds: ["r1"]}, dhEncrypted: "x") { done } }"""
    filled.gateway.answers["re-sign-context"] = (200, {"encryptedCEKContext": "h.renewed.s"})

    assert filled.graphql(mutation)["data"] == {"employeeReSignEncryptedCEKContexts": {"done": True}}
    contexts = [each["contextId"] for each in filled.product("GET", "requests/r1/contexts").content["contexts"]]
    assert filled.product("GET", "requests/r1").content["contextId"] == contexts[-1]
    assert len(contexts) == 4
