"""The Methods page in a browser: cards, table, measurements, networks of one's own."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from dashboard.service.jacobians import JacobianService
from models import list_models, method_card
from models.plugins import PluginReport, load_plugins
from models.registry import MethodSpec, unregister
from precompute.store.store import Store
from tests.browser.running_app import SMALL, serving, small_pair

GOOD = """
from torch import nn
from models.registry import MethodSpec, register

class Half(nn.Module):
    def forward(self, a, b):
        return (a + 3 * b) / 4

class Third(nn.Module):
    def forward(self, a, b, c):
        return (a + b + c) / 3

register(MethodSpec(id="half", title="Half & <b>half</b>", paper="", description="Ours.", factory=Half))
register(MethodSpec(id="third", title="Third", paper="", description="", factory=Third, sources=3))
"""
HARD = """
from torch import nn
from models.registry import MethodSpec, register

class Hard(nn.Module):
    def forward(self, a, b):
        return (a > b).float()

register(MethodSpec(id="hard", title="Hard", paper="", description="", factory=Hard))
"""


@dataclass
class Methods:
    """A page that is watched, and where its app is."""

    page: Page
    base: str

    def open(self, query: str = "") -> Page:
        self.page.goto(f"{self.base}/methods{query}")
        self.page.wait_for_selector("#methods-page[data-open]")
        self.page.wait_for_selector(".methods-grid .ag-row")
        return self.page

    def column(self, key: str) -> list[str]:
        """The cells of a column, from top to bottom."""
        rows = self.page.eval_on_selector_all(
            f".methods-grid .ag-cell[col-id={key}]",
            "cells => cells.map(cell => [Number(cell.parentElement.ariaRowIndex"
            " || cell.parentElement.getAttribute('aria-rowindex')), cell.innerText])",
        )
        return [text for _, text in sorted(rows)]


class Few(JacobianService):
    """Three methods: one of the project, one of one's own, and one that fits no case study."""

    def list_methods(self) -> tuple[MethodSpec, ...]:
        return tuple(spec for spec in super().list_methods() if spec.id in ("masknet", "half", "third"))


@pytest.fixture(scope="module")
def plugins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PluginReport, ...]]:
    """What became of a plug-in folder of which most is broken."""
    folder = tmp_path_factory.mktemp("plugins")
    for name, text in {"good.py": GOOD, "hard.py": HARD, "boom.py": "1 / 0\n", "none.py": ""}.items():
        (folder / name).write_text(text)
    (folder / "weights.pth").write_bytes(b"\x80")
    yield load_plugins(folder)
    for spec in list_models():
        if spec.provided:
            unregister(spec.id)


@pytest.fixture(scope="module")
def all_methods(plugins: tuple[PluginReport, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = Store(tmp_path_factory.mktemp("all"))
    with serving(JacobianService({SMALL: small_pair()}, store, "cpu", plugins=plugins)) as base:
        yield base


@pytest.fixture(scope="module")
def few_methods(plugins: tuple[PluginReport, ...], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    store = Store(tmp_path_factory.mktemp("few"))
    with serving(Few({SMALL: small_pair()}, store, "cpu", plugins=plugins)) as base:
        yield base


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """Figures take long on a busy machine."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


@contextmanager
def watched(profile: BrowserContext, base: str) -> Iterator[Methods]:
    """A page that fails the test on a console error, or on a request to another host."""
    page = profile.new_page()
    page.set_viewport_size({"width": 1440, "height": 900})
    errors: list[str] = []
    local = (base, "data:", "blob:")
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda text: errors.append(text.text) if text.type == "error" else None)
    page.on("request", lambda ask: None if ask.url.startswith(local) else errors.append(ask.url))
    yield Methods(page, base)
    page.close()
    assert errors == []


@pytest.fixture
def methods(all_methods: str, profile: BrowserContext) -> Iterator[Methods]:
    with watched(profile, all_methods) as page:
        yield page


@pytest.fixture
def few(few_methods: str, profile: BrowserContext) -> Iterator[Methods]:
    with watched(profile, few_methods) as page:
        yield page


def test_a_card_for_every_method_drawn_when_it_comes_near(methods: Methods) -> None:
    page = methods.open()
    every = [spec.id for spec in list_models()]
    assert (
        page.eval_on_selector_all("article[data-method]", "all => all.map(one => one.dataset.method)")
        == every
    )
    assert page.locator("#method-deeppedestrian .js-plotly-plot").count() == 0
    for spec in list_models():
        card = page.locator(f"#method-{spec.id}")
        page.click(f".methods-nav [data-card={spec.id}]")
        expect(card.locator(".architecture .js-plotly-plot .main-svg").first).to_be_visible()
        expect(card).to_contain_text(f"{spec.parameters:,} parameters")
        if spec.trained:
            expect(card.locator(".loss-curves .js-plotly-plot .scatterlayer .trace")).to_have_count(8)
            expect(card).to_contain_text(method_card(spec.id)["sha256"][:12])
        assert page.url.endswith(f"?method={spec.id}")
        expect(card).to_be_in_viewport()
    page.mouse.wheel(0, -1_000_000)
    expect(page.locator("#method-half h2")).to_have_text("Half & <b>half</b>")


def test_a_link_opens_at_its_card(methods: Methods) -> None:
    page = methods.open("?method=masknet")
    card = page.locator("#method-masknet")
    expect(card.locator(".architecture .js-plotly-plot .main-svg").first).to_be_visible()
    expect(card).to_be_in_viewport()
    assert page.evaluate("scrollY") > 300
    page = methods.open("?method=%3Cimg%20src=x%3E")
    expect(page.locator(".notices")).to_contain_text("<img src=x>")
    expect(page.locator(".notices img")).to_have_count(0)


def test_the_table_sorts_and_is_saved_as_it_stands(methods: Methods, tmp_path: Path) -> None:
    page = methods.open()
    specs = {spec.title: spec for spec in list_models()}
    assert methods.column("title") == list(specs)
    parameters = [f"{spec.parameters:,}" for spec in specs.values()]
    assert methods.column("parameters") == parameters
    page.click(".ag-header-cell[col-id=ssim2_here]")  # upwards, methods without losses last
    known = {spec.id: method_card(spec.id)["held_out"] for spec in specs.values() if spec.trained}
    expected = sorted(known, key=lambda method: known[method]["all"]["ssim2"])
    expect(page.locator(".methods-grid .ag-row[row-index='0'] [col-id=title]")).to_have_text(
        next(title for title, spec in specs.items() if spec.id == expected[0])
    )
    assert [specs[title].id for title in methods.column("title")][: len(known)] == expected
    assert set(methods.column("ssim2_here")[len(known) :]) == {"–"}
    page.click("#methods-folder label:has-text('atlas')")
    atlas = sorted(known, key=lambda method: known[method]["atlas"]["ssim2"])
    first = f"{known[atlas[0]]['atlas']['ssim2']:.4f}"
    expect(page.locator(".methods-grid .ag-row[row-index='0'] [col-id=ssim2_here]")).to_have_text(first)
    with page.expect_download() as download:
        page.click("#methods-export")
    download.value.save_as(tmp_path / "methods.csv")
    assert download.value.suggested_filename == "methods.csv"
    with (tmp_path / "methods.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows][: len(atlas)] == atlas
    assert len(rows) == len(specs)
    for row in rows[: len(atlas)]:
        assert float(row["1-SSIM x2, here"]) == known[row["id"]]["atlas"]["ssim2"]
    assert {row["id"]: row["1-SSIM x1, paper"] for row in rows}["masknet"] == "0.2208"


def test_a_plug_in_is_shown_with_its_check_and_a_broken_one_with_its_reason(methods: Methods) -> None:
    page = methods.open()
    table = page.locator(".plugin-table")
    expect(page.locator(".plugins")).to_contain_text("2 accepted, 4 refused.")
    for file, said in {
        "boom.py": "refused: boom.py, line 1: ZeroDivisionError: division by zero.",
        "hard.py": "refused: Its fused image carries no gradient",
        "none.py": "refused: none.py registers no method",
        "weights.pth": "would have to be unpickled",
    }.items():
        expect(table.locator("tr", has=page.locator(f"th:text-is('{file}')"))).to_contain_text(said)
    expect(table.locator("tr", has=page.locator("td:text-is('half')"))).to_contain_text("accepted")
    page.click(".methods-nav [data-card=half]")
    expect(page.locator("#method-half")).to_contain_text("Exactness test: its Jacobians are off")
    expect(page.locator("#method-half b")).to_have_count(0)
    assert page.locator("#method-hard").count() == 0


def test_measured_numbers_appear_and_are_there_for_the_next_page(few: Methods) -> None:
    page = few.open()
    card = page.locator("#method-masknet")
    page.click(".methods-nav [data-card=masknet]")
    expect(card).to_contain_text("appear here once they are measured")
    page.click("#methods-measure")
    expect(page.locator("#methods-progress")).to_be_visible()
    expect(page.locator("#methods-measure")).to_be_disabled()
    expect(page.locator("#methods-status")).to_have_text("Measured.", timeout=180_000)
    expect(page.locator("#methods-measure")).to_be_enabled()
    expect(card).to_contain_text("Shown per second: a browser asked for 40 random pixels")
    expect(card).to_contain_text(f"on {SMALL} (CPU, ")
    expect(card.locator(".effective .js-plotly-plot")).to_have_count(2)
    expect(card.locator(".effective")).to_contain_text("90 % within")
    unknown = page.locator(".methods-grid .ag-cell[col-id=frames_here]", has_text="–")
    expect(unknown).to_have_count(1)  # no case study has three sources
    columns = (few.column(key) for key in ("title", "jacobian_here", "frames_here"))
    rows = {title: numbers for title, *numbers in zip(*columns, strict=True)}
    third = rows.pop("Third")
    assert third == ["–", "–"]
    assert all(float(number) > 0 for row in rows.values() for number in row), rows
    fresh = few.open("?method=masknet")
    assert few.column("jacobian_here")[few.column("title").index("MaskNet")] == rows["MaskNet"][0]
    expect(fresh.locator("#method-masknet .effective .js-plotly-plot")).to_have_count(2)
    fresh.click(".methods-nav [data-card=third]")
    expect(fresh.locator("#method-third")).to_contain_text("No case study has 3 sources.")


def test_no_page_is_wider_than_its_window(methods: Methods) -> None:
    page = methods.open("?method=deepfuse")
    expect(page.locator("#method-deepfuse .loss-curves .main-svg").first).to_be_visible()
    last = page.locator(".ag-header-cell[col-id=seconds]").bounding_box()
    grid = page.locator(".methods-grid").bounding_box()
    assert last["x"] + last["width"] <= grid["x"] + grid["width"] + 1  # all columns are seen
    for width, height in ((1440, 900), (1024, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_function(f"innerWidth === {width}")
        page.wait_for_timeout(300)  # figures follow their places
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        card = page.locator("#method-deepfuse").bounding_box()
        assert card["x"] >= 0
        assert card["x"] + card["width"] <= width


def test_both_themes_paint_the_table(methods: Methods) -> None:
    def ground() -> str:
        return page.eval_on_selector(
            ".methods-grid .ag-row", "row => getComputedStyle(row.parentElement.closest('.ag-root')).color"
        )

    page = methods.open("?theme=dark")
    dark = ground()
    page.click("#theme-toggle")
    page.wait_for_function("document.documentElement.dataset.bsTheme === 'light'")
    assert ground() != dark
