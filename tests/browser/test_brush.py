"""Brushing both ways and the density of the scatter: what is marked and said, against the arrays."""

from __future__ import annotations

import re
from urllib.parse import quote

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from precompute.cases.case_study import BUNDLED, load_case
from tests.browser.running_app import SMALL, Server, Watched
from tests.browser.test_explore import npz, place

FIXED = f"?case={SMALL}&method=weighted_averaging"
NUMBERS = re.compile(r"n (\d+) · r (\S+) · ρ (\S+) · slope (\S+)")


def marked(page: Page, text: str | re.Pattern[str]) -> str:
    """Wait until the page shows a brush; its text."""
    expect(page.locator("#explorer")).to_have_attribute("data-brush", text)
    return str(page.locator("#explorer").get_attribute("data-brush"))


def said(page: Page) -> list[float]:
    """Count, Pearson, Spearman and slope as the page says them."""
    expect(page.locator("#brush-numbers")).to_have_text(NUMBERS)
    found = NUMBERS.search(page.locator("#brush-numbers").inner_text().replace("\u2212", "-"))
    assert found is not None
    return [float(text) for text in found.groups()]


def expected(server: Server, held: np.ndarray, case: str = SMALL) -> list[float]:
    """The same by numpy, from a mask (H, W)."""
    guidance = npz(server, "guidance", case=case, method="weighted_averaging")["guidance"].astype(float)
    x, y = guidance[0][held], guidance[1][held]
    ranks = [(np.searchsorted(np.sort(v), v) + np.searchsorted(np.sort(v), v, "right")) / 2 for v in (x, y)]
    pearson, spearman = np.corrcoef(x, y)[0, 1], np.corrcoef(*ranks)[0, 1]
    return [held.sum(), pearson, spearman, np.polyfit(x, y, 1)[0]]


def drag(page: Page, corners: list[tuple[float, float]], key: str | None = None) -> None:
    """Draw a line with the left button."""
    if key:
        page.keyboard.down(key)
    page.mouse.move(*corners[0])
    page.mouse.down()
    for corner in corners[1:]:
        page.mouse.move(*corner, steps=6)
    page.mouse.up()
    if key:
        page.keyboard.up(key)


def is_green(page: Page, view: str) -> bool:
    """Whether something green is drawn on the brush's canvas over a view."""
    return bool(
        page.evaluate(
            """(view) => {
                const canvas = document.getElementById(`${view}-brush-layer`);
                const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
                for (let i = 0; i < data.length; i += 4) {
                    if (data[i] < 120 && data[i + 1] > 180 && data[i + 3] > 200) return true;
                }
                return false;
            }""",
            view,
        )
    )


def test_a_rectangle_on_an_image_is_a_brush_everywhere(watched: Watched, server: Server) -> None:
    page = watched.open(FIXED)
    drag(page, [place(page, "source-0", 10, 20), place(page, "source-0", 15, 30)], "Shift")
    marked(page, "rect:10,20,15,30")
    held = np.zeros((48, 80), bool)
    held[10:16, 20:31] = True
    np.testing.assert_allclose(said(page), expected(server, held), atol=0.006)
    assert all(
        is_green(page, view) for view in ("source-0", "fused", "guidance-rgb", "jacobian-1", "scatter")
    )
    assert page.locator("#explorer").get_attribute("data-pinned") is None
    page.wait_for_function("new URLSearchParams(location.search).get('brush') === 'rect:10,20,15,30'")
    page.keyboard.press("Escape")
    expect(page.locator("#explorer")).not_to_have_attribute("data-brush", re.compile("."))
    assert not any(is_green(page, view) for view in ("source-0", "scatter"))
    page.wait_for_function("!location.search.includes('brush')")


def test_a_freehand_area_comes_back_from_its_link(watched: Watched, server: Server) -> None:
    page = watched.open(FIXED)
    page.locator("#brush-free").click()
    corners = [(5.0, 10.0), (40.0, 12.0), (38.0, 70.0)]
    drag(page, [place(page, "fused", *corner) for corner in corners])
    text = marked(page, re.compile(r"^poly:"))
    first = said(page)
    assert 800 < first[0] < 1100  # half of 34 × 59 pixels
    expect(page.locator("#brush-free")).to_have_attribute("aria-pressed", "false")
    again = watched.open(f"{FIXED}&brush={quote(text)}")
    marked(again, text)
    assert said(again) == first


def test_a_box_in_the_scatter_marks_its_pixels(watched: Watched, server: Server) -> None:
    page = watched.open(FIXED)
    guidance = npz(server, "guidance", case=SMALL, method="weighted_averaging")["guidance"]
    low, high = np.quantile(guidance, [0.3, 0.9], axis=(1, 2)).tolist()
    drag(page, [place(page, "scatter", low[1], low[0]), place(page, "scatter", high[1], high[0])])
    text = marked(page, re.compile(r"^scatter:"))
    x0, y0, x1, y1 = (float(number) for number in text.removeprefix("scatter:").split(","))
    held = (guidance[0] >= x0) & (guidance[0] <= x1) & (guidance[1] >= y0) & (guidance[1] <= y1)
    assert held.any()
    np.testing.assert_allclose(said(page), expected(server, held), atol=0.006)
    assert is_green(page, "source-1")


def test_a_lasso_in_the_scatter_marks_its_pixels(watched: Watched, server: Server) -> None:
    page = watched.open(FIXED)
    guidance = npz(server, "guidance", case=SMALL, method="weighted_averaging")["guidance"]
    low, high = np.quantile(guidance, [0.1, 0.9], axis=(1, 2)).tolist()
    page.locator("#brush-free").click()
    corners = [(low[1], low[0]), (high[1], low[0]), (high[1], high[0])]  # (y, x)
    drag(page, [place(page, "scatter", *corner) for corner in [*corners, corners[0]]])
    text = marked(page, re.compile(r"^lasso:"))
    count = said(page)[0]
    inside = (guidance[0] >= low[0]) & (guidance[0] <= high[0]) & (guidance[1] >= low[1])
    inside &= guidance[1] <= high[1]
    above = (guidance[1] - low[1]) * (high[0] - low[0]) >= (guidance[0] - low[0]) * (high[1] - low[1])
    assert count == pytest.approx((inside & above).sum(), rel=0.1)  # the corners lie on whole screen pixels
    assert is_green(page, "source-1")
    again = watched.open(f"{FIXED}&brush={quote(text)}")
    marked(again, text)
    assert said(again)[0] == count


def test_a_finger_draws_an_area(server: Server, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, has_touch=True)
    context.set_default_timeout(60_000)
    page = Watched(context.new_page(), server.base).open(FIXED)
    page.locator("#brush-rect").tap()
    session = context.new_cdp_session(page)
    for kind, row, column in (("touchStart", 10, 20), ("touchMove", 12, 25), ("touchMove", 15, 30)):
        left, top = place(page, "source-0", row, column)
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": left, "y": top}]})
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    marked(page, "rect:10,20,15,30")
    assert said(page)[0] == 6 * 11
    context.close()


def test_a_region_of_interest_is_the_brush(watched: Watched, server: Server) -> None:
    case = load_case(BUNDLED / "glioma-t2-fdg")
    page = watched.open(f"?case={case.id}&method=weighted_averaging")
    region = case.regions[-1]
    page.locator("#brush-region").select_option(region.id)
    marked(page, f"region:{region.id}")
    np.testing.assert_allclose(said(page), expected(server, region.mask, case.id), atol=0.006)
    page.locator("#brush-clear").click()
    expect(page.locator("#brush-numbers")).to_have_text("")
    expect(page.locator("#brush-region")).to_have_value("")


def test_a_brush_that_makes_no_sense_is_named_and_left_out(watched: Watched) -> None:
    page = watched.open(f"{FIXED}&brush=" + quote("poly:<img src=x onerror=alert(1)>"))
    expect(page.locator("#notice-link")).to_contain_text("brush")
    expect(page.locator("#explorer")).not_to_have_attribute("data-brush", re.compile("."))


def test_the_density_is_counted_anew_for_a_zoom(watched: Watched, server: Server) -> None:
    page = watched.open(FIXED)
    page.mouse.move(*place(page, "scatter", *page.evaluate(CENTRE)))
    page.mouse.wheel(0, -400)
    page.wait_for_selector("#scatter .js-plotly-plot[data-density]")
    total, ranges = page.evaluate(COUNT)
    (x0, x1), (y0, y1) = ranges
    x, y = npz(server, "guidance", case=SMALL, method="weighted_averaging")["guidance"]
    assert total == int(((x >= x0) & (x <= x1) & (y >= y0) & (y <= y1)).sum())
    assert 0 < total < x.size


CENTRE = """() => {
    const { xaxis, yaxis } = document.querySelector('#scatter .js-plotly-plot')._fullLayout;
    return [yaxis, xaxis].map(({ range }) => (range[0] + range[1]) / 2);
}"""
COUNT = """() => {
    const plot = document.querySelector('#scatter .js-plotly-plot');
    const counts = plot.data[0].z.flatMap((row) => [...row].filter((count) => !Number.isNaN(count)));
    return [counts.reduce((a, b) => a + b, 0), [plot._fullLayout.xaxis.range, plot._fullLayout.yaxis.range]];
}"""
