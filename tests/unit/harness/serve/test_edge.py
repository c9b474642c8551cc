"""The edge of serve: unknown paths, wrong methods, bodies that are none, and callers that may not call."""

from __future__ import annotations

import pytest

from harness.serve.edge import Answer, Asked, Edge, Route
from harness.serve.guard import is_loopback
from harness.target import TargetFailed
from tests.unit.harness.serve.served import ORIGIN, Door


def _broken(asked: Asked) -> Answer:
    raise KeyError("a-secret-in-an-exception")


def _dead(asked: Asked) -> Answer:
    raise TargetFailed("kms ended by itself with exit code -9")


_SAID: list[str] = []
_ROUTES = (
    Route("GET", "/thing/{name}", lambda asked: Answer(200, {}, asked.params["name"].encode())),
    Route("POST", "/thing/{name}", lambda asked: Answer(200, {}, asked.text("word").encode())),
    Route("GET", "/broken", _broken),
    Route("GET", "/dead", _dead),
)
_DOOR = Door(Edge(_ROUTES, say=_SAID.append))


def test_a_known_path_is_answered_never_kept_and_never_guessed_at() -> None:
    reply = _DOOR("GET", "/thing/one")

    assert (reply.status, reply.body) == (200, b"one")
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize("path", ["/", "/thing", "/thing/", "/thing/a/b", "/THING/a", "/../thing/a", "//thing/a"])
def test_an_unknown_path_is_404_in_json(path: str) -> None:
    reply = _DOOR("GET", path)

    assert (reply.status, reply.cause) == (404, "not_found")
    assert reply.headers["content-type"] == "application/json"


def test_a_method_that_a_path_does_not_take_is_405_and_told() -> None:
    wrong, asked, head = (_DOOR(method, "/thing/one") for method in ("PUT", "OPTIONS", "HEAD"))

    assert (wrong.status, wrong.cause, wrong.headers["allow"]) == (
        405,
        "method_not_allowed",
        "GET, HEAD, OPTIONS, POST",
    )
    assert (asked.status, asked.headers["allow"]) == (204, "GET, HEAD, OPTIONS, POST")
    assert (head.status, head.headers["content-length"], head.body) == (200, "3", b"")


@pytest.mark.parametrize(
    "body", [b"{", b"[1]", b'"word"', b"\xff", b"[" * 60_000, b'{"word": 7}', b'{"word": ""}', b""]
)
def test_a_body_that_is_no_object_with_the_field_is_400(body: bytes) -> None:
    reply = _DOOR("POST", "/thing/one", body=body)

    assert (reply.status, reply.cause) == (400, "bad_request")


def test_a_body_over_the_limit_is_413() -> None:
    assert _DOOR("POST", "/thing/one", body=b" " * 70_000).status == 413


def test_a_defect_is_told_by_its_kind_alone_and_a_dead_neighbour_by_its_name() -> None:
    broken, dead = _DOOR("GET", "/broken"), _DOOR("GET", "/dead")

    assert (broken.status, broken.cause) == (500, "internal")
    assert b"a-secret" not in broken.body
    assert "KeyError" in _SAID[-1]
    assert "a-secret" not in "".join(_SAID)
    assert (dead.status, dead.cause) == (502, "bad_gateway")
    assert "kms ended by itself" in dead.json["message"]


@pytest.mark.parametrize("host", ["127.0.0.1:9000", "localhost:80", "LOCALHOST", "[::1]:9000", "127.1.2.3"])
def test_a_name_of_this_machine_is_let_in(host: str) -> None:
    assert _DOOR("GET", "/thing/one", headers={"host": host}).status == 200


@pytest.mark.parametrize(
    "host",
    ["", "example.com", "127.0.0.1.example.com", "localhost.example.com", "127.0.0.1@example.com", "10.0.0.1", "["],
)
def test_a_name_that_was_bent_to_this_machine_is_421_whatever_is_asked(host: str) -> None:
    replies = [_DOOR(method, "/thing/one", headers={"host": host}) for method in ("GET", "POST", "OPTIONS")]

    assert [(each.status, each.cause) for each in replies] == [(421, "foreign_host")] * 3


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": ORIGIN},
        {"referer": f"{ORIGIN}/page"},
        {"origin": ORIGIN, "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
    ],
)
def test_a_program_and_a_page_of_this_origin_may_change_things(headers: dict[str, str]) -> None:
    assert _DOOR("POST", "/thing/one", {"word": "yes"}, headers=headers).body == b"yes"


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "null"},
        {"origin": "http://example.com"},
        {"origin": "http://127.0.0.1:9001"},
        {"origin": "https://127.0.0.1:9000"},
        {"referer": "http://127.0.0.1:90000/"},
        {"referer": "http://example.com/"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": ORIGIN, "sec-fetch-site": "cross-site"},
    ],
)
def test_a_page_of_another_origin_may_not(headers: dict[str, str]) -> None:
    reply = _DOOR("POST", "/thing/one", {"word": "no"}, headers=headers)

    assert (reply.status, reply.cause) == (403, "foreign_origin")


def test_a_page_of_another_origin_may_not_read_either() -> None:
    assert _DOOR("GET", "/thing/one", headers={"origin": "http://example.com"}).status == 403


@pytest.mark.parametrize("authority", ["127.0.0.1:x", "127.0.0.1:0", "user@localhost", "localhost/path", "local host"])
def test_what_only_looks_like_this_machine_is_not(authority: str) -> None:
    assert not is_loopback(authority)
