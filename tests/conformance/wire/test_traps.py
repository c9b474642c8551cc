"""The traps of the real CLI that bear on the migration, reproduced and not papered over (D-09, clients.md 6)."""

from __future__ import annotations

import json

import pytest

from harness.target import Call
from tests.conformance.wire import commands
from tests.conformance.wire.conftest import Entered
from tests.conformance.wire.expectations import RUNS, upload_row
from tests.conformance.wire.scene import FILES


def test_bare_download_files_is_refused_with_a_json_401(fork: Entered) -> None:
    scene = fork("before")
    scene.enter("before")
    assert commands.download_files(scene.client()).worked == 2 * len(FILES)

    bare = commands.download_files(scene.client(internal_key=None))

    assert (bare.exit_code, bare.worked) == (1, 0)
    body = json.loads(bare.said[0].split("from server: ", 1)[1])
    assert body["error"]["code"] == "not_authenticated"
    assert body["message"] == body["error"]["message"]


def test_download_files_leaves_completed_requests_out_unless_it_is_told(fork: Entered) -> None:
    scene = fork("before")
    client = scene.enter("before")

    by_default = commands.download_files(client)
    told = commands.download_files(client, statuses=["APPROVING", "DOWNLOADABLE", "COMPLETED"])

    assert {request_id for request_id, _, _ in told.done} - {request_id for request_id, _, _ in by_default.done} == {
        scene.ids["old"]["completed"]
    }


def test_cancel_without_statuses_hits_finished_requests(fork: Entered) -> None:
    scene = fork("before")
    client = scene.enter("before")
    assert scene.status(scene.ids["old"]["completed"]) == "COMPLETED"

    ended = commands.cancel(client, actions=["ACCESS"])

    assert ended.exit_code == 0
    assert scene.status(scene.ids["old"]["completed"]) == "CANCELED"
    assert scene.status(scene.ids["old"]["downloadable"]) == "CANCELED"


def test_cancel_fails_on_a_deletion_in_progress_and_leaves_the_rest_in_doubt(fork: Entered) -> None:
    scene = fork("before")
    client = scene.enter("before")

    ended = commands.cancel(client, actions=["ERASURE"], ids=[scene.ids["old"]["secondary"]])

    assert (ended.exit_code, ended.worked) == (1, 0)
    assert "Client error: " in ended.said[0]
    assert "TranscendCliCancelPrivacyRequest" in ended.said[0]


def test_cancel_needs_its_template(fork: Entered) -> None:
    scene = fork("before")

    ended = commands.cancel(scene.enter("before"), actions=["ACCESS"], title="No Such Template")

    assert ended.said == ['Command failed, Failed to find a template with title: "No Such Template"']


def test_export_exits_0_whatever_sombra_says(fork: Entered) -> None:
    scene = fork("after")
    client = scene.enter("after")

    ended = RUNS["export"](client, scene, "old")

    assert (ended.exit_code, ended.worked) == (0, 0)
    assert ended.said[-1] == "Successfully wrote 0 requests to 1 file(s)"


def test_download_files_exits_0_when_every_file_was_skipped(fork: Entered) -> None:
    """A key of which the outer signature no longer verifies is skipped, not failed."""
    scene = fork("before")
    client = scene.enter("before")
    listed = list(commands._download_keys(client, scene.ids["old"]["downloadable"]))

    scene.start(scene.environ("local", "new"))
    ended = commands.Ended()
    for node in listed:
        commands._download(client, ended, "r", node)

    assert (ended.exit_code, ended.worked, ended.skipped) == (0, 0, list(FILES))


def test_one_refused_file_ends_the_whole_run(fork: Entered) -> None:
    scene = fork("after")
    client = scene.enter("after")
    # Requests come by age: the old era's first, so the new era's files are never reached.
    ended = commands.download_files(client)

    assert (ended.exit_code, ended.worked) == (1, 0)


def test_one_refused_request_loses_its_page_and_all_after_it_but_keeps_the_pages_before(fork: Entered) -> None:
    scene = fork("before")
    client = scene.enter("before")
    rows = [upload_row(f"person-{number:03d}") for number in range(150)]
    uploaded = commands.upload(client, rows)
    assert uploaded.worked == 150
    made = [each["id"] for each in uploaded.done]
    listed = [node["id"] for page in client.requests({"ids": made}) for node in page]
    assert commands.export(client, ids=made).worked == 150

    body = {"kind": "identifier", "id": listed[120], "how": "flip"}
    call = Call("POST", "transcend-control", "/tamper", {"content-type": "application/json"}, json.dumps(body).encode())
    assert scene.world.exchange([call])[0].ok
    ended = commands.export(client, ids=made)

    assert (ended.exit_code, ended.worked) == (0, 100)
    assert [node["id"] for node, _ in ended.done] == listed[:100]
    assert ended.said[-1] == "Successfully wrote 100 requests to 1 file(s)"


def test_an_upload_that_was_done_already_is_a_duplicate_and_no_failure(fork: Entered) -> None:
    scene = fork("before")
    client = scene.enter("before")
    rows = [upload_row("ada"), upload_row("grace")]
    assert commands.upload(client, rows).worked == 2
    before = scene.writes()

    again = commands.upload(client, [*rows, upload_row("barbara")])

    assert (again.exit_code, again.worked, len(again.skipped)) == (0, 1, 2)
    assert scene.writes() != before
    third = scene.writes()
    assert commands.upload(client, rows).worked == 0
    assert scene.writes() == third


def test_a_row_with_a_closed_status_arrives_closed_and_is_never_a_duplicate(fork: Entered) -> None:
    scene = fork("before")
    client = scene.enter("before")
    row = {**upload_row("ada"), "completedRequestStatus": "COMPLETED"}

    first, second = commands.upload(client, [row]), commands.upload(client, [row])
    refused = commands.upload(client, [{**row, "completedRequestStatus": "APPROVING"}])

    assert [each["status"] for each in first.done + second.done] == ["COMPLETED", "COMPLETED"]
    assert (refused.exit_code, refused.worked) == (1, 0)


def test_preflight_skips_what_is_resolved_already(fork: Entered) -> None:
    scene = fork("before")
    client = scene.enter("before")
    assert RUNS["preflight push"](client, scene, "old").worked == 1

    again = RUNS["preflight push"](client, scene, "old")

    assert (again.exit_code, again.worked, len(again.skipped)) == (0, 0, 1)
    assert "Cannot update a resolved RequestEnricher" in again.skipped[0]


def test_an_enriched_identifier_is_added_to_those_that_were_there(fork: Entered) -> None:
    scene = fork("before")
    client = scene.enter("before")
    RUNS["preflight push"](client, scene, "old")

    identifiers = commands._identifiers(client, scene.ids["old"]["enriching"])

    assert [each["value"] for each in identifiers if each["name"] == "email"] == [
        "old-enriching@example.com",
        "found@example.com",
    ]


def test_approve_swallows_every_refusal(fork: Entered, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = fork("before")
    client = scene.enter("before")
    stale = scene.ids["old"]["approving"]
    listed = commands._wanted(client, {"status": ["APPROVING"]}, None)
    assert commands.approve(client, actions=["ACCESS"]).worked == 1
    monkeypatch.setattr(commands, "_wanted", lambda *_: listed)

    again = commands.approve(client, actions=["ACCESS"])

    assert (again.exit_code, again.worked, len(again.skipped)) == (0, 1, 1)
    assert scene.status(stale) == "DOWNLOADABLE"


@pytest.mark.parametrize("key", ["", "nobody"])
def test_an_unknown_api_key_ends_every_command_at_once(fork: Entered, key: str) -> None:
    scene = fork("before")
    scene.enter("before")
    before = scene.writes()

    for run in RUNS.values():
        client = scene.client(api_key=key)
        ended = run(client, scene, "old")
        assert (ended.exit_code, ended.worked) == (1, 0)
        assert "API key is invalid" in ended.said[0]
        assert dict(client.spent.calls) == {}
    assert scene.writes() == before


def test_more_than_fifty_identifiers_come_in_pages(fork: Entered) -> None:
    scene = fork("before")
    client = scene.enter("before")
    row = upload_row("ada")
    row["subject"]["attestedExtraIdentifiers"] = {"custom": [{"name": f"n{n}", "value": str(n)} for n in range(120)]}
    (made,) = commands.upload(client, [row]).done

    identifiers = commands._identifiers(client, made["id"])

    assert [each["value"] for each in identifiers if each["type"] == "custom"] == [str(n) for n in range(120)]
    assert client.spent.calls["POST v1/request-identifiers"] == 3


def test_more_than_a_hundred_files_come_in_pages(fork: Entered) -> None:
    scene = fork("before")
    client = scene.enter("before")
    request_id = scene.ids["old"]["approving"]
    for number in range(110):
        scene._attach(client, scene.nonces[request_id], f"more/{number}.bin")

    ended = commands.download_files(client, ids=[request_id])

    assert ended.worked == 110 + len(FILES)
    assert client.spent.calls["GET v1/data-subject-request/{id}/download-keys"] == 2
