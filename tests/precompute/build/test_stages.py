"""Guidance in stages: what sees the whole image is estimated first, says how well, and gets better."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from flask import Flask
from torch import Tensor, nn

import models
from dashboard.api.routes import create_api
from dashboard.compare.callbacks import scene
from dashboard.explore.callbacks.guidance import refused, told
from dashboard.service.jacobians import JacobianService
from models.registry import MethodSpec, provided_by, register, unregister
from precompute.__main__ import main
from precompute.build import build, prepared
from precompute.build.compute import compute_entry
from precompute.build.stages import EXACT, next_stage, stages
from precompute.cases.case_study import CaseStudy, save_case
from precompute.store.store import Store
from tests.dashboard.small_service import small_case

WIDE = "sees_all"


class SeesAll(nn.Module):
    """A local part and the mean of the image."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return torch.sigmoid(x1 * x2 + 0.5 * x1 - 3 * (x2 - x2.mean()).square())


@pytest.fixture
def wide(tmp_path: Path) -> Iterator[str]:
    file = tmp_path / "net.py"
    file.write_text("")
    provided = provided_by(SeesAll(), (file,))
    register(MethodSpec(WIDE, "Sees all", "", "", SeesAll, provided=provided))
    yield WIDE
    unregister(WIDE)


def exact() -> np.ndarray:
    return models.guidance(SeesAll().eval(), small_case().sources)


def test_the_stages_of_a_method(wide: str) -> None:
    assert stages(wide, small_case().sources) == (8, 16, EXACT)
    assert stages("weighted_averaging", small_case().sources) == (EXACT,)


@pytest.mark.parametrize(("minutes", "stride"), [(0.0, 16), (60.0, None)])
def test_a_build_goes_as_far_as_the_time_allows(
    tmp_path: Path, wide: str, minutes: float, stride: int
) -> None:
    store, case = Store(tmp_path / "store"), small_case()
    todo = build.plan([case], [wide], store, exact_minutes=minutes)
    outcome = build.run(todo, store)
    assert not outcome.failures
    found = store.read(case.id, wide, case.digest, models.method_digest(wide))
    if stride is None:
        assert found.estimated is None
        np.testing.assert_allclose(found.guidance, exact(), atol=1e-6)
    else:
        assert found.estimated.stride == stride
        error = found.guidance - exact()
        assert np.sqrt((error**2).mean() / (exact() ** 2).mean()) < 3 * found.estimated.rms + 1e-6
        (info,) = store.entries()
        assert info.estimated == found.estimated
    assert not build.plan([case], [wide], store, exact_minutes=minutes).tasks


def test_a_coarse_entry_is_gone_on_with(tmp_path: Path, wide: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store, case = Store(tmp_path / "store"), small_case()
    monkeypatch.setattr(
        build, "next_stage", lambda entry, minutes: None
    )  # as if it were killed after the first
    build.run(build.plan([case], [wide], store), store)
    assert store.estimated(case.id, wide).stride == 8
    monkeypatch.undo()
    todo = build.plan([case], [wide], store)
    assert "estimated, ±" in todo.tasks[0].reason
    build.run(todo, store)
    assert store.estimated(case.id, wide) is None


def undisturbed(
    case: CaseStudy, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Store, JacobianService]:
    """A store and a service that improves nothing by itself until the seconds of quiet are set to 0."""
    monkeypatch.setattr("dashboard.service.jacobians._QUIET_SECONDS", 1e9)
    store = Store(folder / "store")
    return store, JacobianService({case.id: case}, store, "cpu")


def test_the_service_shows_the_first_stage_and_improves_it(
    tmp_path: Path, wide: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = small_case()
    _, service = undisturbed(case, tmp_path, monkeypatch)
    first = service.guidance(case.id, wide, wait=True)
    found = service.stage(case.id, wide)[0]
    assert found.stride == 8
    assert service.stage(case.id, wide)[1]
    server = Flask("test")
    server.register_blueprint(create_api(service))
    url = f"/api/v1/guidance?case={case.id}&method={wide}"
    arrays = np.load(io.BytesIO(server.test_client().get(url).data))
    assert str(arrays["stage"]) == "estimated, stride 8"
    np.testing.assert_allclose(arrays["error"], [found.rms, found.largest])
    np.testing.assert_array_equal(arrays["guidance"], first)
    assert told(service, case.id, wide)["estimated"] == f"±{100 * found.rms:.2g} %"
    monkeypatch.setattr("dashboard.service.jacobians._QUIET_SECONDS", 0.0)
    for _ in range(100):
        if service.stage(case.id, wide)[0] is None:
            break
        time.sleep(0.1)
    assert service.stage(case.id, wide)[0] is None
    assert not service.stage(case.id, wide)[1]
    np.testing.assert_allclose(service.guidance(case.id, wide, wait=True), exact(), atol=1e-6)
    assert "stage" not in np.load(io.BytesIO(server.test_client().get(url).data))
    assert next_stage(service.entry(case.id, wide), 60) is None


def test_weights_that_change_while_guidance_improves_are_computed_at_once(
    tmp_path: Path, wide: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, real, digest = small_case(), compute_entry, models.method_digest(wide)
    store, service = undisturbed(case, tmp_path, monkeypatch)
    service.guidance(case.id, wide, wait=True)
    jobs = []

    def interrupted(*args: Any, **options: Any) -> Any:
        monkeypatch.setattr("dashboard.service.jacobians.compute_entry", real)
        old = real(*args, **options)
        monkeypatch.setattr(models, "method_digest", lambda _: digest[::-1])
        assert not isinstance(service.guidance(case.id, wide), np.ndarray)
        jobs.append(service._background._jobs[(case.id, wide)])
        args[3](1.0)  # notes the share; what was asked for meanwhile is computed first
        return old

    monkeypatch.setattr("dashboard.service.jacobians.compute_entry", interrupted)
    service.guidance(case.id, wide)
    monkeypatch.setattr("dashboard.service.jacobians._QUIET_SECONDS", 0.0)
    for _ in range(100):
        if jobs:
            break
        time.sleep(0.1)
    assert jobs[0].finished.wait(30), "the request waits for a claim that its own thread holds"
    assert jobs[0].error is None
    for _ in range(100):
        if store.estimated(case.id, wide) is None:
            break
        time.sleep(0.1)
    assert service.entry(case.id, wide).weights_digest == digest[::-1]
    assert store.read(case.id, wide, case.digest, digest[::-1]) is not None


def test_numbers_of_weights_that_were_exchanged_meanwhile_are_not_shown(
    tmp_path: Path, wide: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, real, digest = small_case(), compute_entry, models.method_digest(wide)
    store, service = undisturbed(case, tmp_path, monkeypatch)
    computed = []

    def exchanged(*args: Any, **options: Any) -> Any:
        computed.append(real(*args, **options))
        monkeypatch.setattr(models, "method_digest", lambda _: digest[::-1])
        return computed[-1]

    monkeypatch.setattr("dashboard.service.jacobians.compute_entry", exchanged)
    service.guidance(case.id, wide, wait=True)
    assert [entry.weights_digest for entry in computed] == [digest, digest[::-1]]
    assert service.entry(case.id, wide) is computed[1]
    assert store.read(case.id, wide, case.digest, digest) is None


def test_a_dashboard_that_starts_again_goes_on(
    tmp_path: Path, wide: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = small_case()
    monkeypatch.setattr("dashboard.service.jacobians._QUIET_SECONDS", 1e9)
    JacobianService({case.id: case}, Store(tmp_path / "store"), "cpu").guidance(case.id, wide, wait=True)
    again = JacobianService({case.id: case}, Store(tmp_path / "store"), "cpu")
    monkeypatch.setattr("dashboard.service.jacobians._QUIET_SECONDS", 0.0)
    again.guidance(case.id, wide, wait=True)
    for _ in range(100):
        if again.stage(case.id, wide)[0] is None:
            break
        time.sleep(0.1)
    assert again.stage(case.id, wide)[0] is None
    np.testing.assert_allclose(again.guidance(case.id, wide, wait=True), exact(), atol=1e-6)


def test_an_estimate_never_takes_the_place_of_something_better(tmp_path: Path, wide: str) -> None:
    store, case = Store(tmp_path / "store"), small_case()
    for stride in (8, 16, EXACT):
        store.write(compute_entry(case, wide, "cpu", stride=stride))
        for worse in (8, 16):
            if not stride or worse < stride:
                store.write(compute_entry(case, wide, "cpu", stride=worse))
        found = store.estimated(case.id, wide)
        assert (found.stride if found else EXACT) == stride
    outcome = build.run(build.plan([case], [wide], store, force=True, exact_minutes=0.0), store)
    assert not outcome.failures
    assert store.estimated(case.id, wide) is None


def test_more_time_lets_a_build_go_on(tmp_path: Path, wide: str) -> None:
    store, case = Store(tmp_path / "store"), small_case()
    build.run(build.plan([case], [wide], store, exact_minutes=0.0), store)
    assert not build.plan([case], [wide], store, exact_minutes=0.0).tasks
    build.run(build.plan([case], [wide], store, exact_minutes=60.0), store)
    assert store.estimated(case.id, wide) is None


def test_compare_and_the_report_say_how_good_the_guidance_is(
    tmp_path: Path, wide: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.service.jacobians._QUIET_SECONDS", 1e9)
    case = small_case()
    service = JacobianService({case.id: case}, Store(tmp_path / "store"), "cpu")
    service.guidance(case.id, wide, wait=True)
    label = str(service.stage(case.id, wide)[0])
    (row,) = scene(service, case.id, "", [wide])["rows"]
    assert f"estimated, {row['estimated']}" == label
    server = Flask("test")
    server.register_blueprint(create_api(service))
    server.extensions["fusevis"] = service
    region = case.regions[0].id
    url = f"/api/v1/report?case={case.id}&region={region}&methods={wide}&format=html"
    assert f"guidance {label}" in server.test_client().get(url).get_data(as_text=True)
    arguments = ["--case", case.id, "--region", region, "--methods", wide, "--store", str(tmp_path / "own")]
    save_case(case, tmp_path / "cases" / case.id)
    out = tmp_path / "report.html"
    assert main(["report", *arguments, "--cases", str(tmp_path / "cases"), "--out", str(out)]) == 0
    assert f"guidance {label}" in out.read_text("utf-8")


def test_the_page_says_where_the_whole_image_had_to_answer(
    tmp_path: Path, wide: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = small_case()
    service = JacobianService({case.id: case}, Store(tmp_path / "store"), "cpu")
    assert refused(service, wide) is None
    monkeypatch.setattr(models, "guard_report", lambda model: models.GuardReport(checked=12, refused=3))
    assert "At 3 of 12 pixels" in str(refused(service, wide))


def test_four_who_ask_at_once_get_one_module(wide: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made, real = [], models.create_model

    def slow(method_id: str) -> nn.Module:
        time.sleep(0.2)
        made.append(method_id)
        return real(method_id)

    monkeypatch.setattr(models, "create_model", slow)
    prepared._made.cache_clear()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: prepared.prepared_model(wide, "cpu"), range(4)))
    assert made == [wide]
    assert len({id(model) for model in found}) == 1
    prepared._made.cache_clear()
