"""The Metrics page: state, what is computed and kept, what a selection shows, what it refuses."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from dash import Dash, html

import models
from dashboard import create_app
from dashboard.metrics import ids
from dashboard.metrics import values as metric_values
from dashboard.metrics.callbacks import means
from dashboard.metrics.figures import extent, map_figure
from dashboard.metrics.page import build, restore
from dashboard.metrics.state import FULL, OWN, MetricsView, to_query
from dashboard.metrics.table import metrics_table
from dashboard.metrics.values import FOREGROUND, WHOLE, MetricValues, area_mask, has_area
from dashboard.metrics.view import Selection, exported, look
from dashboard.service.jacobians import JacobianService
from dashboard.shared import ids as common
from models import WeightsError
from precompute.build.fusion_scores import fusion_scores
from precompute.cases.case_study import CaseStudy, Region
from precompute.store.store import Store

AVERAGING = ("weighted_averaging", "weighted_averaging_fixed")


def pair(
    case_id: str, seed: int, regions: tuple[Region, ...] = (), size: int = 48, count: int = 2
) -> CaseStudy:
    sources = np.random.default_rng(seed).random((count, size, size + 4)).astype(np.float32)
    sources[:, :6] = 0
    low, high = sources.min((1, 2), keepdims=True), sources.max((1, 2), keepdims=True)
    names = ("A", "B", "C")[:count]
    return CaseStudy(case_id, f"Case {case_id}", "", names, (sources - low) / (high - low), regions, "", True)


def spot(size: int = 48) -> Region:
    mask = np.zeros((size, size + 4), bool)
    mask[15:35, 10:40] = True
    return Region("spot", "A spot", mask)


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> JacobianService:
    cases = (pair("one", 1, (spot(),)), pair("two", 2), pair("three", 3, count=3))
    found = JacobianService({case.id: case for case in cases}, Store(tmp_path), "cpu")
    quick = tuple(models.get_method(name) for name in AVERAGING)
    monkeypatch.setattr(JacobianService, "list_methods", lambda _self: quick)
    return found


def finished(service: Any, values: MetricValues, chosen: Selection) -> Any:
    """What is shown once nothing more is computed."""
    deadline = time.monotonic() + 60
    while (found := look(service, values, chosen)).progress is not None:
        assert found.progress.error is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    return found


def fused(service: Any, case_id: str, method: str) -> np.ndarray:
    return models.fuse(models.create_model(method), service.case(case_id).sources)


def test_values_are_those_of_the_library(service: JacobianService) -> None:
    found = finished(service, MetricValues(service), Selection("one", WHOLE, "both", ""))
    assert (found.done, found.total) == (4, 4)
    for row in found.one.rows:
        expected = models.fusion_metrics(service.case("one").sources, fused(service, "one", row.method.id))
        assert {name: cell.value for name, cell in row.cells.items()} == pytest.approx(expected, rel=1e-12)
    for row in found.summary.rows:
        both = [
            models.fusion_metrics(service.case(case).sources, fused(service, case, row.method.id))["q_mi"]
            for case in ("one", "two")
        ]
        assert row.cells["q_mi"].value == pytest.approx(np.mean(both))
        assert row.cells["q_mi"].spread == pytest.approx(np.std(both, ddof=1))


def test_a_region_is_measured_where_it_is_and_the_others_are_left_out(service: JacobianService) -> None:
    values = MetricValues(service)
    found = finished(service, values, Selection("one", "region:spot", "released", ""))
    assert [case.id for case in found.summary.cases] == ["one"]
    assert "1 without this area left out" in found.left_out
    assert "two sources" in found.left_out
    case = service.case("one")
    expected = models.fusion_metrics(case.sources, fused(service, "one", AVERAGING[0]), spot().mask)
    cells = found.one.rows[0].cells
    assert {name: cell.value for name, cell in cells.items()} == pytest.approx(
        {name: expected[name] for name in cells}
    )
    # the papers' tables compare whole images all the same
    assert found.done_whole == 4
    # an area that the case study does not have is the whole image
    assert look(service, values, Selection("two", "region:spot", "released", "")).area_title == "whole image"


def test_background_is_where_no_source_has_anything() -> None:
    case = pair("one", 1, (spot(),))
    mask = area_mask(case, FOREGROUND)
    assert mask is not None
    assert not mask[:6].any()
    assert mask[6:].mean() > 0.99
    assert has_area(case, "region:spot")
    assert not has_area(case, "spot")
    with pytest.raises(
        ValueError, match="no area 'region:x'; expected one of whole, foreground, region:spot"
    ):
        area_mask(case, "region:x")


def test_what_is_known_is_not_computed_again(
    service: JacobianService, monkeypatch: pytest.MonkeyPatch
) -> None:
    values, chosen = MetricValues(service), Selection("one", WHOLE, "released", "")
    before = finished(service, values, chosen)

    def never(*_arguments: Any) -> Any:
        raise AssertionError("computed again")

    monkeypatch.setattr(metric_values, "fusion_scores", never)
    assert look(service, values, chosen).one == before.one
    assert look(service, values, Selection("two", WHOLE, "both", "rank")).progress is None
    # other weights are another method
    monkeypatch.setattr(metric_values, "method_digest", lambda name: f"new {name}")
    assert values.of(service.case("one"), AVERAGING[0], WHOLE) is None


def test_broken_weights_show_their_sentence(
    service: JacobianService, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digest(name: str) -> str:
        if name == AVERAGING[1]:
            raise WeightsError("Its weights were altered.")
        return name

    monkeypatch.setattr(metric_values, "method_digest", digest)
    found = finished(service, MetricValues(service), Selection("one", WHOLE, "released", ""))
    assert [row.problem for row in found.summary.rows] == ["", "Its weights were altered."]
    assert found.summary.rows[0].cells["q_mi"].rank == 1
    assert "Its weights were altered." in texts(metrics_table(found.summary, ""))


def test_a_method_that_fails_does_not_stop_the_others(
    service: JacobianService, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = MetricValues.fused

    def fail(self: MetricValues, case: CaseStudy, method: str) -> Any:
        if method == AVERAGING[0]:
            raise RuntimeError("out of memory")
        return right(self, case, method)

    monkeypatch.setattr(MetricValues, "fused", fail)
    found = finished(service, MetricValues(service), Selection("one", WHOLE, "released", ""))
    assert [row.problem for row in found.one.rows] == ["out of memory", ""]


def test_small_images_miss_what_is_too_large_for_them() -> None:
    case = pair("small", 5, size=20)
    found = fusion_scores(case, case.sources.mean(axis=0))
    assert set(found.missing) == {"q_viff"}
    assert "at least 41×41" in found.missing["q_viff"]
    flat = fusion_scores(case, np.full(case.shape, 0.5, np.float32))
    assert {"q_ncie", "q_mi"} <= set(flat.missing)
    assert "constant" in flat.missing["q_mi"]
    assert set(found.values) | set(found.missing) == {spec.id for spec in models.list_metrics()}


def test_the_mean_of_the_map_in_a_region_is_the_metric_of_the_region(service: JacobianService) -> None:
    values, case = MetricValues(service), service.case("one")
    for metric in ("q_ssim", "ssim_2", "q_fmi"):
        local = values.local_map(case, AVERAGING[0], metric)
        image = fused(service, "one", AVERAGING[0])
        expected = [
            models.fusion_metrics(case.sources, image, mask, ids=[metric])[metric]
            for mask in (None, spot().mask)
        ]
        assert [value for _, value in means(case, local)] == pytest.approx(expected)
    assert values.local_map(case, AVERAGING[0], "q_fmi") is values.local_map(case, AVERAGING[0], "q_fmi")


def test_colours_of_the_map_say_what_lies_beyond_them() -> None:
    values = np.full((20, 20), np.nan)
    values[2:-2, 2:-2] = np.linspace(-0.2, 0.9, 256).reshape(16, 16)
    full = extent(values, FULL)
    assert (full.low, full.high) == (0.0, 1.0)
    assert full.labels() == ["≤ 0.000", "0.250", "0.500", "0.750", "1.000"]
    own = extent(values, OWN)
    assert -0.2 < own.low < -0.19
    assert 0.89 < own.high < 0.9
    assert own.labels()[0].startswith("≤ −0.19")
    figure = map_figure(np.zeros((20, 20), np.float32), values, own, 0.3)
    grey, overlay = figure.data
    assert overlay.opacity == 0.3
    np.testing.assert_allclose(overlay.z, values.astype(np.float32))
    assert (overlay.zmin, overlay.zmax, grey.zmin, grey.zmax) == (own.low, own.high, 0.0, 1.0)


def test_files_hold_what_is_shown(service: JacobianService) -> None:
    values, chosen = MetricValues(service), Selection("one", WHOLE, "released", "")
    found = finished(service, values, chosen)
    number = found.one.rows[0].cells["q_ncie"].value
    one = exported(service, values, chosen, ids.TABLE_CSV)
    assert one["filename"] == "metrics-one-whole.csv"
    assert repr(number) in one["content"]
    latex = exported(service, values, chosen, ids.TABLE_LATEX)
    assert rf"\textbf{{{number:.4f}}}" in latex["content"]
    summary = exported(service, values, chosen, ids.SUMMARY_LATEX)
    assert "2 case studies" in summary["content"]
    assert summary["filename"] == "metrics-summary-whole.tex"
    every = exported(service, values, chosen, ids.ALL_CSV)
    assert len(every["content"].splitlines()) == 1 + 2 * 2 * len(found.one.columns)


def test_state_survives_its_address_and_nonsense_falls_back(service: JacobianService) -> None:
    cases = [service.case("one"), service.case("two")]
    view = MetricsView(
        *("one", AVERAGING[1], "q_fmi", "region:spot", "both", "q_viff", "own", 35, "light"),
    )
    query = dict(part.split("=") for part in to_query(view).split("&"))
    assert restore(service, cases, query) == (view, ())
    hostile = dict.fromkeys(query, "<script>alert(1)</script>")
    found, sentences = restore(service, cases, hostile)
    assert found == MetricsView("one", found.method, "q_ssim")
    assert len(sentences) == 9
    assert all("makes no sense" in sentence for sentence in sentences)
    # the third case study has three images: it is none of this page's
    assert restore(service, cases, {"case": "three"})[1]


def test_the_page_tells_every_metric_and_the_papers_sources(service: JacobianService) -> None:
    page = build(service, {"case": "<b>"})
    said = texts(page)
    for spec in models.list_metrics():
        assert spec.convention in said
        assert spec.title in said
    assert "“<b>” makes no sense" in said
    names = [getattr(part, "id", None) for part in page._traverse()]
    for name in ("CASE", "AREA", "FORM", "MAP", "OPACITY"):
        assert names.count(getattr(ids, name)) == 1


def test_without_a_pair_of_images_the_page_is_empty(tmp_path: Path) -> None:
    assert common.EMPTY in [
        getattr(part, "id", None) for part in build(JacobianService({}, Store(tmp_path)), {})._traverse()
    ]


def test_the_table_marks_best_rank_and_what_sorts(service: JacobianService) -> None:
    found = finished(service, MetricValues(service), Selection("one", WHOLE, "released", "q_mi"))
    table = metrics_table(found.one, "q_mi", AVERAGING[1])
    parts = list(table._traverse())
    heads = [part for part in parts if isinstance(part, html.Th) and getattr(part, "aria-sort", None)]
    assert [texts(head.children[0]) for head in heads] == ["QMI↑ higher is better"]
    # both averagings give the same image: both are best, in every column
    best = [part for part in parts if isinstance(part, html.Strong)]
    assert len(best) == 2 * len(found.one.columns)
    chosen = [part for part in parts if getattr(part, "aria-current", None) == "true"]
    assert [texts(part) for part in chosen] == [models.get_method(AVERAGING[1]).title]


def test_the_app_has_the_page(service: JacobianService) -> None:
    app: Dash = create_app(service)
    assert app.server.test_client().get("/metrics?case=one").status_code == 200


def texts(part: Any) -> str:
    """Everything that a component says."""
    if isinstance(part, str):
        return part
    if isinstance(part, list | tuple):
        return "".join(texts(each) for each in part)
    return texts(getattr(part, "children", None) or "")


def test_what_the_store_has_is_not_measured_again(
    service: JacobianService, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = service.case("one")
    stored = {spec.id: 0.125 for spec in models.list_metrics()}
    entry = SimpleNamespace(fusion_metrics=stored, fused=case.sources.mean(axis=0))
    monkeypatch.setattr(service, "entry", lambda _case, method: entry if method == AVERAGING[0] else None)
    values = MetricValues(service)
    values._measure(case, AVERAGING[0], WHOLE)
    found = values.of(case, AVERAGING[0], WHOLE)
    assert found is not None
    assert found.values == stored
    values._measure(case, AVERAGING[0], FOREGROUND)
    elsewhere = values.of(case, AVERAGING[0], FOREGROUND)
    assert elsewhere is not None
    assert elsewhere.values["q_mi"] != 0.125
