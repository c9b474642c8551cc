"""The admin page in a real browser: what a person sees, clicks, types, and what the page never does."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.e2e.serving import Serving, serving

pytestmark = pytest.mark.gate

_CONTRAST = Path(__file__).with_name("contrast.js").read_text("utf-8")
_DECRYPT = Path(__file__).with_name("decrypt.js").read_text("utf-8")
_LOST = re.compile("wrong_provider")


@pytest.fixture(scope="module")
def world(chromium: Browser) -> Iterator[Serving]:
    """One world for the module, opened only where there is a browser."""
    with serving("--requests", "4", "--quiet") as opened:
        yield opened
        opened.process.send_signal(signal.SIGTERM)
        opened.process.communicate(timeout=20)


@pytest.fixture
def page(chromium: Browser, world: Serving) -> Iterator[Page]:
    """The page under Local KMS; complaints of the browser and calls to elsewhere fail the test."""
    if world.control("GET", "/state").json["environment"] == "after":
        world.control("POST", "/rollback")
    context = chromium.new_context()
    opened = context.new_page()
    complaints: list[str] = []
    opened.on("console", lambda message: complaints.append(f"{message.type}: {message.text}"))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda request: complaints.append(request.url) if _is_elsewhere(world, request.url) else None)
    opened.goto(world.ready["admin_url"])
    yield opened
    context.close()
    assert complaints == []


def _is_elsewhere(world: Serving, url: str) -> bool:
    return not url.startswith((world.ready["admin_url"] + "/", "data:,"))


def _row(page: Page, request_id: str) -> Locator:
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=request_id))


def _press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def test_every_request_is_listed_with_its_status_its_era_and_its_files(page: Page, world: Serving) -> None:
    for request in world.ready["requests"][:3]:
        row = _row(page, request["id"])

        expect(row).to_contain_text(request["status"])
        expect(row).to_contain_text("L(old)")
        for name in request["files"]:
            expect(row.get_by_role("listitem").filter(has_text=name)).to_contain_text("readable")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Local KMS wraps")


def test_a_cutover_makes_the_files_unreadable_and_a_rollback_brings_them_back(page: Page) -> None:
    files = page.locator("[data-file]")
    _press(page, "Cut over to AWS KMS")
    expect(page.get_by_role("heading", level=1)).to_contain_text("AWS KMS wraps: the gateway runs under after")
    expect(files).to_have_text([_LOST] * 8)
    expect(page.get_by_role("status").filter(has_text="Cut over: done")).to_be_visible()
    expect(page.get_by_role("button", name="Cut over to AWS KMS")).to_be_disabled()

    _press(page, "Roll back to Local KMS")

    expect(page.get_by_role("heading", level=1)).to_contain_text("Local KMS wraps: the gateway runs under rollback")
    expect(files).to_have_text([re.compile("readable")] * 8)


def test_a_restarted_request_opens_again_while_its_old_files_stay_lost(page: Page, world: Serving) -> None:
    request = world.ready["requests"][3]["id"]  # other tests look at the first three
    _press(page, "Cut over to AWS KMS")
    expect(_row(page, request)).to_contain_text("expired, says Transcend")

    _press(page, f"Restart request {request}")

    expect(_row(page, request)).to_contain_text("A(x)")
    expect(_row(page, request)).to_contain_text("opens")
    expect(_row(page, request).locator("[data-file]").first).to_contain_text(_LOST)


def test_requests_are_paused_and_go_on(page: Page) -> None:
    _press(page, "Pause requests")
    expect(page.get_by_role("definition").filter(has_text="paused")).to_be_visible()

    _press(page, "Continue requests")

    expect(page.get_by_role("definition").filter(has_text="processed")).to_be_visible()


def test_the_gateways_and_integrations_are_listed(page: Page, world: Serving) -> None:
    gateways = page.get_by_role("region", name="Table of gateways")
    fingerprint = world.control("GET", "/state").json["keys"][0]

    expect(gateways.get_by_role("row").filter(has_text="serving")).to_contain_text(fingerprint)
    expect(page.get_by_role("region", name="Table of integrations").get_by_role("row")).to_have_count(4)


def test_the_log_follows_and_a_change_made_elsewhere_is_told(page: Page, world: Serving) -> None:
    log, notice = page.get_by_role("log"), page.get_by_text("The world has changed since this page was made.")
    expect(notice).to_be_hidden()

    world.control("POST", "/clock", {"advance_s": 1})

    expect(log).to_contain_text("the gateway's clock is moved by 1 s")
    expect(notice).to_be_visible()
    page.get_by_role("link", name="Look again").click()
    expect(notice).to_be_hidden()


def test_everything_can_be_done_from_the_keyboard_in_a_sensible_order(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the requests")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Cut over to AWS KMS")).to_be_focused()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")

    page.keyboard.press("Enter")

    assert outline == "solid"
    expect(page.get_by_role("heading", level=1)).to_contain_text("AWS KMS wraps")


def test_landmarks_tables_and_controls_have_names(page: Page) -> None:
    expect(page.get_by_role("banner")).to_have_count(1)
    expect(page.get_by_role("navigation")).to_have_count(1)
    expect(page.get_by_role("main")).to_have_count(1)
    expect(page.get_by_role("contentinfo")).to_have_count(1)
    nameless = page.evaluate(
        "[...document.querySelectorAll('button, select, a')].filter(e => !(e.innerText || e.labels?.[0]?.innerText))"
        ".map(e => e.outerHTML)"
    )
    loose = page.evaluate("[...document.querySelectorAll('th:not([scope])')].map(e => e.outerHTML)")
    headings = page.evaluate("[...document.querySelectorAll('h1, h2, h3')].map(e => e.tagName)")
    names = page.evaluate("[...document.querySelectorAll('main button')].map(e => e.innerText)")

    assert nameless == []
    assert loose == []
    assert headings == ["H1"] + ["H2"] * 5
    assert len(set(names)) == len(names), "no two buttons are called the same"
    expect(page.get_by_label("Status")).to_be_visible()
    assert page.locator("html").get_attribute("lang") == "en"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_in_light_and_in_dark(page: Page, scheme: Literal["light", "dark"]) -> None:
    page.emulate_media(color_scheme=scheme)
    before = page.evaluate(_CONTRAST)
    _press(page, "Cut over to AWS KMS")
    after = page.evaluate(_CONTRAST)
    page.evaluate("document.querySelector('h2').style.color = getComputedStyle(document.body).backgroundColor")
    planted = page.evaluate(_CONTRAST)

    assert before == after == []
    assert planted == ["1.00: Requests"], "the look at contrast can fail"


def test_a_narrow_window_scrolls_tables_and_not_the_page(page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(page.get_by_role("button", name="Cut over to AWS KMS")).to_be_visible()


def test_print_shows_the_rows_without_the_buttons(page: Page) -> None:
    page.emulate_media(media="print")

    expect(page.get_by_role("button")).to_have_count(0)
    expect(page.locator("[data-request]").first).to_be_visible()


def test_it_works_without_a_script(chromium: Browser, page: Page, world: Serving) -> None:
    context = chromium.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(world.ready["admin_url"])
    _press(plain, "Cut over to AWS KMS")

    expect(plain.get_by_role("heading", level=1)).to_contain_text("AWS KMS wraps")
    expect(plain.locator("[data-file]").first).to_contain_text(_LOST)
    plain.get_by_label("Status").select_option("ENRICHING")
    _press(plain, "Show")
    expect(plain.locator("[data-request]")).to_have_count(1)
    context.close()


def _page_of_sombra(context: BrowserContext, world: Serving) -> Page:
    """A page of another origin on this machine: really served, for Chromium lets no other reach loopback."""
    stranger = context.new_page()
    stranger.goto(world.ready["sombra_url"] + "/health")
    return stranger


def test_a_data_subjects_page_opens_what_it_is_handed_until_the_cutover(
    chromium: Browser, page: Page, world: Serving
) -> None:
    """The page is of another origin than the ciphertexts, as a privacy centre is (clients.md, section 8)."""
    request = world.ready["requests"][0]
    context = chromium.new_context()
    privacy_centre = _page_of_sombra(context, world)
    handed = world.control("GET", f"/encrypted/{request['id']}").json
    opened = [privacy_centre.evaluate(_DECRYPT, entry) for entry in handed]
    context.close()
    world.control("POST", "/cutover")
    refused = world.control("GET", f"/encrypted/{request['id']}")

    assert [each["sha256"] for each in opened] == list(request["files"].values())
    assert all(each["size"] == each["told"] == entry["size"] for each, entry in zip(opened, handed, strict=True))
    assert (refused.status, refused.cause) == (500, "wrong_provider")


def test_a_page_of_another_origin_can_neither_read_nor_press(chromium: Browser, page: Page, world: Serving) -> None:
    context = chromium.new_context()
    stranger = _page_of_sombra(context, world)
    attempt = (
        "async (url) => { try { return (await fetch(url, {method: 'POST'})).status } catch { return 'kept out' } }"
    )
    pressed = [stranger.evaluate(attempt, f"{world.ready[name]}/cutover") for name in ("control_url", "admin_url")]
    stranger.evaluate(
        "url => { const form = document.createElement('form'); form.method = 'post'; form.action = url;"
        " document.body.append(form); form.submit(); }",
        world.ready["admin_url"] + "/cutover",
    )
    expect(stranger.locator("body")).to_contain_text("foreign_origin")
    context.close()

    assert pressed == ["kept out"] * 2
    assert world.control("GET", "/state").json["environment"] != "after"
