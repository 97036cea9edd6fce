"""Networks of one's own in the dashboard and the precompute stage: offered where they fit, refused aloud."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from flask import Flask
from flask.testing import FlaskClient

import models
from dashboard import create_app
from dashboard.api.routes import create_api
from dashboard.compare import page as compare
from dashboard.explore import page as explore
from dashboard.explore.page import build
from dashboard.service.cases import MisfitError
from dashboard.service.jacobians import JacobianService
from dashboard.whatif import page as whatif
from models.plugins import load_plugins
from models.registry import unregister
from precompute.__main__ import main as precompute
from precompute.build import build as building
from precompute.cases.case_study import CaseStudy, save_case
from precompute.store.store import Store
from tests.dashboard.small_service import small_case

GOOD = """
from torch import nn
from models.registry import MethodSpec, register

class Third(nn.Module):
    def forward(self, a, b, c):
        return (a + 2 * b + 3 * c) / 6

class Half(nn.Module):
    def forward(self, a, b):
        return (a + 3 * b) / 4

register(MethodSpec(id="third", title="Third", paper="", description="", factory=Third, sources=3))
register(MethodSpec(id="half", title="Half", paper="", description="", factory=Half))
"""


@pytest.fixture
def plugins(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "good.py").write_text(GOOD)
    (folder / "bad.py").write_text("1 / 0\n")
    yield folder
    for spec in models.list_models():
        if spec.provided:
            unregister(spec.id)


def case_of_three() -> CaseStudy:
    sources = np.random.default_rng(2).random((3, 16, 18)).astype(np.float32)
    low, high = sources.min((1, 2), keepdims=True), sources.max((1, 2), keepdims=True)
    return CaseStudy("three", "Three", "noise", ("A", "B", "C"), (sources - low) / (high - low), (), "", True)


@pytest.fixture
def service(plugins: Path, tmp_path: Path) -> JacobianService:
    cases = {"small": small_case(), "three": case_of_three()}
    return JacobianService(cases, Store(tmp_path / "store"), "cpu", plugins=load_plugins(plugins))


@pytest.fixture
def client(service: JacobianService) -> FlaskClient:
    server = Flask("test")
    server.register_blueprint(create_api(service))
    return server.test_client()


def test_methods_lists_findings_and_refusals(client: FlaskClient) -> None:
    methods = {method["id"]: method for method in client.get("/api/v1/methods").get_json()}
    third = methods["third"]
    assert (third["sources"], third["window"], third["problem"]) == (3, [1, 1], None)
    assert third["plugin"]["accepted"]
    assert third["plugin"]["check"]["radii"] == [0, 0, 0]
    assert third["plugin"]["check"]["path"] == "cones"
    assert methods["masknet"]["plugin"] is None
    assert methods["bad.py"]["problem"] == "bad.py, line 1: ZeroDivisionError: division by zero."
    assert not methods["bad.py"]["plugin"]["accepted"]


def test_jacobian_and_guidance_of_three_sources(client: FlaskClient) -> None:
    answer = client.get("/api/v1/jacobian?case=three&method=third&y=3&x=4&format=npz")
    arrays = np.load(io.BytesIO(answer.data))
    np.testing.assert_allclose(arrays["jacobian"][:, 0, 0], [1 / 6, 2 / 6, 3 / 6], rtol=1e-5)
    arrays = np.load(io.BytesIO(client.get("/api/v1/guidance?case=three&method=third").data))
    np.testing.assert_allclose(arrays["guidance"][2], np.full((16, 18), 0.5), rtol=1e-5)


@pytest.mark.parametrize(
    ("query", "valid"),
    [
        ("jacobian?case=three&method=half&y=1&x=1", ["third"]),
        ("guidance?case=three&method=masknet", ["third"]),
        ("jacobian?case=small&method=third&y=1&x=1", None),
    ],
)
def test_a_method_that_does_not_fit_is_named_with_those_that_do(
    client: FlaskClient, query: str, valid: list[str] | None
) -> None:
    answer = client.get(f"/api/v1/{query}")
    body = answer.get_json()
    assert answer.status_code == 400
    assert body["valid"] == (valid or [spec.id for spec in models.list_models() if spec.sources == 2])
    assert "sources, but" in body["error"]
    assert body["error"].count(". ") == 0


def test_the_service_counts_only_what_fits(service: JacobianService) -> None:
    assert [spec.id for spec in service.methods_for("three")] == ["third"]
    service.guidance("three", "third", wait=True)
    found, total = service.computed_guidance("three")
    assert (len(found), total) == (1, 1)
    with pytest.raises(MisfitError, match="fuses 2 sources, but 'three' has 3; expected one of: third"):
        service.fused("three", "half")


def test_the_page_offers_what_it_can_show(service: JacobianService) -> None:
    page = str(build(service, {"method": "third", "case": "three"}))
    assert "'value': 'half'" in page
    assert "'value': 'third'" not in page
    assert "'value': 'three'" not in page


@pytest.mark.parametrize("page", [explore, compare, whatif])
def test_a_page_for_two_sources_says_why_it_shows_another_case(
    page: ModuleType, service: JacobianService
) -> None:
    said = str(page.build(service, {"case": "three"}))
    assert "“three” has 3 sources, and this page has places for 2; small is shown instead." in said
    assert "makes no sense" not in said


def test_the_app_starts_with_a_faulty_plugin(plugins: Path, tmp_path: Path) -> None:
    app = create_app(store=tmp_path / "store", plugins=plugins)
    client = app.server.test_client()
    assert client.get("/?method=half").status_code == 200
    assert "half" in [method["id"] for method in client.get("/api/v1/methods").get_json()]


def test_a_plan_pairs_methods_with_cases_of_as_many_sources(plugins: Path, tmp_path: Path) -> None:
    load_plugins(plugins)
    cases = [small_case(), case_of_three()]
    todo = building.plan(cases, ["half", "third"], Store(tmp_path / "store"))
    assert [tuple(task.key) for task in todo.tasks] == [("small", "half"), ("three", "third")]


@pytest.mark.parametrize("how", ["flag", "environment"])
def test_precompute_builds_lists_and_verifies_plugins(
    plugins: Path,
    tmp_path: Path,
    how: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    save_case(case_of_three(), tmp_path / "cases" / "three")
    common = ["--cases", str(tmp_path / "cases"), "--store", str(tmp_path / "store"), "--case", "three"]
    if how == "flag":
        common += ["--plugins", str(plugins)]
    else:
        monkeypatch.setenv("FUSEVIS_PLUGINS", str(plugins))
    assert precompute(["build", *common]) == 1  # because of the faulty one
    said = capsys.readouterr()
    assert "1 entries computed" in said.out
    assert "bad.py: bad.py, line 1: ZeroDivisionError" in said.err
    (plugins / "bad.py").unlink()
    assert precompute(["list", *common]) == 0
    rows = [line.split()[:3] for line in capsys.readouterr().out.splitlines()[1:]]
    assert rows == [["three", "third", "ready"]]
    assert precompute(["verify", *common]) == 0
    (plugins / "good.py").write_text(GOOD + "\n# another version\n")
    assert precompute(["verify", *common]) == 1
    assert "stale" in capsys.readouterr().err


def test_a_missing_plugin_folder_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert precompute(["list", "--plugins", str(tmp_path / "nowhere")]) == 2
    assert "does not exist; expected a folder." in capsys.readouterr().err
