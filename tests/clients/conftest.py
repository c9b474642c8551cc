"""A served world for each module; where Node or the packages are missing, nothing is tried and the reason is said."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.chromium import CHROMIUM, launched
from tests.clients.installed import lacking
from tests.clients.phases import World, served


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """One world for the tests of a module; each test enters the phase it needs."""
    if reason := lacking():
        pytest.skip(f"the real clients are NOT tried: {reason}")
    with served() as opened:
        yield opened


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser | None]:
    """Debian's Chromium, or None: the programs on Node are tried without it."""
    if CHROMIUM is None:
        yield None
        return
    with launched() as browser:
        yield browser
