"""The real app, on a free port, and the system's Chromium looking at it.

Besides the bundled case studies there is a small one, 48 × 80 pixels: not square, and quick to compute.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from precompute.cases.case_study import save_case
from tests.browser.running_app import ARGUMENTS, CHROMIUM, SMALL, Server, Watched, small_pair


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser these tests are skipped, visibly."""
    if CHROMIUM is None:
        for item in items:
            if Path(__file__).parent in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("browser")
    (folder / "cases").mkdir()
    save_case(small_pair(), folder / "cases" / SMALL)
    running = Server(folder)
    running.start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def profile(browser: Browser) -> Iterator[BrowserContext]:
    """One profile for all tests, so that the page's scripts are fetched once."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    context.set_default_timeout(60_000)
    yield context
    context.close()


@pytest.fixture
def watched(server: Server, profile: BrowserContext) -> Iterator[Watched]:
    """A page at 1440 × 900 that fails the test on a console error or a request to another host."""
    page = profile.new_page()
    page.add_init_script("if (!sessionStorage.began) { localStorage.clear(); sessionStorage.began = 1; }")
    seen = Watched(page, server.base)
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("console", lambda text: seen.errors.append(text.text) if text.type == "error" else None)
    yield seen
    page.close()
    local = (server.base, "data:", "blob:")
    assert [url for url in seen.requests if not url.startswith(local)] == []
    assert seen.errors == []


@pytest.fixture(scope="session")
def network(server: Server) -> str:
    """A trained method with a window larger than a pixel."""
    with urllib.request.urlopen(f"{server.base}/api/v1/methods") as answer:
        for method in json.load(answer):
            if method["problem"] is None and method["window"] and method["window"][0] > 9:
                return method["id"]
    pytest.skip("no network has weights yet")
