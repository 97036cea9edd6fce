"""The Explore page in a real browser: states and values, never times."""

from __future__ import annotations

import io
import json
import re
import urllib.request
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from dashboard.explore import ids
from tests.browser.running_app import SMALL, Server, Watched

# A method without weights is always there; a network is tested where its weights are.
FIXED = f"?case={SMALL}&method=weighted_averaging"


def place(page: Page, view: str, row: float, column: float) -> tuple[float, float]:
    """Where a pixel of a view's image is on the screen."""
    left, top = page.evaluate(
        """([view, row, column]) => {
            const plot = document.querySelector(`#${view} .js-plotly-plot`);
            const { xaxis, yaxis } = plot._fullLayout, corner = plot.getBoundingClientRect();
            const left = corner.left + xaxis._offset, top = corner.top + yaxis._offset;
            return [left + xaxis.d2p(column), top + yaxis.d2p(row)];
        }""",
        [view, row, column],
    )
    return left, top


def point(page: Page, view: str, row: float, column: float) -> None:
    """Move the pointer to a pixel of a view's image."""
    page.mouse.move(*place(page, view, row, column))


def shown(page: Page, row: int, column: int) -> None:
    """Wait until linked views and Jacobian views are those of a pixel."""
    name = f"{row},{column}"
    page.wait_for_selector(f'#explorer[data-pixel="{name}"][data-jacobian="{name}"]')


def trace(page: Page, view: str, index: int = 0) -> dict[str, Any]:
    """What Plotly holds of a view: values and their place."""
    found = page.evaluate(
        """([view, index]) => {
            const { z, x0, y0, x, y, zmin, zmax, colorscale } =
                document.querySelector(`#${view} .js-plotly-plot`).data[index];
            const number = (value) => (Number.isNaN(value) ? null : value);
            const rows = Array.isArray(z) ? z.map((row) => Array.from(row, number)) : null;
            return { z: rows, x0, y0, zmin, zmax, colorscale, x: x && Array.from(x), y: y && Array.from(y) };
        }""",
        [view, index],
    )
    if found["z"] is not None:
        found["z"] = np.array(found["z"], float)
    return found


def drawn(page: Page, view: str) -> Any:
    """What Plotly has drawn of a view: its own decoded values."""
    plot = f"document.querySelector('#{view} .js-plotly-plot')"
    return np.array(page.evaluate(f"{plot}._fullData[0].z.map((row) => Array.from(row))"), float)


def npz(server: Server, route: str, **query: object) -> Any:
    text = "&".join(f"{key}={value}" for key, value in query.items())
    with urllib.request.urlopen(f"{server.base}/api/v1/{route}?{text}&format=npz") as answer:
        return np.load(io.BytesIO(answer.read()))


def marked(page: Page, view: str) -> tuple[int, int, int, int]:
    """Top, left, bottom, right of what has the marks' red on the canvas over a view, in screen pixels."""
    top, left, bottom, right = page.evaluate(
        """(view) => {
            const canvas = document.getElementById(`${view}-layer`);
            const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
            const found = [Infinity, Infinity, -1, -1];
            const red = (i) => [255, 77, 61, 255].every((value, c) => Math.abs(data[i + c] - value) < 6);
            for (let i = 0; i < data.length; i += 4) {
                if (red(i)) {
                    const y = Math.floor(i / 4 / width), x = (i / 4) % width;
                    found[0] = Math.min(found[0], y);
                    found[1] = Math.min(found[1], x);
                    found[2] = Math.max(found[2], y);
                    found[3] = Math.max(found[3], x);
                }
            }
            return found;
        }""",
        view,
    )
    return top, left, bottom, right


def test_all_views_are_visible_without_scrolling(watched: Watched) -> None:
    page = watched.open(FIXED)
    for view in ids.GRAPHS:
        box = page.locator(f"#{view}").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 1440
        assert box["y"] + box["height"] <= 900
    size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert size == [1440, 900]


def test_full_images_have_their_native_size(watched: Watched) -> None:
    page = watched.open("?method=weighted_averaging")
    for view in ids.FULL_VIEWS:
        box = page.locator(f"#{view}").bounding_box()
        assert box is not None
        assert (box["width"], box["height"]) == (256, 256)
        assert box["x"] == int(box["x"])
    zoom = page.locator("#source-0-zoom").bounding_box()
    assert zoom is not None
    assert (zoom["width"], zoom["height"]) == (150, 150)


def test_the_pointer_selects_on_every_image(watched: Watched) -> None:
    page = watched.open(FIXED)
    for k, view in enumerate(ids.FULL_VIEWS):
        point(page, view, 30 + k, 41)
        shown(page, 30 + k, 41)
        point(page, view, 7, 60 + k)
        shown(page, 7, 60 + k)
        expect(page.locator("#readout [data-value=pixel]")).to_have_text(f"7, {60 + k}")


def test_the_store_hears_of_the_pixel(watched: Watched) -> None:
    page = watched.open(FIXED)
    point(page, "fused", 12, 13)
    shown(page, 12, 13)
    page.wait_for_function("location.search.includes('y=12&x=13')")


def test_plotlys_hover_event_ends_in_the_same_store(watched: Watched) -> None:
    page = watched.open(FIXED)
    left, top = place(page, "guidance-0", 9, 21)
    # a mouse event without a pointer event: only Plotly hears of it
    page.evaluate(
        """([clientX, clientY]) => document.querySelector("#guidance-0 .nsewdrag").dispatchEvent(
            new MouseEvent("mousemove", { clientX, clientY, bubbles: true }))""",
        [left, top],
    )
    shown(page, 9, 21)


def test_an_extension_that_writes_the_store_moves_all_views(watched: Watched) -> None:
    page = watched.open(FIXED)
    page.evaluate("dash_clientside.set_props('pixel', { data: { y: 5, x: 6 } })")
    shown(page, 5, 6)


def test_arrow_keys_move_the_pixel(watched: Watched) -> None:
    page = watched.open(FIXED + "&y=20&x=30")
    page.focus("#explorer")
    page.keyboard.press("ArrowDown")
    shown(page, 21, 30)
    page.keyboard.press("Shift+ArrowRight")
    shown(page, 21, 40)
    for _ in range(5):
        page.keyboard.press("Shift+ArrowUp")
    shown(page, 0, 40)


def test_keys_work_after_a_click_on_an_image(watched: Watched) -> None:
    page = watched.open(FIXED)
    point(page, "source-1", 20, 20)
    page.mouse.down()
    page.mouse.up()
    shown(page, 20, 20)
    page.keyboard.press("ArrowLeft")
    shown(page, 20, 19)


def test_the_jacobian_shown_is_the_one_of_the_api(watched: Watched, server: Server, network: str) -> None:
    page = watched.open(f"?case={SMALL}&method={network}")
    for row, column in ((24, 40), (0, 0), (47, 79), (3, 60)):
        point(page, "fused", row, column)
        shown(page, row, column)
        expected = npz(server, "jacobian", case=SMALL, method=network, y=row, x=column)
        for k, view in enumerate(ids.JACOBIANS):
            held = trace(page, view)
            assert (held["y0"], held["x0"]) == tuple(expected["origin"])
            assert np.array_equal(held["z"], expected["jacobian"][k].astype(np.float32))


def test_at_rest_plotly_has_drawn_the_same_values(watched: Watched, server: Server, network: str) -> None:
    page = watched.open(f"?case={SMALL}&method={network}")
    point(page, "source-0", 10, 70)
    shown(page, 10, 70)
    expected = npz(server, "jacobian", case=SMALL, method=network, y=10, x=70)["jacobian"]
    page.wait_for_function(
        "(shape) => { const z = document.querySelector('#jacobian-1 .js-plotly-plot')._fullData[0].z;"
        " return z.length === shape[0] && z[0].length === shape[1]; }",
        arg=list(expected.shape[1:]),
    )
    page.wait_for_selector("#readout[aria-busy=false]")
    assert np.array_equal(drawn(page, "jacobian-1"), expected[1].astype(np.float32))


def test_boxes_and_squares_at_corners(watched: Watched, network: str) -> None:
    page = watched.open(f"?case={SMALL}&method={network}")
    radius = page.evaluate("FuseVis.explorer.now.scene.window[0] >> 1")
    # 80 columns on 256 screen pixels; the 48 rows are centred
    scale, above = 256 / 80, (256 - 48 * 256 / 80) / 2
    cell = 150 / (2 * radius + 1)
    square = (radius * cell, radius * cell, (radius + 1) * cell, (radius + 1) * cell)
    for row, column in ((0, 0), (0, 79), (47, 0), (47, 79), (20, 33)):
        point(page, "source-0", row, column)
        shown(page, row, column)
        top, bottom = (above + edge * scale for edge in (max(0, row - radius), min(48, row + radius + 1)))
        left, right = (edge * scale for edge in (max(0, column - radius), min(80, column + radius + 1)))
        box = np.clip((top, left, bottom, right), 0, 255)
        for view in ids.FULL_VIEWS:
            assert np.abs(marked(page, view) - box).max() <= 2.5, (view, row, column)
            assert np.abs(np.subtract(marked(page, ids.zoom(view)), square)).max() <= 2.5, (view, row, column)


def test_zooms_hold_the_true_values_around_the_pixel(watched: Watched, server: Server, network: str) -> None:
    page = watched.open(f"?case={SMALL}&method={network}")
    point(page, "fused", 2, 30)
    shown(page, 2, 30)
    arrays = npz(server, "guidance", case=SMALL, method=network)
    radius = page.evaluate("FuseVis.explorer.now.scene.window[0] >> 1")
    images = {
        "source-0": arrays["sources"][0],
        "source-1": arrays["sources"][1],
        "fused": arrays["fused"],
        "guidance-0": arrays["guidance"][0],
        "guidance-1": arrays["guidance"][1],
    }
    for view, image in images.items():
        held = trace(page, ids.zoom(view))
        padded = np.pad(image.astype(float), radius, constant_values=np.nan)
        expected = padded[2 : 2 + 2 * radius + 1, 30 : 30 + 2 * radius + 1].astype(np.float32)
        assert (held["y0"], held["x0"]) == (2 - radius, 30 - radius)
        assert np.array_equal(held["z"], expected, equal_nan=True), view


def test_the_scatter_marks_the_window(watched: Watched, server: Server, network: str) -> None:
    page = watched.open(f"?case={SMALL}&method={network}")
    point(page, "source-1", 0, 40)
    shown(page, 0, 40)
    guidance = npz(server, "guidance", case=SMALL, method=network)["guidance"]
    radius = page.evaluate("FuseVis.explorer.now.scene.window[0] >> 1")
    window = guidance[:, : radius + 1, 40 - radius : 40 + radius + 1].reshape(2, -1)
    page.wait_for_function(
        "(n) => (document.querySelector('#scatter .js-plotly-plot').data[1].x || []).length === n",
        arg=window.shape[1],
    )
    held = trace(page, "scatter", 1)
    assert np.array_equal(np.array([held["x"], held["y"]], np.float32), window.astype(np.float32))


def test_the_readout_tells_the_numbers(watched: Watched, server: Server) -> None:
    page = watched.open(FIXED)
    point(page, "source-0", 25, 35)
    shown(page, 25, 35)
    arrays = npz(server, "guidance", case=SMALL, method="weighted_averaging")
    text = {
        name: page.locator(f'#readout [data-value="{name}"]').inner_text().replace("−", "-")
        for name in ("source-0", "source-1", "fused", "gradient-0", "gradient-1", "correlation-image")
    }
    assert float(text["source-0"]) == pytest.approx(arrays["sources"][0, 25, 35], abs=6e-4)
    assert float(text["source-1"]) == pytest.approx(arrays["sources"][1, 25, 35], abs=6e-4)
    assert float(text["fused"]) == pytest.approx(arrays["fused"][25, 35], abs=6e-4)
    for k in (0, 1):
        assert float(text[f"gradient-{k}"]) == pytest.approx(arrays["guidance"][k, 25, 35], abs=6e-5)
        assert re.match(r"[+-]", text[f"gradient-{k}"])
    correlation = np.corrcoef(*arrays["guidance"].reshape(2, -1))[0, 1]
    assert float(text["correlation-image"]) == pytest.approx(correlation, abs=6e-3)


def set_gamma(page: Page, control: str, value: str) -> None:
    field = page.locator(f"#{control} input")
    field.fill(value)
    field.press("Enter")


def test_gamma_changes_colours_and_no_value(watched: Watched) -> None:
    page = watched.open(FIXED + "&y=20&x=30")
    before = {view: trace(page, view) for view in ids.JACOBIAN_COLOURED}
    guidance = drawn(page, "guidance-0")
    set_gamma(page, "gamma1", "0.4")
    page.wait_for_function("location.search.includes('gamma1=0.4')")
    for view in ids.JACOBIAN_COLOURED:
        held = f"document.querySelector('#{view} .js-plotly-plot').data[0]"
        old = json.dumps(before[view]["colorscale"], separators=(",", ":"))
        page.wait_for_function(f"(old) => JSON.stringify({held}.colorscale) !== old", arg=old)
        after = trace(page, view)
        assert np.array_equal(after["z"], before[view]["z"], equal_nan=True)
        assert (after["zmin"], after["zmax"]) == (before[view]["zmin"], before[view]["zmax"])
    assert np.array_equal(drawn(page, "guidance-0"), guidance)


def test_the_signed_scale_is_symmetric_and_the_published_one_starts_at_zero(watched: Watched) -> None:
    page = watched.open(FIXED)
    for view in (*ids.GUIDANCE_COLOURED, *ids.JACOBIAN_COLOURED):
        assert trace(page, view)["zmin"] == 0
    page.locator("#scale").get_by_text("signed").click()
    page.wait_for_function("location.search.includes('scale=signed')")
    for view in (*ids.GUIDANCE_COLOURED, *ids.JACOBIAN_COLOURED):
        held = f"document.querySelector('#{view} .js-plotly-plot').data[0]"
        page.wait_for_function(f"{held}.zmin < 0 && {held}.zmin === -{held}.zmax")


def test_a_link_restores_everything_in_a_fresh_profile(watched: Watched) -> None:
    query = f"?case={SMALL}&method=weighted_averaging_fixed&y=11&x=3&gamma1=0.3&gamma2=1.7&scale=signed"
    query += "&scope=image&pin=1&theme=light"
    page = watched.open(query)
    shown(page, 11, 3)
    page.wait_for_timeout(600)  # the address is written after a quiet moment; it must come out the same
    assert page.evaluate("location.search") == query
    assert page.locator("#case").input_value() == SMALL
    assert page.locator("#method").input_value() == "weighted_averaging_fixed"
    assert page.locator("#gamma1 input").input_value() == "0.3"


def test_nonsense_in_a_link_becomes_a_notice_and_no_markup(watched: Watched) -> None:
    page = watched.open("?y=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&method=nope&x=5")
    notice = page.locator("#notice-link")
    expect(notice).to_contain_text("<img src=x onerror=alert(1)>")
    expect(notice).to_contain_text("nope")
    assert notice.locator("img").count() == 0


def test_changing_case_and_method_never_mixes_their_images(watched: Watched) -> None:
    page = watched.open("?method=weighted_averaging&y=200&x=200")
    page.select_option("#case", SMALL)
    shown(page, 47, 79)
    page.wait_for_function("FuseVis.explorer.now.images['guidance-1']?.shape[1] === 80")
    assert (
        page.evaluate("Object.values(FuseVis.explorer.now.images).map((i) => i.shape.join())")
        == ["48,80"] * 5
    )
    page.select_option("#method", "weighted_averaging_fixed")
    page.wait_for_selector("#explorer[data-guidance=ready]")
    page.wait_for_function(
        "(() => { const i = FuseVis.explorer.now.images; const a = i['guidance-0'], b = i['guidance-1'];"
        " return a && b && Math.abs(a.data[999] + b.data[999] - 1) < 1e-5; })()"
    )


def test_guidance_appears_by_itself(watched: Watched, network: str) -> None:
    page = watched.open(f"?case={SMALL}&method={network}", ready=False)
    page.wait_for_selector("#explorer[data-guidance=ready]", timeout=240_000)
    expect(page.locator("#guidance-0-placeholder")).to_be_empty()
    expect(page.locator("#scale-note")).to_contain_text("both guidance images")


def test_at_rest_the_last_pixel_is_shown_and_few_requests_were_made(watched: Watched) -> None:
    page = watched.open(FIXED)
    watched.requests.clear()
    for step in range(60):
        point(page, "fused", 5 + step % 30, 10 + step)
    shown(page, 5 + 59 % 30, 69)
    asked = [url for url in watched.requests if "/api/v1/jacobian" in url]
    assert 1 <= len(asked) <= 60
    assert len(asked) == len(set(asked))
    assert "y=34&x=69" in asked[-1]


def test_the_theme_is_remembered(watched: Watched) -> None:
    page = watched.open(FIXED)
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    page.click("#theme-toggle")
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "light"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "light"


def test_no_graph_shows_a_mode_bar_or_offers_an_upload(watched: Watched) -> None:
    page = watched.open(FIXED)
    point(page, "scatter", 0, 0)
    assert page.locator(".modebar-btn").count() == 0
    assert "not a medical device" in page.locator("footer.footer").inner_text()


def test_smaller_screens_show_every_view_without_sideways_scrolling(watched: Watched) -> None:
    page = watched.open(FIXED)
    for width, height in ((1024, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for view in ids.GRAPHS:
            box = page.locator(f"#{view}").bounding_box()
            assert box is not None
            assert box["width"] >= 90
    page.set_viewport_size({"width": 1024, "height": 768})
    assert page.evaluate("document.documentElement.scrollHeight") <= 768
