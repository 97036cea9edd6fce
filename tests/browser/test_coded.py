"""The fused image in colours, as Chromium paints it, against `models.colour_coded` of the same gradients."""

from __future__ import annotations

import io
import urllib.request

import numpy as np
from playwright.sync_api import Page

from models import colour_coded
from tests.browser.running_app import SMALL, Watched

QUERY = f"?case={SMALL}&method=weighted_averaging&y=24&x=40&pin=1"
# Away from the marks: rows and columns of the small pair.
PLACES = [(4, 5), (10, 60), (40, 12), (44, 77), (30, 70)]
PIXELS = """([view, places, shape]) => {
  const canvas = document.getElementById(`${view}-layer`);
  const axes = FuseVis.views.axes(FuseVis.views.plot(view));
  const { ratio } = canvas.fusevis;
  const at = (y, x) => canvas.getContext("2d").getImageData(axes.x(x) * ratio, axes.y(y) * ratio, 1, 1);
  return places.map(([y, x]) => [...at(y, x).data]);
}"""


def painted(page: Page) -> np.ndarray:
    return np.array(page.evaluate(PIXELS, ["fused", PLACES, [48, 80]]))


def summed(base: str) -> np.ndarray:
    with urllib.request.urlopen(f"{base}/api/v1/summed?case={SMALL}&method=weighted_averaging") as answer:
        return np.load(io.BytesIO(answer.read()))["summed"]


def expected(gradients: np.ndarray, colour: int, omega: float) -> np.ndarray:
    image = colour_coded(gradients[colour], gradients[1 - colour], omega)
    return np.array([image[place] for place in PLACES])


def choose(page: Page, mode: str) -> None:
    page.locator(f"#coded-modes [data-choice='{mode}']").click()


def set_omega(page: Page, value: str) -> None:
    page.locator("#omega").evaluate(
        "(range, value) => { range.value = value; range.dispatchEvent(new Event('input')); }", value
    )


def test_colours_on_demand_follow_omega_and_the_chosen_source(watched: Watched) -> None:
    page = watched.open(QUERY, ready=False)
    gradients = summed(watched.base)
    assert (painted(page)[:, 3] == 0).all(), "grey lies below a clear canvas"
    assert "/api/v1/summed" not in " ".join(watched.requests)
    choose(page, "colour")
    page.wait_for_selector("#coded[data-painted]")
    assert np.abs(painted(page)[:, :3].astype(int) - expected(gradients, 1, 0.6)).max() <= 1
    set_omega(page, "0")
    grey = painted(page)
    assert (grey[:, :1] == grey[:, :3]).all()
    set_omega(page, "0.85")
    assert np.abs(painted(page)[:, :3].astype(int) - expected(gradients, 1, 0.85)).max() <= 1
    # neither "one" nor "two" is functional by its name: the page says so, and the other may be taken
    swap = page.locator(".coded-swap[data-unsure]")
    assert "second is taken" in str(swap.get_attribute("title"))
    swap.click()
    assert np.abs(painted(page)[:, :3].astype(int) - expected(gradients, 0, 0.85)).max() <= 1
    assert page.locator(".coded-hue .coded-name").inner_text() == "one"
    page.wait_for_function("location.search.includes('coded=colour&omega=0.85&hue=0')")


def test_split_colours_from_the_pixel_to_the_right_and_moves_with_it(watched: Watched) -> None:
    page = watched.open(QUERY + "&coded=split", ready=False)
    page.wait_for_selector("#coded[data-painted]")
    columns = np.array([x for _, x in PLACES])
    assert ((painted(page)[:, 3] > 0) == (columns >= 40)).all()
    page.locator("#explorer").focus()
    for _ in range(3):
        page.keyboard.press("Shift+ArrowLeft")
    page.wait_for_selector("#explorer[data-pixel='24,10']")
    assert ((painted(page)[:, 3] > 0) == (columns >= 10)).all()


def test_a_link_brings_the_colours_back_and_names_nonsense(watched: Watched) -> None:
    page = watched.open(QUERY + "&coded=colour&omega=0.25&hue=0", ready=False)
    page.wait_for_selector("#coded[data-painted]")
    gradients = summed(watched.base)
    assert page.locator("#omega").input_value() == "0.25"
    assert np.abs(painted(page)[:, :3].astype(int) - expected(gradients, 0, 0.25)).max() <= 1
    choose(page, "")
    assert (painted(page)[:, 3] == 0).all()
    page.wait_for_function("!location.search.includes('coded') && !location.search.includes('omega')")
    watched.open(QUERY + "&coded=rainbow&omega=7", ready=False)
    text = page.locator("#notice-link").inner_text()
    assert "rainbow" in text
    assert "0.6 is shown instead" in text


def test_the_page_stays_whole_with_colours(watched: Watched) -> None:
    page = watched.open(QUERY + "&coded=colour", ready=False)
    page.wait_for_selector("#coded[data-painted]")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    page.set_viewport_size({"width": 1024, "height": 768})
    page.wait_for_timeout(100)
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    page.set_viewport_size({"width": 1440, "height": 900})
