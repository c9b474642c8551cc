"""What a gateway sent is kept as it came, within bounds, and shown on the control port alone."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from fake_sombra.transcend.arrivals import BODY_LIMIT, Arrival, Arrivals, Heard
from fake_sombra.transcend.calls import Disconnected
from tests.unit.fake_sombra.transcend.world import World, in_pieces, run_app


def _seen(world: World, since: int = 0) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.control("GET", f"arrivals?since={since}").content["arrivals"]
    return found


def test_a_gateways_call_is_shown_with_path_query_headers_and_json_but_not_with_its_api_key(world: World) -> None:
    world.submit()
    world.product("GET", "requests/r1/files?limit=5", headers={"x-extra": "one"})

    submitted, listed = _seen(world)

    assert (submitted["n"], submitted["method"], submitted["path"]) == (1, "POST", "/fake/v1/requests")
    assert '"requestId": "r1"' in submitted["body"]
    assert (listed["path"], listed["body"]) == ("/fake/v1/requests/r1/files?limit=5", "")
    assert ["x-extra", "one"] in listed["headers"]
    assert not [name for each in (submitted, listed) for name, _ in each["headers"] if name == "authorization"]
    assert _seen(world, since=1) == [listed]


def test_a_ciphertext_leaves_its_headers_and_nothing_of_its_body(world: World) -> None:
    world.submit()
    world.upload(sealed=in_pieces(b"ciphertext" + b"t" * 16, 7))

    *_, upload = _seen(world)

    assert dict(upload["headers"])["x-file-mimetype"] == "application/json"
    assert upload["body"] == ""


def test_an_operators_calls_are_not_kept_and_a_refused_or_unknown_one_is(world: World) -> None:
    world.product("GET", "organization")
    world.product("POST", "organization/pause", {})
    world.graphql("{ organization { id } }")
    world.product("GET", "requests/r1", key="none-of-them")
    world.product("POST", "telemetry", {"key": "value"})

    assert [each["path"] for each in _seen(world)] == ["/fake/v1/requests/r1", "/fake/v1/telemetry"]


def test_no_product_route_shows_them(world: World) -> None:
    assert world.product("GET", "arrivals").code == "not_found"


def test_of_a_long_body_the_beginning_is_kept(world: World) -> None:
    world.product("POST", "requests", {"a": "x" * (2 * BODY_LIMIT)})

    assert len(_seen(world)[0]["body"]) == BODY_LIMIT


def test_the_oldest_go_when_too_much_is_kept_and_numbers_stay() -> None:
    arrivals = Arrivals(held=3 * 1000)

    for number in range(1, 6):
        arrivals.keep(Arrival("GET", f"/{number}", [("name", "x" * 700)]))

    seen = arrivals.since(0)
    assert seen["dropped"] == 2
    assert [(each["n"], each["path"]) for each in seen["arrivals"]] == [(3, "/3"), (4, "/4"), (5, "/5")]
    assert [each["n"] for each in arrivals.since(4)["arrivals"]] == [5]


def test_one_call_over_the_bound_leaves_nothing() -> None:
    arrivals = Arrivals(held=100)

    arrivals.keep(Arrival("GET", "/", []))

    assert arrivals.since(0) == {"arrivals": [], "dropped": 1}


def test_a_call_that_breaks_off_is_kept_too() -> None:
    async def breaks(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise Disconnected("gone")

    arrivals = Arrivals()
    headers = [(b"content-type", b"application/json; charset=utf-8"), (b"authorization", b"Bearer key")]
    scope = {"type": "http", "method": "POST", "path": "/fake/v1/x", "query_string": b"", "headers": headers}

    with pytest.raises(Disconnected):
        asyncio.run(run_app(Heard(breaks, arrivals), scope, [{"type": "http.request", "body": b"{\xff"}]))

    (told,) = arrivals.since(0)["arrivals"]
    assert told["body"] == "{�"
    assert told["headers"] == [("content-type", "application/json; charset=utf-8")]


def test_what_is_no_http_is_not_kept() -> None:
    arrivals = Arrivals()

    assert asyncio.run(run_app(Heard(_never, arrivals), {"type": "lifespan"}, [])) == []
    assert arrivals.since(0)["arrivals"] == []


async def _never(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("it was asked")
