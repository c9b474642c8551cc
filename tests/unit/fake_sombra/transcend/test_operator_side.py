"""What an operator and a data subject's browser see."""

from __future__ import annotations

from typing import Any

import pytest

from fake_sombra.transcend.statuses import STATUSES
from tests.unit.fake_sombra.transcend.world import IV, World


def _walk(world: World, query: str) -> tuple[list[str], set[int]]:
    ids: list[str] = []
    totals: set[int] = set()
    cursor = ""
    while True:
        page = world.product("GET", f"requests?{query}&after={cursor}").content
        totals.add(page["totalCount"])
        ids += [node["id"] for node in page["nodes"]]
        if page["endCursor"] is None:
            return ids, totals
        cursor = page["endCursor"]


@pytest.mark.parametrize("first", [1, 2, 3, 100])
def test_paging_meets_each_request_once_even_when_all_are_of_one_age(world: World, first: int) -> None:
    for request_id in ("r5", "r1", "r4"):
        world.submit(request_id, token=f"h.{request_id}.s")
    world.now += 0.1
    for request_id in ("r2", "r3", "r0"):
        world.submit(request_id, token=f"h.{request_id}.s")

    assert _walk(world, f"first={first}") == (["r1", "r4", "r5", "r0", "r2", "r3"], {6})


def test_the_list_is_filtered_by_status_and_shows_what_each_request_has(world: World) -> None:
    for request_id, status in (("r1", "WAITING"), ("r2", "COMPLETED"), ("r3", "WAITING")):
        world.submit(request_id, token=f"h.{request_id}.s")
        world.put_status(status, request_id)
    world.upload("f1", request_id="r3", headers={"x-cek-context": "h.r3.s"})

    page = world.product("GET", "requests?status=WAITING,DELAYED").content

    assert [(node["id"], node["files"], node["isContextExpired"]) for node in page["nodes"]] == [
        ("r1", 0, False),
        ("r3", 1, False),
    ]
    assert page["totalCount"] == 2
    assert page["nodes"][0]["type"] == "ACCESS"
    assert not any("encryptedCEKContext" in node for node in page["nodes"])


@pytest.mark.parametrize("query", ["status=nonsense", "first=0", "first=9999", "after=%21", "after=AAAA", "after=YSBi"])
def test_a_list_that_cannot_be_understood_is_refused(world: World, query: str) -> None:
    assert world.product("GET", f"requests?{query}").code == "bad_request"


@pytest.mark.parametrize("status", STATUSES)
def test_approve_and_cancel_need_no_gateway_but_the_right_status(world: World, status: str) -> None:
    world.submit()
    world.put_status(status)
    cancellable = {"REQUEST_MADE", "ENRICHING", "ON_HOLD", "WAITING", "COMPILING", "APPROVING", "DELAYED"}

    approved = world.product("POST", "requests/r1/approve")
    world.put_status(status)
    cancelled = world.product("POST", "requests/r1/cancel")

    assert approved.status == (200 if status == "APPROVING" else 409)
    assert cancelled.status == (200 if status in cancellable else 409)
    final = "CANCELED" if status in cancellable else status
    assert world.product("GET", "requests/r1").content["status"] == final
    assert world.gateway.asked == []


def test_a_step_is_answered_with_the_request(world: World) -> None:
    world.submit()
    world.put_status("APPROVING")

    assert world.product("POST", "requests/r1/approve").content == {"request": {"id": "r1", "status": "DOWNLOADABLE"}}
    assert world.product("POST", "requests/r9/cancel").code == "not_found"


def test_a_pause_is_seen_and_lifted(world: World) -> None:
    assert world.product("POST", "organization/pause").content == {"isPaused": True}
    assert world.product("GET", "organization").content["isPaused"] is True
    assert world.product("POST", "organization/unpause").content == {"isPaused": False}
    assert world.product("GET", "organization").content["isPaused"] is False


def test_an_integration_is_made_renamed_and_listed(world: World) -> None:
    made = world.product("PUT", "integrations/crm", {"title": "CRM"}).content
    world.product("POST", "integrations/crm/context", {"integrationContext": "h.a.s"})
    world.now += 1
    world.product("PUT", "integrations/abc", {"title": "ABC"})
    world.product("PUT", "integrations/crm", {"title": "New CRM"})

    assert made == {"id": "crm", "title": "CRM", "contexts": 0, "isPausedForDsrs": False}
    assert world.product("GET", "integrations").content == {
        "integrations": [
            {"id": "crm", "title": "New CRM", "contexts": 1, "isPausedForDsrs": False},
            {"id": "abc", "title": "ABC", "contexts": 0, "isPausedForDsrs": False},
        ]
    }


def test_contexts_are_listed_without_their_tokens(world: World) -> None:
    world.submit()
    world.now += 1
    world.submit(token="h.ctx2.s", restart=True)

    listed = world.product("GET", "requests/r1/contexts").content["contexts"]

    assert listed == [
        {"contextId": "id-0001", "createdAt": "2027-01-15T08:00:00.000Z"},
        {"contextId": "id-0002", "createdAt": "2027-01-15T08:00:01.000Z"},
    ]
    assert world.product("GET", "requests/r9/contexts").code == "not_found"


def test_a_browser_is_handed_ciphertext_without_a_key_of_ours(world: World) -> None:
    world.submit()
    world.upload()

    listed: list[dict[str, Any]] = world.product("GET", "requests/r1/encrypted").content["files"]

    assert listed[0] == {
        "fileId": "f1",
        "contextId": "id-0001",
        "url": "http://product.fake/fake/v1/encrypted/f1",
        "iv": IV,
        "authTag": "dHR0dHR0dHR0dHR0dHR0dA==",
        "size": 10,
        "mimetype": "application/json",
        "fileName": "folder/café.json",
    }
    served = world.product("GET", "encrypted/f1", key=None)
    assert (served.status, served.body) == (200, b"ciphertext")
    assert served.headers["access-control-allow-origin"] == "*"
    assert served.headers["content-length"] == "10"
    assert world.product("OPTIONS", "encrypted/f1", key=None).status == 204
    assert world.product("GET", "encrypted/f9", key=None).code == "not_found"
    assert world.product("GET", "requests/r1/encrypted", key=None).code == "not_authenticated"
    assert world.product("GET", "requests/r9/encrypted").code == "not_found"
