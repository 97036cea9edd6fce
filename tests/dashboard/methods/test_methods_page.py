"""The Methods page without a browser: layout, table, cards, and how measuring is followed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import plotly
import pytest
import torch
from dash import dcc, no_update
from torch import Tensor, nn

import models
from dashboard.methods import ids
from dashboard.methods import page as methods
from dashboard.methods.callbacks import card_of, progress_of
from dashboard.methods.card import card_content
from dashboard.methods.facts import ALL, MethodFacts, facts_of, folders, gather
from dashboard.methods.measuring import Measurements
from dashboard.methods.plugin_table import plugin_table
from dashboard.methods.rows import COLUMNS, table_csv, table_rows
from dashboard.service.background import Progress
from models.checkpoints import save_weights
from models.plugins import PluginReport
from models.plugins.check import check_method
from models.published import PUBLISHED
from models.registry import MethodSpec, provided_by, register, unregister
from precompute.store.measurement_files import Measurement
from tests.dashboard.explore.test_explore_layout import components
from tests.dashboard.small_service import SmallService, small_case


@dataclass
class Service(SmallService):
    """The project's own methods on small case studies; nothing is stored."""

    device: str = "cpu"
    plugins: tuple[PluginReport, ...] = ()
    entries: dict[str, Any] = field(default_factory=dict)

    def list_methods(self) -> Any:
        return models.list_models()

    def entry(self, case_id: str, method_id: str) -> Any:
        return self.entries.get(method_id)


def words(node: Any) -> str:
    """All text below a node."""
    found = []
    for part in components(node):
        child = getattr(part, "children", None)
        for each in child if isinstance(child, list | tuple) else [child]:
            if isinstance(each, str | int | float):
                found.append(str(each))
    return " ".join(found)


def facts(method: str, service: Service | None = None, **changes: Any) -> MethodFacts:
    service = service or Service()
    found = facts_of(service, Measurements(service), models.get_method(method))
    return replace(found, **changes)


def measurement(**changes: Any) -> Measurement:
    return replace(
        Measurement("small", "0", "CPU, 2 cores", "2026-02-03T04:05:06+00:00", 1.234, 56.0), **changes
    )


def test_the_page_is_laid_out_without_building_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("no network may be built while the page is laid out")

    monkeypatch.setattr(models, "create_model", refuse)
    monkeypatch.setattr(models, "describe", refuse)
    page = methods.build(Service(), {})
    named = [json.dumps(part.id) for part in components(page) if getattr(part, "id", None)]
    assert len(named) == len(set(named))
    every = [spec.id for spec in models.list_models()]
    assert [name for name in by_text_id(page) if name.startswith("method-")] == [
        f"method-{name}" for name in every
    ]
    links = [part.href for part in components(by_text_id(page)[ids.NAV]) if type(part).__name__ == "A"]
    assert links == [f"/methods?method={name}" for name in every]


def by_text_id(node: Any) -> dict[str, Any]:
    return {part.id: part for part in components(node) if isinstance(getattr(part, "id", None), str)}


def test_a_link_leads_to_a_card_and_an_unknown_method_is_named() -> None:
    page = methods.build(Service(), {"method": "masknet"})
    assert by_text_id(page)[ids.OPEN].data == "masknet"
    page = methods.build(Service(), {"method": "<img>"})
    assert by_text_id(page)[ids.OPEN].data == ""
    assert "<img>" in words(page)
    assert "masknet" in words(page)


def test_the_folders_to_choose_from_are_those_of_the_cards() -> None:
    known = {
        name
        for spec in models.list_models()
        if spec.trained
        for name in models.method_card(spec.id)["held_out"]
    }
    found = folders(Service())
    assert found[0] == ALL
    assert set(found) == known
    assert len(found) == len(known)


def test_rows_hold_what_the_cards_and_the_paper_say() -> None:
    service = Service()
    rows = {row["id"]: row for row in table_rows(gather(service, Measurements(service)), "atlas")}
    assert list(rows) == [spec.id for spec in models.list_models()]
    card, row = models.method_card("masknet"), rows["masknet"]
    assert row["parameters"] == sum(p.numel() for p in models.create_model("masknet").parameters())
    assert row["window"] == 17
    assert row["ssim2_here"] == card["held_out"]["atlas"]["ssim2"]
    assert row["mse1_here"] == card["held_out"]["atlas"]["mse1"]
    # Tables 1 and 2 of the paper
    assert [row[f"{key}_paper"] for key in ("ssim1", "ssim2", "mse1", "mse2")] == [
        0.2208,
        0.2236,
        0.0109,
        0.0115,
    ]
    assert [row[f"{key}_paper"] for key in ("jacobian", "frames", "guidance")] == [4, 15, 265]
    assert row["pairs"] == sum(part["pairs"] for part in card["data"]["training"].values())
    assert row["jacobian_here"] is row["guidance_here"] is row["frames_here"] is None
    plain = rows["weighted_averaging"]
    assert plain["ssim1_here"] is plain["ssim1_paper"] is plain["pairs"] is None
    assert (plain["parameters"], plain["window"]) == (0, 1)


def test_the_csv_has_a_full_name_for_every_column_and_keeps_the_order() -> None:
    service = Service()
    measured = facts("masknet", measurement=measurement(frames_per_s=33.3))
    rows = table_rows([measured, facts("weighted_averaging", service)], ALL)
    head, *lines = csv.reader(io.StringIO(table_csv(rows)))
    assert len(head) == len(set(head)) == 2 + len(COLUMNS) + 4
    assert [line[0] for line in lines] == ["masknet", "weighted_averaging"]
    said = dict(zip(head, lines[0], strict=True))
    assert said["Jacobian, ms, here"] == "1.234"
    assert said["Jacobians shown per second, here"] == "33.3"
    assert said["measured at, UTC"] == "2026-02-03T04:05:06+00:00"
    assert said["trained on"].startswith("atlas")
    assert dict(zip(head, lines[1], strict=True))["1-SSIM x1, paper"] == ""


@pytest.mark.parametrize("method", [spec.id for spec in models.list_models()])
def test_a_card_says_everything(method: str) -> None:
    card = card_content(facts(method))
    json.dumps(card, cls=plotly.utils.PlotlyJSONEncoder)
    text, spec = words(card), models.get_method(method)
    for said in (
        spec.title,
        spec.paper,
        spec.description,
        f"{spec.parameters:,} parameters",
        *spec.deviations,
    ):
        assert said in text
    graphs = [part for part in components(card) if isinstance(part, dcc.Graph)]
    assert all("height" in graph.style for graph in graphs)  # without one Plotly takes none
    assert all(graph.config["showSendToCloud"] is False for graph in graphs)
    if spec.trained:
        known = models.method_card(method)
        assert len(graphs) == 2
        for said in (known["sha256"], known["licence"], f"{known['recipe']['gamma_ssim']:g}"):
            assert said in text
        for terms in known["held_out"].values():
            assert f"{terms['ssim1']:.4f}" in text
        paper = PUBLISHED[method]
        for value in (*paper.ssim, *paper.mse):
            assert f"{value:.4f}" in text
        assert f"{paper.guidance_s:g} s" in text


def test_what_was_measured_is_shown_with_date_and_device() -> None:
    field = models.effective_field(models.create_model("masknet"), small_sources(), [(20, 20)])
    radii = ((1.25, 5.5), (0.75, 3.0))
    entry = SimpleNamespace(seconds={"guidance": 12.34}, device="cuda", created="2026-05-06T07:08:09+00:00")
    service = Service(entries={"masknet": entry})
    found = facts("masknet", service, measurement=measurement(field=field, radii=radii, frames_per_s=33.4))
    text = words(card_content(found))
    for said in ("1.23 ms", "4 ms", "33", "15", "12.3 s", "265 s", "2026-02-03 04:05 UTC", "CPU, 2 cores"):
        assert said in text
    assert "computed 2026-05-06 07:08 UTC (GPU)" in text
    assert "50 % within 1.2, 90 % within 5.5 pixels" in text
    assert "40 random pixels, one after the other" in text
    graphs = [part for part in components(card_content(found)) if isinstance(part, dcc.Graph)]
    assert len(graphs) == 4
    before = words(card_content(facts("masknet", measurement=measurement(field=field, radii=radii))))
    assert "The browser has not counted yet." in before
    problem = words(card_content(facts("masknet", measurement=measurement(problem="It broke."))))
    assert "It could not be measured: It broke." in problem


def small_sources() -> Any:
    return torch.rand(2, 40, 40, generator=torch.Generator().manual_seed(1)).numpy()


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.last = nn.Conv2d(2, 4, 3, padding=1), nn.Conv2d(4, 1, 1)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return self.last(torch.relu(self.first(torch.cat((x1, x2), 1))))


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Any]:
    """Registers `Net` with a card of one's own."""

    def offer(card: dict[str, Any]) -> MethodSpec:
        model = Net()
        save_weights(model, "own", card, tmp_path)
        files = (tmp_path / "own.safetensors", tmp_path / "own.json")
        provided = provided_by(model, files, tmp_path)
        return register(MethodSpec("own", "Our <own>", "", "", Net, parameters=81, provided=provided))

    yield offer
    unregister("own")


@pytest.mark.parametrize(
    "card",
    [
        {"held_out": "none"},
        {"held_out": {"atlas": {"ssim1": "low"}}},
        {"data": {"training": {"atlas": 3}}},
        {"data": {"training": {"atlas": {"pairs": "many"}}}},
        {"recipe": [1]},
        {"seconds": "long"},
        {"losses": {"a": 1}},
        {"losses": [3]},
    ],
)
def test_a_card_that_is_none_is_named_and_harms_no_other(card: dict[str, Any], own: Any) -> None:
    own(card)
    service = Service()
    found = {each.spec.id: each for each in gather(service, Measurements(service))}
    (key,) = card
    assert found["own"].problem.startswith(f"own.json: {key!r} of the weights' card is not ")
    assert [name for name, each in found.items() if each.problem] == ["own"]
    rows = table_rows(list(found.values()), ALL)
    assert next(row for row in rows if row["id"] == "own")["problem"]
    assert f"{key!r} of the weights' card" in words(card_content(found["own"]))
    assert ALL in folders(service)


def test_a_card_whose_losses_cannot_be_drawn_says_so(own: Any, caplog: pytest.LogCaptureFixture) -> None:
    own({"losses": [{"step": 1, "lambda": "a"}, {"step": 2, "lambda": "b"}]})
    service = Service()
    text = words(card_of(service, Measurements(service), "own"))
    assert "Our <own>" in text
    assert "This card cannot be drawn: ValueError" in text
    assert words(card_of(service, Measurements(service), "gone")) == ""
    assert "no method 'gone'" in card_of(service, Measurements(service), "gone")[0]


def test_altered_weights_are_a_sentence_on_the_card(own: Any, tmp_path: Path) -> None:
    own({})
    (tmp_path / "own.safetensors").write_bytes(b"damaged")
    service = Service()
    found = facts("own", service)
    assert "have changed" in found.problem
    assert found.problem in words(card_content(found))


def test_the_exactness_test_stands_on_the_card_of_a_plug_in(own: Any) -> None:
    own({"licence": "ours"})
    check = check_method(models.create_model("own"), 2)
    report = PluginReport("own.py", "own", "Our own", "", check)
    service = Service(plugins=(report,))
    text = words(card_content(facts("own", service)))
    assert "Exactness test:" in text
    assert f"by {check.difference:.1e} of" in text or "by 0 of" in text
    assert "Window: 3×3" in text
    assert "no training was recorded" in text
    assert "your own" in text
    assert "Exactness" not in words(card_content(facts("masknet", service)))


def test_every_plug_in_is_listed_with_its_check_or_its_reason() -> None:
    good = PluginReport(
        "good.py", "good", "Good", "", check_method(models.create_model("weighted_averaging"), 2)
    )
    bad = PluginReport("bad.py", None, "bad.py", "bad.py, line 1: <b>ZeroDivisionError</b>.")
    table = plugin_table([good, bad])
    text = words(table)
    assert "1 accepted, 1 refused." in text
    assert "refused: bad.py, line 1: <b>ZeroDivisionError</b>." in text
    rows = [part for part in components(table) if type(part).__name__ == "Tr"][1:]
    assert [words(row).split()[0] for row in rows] == ["good.py", "bad.py"]
    assert "1×1" in words(rows[0])
    assert good.check is not None
    assert good.check.path in words(rows[0])
    assert plugin_table(()) is None


class Told:
    """Measurements that answer what a test says."""

    def __init__(self, progress: Progress | None, done: tuple[str, ...]) -> None:
        self._progress, self._done = progress, done

    def progress(self, _since: str) -> Progress | None:
        return self._progress

    def done(self, _since: str) -> list[str]:
        return list(self._done)

    def of(self, method: str) -> Measurement | None:
        return measurement(problem="broken" if method == "masknet" else "") if method in self._done else None


def told(progress: Progress | None, done: tuple[str, ...], before: dict[str, Any]) -> tuple:
    return progress_of(Service(), Told(progress, done), before)  # type: ignore[arg-type]


def test_a_page_without_a_run_does_not_ask() -> None:
    assert told(None, (), {"since": ""}) == (no_update, True, False, "", "0", True)


def test_news_travel_once_while_methods_are_measured() -> None:
    first, poll_off, button_off, status, share, no_bar = told(Progress(0.4), ("deepfuse",), {"since": "t"})
    assert (first["fresh"], first["done"], first["running"], first["count"]) == (
        ["deepfuse"],
        ["deepfuse"],
        True,
        [],
    )
    assert (poll_off, button_off, status, share, no_bar) == (False, True, "Measuring, 40 % …", "0.400", False)
    again = told(Progress(0.5), ("deepfuse",), first)
    assert again[0] is no_update
    later = told(Progress(0.6), ("deepfuse", "funfusean"), first)
    assert later[0]["fresh"] == ["funfusean"]


def test_at_the_end_frames_are_counted_of_what_could_be_measured() -> None:
    before = {"since": "t", "done": ["deepfuse"], "running": True}
    last, poll_off, button_off, status, _, no_bar = told(None, ("deepfuse", "masknet"), before)
    assert last["fresh"] == ["deepfuse", "masknet"]
    height, width = small_case().shape
    assert last["count"] == [{"method": "deepfuse", "case": "small", "height": height, "width": width}]
    assert (poll_off, button_off, status, no_bar) == (True, True, "Counting frames …", False)
    nothing = told(None, (), before)
    assert nothing[1:4] == (True, False, "Measured.")


def test_a_run_that_failed_says_so_and_frees_the_button() -> None:
    answer = told(Progress(0.4, error="It failed."), (), {"since": "t", "done": [], "running": True})
    assert answer[1:] == (True, False, "It failed.", "0.400", True)


def test_ids_of_this_page_are_those_of_the_scripts() -> None:
    scripts = Path(__file__).resolve().parents[3] / "assets" / "js"
    text = (scripts / "methods" / "page.js").read_text("utf-8")
    for name in (
        ids.PAGE,
        ids.NEAR,
        ids.FRAMES,
        ids.STATUS,
        ids.PROGRESS,
    ):
        assert f'"{name}"' in text
