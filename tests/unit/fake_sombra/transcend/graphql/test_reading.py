"""What the queries answer: filters, order, pages, and the organization's own settings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.fake_sombra.transcend.world import SUBMISSION, World

_PAGE = """query Page($first: Int, $after: String, $offset: Int, $filterBy: RequestFiltersInput) {
  requests(first: $first, after: $after, offset: $offset, filterBy: $filterBy) {
    nodes { id } totalCount pageInfo { startCursor endCursor hasNextPage hasPreviousPage }
  }
}"""
_DAY_S = 86_400.0


def _submitted(world: World, request_id: str, **changed: Any) -> None:
    told = {
        "requestId": request_id,
        "restart": False,
        "encryptedCEKContext": f"h.{request_id}.s",
        "request": {**SUBMISSION, **changed},
    }
    assert world.product("POST", "requests", told).status == 200


def _ids(world: World, **given: Any) -> list[str]:
    answer = world.graphql(_PAGE, given)
    assert "errors" not in answer, answer
    return [node["id"] for node in answer["data"]["requests"]["nodes"]]


@pytest.mark.parametrize("first", [1, 2, 3, 100])
def test_pages_meet_each_request_once_by_age_then_id(world: World, first: int) -> None:
    for request_id in ("r5", "r1", "r4"):
        _submitted(world, request_id)
    world.now += 1
    for request_id in ("r2", "r3", "r0"):
        _submitted(world, request_id)

    seen, cursor, has_next = [], None, True
    while has_next:
        page = world.graphql(_PAGE, {"first": first, "after": cursor})["data"]["requests"]
        seen += [node["id"] for node in page["nodes"]]
        assert page["totalCount"] == 6
        assert page["pageInfo"]["hasPreviousPage"] is (cursor is not None)
        cursor, has_next = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]

    assert seen == ["r1", "r4", "r5", "r0", "r2", "r3"]


def test_a_page_of_none_still_counts(world: World) -> None:
    _submitted(world, "r1")

    page = world.graphql(_PAGE, {"first": 0})["data"]["requests"]

    assert (page["nodes"], page["totalCount"], page["pageInfo"]["hasNextPage"]) == ([], 1, False)


@pytest.mark.parametrize(
    ("filter_by", "expected"),
    [
        ({}, ["r1", "r2", "r3"]),
        ({"type": ["ERASURE"]}, ["r2"]),
        ({"type": []}, []),
        ({"status": ["WAITING", "COMPLETED"]}, ["r2", "r3"]),
        ({"isClosed": True}, ["r3"]),
        ({"isClosed": False}, ["r1", "r2"]),
        ({"isTest": True}, ["r2"]),
        ({"isSilent": False}, ["r1", "r3"]),
        ({"origin": ["API"]}, ["r1", "r2", "r3"]),
        ({"origin": ["DROP"]}, []),
        ({"ids": ["r1", "r3", "nobody"]}, ["r1", "r3"]),
        ({"text": "GRACE@"}, ["r2"]),
        ({"text": "%"}, []),
        ({"emails": ["ada@example.com"]}, ["r1", "r3"]),
        ({"coreIdentifierValues": ["core-2"]}, ["r2"]),
        ({"locales": ["fr"]}, ["r2"]),
        ({"countries": ["GB"]}, ["r1", "r2", "r3"]),
        ({"details": "row 2"}, ["r2"]),
        ({"createdAtAfter": "2027-01-15T08:00:05Z"}, ["r2", "r3"]),
        ({"createdAtBefore": "2027-01-15T08:00:05.000Z"}, ["r1"]),
        ({"updatedAtAfter": "2027-01-15T08:00:15Z"}, ["r2", "r3"]),
        ({"updatedAtBefore": "2027-01-15T08:00:15Z"}, ["r1"]),
        ({"isContextExpired": True}, ["r2"]),
        ({"isContextExpired": False}, ["r1", "r3"]),
        ({"isTest": None, "text": None}, ["r1", "r2", "r3"]),
    ],
)
def test_every_filter_narrows_the_list(world: World, filter_by: dict[str, Any], expected: list[str]) -> None:
    subject = {"coreIdentifier": "core-2", "email": "grace@example.com"}
    _submitted(world, "r1")
    world.now += 10
    more = {"isTest": True, "isSilent": True, "locale": "fr", "details": "row 2"}
    _submitted(world, "r2", type="ERASURE", subject=subject, **more)
    _submitted(world, "r3")
    world.now += 10
    world.put_status("WAITING", "r2")
    world.put_status("COMPLETED", "r3")
    world.gateway.refuse("open-context", "wrong_provider")
    assert world.product("POST", "requests/r2/open", {}).code == "wrong_provider"

    assert _ids(world, filterBy=filter_by) == expected


def test_a_time_that_is_none_is_refused_as_the_clients_mistake(world: World) -> None:
    message, code = world.told(_PAGE, {"filterBy": {"createdAtAfter": "yesterday"}})

    assert (message, code) == ("Client error: 'createdAtAfter' is not an ISO 8601 time", "bad_request")


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"first": 1001}, "'first'"),
        ({"first": -1}, "'first'"),
        ({"offset": -1}, "'offset'"),
        ({"after": "!"}, "'after'"),
    ],
)
def test_pages_are_bounded(world: World, given: dict[str, Any], named: str) -> None:
    message, code = world.told(_PAGE, given)

    assert message.startswith(f"Client error: {named}")
    assert code == "bad_request"


@pytest.mark.parametrize(
    "arguments",
    [
        "last: 2",
        'before: "x"',
        "orderBy: [{field: createdAt, direction: DESC}]",
        "orderBy: [{field: id, direction: ASC}]",
    ],
)
def test_an_order_that_is_not_offered_is_refused_rather_than_ignored(world: World, arguments: str) -> None:
    message, _ = world.told(f"{{ requests({arguments}) {{ totalCount }} }}")

    assert "is not offered" in message


def test_days_remaining_are_counted_from_the_submission_until_it_is_closed(world: World) -> None:
    query = '{ request(id: "r1") { daysRemaining successfullyCompletedAt isClosed isActive } }'
    _submitted(world, "r1")
    assert world.graphql(query)["data"]["request"]["daysRemaining"] == 45

    world.now += 46.5 * _DAY_S
    late = world.graphql(query)["data"]["request"]
    world.put_status("COMPLETED", "r1")
    closed = world.graphql(query)["data"]["request"]

    assert late == {"daysRemaining": -2, "successfullyCompletedAt": None, "isClosed": False, "isActive": True}
    assert closed["daysRemaining"] is None
    assert closed["successfullyCompletedAt"] == "2027-03-02T20:00:00.000Z"


@pytest.mark.parametrize(
    ("status", "expected"),
    [("REQUEST_MADE", "ACTION_REQUIRED"), ("ENRICHING", "ACTION_REQUIRED"), ("WAITING", "RESOLVED")],
)
def test_each_request_has_one_preflight_step(world: World, status: str, expected: str) -> None:
    _submitted(world, "r1")
    world.put_status(status, "r1")
    query = '{ requestEnrichers(input: {requestId: "r1"}) { nodes { status enricher { id type } } totalCount } }'

    found = world.graphql(query)["data"]["requestEnrichers"]

    assert (found["totalCount"], found["nodes"][0]["status"]) == (1, expected)


def test_files_of_several_requests_are_paged_by_cursor(world: World) -> None:
    for number in range(3):
        _submitted(world, f"r{number}")
        for file in range(2):
            uploaded = world.upload(
                f"f{number}{file}", request_id=f"r{number}", headers={"x-cek-context": f"h.r{number}.s"}
            )
            assert uploaded.status == 200, uploaded.body
    query = """query Files($filterBy: BulkRequestFilesFiltersInput!, $first: Int!, $after: String) {
      bulkRequestFiles(filterBy: $filterBy, first: $first, after: $after) {
        nodes { remoteId fileName size } pageInfo { hasNextPage endCursor }
      } }"""
    given = {"filterBy": {"requestIds": ["r0", "r2"], "dataSiloIds": ["silo-1"]}, "first": 3}

    first = world.graphql(query, given)["data"]["bulkRequestFiles"]
    second = world.graphql(query, {**given, "after": first["pageInfo"]["endCursor"]})["data"]["bulkRequestFiles"]

    assert [node["remoteId"] for node in first["nodes"] + second["nodes"]] == ["f00", "f01", "f20", "f21"]
    assert first["nodes"][0] == {"remoteId": "f00", "fileName": "folder/café.json", "size": "10"}
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)
    assert "'after'" in world.told(query, {**given, "after": "bm9uZQ=="})[0]


def test_a_browser_is_told_where_a_ciphertext_is_and_what_opens_it_but_the_key(world: World) -> None:
    _submitted(world, "r1")
    world.upload("f1", headers={"x-cek-context": "h.r1.s"})

    query = '{ requestFiles(filterBy: {requestId: "r1"}) { nodes { id downloadUrl iv authTag } totalCount } }'
    (node,) = world.graphql(query)["data"]["requestFiles"]["nodes"]

    assert node["downloadUrl"] == "http://product.fake/fake/v1/encrypted/f1"
    assert set(node) == {"id", "downloadUrl", "iv", "authTag"}


def test_templates_are_found_by_a_part_of_their_title(world: World) -> None:
    query = "query T($t: String) { templates(filterBy: {text: $t}, first: 20, offset: 0) { nodes { title } } }"

    assert world.graphql(query, {"t": "cancel"})["data"]["templates"]["nodes"] == [{"title": "Request Canceled"}]
    assert world.graphql(query, {"t": "nothing so called"})["data"]["templates"]["nodes"] == []


def test_the_organization_names_each_gateway_that_has_reported(world: World) -> None:
    query = "{ organization { uri isPaused sombra { id audience customerUrl } sombras { id } } }"
    before = world.graphql(query)["data"]["organization"]
    for instance in ("one", "two", "one"):
        synced: dict[str, Any] = {"id": instance, "uri": "acme", "configJwt": "j", "kmsProvider": "AWS", "keySets": []}
        assert world.product("POST", "config-sync", synced).status == 200

    after = world.graphql(query)["data"]["organization"]

    assert (before["uri"], before["sombra"]["customerUrl"], len(before["sombras"])) == (None, None, 1)
    assert after["sombra"] == {"id": "one", "audience": "acme", "customerUrl": None}
    assert [each["id"] for each in after["sombras"]] == ["one", "two"]


def test_integrations_are_listed_as_data_silos(world: World) -> None:
    for silo, title in (("crm", "Customers"), ("erp", "Orders")):
        world.product("PUT", f"integrations/{silo}", {"title": title})

    everyone = world.graphql("{ dataSilos(first: 10) { nodes { id title isPausedForDsrs } totalCount } }")["data"]
    named = world.graphql('{ dataSilos(filterBy: {text: "cust"}) { nodes { id } } dataSilo(id: "erp") { title } }')[
        "data"
    ]

    assert everyone["dataSilos"]["totalCount"] == 2
    assert named == {"dataSilos": {"nodes": [{"id": "crm"}]}, "dataSilo": {"title": "Orders"}}
    assert world.told('{ dataSilo(id: "none") { title } }')[1] == "not_found"
