"""The Metrics page in a real browser: values, sorting, the local map, files, the link that restores it."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import numpy as np
from playwright.sync_api import Browser, Page, expect

import models
from precompute.cases.case_study import quantise
from tests.browser.running_app import SMALL, Watched, small_pair

METHOD, OTHER = "weighted_averaging", "weighted_averaging_fixed"
TABLE = "#metrics-table .metrics-table"
MAP = """() => {
  const graph = document.querySelector("#metrics-map .js-plotly-plot");
  if (!graph || !graph.data || graph.data.length !== 2) return null;
  const { data, shape } = FuseVis.arrays.image(graph.data[1].z);
  const values = Array.from(data, (v) => (Number.isNaN(v) ? null : v));
  return { shape, values, opacity: graph.data[1].opacity };
}"""


def open_page(watched: Watched, query: str) -> Page:
    """The page, until the values of its case study and its map are there."""
    page = watched.page
    page.goto(f"{watched.base}/metrics?{query}")
    ready(page)
    return page


def ready(page: Page) -> None:
    page.wait_for_function(
        f"document.querySelectorAll('{TABLE} tbody tr').length > 1 && "
        f"!document.querySelector('{TABLE} tbody').textContent.includes('…')"
    )
    page.wait_for_selector("#metrics-page[data-noted]")
    page.wait_for_function(f"({MAP})() !== null")


def address(page: Page) -> dict[str, str]:
    return {key: values[0] for key, values in parse_qs(urlsplit(page.url).query).items()}


def shown(page: Page) -> dict[str, list[str]]:
    """Method → the texts of its values, as the table of the case study shows them."""
    rows = page.eval_on_selector_all(
        f"{TABLE} tbody tr",
        "rows => rows.map((row) => [row.querySelector('[data-method]').dataset.method,"
        " ...[...row.querySelectorAll('.metric-value')].map((cell) => cell.textContent)])",
    )
    return {name: values for name, *values in rows}


def sources() -> np.ndarray:
    """The small pair as the server reads it from its files."""
    return quantise(small_pair().sources)


def expected(method: str) -> dict[str, float]:
    return models.fusion_metrics(sources(), models.fuse(models.create_model(method), sources()))


def test_values_sorting_and_the_address(watched: Watched) -> None:
    page = open_page(watched, f"case={SMALL}&method={METHOD}&form=both")
    specs = models.list_metrics()
    numbers = shown(page)[METHOD]
    assert [text.replace("−", "-") for text in numbers[: len(specs)]] == [
        f"{expected(METHOD)[spec.id]:.4f}" for spec in specs
    ]
    page.click(f"{TABLE} [data-sort=q_viff]")
    expect(page.locator(f"{TABLE} th[aria-sort=descending]")).to_have_count(1)
    column = 1 + [spec.id for spec in specs].index("q_viff")
    sorted_values = [float(values[column - 1].replace("−", "-")) for values in shown(page).values()]
    assert sorted_values == sorted(sorted_values, reverse=True)
    page.wait_for_url("**sort=q_viff**")
    # the best is bold, and first of its column
    assert page.locator(f"{TABLE} tbody tr:first-child td:nth-child({column + 1}) strong").count() == 1
    page.click("#metrics-form label:has-text('cleaner form')")
    expect(page.locator(f"{TABLE} [data-sort=q_fmi]")).to_have_count(0)
    expect(page.locator(f"{TABLE} [data-sort=q_fmi_symmetric]")).to_have_count(1)
    page.wait_for_url("**form=clean**")
    page.go_back()
    expect(page.locator(f"{TABLE} [data-sort=q_fmi]")).to_have_count(1)
    assert address(page)["form"] == "both"


def test_the_map_is_the_librarys_and_is_read_under_pointer_and_keys(watched: Watched) -> None:
    page = open_page(watched, f"case={SMALL}&method={OTHER}&metric=q_fmi&opacity=40")
    found = page.evaluate(MAP)
    fused = models.fuse(models.create_model(OTHER), sources())
    local = models.local_metric_map("q_fmi", sources(), fused)
    assert found["shape"] == [48, 80]
    assert found["opacity"] == 0.4
    values = np.array([np.nan if each is None else each for each in found["values"]]).reshape(48, 80)
    np.testing.assert_allclose(values, local, rtol=1e-6, atol=1e-7)

    frame = page.locator("#metrics-map-frame")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 30.5 / 80, box["y"] + box["height"] * 20.5 / 48)
    readout = page.locator("#metrics-readout")
    said = f"row 20, column 30 · Q FMI {local[20, 30]:.4f} · fused {fused[20, 30]:.4f}"
    expect(readout).to_have_text(said)
    frame.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    expect(readout).to_contain_text("row 34, column 40")
    whole = page.locator("#metrics-map-regions tbody tr:first-child td")
    expect(whole).to_have_text(f"{np.nanmean(local):.4f}")
    page.click(f"{TABLE} [data-method={METHOD}]")
    expect(page.locator("#metrics-method")).to_have_value(METHOD)
    page.wait_for_url(f"**method={METHOD}&**")
    expect(page.locator(f"{TABLE} [aria-current=true]")).to_have_attribute("data-method", METHOD)


def test_files(watched: Watched, tmp_path: Path) -> None:
    page = open_page(watched, f"case={SMALL}&area=foreground&form=both")
    numbers = shown(page)
    with page.expect_download() as download:
        page.click("#metrics-table-csv")
    assert download.value.suggested_filename == f"metrics-{SMALL}-foreground.csv"
    download.value.save_as(tmp_path / "t.csv")
    lines = list(csv.DictReader(io.StringIO((tmp_path / "t.csv").read_text(encoding="utf-8"))))
    assert [line["method_id"] for line in lines] == list(numbers)
    for line in lines:
        values = [f"{float(line[spec.id]):.4f}" for spec in models.list_metrics()]
        assert values == [text.replace("−", "-") for text in numbers[line["method_id"]][: len(values)]]
    with page.expect_download() as download:
        page.click("#metrics-table-latex")
    download.value.save_as(tmp_path / "t.tex")
    latex = (tmp_path / "t.tex").read_text(encoding="utf-8")
    bold = page.locator(f"{TABLE} tbody strong").count()
    assert len(re.findall(r"\\textbf\{-?\d\.\d{4}\}", latex)) == bold
    assert r"\toprule" in latex


def test_a_link_restores_the_page_in_a_fresh_profile(watched: Watched, browser: Browser) -> None:
    query = (
        f"case={SMALL}&area=foreground&form=clean&sort=rank&method={OTHER}&metric=ssim_2&range=own&opacity=25"
    )
    page = open_page(watched, f"{query}&theme=light")
    first, here = shown(page), page.evaluate(MAP)
    page.click("#copy-link")  # writes the address at once
    link = page.url
    with browser.new_context() as context:
        other = context.new_page()
        other.goto(link)
        ready(other)
        assert shown(other) == first
        assert other.evaluate(MAP) == here
        assert address(other) == address(page)
        assert other.evaluate("document.documentElement.dataset.bsTheme") == "light"
        for control, value in (("area", "foreground"), ("metric", "ssim_2"), ("method", OTHER)):
            assert other.input_value(f"#metrics-{control}") == value
        assert other.locator(f"{TABLE} th[aria-sort=ascending] [data-sort=rank]").count() == 1


def test_a_hostile_link_falls_back_and_says_so(watched: Watched) -> None:
    page = open_page(
        watched, "case=<img src=x onerror=alert(1)>&area=../../etc&form=&sort=%00&opacity=1e9&metric=q_mi"
    )
    notice = page.locator(".notices .alert")
    expect(notice).to_contain_text("The link's case “<img src=x onerror=alert(1)>” makes no sense")
    expect(notice).to_contain_text("opacity “1e9”")
    assert page.locator(".notices img").count() == 0
    page.wait_for_function("new URLSearchParams(location.search).get('form') === 'released'")
    found = address(page)
    assert (found["area"], found["form"], found["opacity"], found["metric"]) == (
        "whole",
        "released",
        "70",
        "q_ssim",
    )
