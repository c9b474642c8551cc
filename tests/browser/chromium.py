"""Debian's Chromium, driven by playwright; without one these tests are skipped and say so."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

CHROMIUM = shutil.which("chromium")

expect.set_options(timeout=20_000)  # milliseconds; a cutover starts a process


@contextmanager
def launched() -> Iterator[Browser]:
    """One browser for a module: playwright keeps this thread's event loop, which other modules need."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine (apt-get install chromium); no page is tried in a browser")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()
