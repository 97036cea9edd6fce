"""The Regions page without a browser: its state, what it shows of a service, its files, its contrast."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import flask
import numpy as np
import pytest
from flask import Flask

from dashboard.api.routes import create_api
from dashboard.regions import page as regions
from dashboard.regions.analyses import Found
from dashboard.regions.callbacks import choices, contents, pictures_of, wanted_of
from dashboard.regions.controls import files
from dashboard.regions.state import KEYS, RegionState, from_query, to_query
from dashboard.regions.view import RegionView, Wanted, analyses_of, look
from dashboard.service.jacobians import JacobianService
from models import MethodSpec, WeightsError, list_models
from precompute.cases.case_study import CaseStudy, Region
from precompute.store.store import Store
from tests.dashboard.shared.test_contrast import colours, luminance

BROKEN = "masknet"
SENTENCE = "The weights of masknet are altered <b>."
METHODS = ("weighted_averaging", "weighted_averaging_fixed", BROKEN)
SHAPE = (48, 56)


def case_study() -> CaseStudy:
    down, across = np.indices(SHAPE)
    core, rim = np.hypot(down - 22, across - 25) < 5, np.hypot(down - 22, across - 25) < 9
    first = 0.3 + 0.2 * np.sin(across / 4)
    second = np.where(core, 0.1, 0.8) + 0.05 * np.cos(down / 3)
    sources = np.clip(np.stack([first, second]), 0, 1).astype(np.float32)
    found = (Region("core", "Core", core), Region("rim", "Rim <b>", rim & ~core))
    return CaseStudy("small", "Small", "A dark core.", ("one", "two"), sources, found, "test", True)


class Service(JacobianService):
    """Three methods, one of which has broken weights."""

    def list_methods(self) -> tuple[MethodSpec, ...]:
        return tuple(spec for spec in list_models() if spec.id in METHODS)

    def guidance(self, case_id: str, method_id: str, wait: bool = False) -> Any:
        if method_id == BROKEN:
            raise WeightsError(SENTENCE)
        return super().guidance(case_id, method_id, wait)


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """The service in an app, where pages and routes share what was computed."""
    made = Service({"small": case_study()}, Store(tmp_path), device="cpu")
    server = Flask("regions", static_folder=None)
    server.register_blueprint(create_api(made))
    server.extensions["fusevis"] = made
    with server.app_context():
        yield made


def finished(service: Service, wanted: Wanted) -> RegionView:
    for _ in range(600):
        view = look(service, analyses_of(service), wanted)
        if not view.pending:
            return view
        time.sleep(0.05)
    raise AssertionError("the numbers did not come")


def dumped(component: Any) -> str:
    return json.dumps(component, default=lambda each: each.to_plotly_json(), ensure_ascii=False)


def read(query: dict[str, str]) -> tuple[RegionState, tuple[str, ...]]:
    return from_query(query, "small", SHAPE, ["core", "rim"], METHODS, ("weighted_averaging", 1), 2)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, RegionState("small", "region:core", "weighted_averaging", 1)),
        ({"region": "rim"}, RegionState("small", "region:rim", "weighted_averaging", 1)),
        (
            {"brush": "rect:1,2,30,40", "y": "0", "x": "55", "relevant": "0", "theme": "light"},
            RegionState("small", "rect:1,2,30,40", "weighted_averaging", 0, (0, 55), theme="light"),
        ),
        (
            {"brush": "scatter:0,0,1,1", "method": BROKEN},
            RegionState("small", "scatter:0,0,1,1", BROKEN, 1, plane=BROKEN),
        ),
        (
            {"brush": "lasso:0,0;1,0;0,1", "plane": METHODS[1]},
            RegionState("small", "lasso:0,0;1,0;0,1", METHODS[0], 1, plane=METHODS[1]),
        ),
    ],
)
def test_the_address_gives_the_state_and_back(query: dict[str, str], expected: RegionState) -> None:
    state, sentences = read(query)
    assert (state, sentences) == (expected, ())
    pairs = parse_qsl(to_query(state))
    assert read(dict(pairs)) == (expected, ())
    assert [key for key, _ in pairs] == [key for key in KEYS if key in dict(pairs)]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("brush", "<script>"),
        ("brush", "region:gone"),
        ("brush", "rect:0,0,99,99"),
        ("method", "magic"),
        ("relevant", "2"),
        ("theme", "pink"),
    ],
)
def test_a_senseless_value_falls_back_and_is_named(key: str, value: str) -> None:
    state, sentences = read({key: value})
    assert state == RegionState("small", "region:core", "weighted_averaging", 1)
    assert len(sentences) == 1
    assert value in sentences[0]


def test_a_pixel_outside_is_named_and_left_out() -> None:
    state, sentences = read({"y": "48", "x": "1"})
    assert state.pixel is None
    assert "48" in sentences[0]


def test_the_page_lays_out_what_the_link_says(service: Service) -> None:
    text = dumped(regions.build(service, {"region": "rim", "relevant": "0", "method": "nope"}))
    assert '"region:rim"' in text
    assert "makes no sense" in text
    assert "not a medical device" in text
    assert dumped(regions.build(service, {"brush": "rect:1,1,4,4"})).count("drawn on Explore") == 1


def test_a_page_without_case_studies(tmp_path: Path) -> None:
    assert "No case study yet" in dumped(regions.build(JacobianService({}, Store(tmp_path)), {}))


def test_every_method_has_numbers_or_a_sentence(service: Service) -> None:
    first = look(service, analyses_of(service), Wanted("small", "region:core", 1))
    assert first.pending
    view = finished(service, Wanted("small", "region:core", 1))
    assert [line.method for line in view.lines] == list(METHODS)
    assert view.lines[2].problem == SENTENCE
    assert all(line.found and len(line.verdicts) == 4 for line in view.lines[:2])
    verdicts, numbers, status = contents(view)
    text = dumped(verdicts)
    assert SENTENCE in text
    assert "/?case=small&method=weighted_averaging&y=" in text
    assert "brush=region%3Acore&pin=1" in text
    found = view.lines[0].found
    assert found is not None
    assert f"{found.analysis.numbers.mass_inside[0]:.3f}" in dumped(numbers)
    assert "69 pixels" in dumped(status)


def test_progress_is_shown_until_then(service: Service) -> None:
    verdicts, _, status = contents(look(service, analyses_of(service), Wanted("small", "rect:3,3,9,9", 1)))
    assert "progressbar" in dumped(verdicts)
    assert "1 of 3 methods computed" in dumped(status)


def test_an_area_of_the_scatter_is_the_methods_own(service: Service) -> None:
    guided = service.guidance("small", METHODS[0], wait=True)
    wanted = Wanted("small", "scatter:0.2,-9,9,9", 1, plane=METHODS[0])
    mask = analyses_of(service).mask(case_study(), wanted.region, wanted.plane)
    assert isinstance(mask, np.ndarray)
    assert (mask == (guided[0] >= 0.2)).all()


def test_pictures_come_with_and_without_numbers(service: Service) -> None:
    wanted = Wanted("small", "region:core", 1)
    finished(service, wanted)
    assert dumped(pictures_of(service, wanted, METHODS[0])).count("data:image/png;base64,") == 5
    assert dumped(pictures_of(service, wanted, BROKEN)).count("data:image/png;base64,") == 2
    assert pictures_of(service, Wanted("small", "region:gone", 1), METHODS[0]) == []


def test_another_case_study_brings_its_own_choices(service: Service) -> None:
    start = {"case": "other", "brush": "rect:1,1,2,2", "y": None, "x": None, "plane": ""}
    options, region, sources, relevant, methods, method = choices(service, case_study(), start, BROKEN)
    assert [option["value"] for option in options] == ["region:core", "region:rim"]
    assert (region, relevant, method) == ("region:core", "1", BROKEN)
    assert [option["label"] for option in sources] == ["one", "two"]
    assert len(methods) == 3


def test_the_links_pixel_holds_only_for_its_region() -> None:
    start = {"case": "small", "brush": "region:core", "y": 3, "x": 0, "plane": ""}
    assert wanted_of("small", "region:core", "1", start).pixel == (3, 0)
    assert wanted_of("small", "region:rim", "1", start).pixel is None


def test_files_wait_for_the_numbers() -> None:
    assert "href" not in dumped(files(None))
    assert dumped(files({"html": "/a", "csv": "/b", "npz": "/c"})).count('"href"') == 3


def test_the_report_route(service: Service) -> None:
    client = flask.current_app.test_client()
    query = "case=small&region=core"
    page = client.get(f"/api/v1/report?{query}")
    assert page.status_code == 200
    assert page.mimetype == "text/html"
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "The weights of masknet are altered &lt;b&gt;." in page.text
    lines = client.get(f"/api/v1/report?{query}&format=csv&methods=weighted_averaging").text.splitlines()
    assert lines[0] == "method,part,measure,source,value,unit"
    assert {line.split(",")[0] for line in lines[1:]} == {"weighted_averaging"}
    arrays = np.load(io.BytesIO(client.get(f"/api/v1/report?{query}&format=npz&y=1&x=2").data))
    assert list(arrays["pixel"]) == [1, 2]
    assert list(arrays["methods"]) == list(METHODS[:2])


@pytest.mark.parametrize(
    ("query", "status", "sentence"),
    [
        ("case=small", 400, "'region' is missing"),
        ("case=gone&region=core", 404, "Unknown case study 'gone'"),
        ("case=small&region=gone", 400, "makes no sense here"),
        ("case=small&region=core&methods=magic", 404, "magic"),
        ("case=small&region=core&relevant=2", 400, "expected 0 to 1"),
        ("case=small&region=core&relevant=x", 400, "expected an integer"),
        ("case=small&region=core&y=99&x=0", 400, "99"),
        ("case=small&region=core&y=1", 400, "'x'"),
        ("case=small&region=core&format=pdf", 400, "pdf"),
        ("case=small&region=core&methods=masknet", 503, SENTENCE),
        ("case=small&region=scatter:0,0,1,1", 404, "method"),
    ],
)
def test_a_bad_request_is_one_sentence(service: Service, query: str, status: int, sentence: str) -> None:
    answer = flask.current_app.test_client().get(f"/api/v1/report?{query}")
    assert answer.status_code == status
    assert sentence in answer.json["error"]


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("kind", ["met", "not-met"])
def test_verdicts_are_readable(theme: str, kind: str) -> None:
    known = colours(theme)
    low, high = sorted(luminance(known[f"{kind}-{part}"]) for part in ("ink", "ground"))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_shelf_knows_what_region_numbers_take(service: Service) -> None:
    analyses = analyses_of(service)
    case = service.case("small")
    found = analyses.look(case, case.regions[0].mask, "weighted_averaging", wait=True)
    assert isinstance(found, Found)
    parts = (found.analysis.gradient, found.analysis.rings, found.analysis.sampled)
    assert analyses._found.nbytes == sum(len(part.tobytes()) for part in parts) > 2 * 48 * 56 * 4
