"""The list of requests, the version, the address of Sombra: what the CLI reads of Transcend's cloud."""

from __future__ import annotations

import pytest

from fake_sombra.transcend.graphql.organization_fields import OrganizationFields
from tests.conformance.wire import documents
from tests.conformance.wire.codecs import LISTED_REQUEST, SIGNED_CODE, decode
from tests.conformance.wire.commands import export
from tests.conformance.wire.conftest import Entered
from tests.conformance.wire.scene import SILO, WANTED

_DOCUMENTS = {name: text for name, text in vars(documents).items() if isinstance(text, str) and "Transcend" in text}


def test_each_listed_request_is_of_the_type_the_cli_declares(fork: Entered) -> None:
    scene = fork("after")
    client = scene.enter("after")

    nodes = [node for page in client.requests({}) for node in page]

    assert len(nodes) == 2 * len(WANTED)
    for node in nodes:
        decode(LISTED_REQUEST, node)
    assert nodes == sorted(nodes, key=lambda node: (node["createdAt"], node["id"]))


@pytest.mark.parametrize("name", ["ORGANIZATION", "SOMBRA_VERSION", "ATTRIBUTE_KEYS", "INITIALIZER", "DATA_SUBJECTS"])
def test_what_a_command_asks_first_is_answered_also_while_sombra_is_down(fork: Entered, name: str) -> None:
    scene = fork("refused")
    given = {"first": 20, "offset": 0} if name == "ATTRIBUTE_KEYS" else {}

    answer = scene.client().graphql(_DOCUMENTS[name], given)

    assert answer
    assert None not in answer.values()


def test_what_upload_maps_its_columns_to_is_there(fork: Entered) -> None:
    client = fork("refused").client()

    identifiers = client.graphql(documents.INITIALIZER)["initializer"]["identifiers"]
    subjects = client.graphql(documents.DATA_SUBJECTS)["internalSubjects"]
    keys = client.graphql(documents.ATTRIBUTE_KEYS, {"first": 20, "offset": 0})["attributeKeys"]["nodes"]

    assert {"email", "coreIdentifier"} <= {each["name"] for each in identifiers}
    assert "customer" in {each["type"] for each in subjects}
    assert [key["name"] for key in keys] == ["Tags"]
    assert client.graphql(documents.ATTRIBUTE_KEYS, {"first": 20, "offset": 20})["attributeKeys"]["nodes"] == []


def test_a_gateway_without_a_customer_url_ends_the_command_with_the_clis_own_words(fork: Entered) -> None:
    scene = fork("before")
    client = scene.enter("before")
    with pytest.MonkeyPatch.context() as patch:
        original = OrganizationFields._sombra
        patch.setattr(
            OrganizationFields,
            "_sombra",
            lambda self, sync, **given: original(self, sync, **given) | {"customerUrl": None},
        )
        ended = export(client)

    assert ended.exit_code == 1
    assert "has not been set up" in ended.said[0]


def test_files_are_listed_by_request_in_both_ways_the_cli_knows(fork: Entered) -> None:
    scene = fork("refused")
    client, request_id = scene.client(), scene.ids["old"]["approving"]

    bulk = client.graphql(
        documents.BULK_FILES, {"filterBy": {"requestIds": [request_id], "dataSiloIds": [SILO]}, "first": 1}
    )["bulkRequestFiles"]
    paged = client.graphql(documents.REQUEST_FILES, {"filterBy": {"requestId": request_id}, "first": 10, "offset": 0})[
        "requestFiles"
    ]

    assert len(paged["nodes"]) == 2
    assert bulk["nodes"] == paged["nodes"][:1]
    assert bulk["pageInfo"]["hasNextPage"] is True


def test_a_custom_function_is_signed_by_the_gateway_that_will_run_it(fork: Entered) -> None:
    scene = fork("before")
    client = scene.enter("before")
    body = {"code": "export default () => {}", "context": {"userDefinedEnv": {"A": "b"}, "allowedHosts": ["x.example"]}}

    signed = client.read(SIGNED_CODE, "POST", "v1/custom/sign", json_body=body)

    assert signed["signedCodeJwt"].count(".") == signed["signedCodeContextJwt"].count(".") == 2


def test_a_request_is_read_by_its_id(fork: Entered) -> None:
    scene = fork("after")
    client = scene.enter("after")
    request_id = scene.ids["old"]["completed"]

    seen = client.sombra("GET", f"v1/data-subject-request/{request_id}").json

    assert dict(seen) == {
        "id": request_id,
        "coreIdentifier": "old-completed",
        "email": "old-completed@example.com",
        "status": "COMPLETED",
        "subjectType": "customer",
        "type": "ACCESS",
    }
