"""How closely the Explore page follows the pointer, in a real Chromium, beside what the original showed.

    python -m tests.benchmarks.explore [--methods ID …] [--minutes N]

The app runs on this machine, beside the browser. The pointer goes along 200 distinct pixels over each of
three views, an event every 16 ms, whether or not the page keeps up. A linked frame is one change of
`data-pixel`, a Jacobian frame one of `data-jacobian`; the latency is the time from the pointer event of that
pixel. No pixel is visited twice, so that no Jacobian comes from a cache.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import CDPSession, Page, TimeoutError, ViewportSize, async_playwright

from models import WeightsError, list_models, weights_digest
from precompute.build.compute import compute_entry
from precompute.cases.case_study import BUNDLED, CaseStudy, load_case
from precompute.store.store import Store
from tests.browser.running_app import ARGUMENTS, CHROMIUM, Server

PAPER = {"funfusean": 20, "masknet": 15, "deepfuse": 20, "deeppedestrian": 10}
"""The paper's four networks, and the frames per second the original displayed with a GPU."""
CASE = "glioma-t2-fdg"
VIEWS = ("source-0", "fused", "guidance-1")
PIXELS, PERIOD = 200, 0.016
LINKED_MS, JACOBIAN_MS = 33, 80
SCREEN: ViewportSize = {"width": 1440, "height": 900}

Place = tuple[float, float]


@dataclass(frozen=True)
class Frames:
    """How often something was shown, and how long after the pointer event of its pixel, in milliseconds."""

    rate: float
    latencies: list[float]

    def row(self, limit: float) -> str:
        """Frames per second, share within the limit, median, 95th percentile, as table cells."""
        if not self.latencies:
            return "0 | – | – | –"
        ordered = sorted(self.latencies)
        within = sum(value <= limit for value in ordered) / len(ordered)
        late = ordered[min(len(ordered) - 1, math.ceil(0.95 * len(ordered)) - 1)]
        return f"{self.rate:.0f} | {100 * within:.0f} % | {statistics.median(ordered):.0f} | {late:.0f}"


def say(text: str = "") -> None:
    """One line on standard output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def path(turn: int, shape: tuple[int, int]) -> list[tuple[int, int]]:
    """200 distinct pixels (row, column) along an ellipse that meets no pixel of another turn's."""
    height, width = shape
    found: dict[tuple[int, int], None] = {}
    for step in range(4000):
        angle = 2 * math.pi * step / 4000
        reach = 0.24 + 0.045 * turn
        row, column = (
            round(height * (0.5 + reach * math.sin(angle))),
            round(width * (0.5 + reach * math.cos(angle))),
        )
        found.setdefault((row, column))
    pixels = list(found)
    every = len(pixels) / PIXELS
    return [pixels[int(index * every)] for index in range(PIXELS)]


def frames(shown: list[list[Any]], events: list[list[Any]]) -> Frames:
    """Rate and latencies of what was shown while the pointer moved.

    Args:
        shown: (milliseconds, "row,column") of every change of the page.
        events: (milliseconds, "row,column") of every pointer event that the page got.
    """
    first = {pixel: moment for moment, pixel in reversed(events)}
    late = [moment - first[pixel] for moment, pixel in shown if pixel in first]
    seconds = (events[-1][0] - events[0][0]) / 1000
    return Frames(len(late) / seconds, late)


async def move(session: CDPSession, places: list[Place]) -> None:
    """Pointer events at an even pace; like a hand, they do not wait for the page."""
    loop = asyncio.get_running_loop()
    start, sent = loop.time(), []
    for index, (x, y) in enumerate(places):
        await asyncio.sleep(max(0.0, start + index * PERIOD - loop.time()))
        event = {"type": "mouseMoved", "x": x, "y": y}
        sent.append(asyncio.ensure_future(session.send("Input.dispatchMouseEvent", event)))
    await asyncio.gather(*sent)


async def on_screen(page: Page, view: str, pixels: list[tuple[int, int]]) -> list[Place]:
    """Where pixels of a view lie on the screen."""
    found = await page.evaluate(
        """([view, pixels]) => {
            const plot = document.querySelector(`#${view} .js-plotly-plot`);
            const { xaxis, yaxis } = plot._fullLayout, corner = plot.getBoundingClientRect();
            const left = corner.left + xaxis._offset, top = corner.top + yaxis._offset;
            return pixels.map(([y, x]) => [left + xaxis.d2p(x), top + yaxis.d2p(y)]);
        }""",
        [view, [list(pixel) for pixel in pixels]],
    )
    return [(x, y) for x, y in found]


async def comes_to_rest(page: Page, pixel: tuple[int, int], root: str) -> bool:
    """Whether linked views and Jacobians of a pixel are shown, and stay, once nothing moves."""
    name = f"{pixel[0]},{pixel[1]}"
    try:
        await page.wait_for_selector(f'#{root}[data-pixel="{name}"][data-jacobian="{name}"]', timeout=10_000)
    except TimeoutError:
        return False
    await asyncio.sleep(0.6)
    return await page.evaluate(f"document.getElementById('{root}').dataset.jacobian") == name


@dataclass(frozen=True)
class Followed:
    """How a page followed the pointer: events per second, frames, the pixel at rest, what `benchmark` saw."""

    pace: float
    linked: Frames
    fresh: Frames
    rests: bool
    seen: dict[str, Any]


async def follow(
    page: Page, session: CDPSession, pixels: list[tuple[int, int]], places: list[Place], root: str
) -> Followed:
    """Move the pointer over pixels, which lie at places of the screen; `root` is the id of the page."""
    start = {"type": "mouseMoved", "x": places[0][0], "y": places[0][1]}
    await session.send("Input.dispatchMouseEvent", start)
    await asyncio.sleep(1.0)
    await page.evaluate("benchmark.clear()")
    await move(session, places[1:])
    rests = await comes_to_rest(page, pixels[-1], root)
    seen = await page.evaluate("benchmark.seen")
    events = seen["events"]
    pace = len(events) / ((events[-1][0] - events[0][0]) / 1000)
    return Followed(pace, frames(seen["pixels"], events), frames(seen["jacobians"], events), rests, seen)


async def measure(page: Page, session: CDPSession, method: str, view: str, turn: int, case: CaseStudy) -> str:
    """One row of the table."""
    pixels = path(turn, case.shape)
    found = await follow(page, session, pixels, await on_screen(page, view, pixels), "explorer")
    return (
        f"| {method} | {view} | {found.pace:.0f} "
        f"| {found.linked.row(LINKED_MS)} | {found.fresh.row(JACOBIAN_MS)} "
        f"| {'yes' if found.rests else 'NO'} "
        f"| {found.seen['requests']} for {len(pixels) - 1} pixels, {found.seen['outdated']} outdated "
        f"| {found.seen['most']} | {PAPER.get(method, '–')} |"
    )


async def heap(session: CDPSession) -> float:
    """Megabytes of live JavaScript objects."""
    await session.send("HeapProfiler.collectGarbage")
    return float((await session.send("Runtime.getHeapUsage"))["usedSize"]) / 1e6


async def remember(page: Page, session: CDPSession, minutes: float, shape: tuple[int, int]) -> str:
    """Move for some minutes; how much the memory of the page has grown, as a sentence."""
    loop = asyncio.get_running_loop()
    places = [await on_screen(page, view, path(turn, shape)) for turn, view in enumerate(VIEWS)]
    for along in places:  # what is kept once, caches and compiled code, is there before the first look
        await move(session, along)
    await page.evaluate("benchmark.clear()")
    before, end = await heap(session), loop.time() + 60 * minutes
    while loop.time() < end:
        for along in places:
            await move(session, along)
        await page.evaluate("benchmark.clear()")
    await asyncio.sleep(1.0)
    after = await heap(session)
    growth = 100 * (after / before - 1)
    return f"{minutes:g} minutes of movement: {before:.1f} MB before, {after:.1f} MB after, {growth:+.1f} %"


async def look(base: str, methods: list[str], minutes: float, case: CaseStudy) -> None:
    """Open the page for every method, and print its rows."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        for method in methods:
            page = await browser.new_page(viewport=SCREEN)
            await page.add_init_script(path=Path(__file__).with_suffix(".js"))
            await page.goto(f"{base}/?case={case.id}&method={method}")
            await page.wait_for_selector("#explorer[data-jacobian][data-guidance=ready]")
            await page.evaluate("benchmark.begin()")
            await asyncio.sleep(2.0)
            session = await page.context.new_cdp_session(page)
            if minutes:
                say(f"{method}, {await remember(page, session, minutes, case.shape)}")
            else:
                for turn, view in enumerate(VIEWS):
                    say(await measure(page, session, method, view, turn, case))
            await page.close()
        await browser.close()


def with_weights(methods: list[str]) -> Iterator[str]:
    """The methods that can be measured; of the others it is said why not."""
    for method in methods:
        try:
            weights_digest(method, trained=True)
        except WeightsError as error:
            say(f"{method} is skipped: {error}")
        else:
            yield method


def main() -> None:
    """Fill a store of its own, start the app, print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--methods", nargs="+", default=list(PAPER), choices=[s.id for s in list_models()])
    parser.add_argument(
        "--minutes", type=float, default=0.0, help="move so long and print the memory's growth"
    )
    arguments = parser.parse_args()
    if CHROMIUM is None:
        parser.error("Chromium is not installed.")
    case = load_case(BUNDLED / CASE)
    methods = list(with_weights(arguments.methods))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "cases").mkdir()
        for method in methods:
            Store(folder / "store").write(compute_entry(case, method, "cpu"))
        server = Server(folder)
        server.start()
        try:
            if not arguments.minutes:
                say(f"{CASE}, {case.shape[0]}×{case.shape[1]} pixels; latencies: median and 95 %, in ms\n")
                say(
                    "| method | pointer over | events/s | linked/s | within 33 ms | median | 95 % "
                    "| Jacobians/s | within 80 ms | median | 95 % | last pixel at rest "
                    "| requests | at once | original, GPU, frames/s |\n" + 15 * "|---" + "|"
                )
            asyncio.run(look(server.base, methods, arguments.minutes, case))
        finally:
            server.stop()


if __name__ == "__main__":
    main()
