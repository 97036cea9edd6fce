"""The Regions page in a real browser, and its report opened from a file, without a network."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.running_app import SMALL, Watched

QUERY = f"case={SMALL}&brush=rect:12,22,26,40&method=masknet"


def ready(watched: Watched, query: str = QUERY) -> Page:
    """The page once every method is computed."""
    page = watched.page
    page.goto(f"{watched.base}/regions?{query}")
    page.wait_for_selector("a.file-link.html", timeout=240_000)
    return page


def test_numbers_verdicts_pictures_and_address(watched: Watched) -> None:
    page = ready(watched)
    methods = page.locator(".verdict-table tbody tr")
    assert methods.count() >= 2
    assert page.locator(".verdict").count() + 4 * page.locator(".line-problem").count() == 4 * methods.count()
    assert page.locator(".region-pictures img").count() == 5
    assert page.locator(".region-table tbody").count() == 10
    page.wait_for_function("location.search.includes('relevant=1')")
    assert page.evaluate("location.search") == f"?{QUERY}&relevant=1"
    assert page.locator("#regions-region").input_value() == "rect:12,22,26,40"
    before = page.locator(".verdict-table").inner_text()
    page.locator("#regions-relevant").select_option("0")
    page.wait_for_function("location.search.includes('relevant=0')")
    page.wait_for_function(
        "(text) => document.querySelector('.verdict-table').innerText !== text", arg=before
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_verdict_leads_to_its_evidence(watched: Watched) -> None:
    page = ready(watched)
    link = page.locator(".verdict-table tr[data-method=masknet] .verdict").nth(3)
    place = dict(part.split("=") for part in str(link.get_attribute("href")).split("?")[1].split("&"))
    link.click()
    page.wait_for_selector("#explorer[data-pixel][data-jacobian]")
    assert page.get_attribute("#explorer", "data-pixel") == f"{place['y']},{place['x']}"
    page.wait_for_selector("#explorer[data-brush='rect:12,22,26,40']")
    back = page.get_attribute("#brush-link", "href")
    assert back == f"/regions?{QUERY}"


def test_a_broken_link_is_named(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{watched.base}/regions?case={SMALL}&brush=%3Cscript%3E&relevant=7")
    page.get_by_text("brush an area on the Explore page").wait_for()
    notices = page.locator(".notices").inner_text()
    assert "<script>" in notices
    assert "relevant" in notices
    assert page.locator("a.file-link").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_report_needs_nothing(watched: Watched, browser: Browser, tmp_path: Path, scheme: str) -> None:
    page = ready(watched)
    with page.expect_download() as download:
        page.locator("a.file-link.html").click()
    assert download.value.suggested_filename.endswith(".html")
    file = tmp_path / "report.html"
    download.value.save_as(file)
    context = browser.new_context(offline=True, color_scheme=scheme, viewport={"width": 1100, "height": 800})
    report = context.new_page()
    asked: list[str] = []
    problems: list[str] = []
    report.on("request", lambda request: asked.append(request.url))
    report.on("console", lambda message: problems.append(message.text))
    report.on("pageerror", lambda error: problems.append(str(error)))
    report.goto(file.as_uri())
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert problems == []
    sizes = report.evaluate("[...document.images].map((image) => image.complete && image.naturalWidth)")
    assert len(sizes) > 10
    assert all(size > 0 for size in sizes)
    drawn = report.evaluate("[...document.querySelectorAll('svg image')].map((each) => each.getBBox().width)")
    assert drawn
    assert all(width > 0 for width in drawn)
    assert report.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert "not a medical device" in report.locator("header").inner_text()
    context.close()
