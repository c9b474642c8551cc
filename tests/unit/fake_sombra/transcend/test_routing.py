"""The edge of the stand-in: who is let in, what is refused, and that nothing of the inside is shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fake_sombra.http import Message, Scope
from fake_sombra.transcend.calls import JSON_LIMIT
from tests.unit.fake_sombra.transcend.world import World, run_app


def test_each_api_key_of_the_list_is_let_in_and_nothing_else_is(world: World) -> None:
    assert world.product("GET", "organization").status == 200
    assert world.product("GET", "organization", key="another-key").status == 200

    for wrong in (None, "", "rehearsal-api-ke", "rehearsal-api-key2", "é"):
        refused = world.product("GET", "organization", key=wrong)
        assert (refused.status, refused.code) == (401, "not_authenticated")
    basic = world.product("GET", "organization", key=None, headers={"authorization": "Basic rehearsal-api-key"})
    assert basic.status == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "nothing"),
        ("DELETE", "requests"),
        ("GET", "requests/r1/unknown"),
        ("GET", "requests/a b"),
        ("GET", ""),
    ],
)
def test_a_route_that_is_not_there_is_not_found(world: World, method: str, path: str) -> None:
    refused = world.product(method, path.replace(" ", "%20"))

    assert (refused.status, refused.code) == (404, "not_found")
    assert refused.headers["server"] == "fake-sombra"
    assert refused.content["message"] == refused.content["error"]["message"]


def test_the_control_plane_and_the_product_share_no_route(world: World) -> None:
    assert world.control("GET", "counts").status == 200
    assert world.product("GET", "counts").status == 404
    assert world.control("GET", "fake/v1/organization").status == 404


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b"\xff", b'{"title": 1}', b'{"title": ""}', b"{}", b"[" * 99_999]
)
def test_a_body_that_cannot_be_understood_is_a_bad_request(world: World, body: bytes) -> None:
    refused = world.product("PUT", "integrations/crm", body=body)

    assert (refused.status, refused.code) == (400, "bad_request")
    assert world.store.counts()["integrations"] == 0


@pytest.mark.parametrize("value", ["a\x00b", "\ud800"])
def test_text_that_no_database_can_hold_is_refused(world: World, value: str) -> None:
    refused = world.product("PUT", "integrations/crm", {"title": value})

    assert (refused.status, refused.code) == (400, "bad_request")


def test_a_json_body_has_a_limit(world: World) -> None:
    refused = world.product("PUT", "integrations/crm", body=b" " * (JSON_LIMIT + 1))

    assert (refused.status, refused.code) == (413, "too_large")


def test_an_error_of_our_own_is_answered_without_its_text_and_logged_by_its_kind(world: World) -> None:
    assert world.product("GET", "organization").status == 200
    world.store.close()

    failed = world.product("GET", "organization")

    assert (failed.status, failed.code) == (500, "internal")
    assert b"Traceback" not in failed.body
    assert b"sqlalchemy" not in failed.body.lower()
    assert [entry["code"] for entry in world.log.of("failed")] == ["internal"]


def _scope(kind: str, **more: Any) -> Scope:
    headers = [(b"authorization", b"Bearer rehearsal-api-key")]
    return {
        "type": kind,
        "path": "/fake/v1/integrations/crm",
        "query_string": b"",
        "headers": headers,
        **more,
    }


def test_a_caller_who_leaves_before_the_body_is_whole_changes_nothing(world: World) -> None:
    messages: list[Message] = [
        {"type": "http.request", "body": b'{"title": "CRM"}', "more_body": True},
        {"type": "http.disconnect"},
    ]

    sent = asyncio.run(run_app(world.standin.product, _scope("http", method="PUT"), messages))

    assert sent == []
    assert world.store.counts()["integrations"] == 0


def test_other_kinds_of_connection_are_left_alone(world: World) -> None:
    assert asyncio.run(run_app(world.standin.product, _scope("websocket"), [])) == []
