"""How closely six methods on the Compare page follow the pointer, in a real Chromium.

    python -m tests.benchmarks.compare [--methods ID …]

The app runs on this machine, beside the browser. The pointer goes along 200 distinct pixels over each of
three tiles, an event every 16 ms, whether or not the page keeps up. A linked frame is one change of
`data-pixel`, a Jacobian frame one of `data-jacobian`: the Jacobians of that pixel by all methods are painted.
The latency is the time from the pointer event of that pixel. No pixel is visited twice, so that no Jacobian
comes from a cache.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import CDPSession, Page, async_playwright

from models import WeightsError, list_models, method_digest
from precompute.build.compute import compute_entry
from precompute.cases.case_study import BUNDLED, CaseStudy, load_case
from precompute.store.store import Store
from tests.benchmarks.explore import (
    CASE,
    JACOBIAN_MS,
    LINKED_MS,
    PIXELS,
    SCREEN,
    Place,
    follow,
    move,
    path,
    say,
)
from tests.browser.running_app import ARGUMENTS, CHROMIUM, Server

METHODS = ("weighted_averaging", "funfusean", "funfusean_sum", "masknet", "deepfuse", "deeppedestrian")
TARGET = 10
"""Frames a second with fresh Jacobians of all rows, at least."""
TILES = ("compare-source-{case}-0", "compare-r0-fused", "compare-r2-guidance-1")


async def on_screen(
    page: Page, tile: str, pixels: list[tuple[int, int]], shape: tuple[int, int]
) -> list[Place]:
    """Where pixels (row, column) of an image lie on the screen; it fills its square tile."""
    box = await page.locator(f"#{tile}-layer").bounding_box()
    if box is None:
        raise RuntimeError(f"Tile {tile} is not on the page.")
    return [
        (
            box["x"] + (column + 0.5) * box["width"] / shape[1],
            box["y"] + (row + 0.5) * box["height"] / shape[0],
        )
        for row, column in pixels
    ]


async def measure(page: Page, session: CDPSession, tile: str, turn: int, case: CaseStudy) -> str:
    """One row of the table."""
    pixels = path(turn, case.shape)
    places = await on_screen(page, tile, pixels, case.shape)
    found = await follow(page, session, pixels, places, "comparer")
    return (
        f"| {tile} | {min(found.seen['methods'])} | {found.pace:.0f} "
        f"| {found.linked.row(LINKED_MS)} | {found.fresh.row(JACOBIAN_MS)} "
        f"| {'yes' if found.fresh.rate >= TARGET else 'NO'} | {'yes' if found.rests else 'NO'} "
        f"| {found.seen['requests']} for {PIXELS - 1} pixels, {found.seen['outdated']} outdated "
        f"| {found.seen['most']} |"
    )


async def look(base: str, methods: list[str], case: CaseStudy) -> None:
    """Open the page once, and print a row for every tile that the pointer goes over."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await browser.new_page(viewport=SCREEN)
        await page.add_init_script(path=Path(__file__).with_suffix(".js"))
        await page.goto(f"{base}/compare?case={case.id}&methods={','.join(methods)}")
        await page.wait_for_selector("#comparer[data-jacobian][data-guidance=ready]", timeout=120_000)
        await page.evaluate("shape => benchmark.begin(shape)", list(case.shape))
        session = await page.context.new_cdp_session(page)
        # the slopes of the networks are computed in the background, once a case study
        warm = await on_screen(page, TILES[0].format(case=case.id), path(3, case.shape), case.shape)
        await move(session, warm)
        await asyncio.sleep(10.0)
        for turn, tile in enumerate(TILES):
            say(await measure(page, session, tile.format(case=case.id), turn, case))
        await browser.close()


def usable(method: str) -> bool:
    """Whether a method can be measured; where it cannot, it is said why."""
    try:
        method_digest(method)
    except WeightsError as error:
        say(f"{method} is left out: {error}")
        return False
    return True


def main() -> None:
    """Fill a store of its own, start the app, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    known = [spec.id for spec in list_models()]
    parser.add_argument("--methods", nargs="+", default=list(METHODS), choices=known)
    arguments = parser.parse_args()
    if CHROMIUM is None:
        parser.error("Chromium is not installed.")
    case = load_case(BUNDLED / CASE)
    methods = [method for method in arguments.methods if usable(method)]
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "cases").mkdir()
        for method in methods:
            Store(folder / "store").write(compute_entry(case, method, "cpu"))
        server = Server(folder)
        server.start()
        try:
            say(
                f"{CASE}, {len(methods)} methods, {case.shape[0]}×{case.shape[1]} pixels; "
                "latencies: median and 95 %, in ms\n"
            )
            say(
                "| pointer over | methods a request | events/s | linked/s | within 33 ms | median | 95 % "
                "| fresh Jacobians of all rows/s | within 80 ms | median | 95 % | at least 10/s "
                "| last pixel at rest | requests | at once |\n" + 15 * "|---" + "|"
            )
            asyncio.run(look(server.base, methods, case))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
