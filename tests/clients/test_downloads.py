"""A data subject's download with the real programs: open before the cutover, refused after it, and open again (G-24).

clients.md section 8. What the programs see in each phase is recorded once, in `seen`, and judged by the tests.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.clients import privacy_centre, programs
from tests.clients.phases import PHASES, Phase, World
from tests.clients.privacy_centre import PrivacyCentre

pytestmark = pytest.mark.gate

_LARGE = bytes(range(256)) * 20_001  # 4.9 MiB: many chunks, and its end falls into the middle of one
_READABLE: tuple[Phase, ...] = ("before", "rolled back")


@dataclass(frozen=True, slots=True)
class Visitor:
    """A data subject: whose request, who they are, the digests of what it holds."""

    request: str
    subject: str
    sha256: frozenset[str]

    def told(self, world: World) -> dict[str, str]:
        """What a program of theirs must know."""
        where = {"transcend": world.ready["transcend_url"], "apiKey": world.ready["api_key"]}
        return {**where, "request": self.request, "subject": self.subject}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page showed when it was done: digests of what its links saved, other lines, its alert."""

    saved: frozenset[str]
    lines: list[str]
    alert: str


@dataclass(slots=True)
class Seen:
    """What the programs saw, by phase; no page where there is no browser."""

    handed: dict[Phase, Any] = field(default_factory=dict)
    node: dict[Phase, Any] = field(default_factory=dict)
    graphql: dict[Phase, Any] = field(default_factory=dict)
    page: dict[Phase, Shown] = field(default_factory=dict)


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
    digests = frozenset({*request["files"].values(), hashlib.sha256(_LARGE).hexdigest()})
    return Visitor(request["id"], webhook["body"]["coreIdentifier"]["value"], digests)


@pytest.fixture(scope="module")
def seen(world: World, visitor: Visitor, centre: PrivacyCentre, chromium: Browser | None) -> Seen:
    """The journey through the three phases."""
    seen = Seen()
    for phase in PHASES:
        world.enter(phase)
        handed = seen.handed[phase] = world.handed(visitor.request)
        seen.node[phase] = programs.run("open_entries.mjs", handed.json if handed.status == 200 else [])
        seen.graphql[phase] = programs.run("data_subject.mjs", visitor.told(world))
        if chromium is not None:
            seen.page[phase] = _visited(chromium, centre, visitor.request)
    return seen


@pytest.fixture
def browser(chromium: Browser | None) -> Browser:
    """The browser, or a skipped test."""
    if chromium is None:
        pytest.skip("there is no Chromium on this machine (apt-get install chromium): penumbra is NOT tried")
    return chromium


def _visited(browser: Browser, centre: PrivacyCentre, request: str, *, patience_ms: int = 20_000) -> Shown:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{centre.url}/?request={request}&patience={patience_ms}")
    page.get_by_role("status").get_by_text("Done").wait_for(timeout=30_000)
    saved = set()
    for link in page.get_by_role("link").all():
        with page.expect_download() as download:
            link.click()
        saved.add(hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest())
    lines = [line for line in page.get_by_role("listitem").all_inner_texts() if line != "Save"]
    shown = Shown(frozenset(saved), lines, page.get_by_role("alert").inner_text())
    context.close()
    return shown


@pytest.mark.parametrize("phase", _READABLE)
def test_encrypt_web_streams_opens_what_is_handed_out(seen: Seen, visitor: Visitor, phase: Phase) -> None:
    files = seen.node[phase]

    assert {each["sha256"] for each in files} == visitor.sha256
    assert [each["sha256"] for each in files] == [each["sha256"] for each in seen.handed[phase].json]
    assert max(each["chunks"] for each in files if each["size"] == len(_LARGE)) > 10


@pytest.mark.parametrize("phase", _READABLE)
@pytest.mark.usefixtures("browser")
def test_a_page_saves_the_files_that_penumbra_opened(seen: Seen, visitor: Visitor, phase: Phase) -> None:
    assert seen.page[phase] == Shown(visitor.sha256, [], "")


@pytest.mark.parametrize("phase", _READABLE)
def test_a_key_exchanged_by_graphql_opens_the_files(seen: Seen, visitor: Visitor, phase: Phase) -> None:
    assert {each["sha256"] for each in seen.graphql[phase]["files"]} == visitor.sha256


def test_after_the_cutover_no_key_is_handed_out_and_the_cause_is_said(seen: Seen) -> None:
    handed = seen.handed["after"]

    assert (handed.status, handed.cause) == (500, "wrong_provider")
    assert not {b"key", b"authTag"} & set(handed.body.split(b'"'))
    assert seen.graphql["after"]["code"] == "wrong_provider"


@pytest.mark.usefixtures("browser")
def test_after_the_cutover_the_page_shows_the_refusal_and_why(seen: Seen) -> None:
    page = seen.page["after"]

    assert (page.saved, page.lines) == (frozenset(), [])
    assert page.alert.startswith("Your files cannot be opened (wrong_provider): another KMS provider")


def test_a_tag_or_a_vector_of_another_file_is_found_out(world: World, visitor: Visitor) -> None:
    world.enter("before")
    genuine, other, large = world.handed(visitor.request).json
    planted = [{**genuine, "authTag": other["authTag"]}, {**large, "iv": genuine["iv"]}]

    opened, *refused = programs.run("open_entries.mjs", [genuine, *planted])

    assert opened["sha256"] == genuine["sha256"]
    for each in refused:
        assert each["error"].startswith("Failed to finalize decryption stream: Tag mismatch")


def test_a_page_saves_nothing_that_was_tampered_with(
    world: World, visitor: Visitor, centre: PrivacyCentre, browser: Browser
) -> None:
    world.enter("before")
    genuine, other, _ = world.handed(visitor.request).json
    centre.planted["tampered"] = [genuine, {**other, "authTag": genuine["authTag"]}]

    shown = _visited(browser, centre, "tampered")

    assert shown.saved == {genuine["sha256"]}
    assert [line.partition(":")[0] for line in shown.lines] == ["failed"]


def test_whoever_waits_for_penumbra_must_stop_waiting_when_a_ciphertext_is_refused(
    world: World, visitor: Visitor, centre: PrivacyCentre, browser: Browser
) -> None:
    """It never settles on a 4xx (5.4.4), while the other program says so at once."""
    world.enter("before")
    entry = world.handed(visitor.request).json[0]
    gone = {**entry, "url": entry["url"].rpartition("/")[0] + "/none"}
    centre.planted["gone"] = [gone]

    shown = _visited(browser, centre, "gone", patience_ms=500)

    assert shown == Shown(frozenset(), ["nothing came of it"], "")
    assert programs.run("open_entries.mjs", [gone]) == [{"error": "the ciphertext is refused with 404"}]


def test_another_data_subject_gets_no_key(world: World, visitor: Visitor) -> None:
    world.enter("before")

    answered = programs.run("data_subject.mjs", {**visitor.told(world), "subject": "mallory"})

    assert "another data subject" in answered["refused"]
