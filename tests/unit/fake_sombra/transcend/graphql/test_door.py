"""What is HTTP about GraphQL, who is let in, how much may be asked, and what a refusal gives away."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from graphql import build_client_schema, get_introspection_query
from hypothesis import given, settings
from hypothesis import strategies as st

from fake_sombra.http import Request
from fake_sombra.transcend.graphql.bounds import DEEPEST, MOST_ALIASES, MOST_FIELDS, MOST_ROOT_FIELDS
from tests.unit.fake_sombra.transcend.world import KEY, Seen, World, exchange

_PING = "{ organization { isPaused } }"


def _send(world: World, body: bytes, *, method: str = "POST", **headers: str) -> Seen:
    sent = {"authorization": f"Bearer {KEY}", "content-type": "application/json"}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    return exchange(world.network, Request(method, "http://product.fake/graphql", sent, body))


def _body(query: object = _PING, **more: object) -> bytes:
    return json.dumps({"query": query, **more}).encode()


def test_a_query_is_answered_with_data_that_any_origin_may_read(world: World) -> None:
    seen = _send(world, _body(operationName=None, variables=None))

    assert (seen.status, seen.content) == (200, {"data": {"organization": {"isPaused": False}}})
    assert seen.headers["access-control-allow-origin"] == "*"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["server"] == "fake-sombra"


def test_a_browser_may_ask_before_it_asks(world: World) -> None:
    seen = _send(world, b"", method="OPTIONS", origin="http://privacy.example.com")

    assert (seen.status, seen.body) == (204, b"")
    assert seen.headers["access-control-allow-methods"] == "OPTIONS, POST"
    assert seen.headers["access-control-allow-headers"] == "*"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'[{"query": "{ organization { isPaused } }"}]', 400),
        (b'"query"', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (_body(None), 400),
        (_body(1), 400),
        (_body("   "), 400),
        (_body(variables=[]), 400),
        (_body(variables="x"), 400),
        (_body(operationName=1), 400),
        (_body(variables={"x": "a\x00b"}), 400),
        (b'{"query": "{ organization { isPaused } }", "variables": {"x": "\\ud800"}}', 400),
        (b" " * (4 << 20) + b"{}", 413),
        (_body("{"), 200),
        (_body("{ nothing }"), 200),
        (_body("subscription { organization { isPaused } }"), 200),
        (_body("query A { organization { isPaused } } query B { organization { isPaused } }"), 200),
        (_body("query A { organization { isPaused } }", operationName="B"), 200),
        (_body("fragment F on Query { organization { isPaused } }"), 200),
    ],
)
def test_what_is_no_query_is_refused_in_the_shape_clients_read(world: World, body: bytes, status: int) -> None:
    assert _send(world, _body()).status == 200

    seen = _send(world, body)

    assert seen.status == status
    assert seen.headers["content-type"] == "application/json"
    for error in seen.content["errors"]:
        assert error["message"]
        assert error["extensions"]["code"]
    assert seen.content.get("data") is None


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "HEAD", "PATCH"])
def test_another_method_is_refused_and_the_right_ones_named(world: World, method: str) -> None:
    seen = _send(world, b"", method=method)

    assert (seen.status, seen.headers["allow"]) == (405, "OPTIONS, POST")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""])
def test_a_body_that_says_it_is_no_json_is_refused(world: World, kind: str) -> None:
    seen = _send(world, _body(), content_type=kind or "x")

    assert seen.status == 415


@pytest.mark.parametrize(
    "kind", ["application/json; charset=utf-8", "Application/JSON", "application/graphql-response+json"]
)
def test_a_charset_is_fine(world: World, kind: str) -> None:
    assert _send(world, _body(), content_type=kind).status == 200


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer nobody", f"Basic {KEY}", f"Bearer {KEY}x", KEY, "Bearer \xe9"]
)
def test_an_unknown_key_is_an_error_in_a_good_answer_and_does_nothing(world: World, authorization: str) -> None:
    world.submit()
    world.put_status("APPROVING")
    approve = 'mutation { approveRequest(input: {requestId: "r1"}) { request { id } } }'

    seen = [_send(world, _body(query), authorization=authorization) for query in (_PING, approve, "{", "{ nothing }")]

    assert [each.status for each in seen] == [200] * 4
    for each in seen:
        (error,) = each.content["errors"]
        assert "API key is invalid" in error["message"]
        assert "data" not in each.content
    assert world.product("GET", "requests/r1").content["status"] == "APPROVING"


def test_a_data_subject_needs_no_api_key_and_can_do_nothing_else_without_one(world: World) -> None:
    world.submit()
    world.gateway.refuse("rewrap-for-session", "signature_invalid", status=400)
    key = 'dataSubjectDownloadCEK(id: "r1", dhEncrypted: "x") { decryptionContext { iv } }'

    message, code = world.told(f"mutation {{ {key} }}", key=None)
    pause = "updateOrganizationInfo(input: {isPaused: true}) { organization { id } }"
    approve = 'approveRequest(input: {requestId: "r1"}) { request { id } }'
    both = world.told(f"mutation {{ {key} {pause} }}", key=None)
    hidden = world.told(f"mutation {{ {key} ...More }} fragment More on Mutation {{ {approve} }}", key=None)

    assert (message, code) == ("Client error: Sombra refused: signature_invalid", "signature_invalid")
    assert "API key is invalid" in both[0]
    assert "API key is invalid" in hidden[0]
    assert [route for route, _, _ in world.gateway.asked] == ["rewrap-for-session"]


def _nested(levels: int) -> str:
    """Fragments that each spread the next twice: 2^levels fields once they are spread out."""
    fragments = "".join(
        f" fragment F{n} on Organization {{ ...F{n + 1} a{n}: isPaused ...F{n + 1} }}" for n in range(levels)
    )
    return f"{{ organization {{ ...F0 }} }}{fragments} fragment F{levels} on Organization {{ isPaused }}"


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("{" + "organization{sombra{" * 1 + "id" + "}" * 2 + "}", None),
        ("{ " + " ".join(f"a{n}: organization {{ id }}" for n in range(MOST_ROOT_FIELDS)) + " }", None),
        ("{ " + " ".join(f"a{n}: organization {{ id }}" for n in range(MOST_ROOT_FIELDS + 1)) + " }", "root fields"),
        ("{ organization { " + " ".join(f"a{n}: id" for n in range(MOST_ALIASES + 1)) + " } }", "aliases"),
        (_nested(12), "fields"),
        (_nested(60), "fields"),
        ("{ organization { " + "sombra { " * DEEPEST + "id" + " }" * DEEPEST + " } }", "levels deep"),
        ("{ organization { " + "id " * 2900 + "} }", "fields"),
        ("{ organization { " + "id " * 5000 + "} }", "token"),
        ("{ a" * 900, "nested"),
        ("{ organization { id } }" + " " * 70_000, "characters"),
        ("query A($a: [Int] = " + "[" * 900 + "]" * 900 + ") { organization { id } }", "nested"),
        ("{ ...F } fragment F on Query { ...F }", "within itself"),
        ('{ request(id: "a\\u0000") { id } }', "cannot be stored"),
    ],
)
def test_a_document_may_ask_for_so_much_and_no_more(world: World, query: str, named: str | None) -> None:
    answer = world.graphql(query)

    if named is None:
        assert "errors" not in answer
    else:
        (error, *_) = answer["errors"]
        assert named in error["message"]
        assert error["extensions"]["code"] in {"GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"}
        assert answer.get("data") is None
    assert MOST_FIELDS == 1000


def test_the_words_by_which_clients_stop_trying_are_there(world: World) -> None:
    syntax, _ = world.told("{ organization { ")
    value, _ = world.told("query Q($first: Int!) { requests(first: $first) { totalCount } }", {"first": "many"})
    _, code = world.told("{ nothing }")

    assert "syntax error" in syntax
    assert "got invalid value" in value
    assert code == "GRAPHQL_VALIDATION_FAILED"


def test_a_defect_is_told_by_its_kind_in_the_log_and_not_at_all_to_the_caller(world: World) -> None:
    world.store.close()

    message, code = world.told(_PING)

    assert code == "internal"
    assert "sentinel" not in message
    assert "Traceback" not in json.dumps(world.log.entries)
    (line,) = world.log.of("failed")
    assert set(line) >= {"kind", "route", "code"}


def test_introspection_works_as_tools_expect(world: World) -> None:
    answer = world.graphql(get_introspection_query())

    assert "errors" not in answer
    assert build_client_schema(answer["data"]).mutation_type is not None


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
_QUERIES = (
    "query Q($v: RequestFiltersInput) { requests(filterBy: $v) { totalCount } }",
    "query Q($v: String) { requests(after: $v) { totalCount } }",
    "query Q($v: Int) { requests(first: $v, offset: $v) { totalCount } }",
    "query Q($v: ID!) { request(id: $v) { id } }",
    "query Q($v: RequestEnrichersInput!) { requestEnrichers(input: $v) { totalCount } }",
    "query Q($v: BulkRequestFilesFiltersInput!) { bulkRequestFiles(filterBy: $v) { nodes { id } } }",
    "mutation M($v: UpdateRequestInput!) { updateRequest(input: $v) { request { id } } }",
    "mutation M($v: UpdateDataSilosInput!) { updateDataSilos(input: $v) { dataSilos { id } } }",
    "mutation M($v: SombraSingleTenantConfigSyncInput!) { sombraSingleTenantConfigSync(input: $v) { done } }",
    'mutation M($v: ReSignSaaSContextsInput!) { reSignSaaSContexts(input: $v, dhEncrypted: "x") { done } }',
)


def test_whatever_variables_come_the_answer_is_an_answer(world: World) -> None:
    """No value of a variable is a crash: it is taken, or refused in the shape clients read."""

    @settings(max_examples=150, deadline=None)
    @given(query=st.sampled_from(_QUERIES), value=_VALUES)
    def law(query: str, value: Any) -> None:
        assert _send(world, _body(query, variables={"v": value})).status in {200, 400}
        assert world.log.of("failed") == []

    law()


def test_whatever_text_comes_the_answer_is_an_answer(world: World) -> None:
    """No text is a crash: it is run, or refused in the shape clients read."""

    @settings(max_examples=150, deadline=None)
    @given(query=st.text(max_size=60) | st.text(alphabet='{}()[]:$!@"...abc #\n', max_size=60))
    def law(query: str) -> None:
        assert _send(world, json.dumps({"query": query}).encode()).status in {200, 400}
        assert world.log.of("failed") == []

    law()


def test_graphql_core_is_loaded_by_the_first_query_and_not_by_the_start() -> None:
    code = "import sys, fake_sombra.transcend.app, fake_sombra.transcend.main; print('graphql' in sys.modules)"

    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert loaded.stdout.strip() == "False"
