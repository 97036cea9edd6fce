"""What the page does when something is missing: a method's weights, or the server itself."""

from __future__ import annotations

import json
import shutil
import urllib.request
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.running_app import ROOT, SMALL, Server, Watched

LOST = "masknet"


@pytest.fixture
def own_server(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[Server]:
    """A second server on the same case studies, to be stopped by the test."""
    folder = tmp_path_factory.mktemp("own")
    (folder / "cases").symlink_to(server.folder / "cases")
    running = Server(folder)
    running.start()
    yield running
    running.stop()


def test_a_lost_server_is_announced_until_it_is_back(own_server: Server, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    seen = Watched(page, own_server.base)
    seen.open(f"?case={SMALL}&method=weighted_averaging&y=20&x=20")
    banner = page.locator("#server-banner")
    expect(banner).to_be_hidden()
    own_server.stop()
    page.focus("#explorer")
    page.keyboard.press("ArrowUp")
    expect(banner).to_be_visible(timeout=30_000)
    page.wait_for_selector('#explorer[data-pixel="19,20"]')  # what needs no server goes on
    own_server.start()
    expect(banner).to_be_hidden(timeout=30_000)
    page.wait_for_selector('#explorer[data-jacobian="19,20"]', timeout=30_000)
    context.close()


@pytest.fixture
def incomplete_server(tmp_path_factory: pytest.TempPathFactory, server: Server) -> Iterator[Server]:
    """A server of a copy of the code in which one trained method's weights are missing."""
    root, folder = tmp_path_factory.mktemp("code"), tmp_path_factory.mktemp("incomplete")
    shutil.copy(ROOT / "app.py", root)
    for floor in ("dashboard", "precompute", "assets"):
        (root / floor).symlink_to(ROOT / floor)
    shutil.copytree(ROOT / "models", root / "models")
    (root / "models" / "weights" / f"{LOST}.safetensors").unlink()
    (folder / "cases").symlink_to(server.folder / "cases")
    running = Server(folder, root)
    running.start()
    yield running
    running.stop()


def test_a_method_without_weights_says_so_and_shows_no_stale_image(
    incomplete_server: Server, browser: Browser
) -> None:
    with urllib.request.urlopen(f"{incomplete_server.base}/api/v1/methods") as answer:
        assert [method["id"] for method in json.load(answer) if method["problem"]] == [LOST]
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    seen = Watched(context.new_page(), incomplete_server.base)
    page = seen.open(f"?case={SMALL}&method=weighted_averaging")
    page.select_option("#method", LOST)
    expect(page.locator("#notice-method")).to_contain_text("weights")
    page.wait_for_selector("#explorer[data-guidance=failed]:not([data-pixel])")
    page.select_option("#method", "weighted_averaging")
    page.wait_for_selector("#explorer[data-guidance=ready][data-pixel]")
    expect(page.locator("#notice-method")).to_be_empty()
    context.close()
