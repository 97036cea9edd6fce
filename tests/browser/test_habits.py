"""A person's habits on the Explore page: pin, type, zoom, window, export, help, back and forward."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from dashboard.explore import ids
from tests.browser.running_app import SMALL, Server, Watched
from tests.browser.test_explore import FIXED, marked, npz, place, point, shown, trace

GLIOMA = "?case=glioma-t2-fdg&method=weighted_averaging"


def click(page: Page, view: str, row: float, column: float, button: str = "left") -> None:
    page.mouse.click(*place(page, view, row, column), button=button)  # type: ignore[arg-type]


def pinned(page: Page, wanted: bool) -> None:
    page.wait_for_function(
        "(wanted) => document.getElementById('explorer').hasAttribute('data-pinned') === wanted", arg=wanted
    )


def drag(page: Page, view: str, start: tuple[int, int], way: tuple[int, int], button: str) -> None:
    """Press on a pixel (row, column) and drag by screen pixels (across, down)."""
    left, top = place(page, view, *start)
    page.mouse.move(left, top)
    page.mouse.down(button=button)  # type: ignore[arg-type]
    page.mouse.move(left + way[0] / 2, top + way[1] / 2)
    page.mouse.move(left + way[0], top + way[1])
    page.mouse.up(button=button)  # type: ignore[arg-type]


def ranges(page: Page) -> list[list[float]]:
    """The ends of both axes of every full image."""
    return page.evaluate(
        """(views) => views.map((view) => {
            const { xaxis, yaxis } = document.querySelector(`#${view} .js-plotly-plot`)._fullLayout;
            return [...xaxis.range, ...yaxis.range];
        })""",
        list(ids.FULL_VIEWS),
    )


def test_a_click_pins_and_the_next_one_releases(watched: Watched) -> None:
    page = watched.open(FIXED)
    click(page, "fused", 20, 30)
    shown(page, 20, 30)
    pinned(page, True)
    expect(page.locator("#pin-toggle")).to_have_attribute("aria-pressed", "true")
    point(page, "fused", 10, 10)
    point(page, "source-1", 12, 12)
    page.keyboard.press("ArrowRight")
    shown(page, 20, 31)
    click(page, "source-0", 5, 6)
    pinned(page, False)
    point(page, "source-0", 8, 9)
    shown(page, 8, 9)


def test_escape_and_the_button_release(watched: Watched) -> None:
    page = watched.open(FIXED + "&y=20&x=30&pin=1")
    pinned(page, True)
    point(page, "fused", 10, 10)
    page.keyboard.press("Escape")
    pinned(page, False)
    shown(page, 20, 30)
    page.click("#pin-toggle")
    pinned(page, True)
    page.wait_for_function("location.search.includes('pin=1')")
    page.click("#pin-toggle")
    pinned(page, False)
    page.wait_for_function("!location.search.includes('pin=')")


def test_a_finger_taps_and_drags(server: Server, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, has_touch=True)
    context.set_default_timeout(60_000)
    page = Watched(context.new_page(), server.base).open(FIXED)
    page.touchscreen.tap(*place(page, "fused", 20, 30))
    shown(page, 20, 30)
    pinned(page, True)
    page.touchscreen.tap(*place(page, "fused", 30, 50))
    shown(page, 30, 50)
    pinned(page, True)
    session = context.new_cdp_session(page)
    for kind, row, column in (("touchStart", 30, 50), ("touchMove", 20, 40), ("touchMove", 10, 20)):
        left, top = place(page, "fused", row, column)
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": left, "y": top}]})
    shown(page, 10, 20)
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    pinned(page, True)
    page.touchscreen.tap(*place(page, "fused", 10, 20))
    pinned(page, False)
    pinch(
        session,
        [place(page, "fused", 20, x) for x in (35, 45)],
        [place(page, "fused", 20, x) for x in (30, 50)],
    )
    page.wait_for_function("Math.abs(document.getElementById('explorer').dataset.zoom - 2) < 0.05")
    pinned(page, False)
    shown(page, 10, 20)
    context.close()


def pinch(session: CDPSession, before: list[tuple[float, float]], after: list[tuple[float, float]]) -> None:
    """Two fingers that go from some places of the screen to others, and leave."""
    for kind, fingers in (("touchStart", before), ("touchMove", after), ("touchEnd", [])):
        touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(fingers)]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})


def test_typed_coordinates(watched: Watched) -> None:
    page = watched.open(FIXED + "&y=20&x=30")
    row, column = page.locator("#pixel-row"), page.locator("#pixel-column")
    expect(row).to_have_value("20")
    row.fill("7")
    row.press("Enter")
    shown(page, 7, 30)
    pinned(page, True)
    column.fill("500")
    column.press("Tab")
    shown(page, 7, 79)
    expect(column).to_have_value("79")
    column.fill("")
    column.press("Tab")
    expect(column).to_have_value("79")


def test_buttons_lead_to_the_regions_of_interest(watched: Watched) -> None:
    page = watched.open(GLIOMA + "&y=3&x=4")
    button = page.get_by_role("button", name="Enhancing rim")
    y, x = map(int, re.findall(r"\d+", button.get_attribute("title") or ""))
    button.click()
    shown(page, y, x)
    pinned(page, True)
    page.go_back()
    shown(page, 3, 4)
    pinned(page, False)


def test_back_and_forward_step_through_selections(watched: Watched) -> None:
    page = watched.open(FIXED + "&y=20&x=30")
    page.wait_for_timeout(400)  # the address is written after a quiet moment
    entries = page.evaluate("history.length")
    page.evaluate("window.stays = 1")
    for pixel in ((10, 11), (12, 13)):
        click(page, "fused", *pixel)
        shown(page, *pixel)
        pinned(page, True)
        page.keyboard.press("Escape")
        pinned(page, False)
        for step in range(5):
            point(page, "fused", 30, 40 + step)
        shown(page, 30, 44)
    click(page, "fused", 14, 15)
    shown(page, 14, 15)
    page.select_option("#method", "weighted_averaging_fixed")
    page.wait_for_function("location.search.includes('weighted_averaging_fixed')")
    page.select_option("#case", "glioma-t2-fdg")
    page.wait_for_function("FuseVis.explorer.now.images['guidance-1']?.shape[1] === 256")
    assert page.evaluate("history.length") == entries + 5

    page.go_back()
    page.wait_for_function("FuseVis.explorer.now.images['guidance-1']?.shape[1] === 80")
    expect(page.locator("#case")).to_have_value(SMALL)
    page.go_back()
    expect(page.locator("#method")).to_have_value("weighted_averaging")
    shown(page, 14, 15)
    page.go_back()
    shown(page, 12, 13)
    pinned(page, True)
    page.go_back()
    shown(page, 10, 11)
    page.go_forward()
    shown(page, 12, 13)
    assert page.evaluate("window.stays") == 1


HASHES = """async () => {
    const hash = async (values) => {
        const digest = await crypto.subtle.digest("SHA-256", Float32Array.from(values).buffer);
        return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
    };
    const found = {};
    for (const view of ["source-0", "source-1", "guidance-0", "guidance-1", "jacobian-0", "jacobian-1"]) {
        const { z } = document.querySelector(`#${view} .js-plotly-plot`)._fullData[0];
        found[view] = await hash(z.flatMap((row) => Array.from(row)));
    }
    return found;
}"""


def controls(page: Page) -> dict[str, object]:
    return {
        "case": page.locator("#case").input_value(),
        "method": page.locator("#method").input_value(),
        "gammas": [page.locator(f"#{gamma} input").input_value() for gamma in ("gamma1", "gamma2")],
        "scale": page.locator("#scale input:checked").get_attribute("value"),
        "pixel": page.locator("#explorer").get_attribute("data-pixel"),
        "pinned": page.locator("#explorer").get_attribute("data-pinned"),
        "theme": page.evaluate("document.documentElement.dataset.bsTheme"),
    }


def test_a_copied_link_shows_the_same_arrays_in_a_fresh_profile(
    watched: Watched, server: Server, browser: Browser
) -> None:
    page = watched.open(GLIOMA + "&gamma1=0.4&scale=signed")
    page.click("#theme-toggle")
    click(page, "fused", 100, 90)
    shown(page, 100, 90)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.click("#copy-link")
    expect(page.locator("#copy-status")).to_have_text("Link copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.url
    assert "theme=light" in link
    page.wait_for_selector("#readout[aria-busy=false]")
    page.wait_for_timeout(500)  # Plotly draws one view a frame once the pixel rests
    fresh = browser.new_context(viewport={"width": 1440, "height": 900})
    fresh.set_default_timeout(60_000)
    other = Watched(fresh.new_page(), server.base).open(link.removeprefix(server.base + "/"))
    shown(other, 100, 90)
    other.wait_for_selector("#readout[aria-busy=false]")
    other.wait_for_timeout(500)
    assert controls(other) == controls(page)
    assert controls(page)["theme"] == "light"
    assert other.evaluate(HASHES) == page.evaluate(HASHES)
    fresh.close()


def test_hostile_links_become_text(watched: Watched) -> None:
    page = watched.open("?pin=%3Cimg%20src%3Dx%3E&theme=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
    notice = page.locator("#notice-link")
    expect(notice).to_contain_text("<img src=x>")
    expect(notice).to_contain_text("<script>")
    assert notice.locator("img, script").count() == 0
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    pinned(page, False)


def test_the_wheel_zooms_all_images_about_the_pointer(watched: Watched) -> None:
    page = watched.open(FIXED)
    before = ranges(page)
    point(page, "source-0", 20, 30)
    shown(page, 20, 30)
    spot = place(page, "source-0", 20, 30)
    for _ in range(4):
        page.mouse.wheel(0, -100)
    page.wait_for_selector("#explorer[data-zoom]")
    page.wait_for_timeout(300)
    enlarged = ranges(page)
    assert all(view == enlarged[0] for view in enlarged)
    assert enlarged[0][1] - enlarged[0][0] < 60
    # a wheel event has whole screen pixels
    assert np.allclose(place(page, "source-0", 20, 30), spot, atol=3)
    for view, row, column in (("guidance-rgb", 18, 33), ("jacobian-1", 24, 27)):
        point(page, view, row, column)
        shown(page, row, column)
        corners = [place(page, view, row + side / 2, column + side / 2) for side in (-1, 1)]
        tile = page.locator(f"#{view}").bounding_box()
        assert tile is not None
        edges = [(y - tile["y"], x - tile["x"]) for x, y in corners]
        assert np.abs(np.subtract(marked(page, view), np.ravel(edges))).max() <= 2.5
    page.wait_for_timeout(400)  # at rest Plotly draws; the viewport stays
    assert ranges(page) == enlarged
    drag(page, "fused", (20, 30), (30, 12), "middle")
    page.wait_for_timeout(100)
    assert ranges(page)[0][0] < enlarged[0][0]
    assert page.locator("#explorer[data-pinned]").count() == 0
    page.focus("#explorer")
    page.keyboard.press("0")
    page.wait_for_selector("#explorer:not([data-zoom])")
    assert ranges(page) == before


def test_the_drawn_image_follows_the_viewport(watched: Watched) -> None:
    page = watched.open(FIXED)
    page.focus("#explorer")
    page.keyboard.press("+")
    page.wait_for_selector("#explorer[data-zoom]")
    for view in (*ids.SOURCES, "fused", *ids.GUIDANCE, "guidance-rgb"):
        drawn = page.locator(f"#{view} .cartesianlayer image").bounding_box()
        corners = [place(page, view, row, column) for row, column in ((-0.5, -0.5), (47.5, 79.5))]
        assert drawn is not None
        edges = (drawn["x"], drawn["y"], drawn["x"] + drawn["width"], drawn["y"] + drawn["height"])
        assert np.allclose(edges, np.ravel(corners), atol=1.0), view


def test_the_right_button_changes_window_and_level_of_one_source(watched: Watched) -> None:
    page = watched.open(FIXED)
    values = page.evaluate("Array.from(FuseVis.explorer.now.images['source-0'].data)")
    drag(page, "source-0", (20, 30), (-128, 32), "right")
    expect(page.locator("#source-0-levels")).to_have_text("window 0.50, level 0.63")
    for view in ("source-0", "source-0-zoom"):
        held = trace(page, view)
        assert (held["zmin"], held["zmax"]) == pytest.approx((0.375, 0.875), abs=0.01)
    assert trace(page, "source-1")["zmax"] == 1
    assert trace(page, "fused")["zmax"] == 1
    assert page.evaluate("Array.from(FuseVis.explorer.now.images['source-0'].data)") == values
    page.mouse.dblclick(*place(page, "source-0", 10, 10), button="right")
    expect(page.locator("#source-0-levels")).to_have_text("")
    page.wait_for_function("document.querySelector('#source-0 .js-plotly-plot').data[0].zmax === 1")


def test_the_help_keeps_the_focus_and_escape_closes_it(watched: Watched) -> None:
    page = watched.open(FIXED + "&pin=1")
    page.focus("#explorer")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    for _ in range(4):
        page.keyboard.press("Tab")
        inside = "!!document.activeElement.closest('#help')"
        assert page.evaluate(f"document.activeElement === document.body || {inside}")
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()
    pinned(page, True)
    page.click("#help-open")
    expect(page.locator("#help")).to_contain_text("as published")
    page.click("#help-close")
    expect(page.locator("#help")).to_be_hidden()


def test_one_view_on_the_whole_screen(watched: Watched) -> None:
    page = watched.open(FIXED)
    point(page, "guidance-0", 20, 30)
    page.keyboard.press("f")
    page.wait_for_function("document.getElementById('guidance-0').clientWidth > 1000")
    point(page, "guidance-0", 11, 12)
    shown(page, 11, 12)
    page.keyboard.press("f")
    page.wait_for_function("document.getElementById('guidance-0').clientWidth === 256")


def save(page: Page, view: str, action: str) -> tuple[str, Path]:
    page.hover(f'.view[data-view="{view}"]')
    page.click(f'[data-menu="{view}"]')
    with page.expect_download() as download:
        page.click(f'#view-menu [data-action="{action}"]')
    return download.value.suggested_filename, download.value.path()


def test_views_are_saved_under_sensible_names(watched: Watched, server: Server) -> None:
    page = watched.open(FIXED + "&y=20&x=30&pin=1")
    stem = f"{SMALL}_weighted-averaging"
    name, file = save(page, "guidance-0", "png")
    assert name == f"{stem}_guidance-0_20-30.png"
    assert file.read_bytes().startswith(b"\x89PNG")
    name, file = save(page, "scatter", "svg")
    assert name == f"{stem}_scatter_20-30.svg"
    assert "<svg" in file.read_text("utf-8")[:200]
    name, file = save(page, "source-1-zoom", "npz")
    assert name == f"{stem}_source-1-zoom_20-30.npz"
    assert np.load(file)["guidance"].shape == (2, 48, 80)
    name, file = save(page, "jacobian-1", "csv")
    assert name == f"{stem}_jacobian-1_20-30.csv"
    rows = list(csv.DictReader(file.read_text("utf-8").splitlines()))
    expected = npz(server, "jacobian", case=SMALL, method="weighted_averaging", y=20, x=30)["jacobian"]
    assert [float(row["value"]) for row in rows] == pytest.approx(expected.ravel().tolist())
    pinned(page, True)


def test_the_menu_by_keyboard(watched: Watched) -> None:
    page = watched.open(FIXED)
    page.focus('[data-menu="fused"]')
    page.keyboard.press("Enter")
    item = "document.activeElement.dataset.action"
    assert page.evaluate(item) == "fullscreen"
    page.keyboard.press("ArrowUp")
    assert page.evaluate(item) == "npz"
    page.keyboard.press("Escape")
    expect(page.locator("#view-menu")).to_be_hidden()
    assert page.evaluate("document.activeElement.dataset.menu") == "fused"
