"""The What if page in Chromium: what it shows against the routes' numbers, from the link to the pointer."""

from __future__ import annotations

import io
import urllib.request
from urllib.parse import urlencode

import numpy as np
from playwright.sync_api import Page, expect

from tests.browser.running_app import SMALL, Watched

METHOD = "weighted_averaging"
SELECTION = {"case": SMALL, "method": METHOD}
PICTURE = """([name, y, x]) => {
  const { whatif, whatifTiles, windows } = FuseVis;
  const canvas = document.getElementById(`whatif-${name}-layer`);
  const { width, height, ratio } = canvas.fusevis;
  const shown = whatifTiles.frame(name, whatif.look());
  const { left, top, scale } = windows.fit(shown, width, height);
  const at = [left + (x - shown.x0 + 0.5) * scale, top + (y - shown.y0 + 0.5) * scale];
  return [...canvas.getContext("2d").getImageData(at[0] * ratio, at[1] * ratio, 1, 1).data];
}"""


def show(watched: Watched, **query: object) -> Page:
    """Open the page; until what it asks for is painted."""
    watched.page.goto(f"{watched.base}/whatif?{urlencode({**SELECTION, **query})}")
    watched.page.wait_for_selector("#whatif[data-shown][data-influence]:not([data-busy])", timeout=60_000)
    return watched.page


def name(source: int, y: int, x: int, brush: str, change: object) -> str:
    return f"{SMALL} {METHOD} {source} {y},{x} {brush} {change}"


def shown(page: Page, *change: object) -> None:
    expect(page.locator("#whatif")).to_have_attribute("data-shown", name(*change))  # type: ignore[arg-type]


def arrays(base: str, route: str, **query: object) -> dict[str, np.ndarray]:
    with urllib.request.urlopen(f"{base}/api/v1/{route}?{urlencode({**SELECTION, **query})}") as answer:
        return dict(np.load(io.BytesIO(answer.read())))


def number(page: Page, which: str) -> float:
    text = page.locator(f"#whatif-numbers [data-number={which}]").inner_text()
    return float(text.replace("\u2212", "-").replace("%", "").replace("< ", ""))


def place(page: Page, picture: str, y: int, x: int) -> tuple[float, float]:
    """The point of the screen where a picture shows a pixel."""
    script = """([name, y, x]) => {
      const { whatif, whatifTiles, windows } = FuseVis;
      const tile = document.getElementById(`whatif-${name}`).getBoundingClientRect();
      const shown = whatifTiles.frame(name, whatif.look());
      const { left, top, scale } = windows.fit(shown, tile.width, tile.height);
      return [tile.left + left + (x - shown.x0 + 0.5) * scale, tile.top + top + (y - shown.y0 + 0.5) * scale];
    }"""
    left, top = page.evaluate(script, [picture, y, x])
    return left, top


def test_numbers_and_pictures_are_those_of_the_route(watched: Watched) -> None:
    page = show(watched, source=1, y=20, x=30, change=40, gamma=1, view="image")
    shown(page, 1, 20, 30, "", 40)
    found = arrays(watched.base, "whatif", source=1, y=20, x=30, change=40)
    actual, predicted = 255 * (found["after"] - found["before"]), 255 * found["predicted"]
    assert abs(number(page, "at-actual") - actual[0, 0]) <= 0.01
    assert abs(number(page, "at-predicted") - predicted[0, 0]) <= 0.01
    assert abs(number(page, "share") - 100 * abs(actual - predicted)[0, 0] / abs(actual)[0, 0]) <= 1
    assert page.evaluate(PICTURE, ["predicted", 5, 5]) == page.evaluate(PICTURE, ["difference", 40, 70])
    assert "One pixel of two changed by +40.0" in page.locator("#whatif-change-note").inner_text()
    column = arrays(watched.base, "influence", source=0, y=20, x=30)["influence"]
    note = page.locator("[data-note=influence-0]").inner_text().replace("\u2212", "-")
    assert f"Σ {column.sum():+.2f}" in note
    assert (
        page.locator("#whatif-actual-bar .bar-tick").last.inner_text()
        == f"{max(abs(actual).max(), abs(predicted).max()):.2g}"
    )


def test_slider_source_and_surroundings(watched: Watched) -> None:
    page = show(watched, y=24, x=40)
    shown(page, 0, 24, 40, "", 32)
    page.locator("#whatif-range").evaluate(
        "(range) => { range.value = -25; range.dispatchEvent(new Event('input')); }"
    )
    shown(page, 0, 24, 40, "", -25)
    page.locator("#whatif-source [data-choice='1']").click()
    shown(page, 1, 24, 40, "", -25)
    page.locator("#whatif-kind [data-choice='mean']").click()
    shown(page, 1, 24, 40, "", "mean")
    expect(page.locator("#whatif-range")).to_be_disabled()
    page.wait_for_function("location.search.includes('source=1&y=24&x=40&change=mean')")
    page.reload()
    shown(page, 1, 24, 40, "", "mean")
    page.locator("#whatif-kind [data-choice='shift']").click()
    page.locator("#whatif-number").fill("7")
    page.keyboard.press("Enter")
    shown(page, 1, 24, 40, "", 7)


def test_click_drag_and_keys_choose_what_is_changed(watched: Watched) -> None:
    page = show(watched, y=24, x=40, view="image", change=10)
    page.mouse.click(*place(page, "before", 12, 9))
    shown(page, 0, 12, 9, "", 10)
    page.mouse.move(*place(page, "actual", 30, 50))
    page.mouse.down()
    page.mouse.move(*place(page, "actual", 33, 56), steps=4)
    page.mouse.up()
    shown(page, 0, 31, 53, "rect:30,50,33,56", 10)
    found = arrays(watched.base, "whatif", source=0, y=31, x=53, change=10, region="rect:30,50,33,56")
    assert found["change"].shape == (4, 7)
    grey = round(255 * float(found["source"][1, 2]))
    red, green, blue, _ = page.evaluate(PICTURE, ["changed", 31, 52])
    assert max(abs(red - grey), abs(green - grey), abs(blue - grey)) <= 1
    actual = 255 * (found["after"] - found["before"])
    assert abs(number(page, "mean-actual") - actual.mean()) <= 0.01
    assert abs(number(page, "total-actual") - actual.sum()) <= 0.06
    page.locator("#whatif").focus()
    page.keyboard.press("ArrowDown")
    shown(page, 0, 32, 53, "", 10)
    page.locator("#whatif-row-field").fill("3")
    page.keyboard.press("Enter")
    shown(page, 0, 3, 53, "", 10)


def test_the_forward_view_follows_the_pointer(watched: Watched, network: str) -> None:
    page = show(watched, y=24, x=40, method=network)
    for y, x in [(10, 20), (47, 79), (0, 0)]:
        page.mouse.move(*place(page, "before", y, x))
        expect(page.locator("#whatif")).to_have_attribute("data-influence", f"{y},{x}")
    page.mouse.move(5, 300)
    expect(page.locator("#whatif")).to_have_attribute("data-influence", "24,40")
    watched.page.goto(f"{watched.base}/whatif?{urlencode({**SELECTION, 'y': 'a', 'change': 999})}")
    notice = page.locator("#whatif-notice-link")
    expect(notice).to_contain_text("999")
    expect(notice).to_contain_text("“a”")


def test_explore_leads_here_with_pixel_and_brush(watched: Watched) -> None:
    page = watched.open(f"?case={SMALL}&method={METHOD}&y=24&x=40&brush=rect:20,30,22,33&pin=1", ready=False)
    page.locator("#whatif-link").click()
    page.wait_for_selector("#whatif[data-shown]")
    shown(page, 0, 24, 40, "rect:20,30,22,33", 32)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
