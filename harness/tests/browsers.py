"""The system's Chromium for tests, by Playwright; what needs it is skipped where it is missing."""

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

NAMES = ("chromium-headless-shell", "chromium-headless", "chromium", "google-chrome")
NAMED = "PLAYWRIGHT_CHROMIUM_EXECUTABLE_PATH"


def launched() -> "Iterator[Browser]":
    """For a fixture to yield from."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs package: playwright")
    found = os.environ.get(NAMED) or next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        names = ", ".join(NAMES)
        pytest.skip(f"no browser: none of {names} is on the PATH, nor does {NAMED} name one")
    with playwright.sync_playwright() as drivers:
        browser = drivers.chromium.launch(executable_path=found)
        yield browser
        browser.close()
