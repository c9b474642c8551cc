"""A data subject's download with the real programs: open before the cutover, refused after it, and open again (G-24).

clients.md section 8. What the programs see in each phase is recorded once, in `seen`, and judged by the tests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.clients import privacy_centre, programs
from tests.clients.phases import PHASES, Phase, World
from tests.clients.privacy_centre import PrivacyCentre

_LARGE = bytes(range(256)) * 12_000  # 2.9 MiB: many chunks, and its end falls into the middle of one
_READABLE: tuple[Phase, ...] = ("before", "rolled back")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A data subject: whose request, and the digests of what it must hold."""

    request: str
    subject: str
    sha256: list[str]


@dataclass(slots=True)
class Seen:
    """What the programs saw, by phase."""

    visitor: Visitor
    handed: dict[Phase, Any] = field(default_factory=dict)
    node: dict[Phase, Any] = field(default_factory=dict)
    graphql: dict[Phase, Any] = field(default_factory=dict)
    page: dict[Phase, Mapping[str, Any]] = field(default_factory=dict)


@pytest.fixture(scope="module")
def centre(world: World) -> Iterator[PrivacyCentre]:
    """A privacy centre that hands out what `/encrypted` gives it."""
    with privacy_centre.opened(world.handed) as opened:
        yield opened


@pytest.fixture(scope="module")
def visitor(world: World) -> Visitor:
    """A request in flight with two small files, and a large one that is uploaded now."""
    world.enter("before")
    request = world.request("COMPILING")
    webhook = world.transcend(f"requests/{request['id']}/webhook", {"dataSiloId": "crm", "url": None})
    uploaded = world.upload(webhook["headers"]["x-transcend-nonce"], "large.bin", _LARGE)
    assert uploaded.status == 200, uploaded.body
    digests = [*request["files"].values(), hashlib.sha256(_LARGE).hexdigest()]
    return Visitor(request["id"], webhook["body"]["coreIdentifier"]["value"], digests)


@pytest.fixture(scope="module")
def seen(world: World, visitor: Visitor, centre: PrivacyCentre, chromium: Browser) -> Seen:
    """The journey through the three phases."""
    seen = Seen(visitor)
    for phase in PHASES:
        world.enter(phase)
        handed = seen.handed[phase] = world.handed(visitor.request)
        entries = handed.json if handed.status == 200 else []
        seen.node[phase] = programs.run("open_entries.mjs", entries)
        seen.graphql[phase] = programs.run("data_subject.mjs", _told(world, visitor))
        seen.page[phase] = _visited(chromium, centre, visitor.request)
    return seen


def _told(world: World, visitor: Visitor, *, subject: str | None = None) -> dict[str, str]:
    return {
        "transcend": world.ready["transcend_url"],
        "apiKey": world.ready["api_key"],
        "request": visitor.request,
        "subject": subject or visitor.subject,
    }


def _visited(chromium: Browser, centre: PrivacyCentre, request: str, *, patience_ms: int = 20_000) -> dict[str, Any]:
    """What the page shows once it is done: files, or a refusal."""
    context = chromium.new_context()
    page: Page = context.new_page()
    page.goto(f"{centre.url}/?request={request}&patience={patience_ms}")
    page.get_by_role("status").get_by_text("Done").wait_for(timeout=30_000)
    shown = {
        "files": page.get_by_role("listitem").all_inner_texts(),
        "alert": page.get_by_role("alert").inner_text(),
    }
    context.close()
    return shown


@pytest.mark.parametrize("phase", _READABLE)
def test_encrypt_web_streams_opens_what_is_handed_out(seen: Seen, phase: Phase) -> None:
    files = seen.node[phase]

    assert [each["sha256"] for each in files] == seen.visitor.sha256
    assert [each["sha256"] for each in seen.handed[phase].json] == seen.visitor.sha256
    assert files[-1]["size"] == len(_LARGE)
    assert files[-1]["chunks"] > 10


@pytest.mark.parametrize("phase", _READABLE)
def test_penumbra_opens_the_files_in_a_page(seen: Seen, phase: Phase) -> None:
    page = seen.page[phase]

    assert [line.split()[-1] for line in page["files"]] == seen.visitor.sha256
    assert page["alert"] == ""


@pytest.mark.parametrize("phase", _READABLE)
def test_a_key_exchanged_by_graphql_opens_the_files(seen: Seen, phase: Phase) -> None:
    assert [each["sha256"] for each in seen.graphql[phase]["files"]] == seen.visitor.sha256


def test_after_the_cutover_the_key_is_refused_to_each_of_them_with_the_cause(seen: Seen) -> None:
    handed, page = seen.handed["after"], seen.page["after"]

    assert (handed.status, handed.cause) == (500, "wrong_provider")
    assert not {b"key", b"authTag"} & set(handed.body.split(b'"'))
    assert seen.graphql["after"]["code"] == "wrong_provider"
    assert page["files"] == []
    assert page["alert"].startswith("Your files cannot be opened (wrong_provider): another KMS provider")


def test_a_tag_or_a_key_of_something_else_is_found_out_by_both_programs(
    world: World, visitor: Visitor, centre: PrivacyCentre, chromium: Browser
) -> None:
    world.enter("before")
    first, second, large = world.handed(visitor.request).json
    planted = [{**first, "authTag": second["authTag"]}, {**large, "iv": first["iv"]}]
    centre.planted["tampered"] = planted

    node = programs.run("open_entries.mjs", [first, *planted])
    page = _visited(chromium, centre, "tampered")

    assert node[0]["sha256"] == first["sha256"]
    for opened in node[1:]:
        assert opened["error"].startswith("Failed to finalize decryption stream: Tag mismatch")
    assert [line.partition(":")[0] for line in page["files"]] == ["failed", "failed"]


def test_whoever_waits_for_penumbra_must_stop_waiting_when_a_ciphertext_is_refused(
    world: World, visitor: Visitor, centre: PrivacyCentre, chromium: Browser
) -> None:
    """It never settles on a 4xx (5.4.4), while the other program says so at once."""
    world.enter("before")
    entry = world.handed(visitor.request).json[0]
    gone = {**entry, "url": entry["url"].rpartition("/")[0] + "/none"}
    centre.planted["gone"] = [gone]

    page = _visited(chromium, centre, "gone", patience_ms=500)

    assert page["files"] == ["nothing came of it"]
    assert programs.run("open_entries.mjs", [gone]) == [{"error": "the ciphertext is refused with 404"}]


def test_another_data_subject_gets_no_key(world: World, visitor: Visitor) -> None:
    world.enter("before")

    answered = programs.run("data_subject.mjs", _told(world, visitor, subject="mallory"))

    assert "another data subject" in answered["refused"]
