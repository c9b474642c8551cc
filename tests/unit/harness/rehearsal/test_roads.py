"""The roads to a finished request's files, and the archive: what is counted, what is skipped, and why."""

from __future__ import annotations

import pytest

from harness.artifacts import Artifact, Submitted
from harness.rehearsal.rehearsal import Rehearsal
from harness.rehearsal.roads import archive, read_back, try_roads
from harness.target import Call, Reply
from tests.unit.harness.fakes import Answering, FakeWorld, refusal, rehearsal, reply

_FILES = {"a.bin": b"first", "b.bin": b"second"}


def _finished(answer: Answering) -> Rehearsal:
    r = rehearsal(FakeWorld(answer))
    r.ledger.requests["r0"] = Submitted("r0", "R0", "COMPLETED", "r0@example.com", "core-r0")
    for name, content in _FILES.items():
        handle = {"id": "R0", "fileName": name, "mimetype": "text/csv"}
        r.ledger.add(Artifact(f"file/r0-{name}", "file", "before-1", "r0", handle, content))
    return r


def _gateway(call: Call, **changed: bytes) -> Reply:
    """Both files listed and served to whoever sends the internal key."""
    if "download-keys" in call.path:
        frame = {"mimetype": "text/csv"}
        nodes = [{"fileName": name, "downloadKey": name, "size": str(len(_FILES[name])), **frame} for name in _FILES]
        return reply(200, {"nodes": nodes, "totalCount": len(nodes)})
    if "/v1/files" in call.path and "x-sombra-authorization" in call.headers:
        name = call.path.rsplit("=", 1)[1]
        return reply(body=changed.get(name[0], _FILES[name]))
    return refusal("not_authenticated", 401)


def test_an_archive_counts_what_was_listed_written_and_right() -> None:
    r = _finished(_gateway)

    archive(r, statuses=("COMPLETED",))

    (event,) = r.history.of("archive")
    assert (event["expected"], event["written"], event["verified"], event["skipped"]) == (2, 2, 2, [])
    assert event["described"] == 2


def test_a_file_that_is_not_as_its_listing_says_is_counted() -> None:
    def larger(call: Call) -> Reply:
        answer = _gateway(call)
        return Reply(answer.status, {}, answer.body.replace(b'"size": "5"', b'"size": "21"'))

    r = _finished(larger)

    archive(r, statuses=("COMPLETED",))

    (event,) = r.history.of("archive")
    assert (event["verified"], event["described"]) == (2, 1)


def test_old_requests_are_read_back_by_their_own_id() -> None:
    shown = _finished(lambda call: reply(200, {"id": "R0", "email": "r0@example.com"}))
    another = _finished(lambda call: reply(200, {"id": "R1", "email": "r0@example.com"}))
    refused = _finished(lambda call: refusal("wrong_provider"))
    for r in (shown, another, refused):
        read_back(r, "after-cutover")

    seen = [r.history.of("read-back")[0] for r in (shown, another, refused)]
    assert [(event["shown"], event["of"]) for event in seen] == [(1, 1), (0, 1), (0, 1)]
    assert seen[2]["causes"] == ["wrong_provider"]


def test_an_archive_with_a_wrong_or_a_refused_file_is_not_complete() -> None:
    wrong = _finished(lambda call: _gateway(call, a=b"another content"))
    refused = _finished(lambda call: refusal("wrong_provider") if "downloadKey=a.bin" in call.path else _gateway(call))
    for r in (wrong, refused):
        archive(r, statuses=("COMPLETED",))

    (first,), (second,) = (r.history.of("archive") for r in (wrong, refused))
    assert (first["written"], first["verified"]) == (2, 1)
    assert (second["written"], second["skipped"]) == (1, [["r0", "a.bin", "wrong_provider"]])


def test_an_archive_of_requests_that_are_not_listed_misses_all_their_files() -> None:
    r = _finished(lambda _: refusal("signature_invalid", 400))

    archive(r, statuses=("COMPLETED",))

    (event,) = r.history.of("archive")
    assert (event["expected"], event["written"]) == (2, 0)
    assert event["skipped"] == [["r0", name, "not_listed"] for name in _FILES]


@pytest.mark.parametrize(("answer", "is_open"), [(_gateway, True), (lambda _: refusal("wrong_provider"), False)])
def test_api_and_cli_are_open_or_closed_alike_and_the_bare_cli_never_opens(answer: Answering, *, is_open: bool) -> None:
    r = _finished(answer)

    try_roads(r, "before-cutover")

    roads = {event["road"]: event["ok"] for event in r.history.of("road")}
    assert roads == {"data_subject": False, "api": is_open, "cli": is_open, "bare_cli": False}
    assert all(event["cause"] for event in r.history.of("road") if not event["ok"])


def test_without_finished_requests_no_road_is_walked() -> None:
    r = rehearsal(FakeWorld(_gateway))

    try_roads(r, "before-cutover")

    assert r.history.of("road") == []
