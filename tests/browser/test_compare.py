"""The Compare page in a real browser: rows, one pointer, two images over each other, the address."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from models import colour_coded
from tests.browser.running_app import SMALL, Server, Watched
from tests.browser.test_explore import npz

SHAPE = (48, 80)
SIX = ("weighted_averaging", "funfusean", "funfusean_sum", "masknet", "deepfuse", "deeppedestrian")
# Methods without weights: their guidance is there at once.
TWO = ("weighted_averaging", "weighted_averaging_fixed")
PLAIN = f"case={SMALL}&methods={','.join(TWO)}&y=20&x=30"


def opened(page: Page, base: str, query: str, ready: bool = True) -> Page:
    """The Compare page once its Jacobians, and with `ready` its guidance, are painted."""
    page.goto(f"{base}/compare?{query}")
    page.wait_for_selector(
        "#comparer[data-pixel][data-jacobian]" + ("[data-guidance=ready]" if ready else "")
    )
    return page


def spot(
    page: Page, tile: str, pixel: tuple[int, int], shape: tuple[int, int] = SHAPE
) -> tuple[float, float]:
    """Where the middle of a pixel (row, column) of a tile's image is on the screen."""
    canvas = page.locator(f"#{tile}-layer")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    scale = min(box["width"] / shape[1], box["height"] / shape[0])
    left, top = (box["width"] - shape[1] * scale) / 2, (box["height"] - shape[0] * scale) / 2
    return box["x"] + left + (pixel[1] + 0.5) * scale, box["y"] + top + (pixel[0] + 0.5) * scale


def shown(page: Page, row: int, column: int) -> None:
    """Wait until linked views and all Jacobians are those of a pixel."""
    name = f"{row},{column}"
    page.wait_for_selector(f'#comparer[data-pixel="{name}"][data-jacobian="{name}"]')


def order(page: Page) -> list[str]:
    return page.eval_on_selector_all(".compare-row", "(rows) => rows.map((row) => row.dataset.method)")


def colour(page: Page, tile: str, pixel: tuple[int, int]) -> list[int]:
    """The colour of a pixel of a tile's image on the screen, as R, G, B."""
    return page.evaluate(
        """([tile, [row, column], [rows, columns]]) => {
            const canvas = document.getElementById(`${tile}-layer`);
            const scale = Math.min(canvas.width / columns, canvas.height / rows);
            const x = (canvas.width - columns * scale) / 2 + (column + 0.5) * scale;
            const y = (canvas.height - rows * scale) / 2 + (row + 0.5) * scale;
            return [...canvas.getContext("2d").getImageData(x, y, 1, 1).data].slice(0, 3);
        }""",
        [tile, list(pixel), list(SHAPE)],
    )


def marked(page: Page, tile: str) -> tuple[float, float]:
    """The middle (row, column) of what has the marks' red on a tile, in pixels of its image."""
    row, column = page.evaluate(
        """([tile, [rows, columns]]) => {
            const canvas = document.getElementById(`${tile}-layer`), { width, height } = canvas;
            const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
            let top = Infinity, left = Infinity, bottom = -1, right = -1;
            for (let i = 0; i < width * height; i++) {
                if (data[4 * i] < 200 || data[4 * i + 1] > 120 || data[4 * i + 2] > 110) continue;
                const y = Math.floor(i / width), x = i % width;
                top = Math.min(top, y), bottom = Math.max(bottom, y + 1);
                left = Math.min(left, x), right = Math.max(right, x + 1);
            }
            const scale = Math.min(width / columns, height / rows);
            const middle = (a, b, size, count) => ((a + b) / 2 - (size - count * scale) / 2) / scale - 0.5;
            return [middle(top, bottom, height, rows), middle(left, right, width, columns)];
        }""",
        [tile, list(SHAPE)],
    )
    return row, column


def asked(seen: Watched) -> list[dict[str, list[str]]]:
    """The queries of the requests for the Jacobians of all rows, so far."""
    return [parse_qs(urlsplit(url).query) for url in seen.requests if "/api/v1/jacobians?" in url]


def test_one_request_brings_the_jacobians_of_six_methods(watched: Watched, server: Server) -> None:
    page = opened(watched.page, server.base, f"case={SMALL}&methods={','.join(SIX)}&y=20&x=30", ready=False)
    assert order(page) == list(SIX)
    # the first pixel needs no pointer
    assert page.get_attribute("#comparer", "data-jacobian") == "20,30"
    before = len(asked(watched))
    page.mouse.move(*spot(page, "compare-r2-fused", (0, 0)))
    page.mouse.move(*spot(page, "compare-r2-fused", (17, 41)))
    shown(page, 17, 41)
    page.wait_for_timeout(300)
    requests = asked(watched)[before:]
    assert [query["y"] + query["x"] for query in requests][-1] == ["17", "41"]
    assert len(requests) <= 2  # the corner, if the pointer rested there for a frame, and the pixel itself
    assert all(query["methods"] == [",".join(SIX)] for query in requests)
    for method in SIX:
        expected = npz(server, "jacobian", case=SMALL, method=method, y=17, x=41)
        found = page.evaluate(
            """(key) => {
                const { images, box } = FuseVis.compare.now.jacobians[key];
                return [box.y0, box.x0, box.h, box.w, ...images.flatMap(({ data }) => Array.from(data))];
            }""",
            f"{SMALL}/{method}",
        )
        assert found[:4] == [*expected["origin"], *expected["jacobian"].shape[1:]]
        assert np.array_equal(np.float32(found[4:]), expected["jacobian"].ravel())


def test_one_pointer_drives_all_rows_and_both_sources(watched: Watched, server: Server) -> None:
    page = opened(watched.page, server.base, PLAIN)
    tiles = [f"compare-source-{SMALL}-{k}" for k in (0, 1)]
    tiles += [
        f"compare-r{row}-{column}" for row in (0, 1) for column in ("fused", "guidance-0", "guidance-rgb")
    ]
    for step, tile in enumerate(tiles):
        pixel = (10 + 2 * step, 60 - 3 * step)
        page.mouse.move(*spot(page, tile, pixel))
        shown(page, *pixel)
        for other in (*tiles[:2], "compare-r0-fused", "compare-r1-fused"):  # grey: only the marks are red
            assert marked(page, other) == pytest.approx(pixel, abs=0.7)
    page.mouse.move(*spot(page, "compare-r0-scatter", (24, 40)))
    page.mouse.move(*spot(page, "compare-r1-jacobian-0", (24, 40)))
    page.wait_for_timeout(150)
    shown(page, *pixel)  # an enlarged window and a scatter are no places to point at
    page.click("#compare-jacobians label:has-text('image')")
    page.mouse.move(*spot(page, "compare-r1-jacobian-0", (24, 40)))
    shown(page, 24, 40)


def test_rows_are_ordered_added_removed_and_remembered(
    watched: Watched, server: Server, browser: Browser
) -> None:
    page = opened(watched.page, server.base, PLAIN)
    page.click('[data-action="down"][data-method="weighted_averaging"]')
    page.wait_for_function("location.search.includes('methods=weighted_averaging_fixed,weighted_averaging&')")
    assert order(page) == list(TWO[::-1])
    page.select_option("#compare-add", "deepfuse")
    page.wait_for_selector('.compare-row[data-method="deepfuse"]')
    page.click('[data-action="remove"][data-method="weighted_averaging"]')
    page.wait_for_function("location.search.includes('methods=weighted_averaging_fixed,deepfuse&')")
    assert order(page) == ["weighted_averaging_fixed", "deepfuse"]
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    fresh = opened(context.new_page(), server.base, urlsplit(page.url).query, ready=False)
    assert order(fresh) == ["weighted_averaging_fixed", "deepfuse"]
    context.close()
    page.go_back()
    page.wait_for_function("document.querySelectorAll('.compare-row').length === 3")
    for method in order(page):
        page.click(f'[data-action="remove"][data-method="{method}"]')
        page.wait_for_selector(f'.compare-row[data-method="{method}"]', state="detached")
    expect(page.locator(".rows-empty")).to_contain_text("Add one")


def test_a_link_opens_the_same_page_in_a_fresh_profile(
    watched: Watched, server: Server, browser: Browser
) -> None:
    query = f"{PLAIN}&gamma1=0.7&gamma2=1.4&scale=signed&scope=method&jacobians=image&coded=colour&omega=0.35"
    query += "&mode=swipe&pair=weighted_averaging_fixed,weighted_averaging&mix=30&pin=1&theme=light"
    page = opened(watched.page, server.base, query)
    page.wait_for_function("location.search.includes('theme=light')")
    assert parse_qs(urlsplit(page.url).query) == parse_qs(query)
    state = """async () => {
        const { compare, compareData, comparePair, compareCoded } = FuseVis;
        const { scene, jacobians, pixel, controls } = compare.now;
        const images = (row) => [...compareData.guidance(row), ...jacobians[row.key].images];
        const parts = scene.rows.flatMap(images);
        const bytes = await new Blob(parts.map(({ data }) => data)).arrayBuffer();
        const hash = await crypto.subtle.digest("SHA-256", bytes);
        const { first, second, mode, mix } = comparePair.now;
        const pair = [first, second, mode, mix];
        return [Array.from(new Uint8Array(hash)), pixel, controls, pair, compareCoded.now];
    }"""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    fresh = opened(context.new_page(), server.base, urlsplit(page.url).query)
    assert fresh.evaluate(state) == page.evaluate(state)
    assert fresh.url == page.url
    expect(fresh.locator("html")).to_have_attribute("data-bs-theme", "light")
    context.close()


def test_two_images_blend_swipe_flicker_and_subtract(watched: Watched, server: Server) -> None:
    methods = ("weighted_averaging", "deepfuse")
    page = opened(
        watched.page, server.base, f"case={SMALL}&methods={','.join(methods)}&y=2&x=2&mix=50", ready=False
    )
    a, b = (npz(server, "images", case=SMALL, method=method)["fused"] for method in methods)
    pixels = [(20, 20), (30, 60)]
    page.locator("#compare-pair").scroll_into_view_if_needed()
    page.wait_for_function("document.getElementById('compare-said').textContent")

    def grey(mix: np.ndarray) -> list[int]:
        return [round(255 * min(1, max(0, float(mix[pixel])))) for pixel in pixels]

    def levels() -> list[int]:
        return [colour(page, "compare-pair", pixel)[0] for pixel in pixels]

    def mode(name: str) -> None:
        page.click(f"#compare-mode label:has-text('{name}')")
        page.wait_for_selector(f'#compare-pair[data-mode="{name}"]')

    assert levels() == pytest.approx(grey((a + b) / 2), abs=1)
    mode("swipe")
    left = np.where(np.arange(SHAPE[1]) < 40, a, b)
    assert levels() == pytest.approx(grey(left), abs=1)
    page.mouse.move(*spot(page, "compare-pair", (10, 40)))
    page.mouse.down()
    page.mouse.move(*spot(page, "compare-pair", (10, 10)))
    page.mouse.up()
    assert levels() == pytest.approx(grey(b), abs=1)
    mode("flicker")
    page.wait_for_function("document.getElementById('compare-said').textContent.startsWith('shows A')")
    page.wait_for_function("document.getElementById('compare-said').textContent.startsWith('shows B')")
    page.click("#compare-play")
    turn = page.inner_text("#compare-said").startswith("shows B")
    assert levels() == pytest.approx(grey(b if turn else a), abs=1)
    mode("difference")
    apart = a - b
    assert f"±{float(np.abs(apart).max()):.3g}" in page.inner_text("#compare-said")
    for pixel in pixels:
        red, _, blue = colour(page, "compare-pair", pixel)
        assert (red > blue) == (apart[pixel] > 0)
        page.mouse.move(*spot(page, "compare-pair", pixel))
        expect(page.locator("#compare-values")).to_contain_text(f"|A − B| {abs(float(apart[pixel])):.3f}")


def test_the_scale_says_what_it_covers(watched: Watched, server: Server) -> None:
    page = opened(watched.page, server.base, PLAIN)
    most = [float(npz(server, "guidance", case=SMALL, method=method)["guidance"].max()) for method in TWO]
    note = page.locator("#compare-scale-note")
    expect(note).to_contain_text(f"One scale for all rows: 0 … {max(most):.3g}, ")
    page.click("#compare-scope label:has-text('per method')")
    expect(note).to_contain_text("Each row has its own scale")
    for row, value in enumerate(most):
        expect(page.locator(f'.compare-row[data-row="{row}"] .row-range')).to_have_text(
            f"colours 0 … {value:.3g}"
        )
    page.click("#compare-scale label:has-text('signed')")
    expect(note).to_contain_text("Nothing is hidden.")


def test_a_preset_goes_to_its_region_and_says_how_it_looks(watched: Watched, server: Server) -> None:
    page = opened(
        watched.page, server.base, "case=glioma-t2-fdg&methods=weighted_averaging&y=1&x=1", ready=False
    )
    core = page.locator('.preset[data-region="necrotic-core"]')
    expect(core).to_have_attribute("aria-label", "Necrotic core: bright T2-MRI / dark FDG-PET")
    core.click()
    page.wait_for_function(
        "location.search.includes('region=necrotic-core') && location.search.includes('pin=1')"
    )
    expect(core).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#compare-sources figcaption").nth(1)).to_have_text("FDG-PETNecrotic core is dark")
    row, column = map(int, str(page.get_attribute("#comparer", "data-pixel")).split(","))
    sources = npz(server, "images", case="glioma-t2-fdg")["sources"]
    assert sources[0, row, column] > 0.5 > sources[1, row, column]
    core.click()
    page.wait_for_function("!location.search.includes('region=')")


def test_two_case_studies_stand_side_by_side_for_one_method(watched: Watched, server: Server) -> None:
    page = opened(watched.page, server.base, PLAIN)
    page.select_option("#compare-case2", "control-t2-fdg")
    page.wait_for_selector('.compare-row[data-case="control-t2-fdg"]')
    assert order(page) == ["weighted_averaging"] * 2
    expect(page.locator(".pair-panel")).to_be_hidden()
    before = len(asked(watched))
    page.mouse.move(*spot(page, "compare-r1-fused", (120, 200), (256, 256)))
    shown(page, 47, 79)  # the nearest pixel of the smaller first case study
    page.mouse.move(*spot(page, "compare-r1-fused", (33, 44), (256, 256)))
    shown(page, 33, 44)
    last = asked(watched)[before:][-2:]
    assert {query["case"][0] for query in last} == {SMALL, "control-t2-fdg"}
    page.select_option("#compare-add", "weighted_averaging_fixed")
    page.wait_for_selector('.compare-row[data-method="weighted_averaging_fixed"][data-case="control-t2-fdg"]')
    page.wait_for_function("location.search.includes('case2=control-t2-fdg')")
    page.select_option("#compare-case2", "no case")
    page.wait_for_function("!location.search.includes('case2')")
    assert order(page) == list(TWO[::-1])


def test_pin_arrows_and_typed_coordinates(watched: Watched, server: Server) -> None:
    page = opened(watched.page, server.base, PLAIN)
    page.mouse.click(*spot(page, "compare-r0-fused", (12, 50)))
    shown(page, 12, 50)
    page.mouse.move(*spot(page, "compare-r0-fused", (5, 5)))
    page.keyboard.press("ArrowRight")
    shown(page, 12, 51)
    page.keyboard.press("Shift+ArrowDown")
    shown(page, 22, 51)
    page.fill("#compare-row-field", "999")
    page.keyboard.press("Enter")
    shown(page, 47, 51)
    expect(page.locator("#compare-row-field")).to_have_value("47")
    page.focus("#comparer")
    page.keyboard.press("Escape")
    expect(page.locator("#compare-pin")).to_have_attribute("aria-pressed", "false")
    page.mouse.move(*spot(page, "compare-r0-fused", (6, 7)))
    shown(page, 6, 7)


def test_a_finger_taps(server: Server, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = opened(context.new_page(), server.base, PLAIN)
    page.touchscreen.tap(*spot(page, f"compare-source-{SMALL}-0", (30, 50)))
    shown(page, 30, 50)
    expect(page.locator("#compare-pin")).to_have_attribute("aria-pressed", "true")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")  # the phone's page stacks
    context.close()


def test_a_broken_row_says_why_and_leaves_the_others(watched: Watched, server: Server) -> None:
    page = opened(watched.page, server.base, PLAIN)
    page.evaluate(
        """() => {
            const { scene } = FuseVis.compare.now;
            const [first, second] = scene.rows;
            const broken = { ...second, state: "failed", window: null, problem: "The weights are damaged." };
            dash_clientside.set_props("compare-scene", { data: { ...scene, rows: [first, broken] } });
        }"""
    )
    expect(page.locator('.compare-row[data-row="1"] .row-problem')).to_have_text("The weights are damaged.")
    before = len(asked(watched))
    page.mouse.move(*spot(page, "compare-r0-fused", (9, 9)))
    shown(page, 9, 9)
    assert all(query["methods"] == ["weighted_averaging"] for query in asked(watched)[before:])
    expect(page.locator('.compare-row[data-row="0"] [data-value="fused"]')).to_have_text(
        re.compile(r"0\.\d+")
    )


def test_fused_images_in_colours(watched: Watched, server: Server) -> None:
    page = opened(watched.page, server.base, PLAIN)
    pixels = [(8, 12), (40, 60)]
    red, green, blue = colour(page, "compare-r0-fused", pixels[0])
    assert red == green == blue
    page.click("#compare-coded label:has-text('colour')")
    page.wait_for_function("location.search.includes('coded=colour&omega=0.6')")
    summed: Any = npz(server, "summed", case=SMALL, method=TWO[0])
    functional = int(summed["functional"])
    expected = colour_coded(summed["summed"][functional], summed["summed"][1 - functional], 0.6)
    page.wait_for_function("FuseVis.compareData.summed(FuseVis.compare.now.scene.rows[0])")
    page.wait_for_timeout(100)
    for pixel in pixels:
        assert colour(page, "compare-r0-fused", pixel) == pytest.approx(expected[pixel].tolist(), abs=2)
    page.locator("#compare-omega-range").fill("0")
    for pixel in pixels:
        assert len(set(colour(page, "compare-r0-fused", pixel))) == 1
