"""Measuring the methods: what is found, where it is kept, and when it counts no longer."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import models
from dashboard.methods.measuring import FIELD_PIXELS, JACOBIANS, Measurements, measure, usual_case
from dashboard.service.background import Background
from models.registry import MethodSpec, provided_by, register, unregister
from precompute.cases.case_study import CaseStudy
from precompute.store.measurement_files import Measurement, MeasurementFiles, now
from tests.dashboard.small_service import small_case

DEVICE = models.device_name("cpu")


class Blur(nn.Module):
    """A field that is known: a 3×3 mean of the first source, twice the second."""

    def __init__(self) -> None:
        super().__init__()
        self.mean = nn.Conv2d(1, 1, 3, padding=1, bias=False)
        nn.init.constant_(self.mean.weight, 1 / 9)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return self.mean(x1) + 2 * x2


class Raises(nn.Module):
    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        raise KeyError("nothing in <it>")


class Triple(nn.Module):
    def forward(self, x1: Tensor, x2: Tensor, x3: Tensor) -> Tensor:
        return x1 + x2 + x3


class Service:
    """Methods of its own, one small case study, and a background line."""

    device = "cpu"

    def __init__(self, *specs: MethodSpec) -> None:
        self.specs = specs
        self.background: Background[Any] = Background(lambda *_: None, lambda: None)

    def list_methods(self) -> tuple[MethodSpec, ...]:
        return self.specs

    def list_cases(self) -> list[CaseStudy]:
        return [small_case()]

    def in_background(self, task: Any) -> Any:
        return self.background.request(task)


@pytest.fixture
def offer(tmp_path: Path) -> Iterator[Callable[..., MethodSpec]]:
    """Registers a module under an id, as a plug-in does."""
    made: list[str] = []

    def register_one(name: str, factory: Callable[[], nn.Module], sources: int = 2) -> MethodSpec:
        file = tmp_path / f"{name}.py"
        file.write_text(name)
        provided = provided_by(factory(), (file,))
        made.append(name)
        return register(MethodSpec(name, name, "", "", factory, sources=sources, provided=provided))

    yield register_one
    for name in made:
        unregister(name)


def finish(measurements: Measurements) -> str:
    since = measurements.start()
    for _ in range(600):
        progress = measurements.progress(since)
        if progress is None or progress.error:
            break
        threading.Event().wait(0.05)
    assert progress is None
    return since


def test_numbers_of_a_method_that_is_known() -> None:
    steps: list[float] = []
    found = measure(Blur().eval().requires_grad_(False), small_case(), steps.append)
    assert found["jacobian_ms"] > 0
    np.testing.assert_allclose(found["field"][0], np.full((3, 3), 1 / 9), rtol=1e-5)
    np.testing.assert_allclose(found["field"][1], [[0, 0, 0], [0, 2, 0], [0, 0, 0]], atol=1e-7)
    # five of nine pixels lie within 1 of the middle, all within √2; the second has one pixel only
    assert found["radii"] == ((1.0, pytest.approx(2**0.5)), (0.0, 0.0))
    assert steps == sorted(steps)
    assert steps[-1] == 1.0
    assert (JACOBIANS, FIELD_PIXELS) == (30, 192)  # the page says so


def test_the_median_does_not_fear_one_slow_jacobian(monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(
        [0.0, 0.0] + [value for k in range(JACOBIANS + 1) for value in (k, k + (9 if k == 5 else 0.25))]
    )
    monkeypatch.setattr("dashboard.methods.measuring.time.perf_counter", lambda: next(ticks))
    found = measure(models.create_model("weighted_averaging"), small_case(), lambda _: None)
    assert found["jacobian_ms"] == 250


def test_a_run_measures_every_method_and_one_that_fails_harms_no_other(
    offer: Callable[..., MethodSpec], tmp_path: Path
) -> None:
    service = Service(offer("a-blur", Blur), offer("b-raises", Raises), offer("c-triple", Triple, 3))
    measurements = Measurements(service, tmp_path / "measurements")
    assert measurements.of("a-blur") is None
    assert measurements.under_way() == ""
    since = finish(measurements)
    assert measurements.done(since) == ["a-blur", "b-raises", "c-triple"]
    assert measurements.of("a-blur").jacobian_ms > 0
    assert measurements.of("a-blur").device == DEVICE
    assert measurements.of("b-raises").jacobian_ms is None
    assert "nothing in <it>" in measurements.of("b-raises").problem
    assert measurements.of("c-triple").problem == "No case study has 3 sources."
    # another process sees the same, and a run of its own is told from this one
    other = Measurements(service, tmp_path / "measurements")
    assert other.of("a-blur").radii == measurements.of("a-blur").radii
    assert other.progress(since) is None


def test_a_run_of_another_process_is_followed_until_it_falls_silent(
    offer: Callable[..., MethodSpec], tmp_path: Path
) -> None:
    service = Service(offer("a-blur", Blur), offer("b-blur", Blur))
    measurements, files = Measurements(service, tmp_path), MeasurementFiles(tmp_path)
    since = now()
    files.keep("a-blur", Measurement("small", models.method_digest("a-blur"), DEVICE, now()))
    progress = measurements.progress(since)
    assert (progress.share, progress.error) == (0.5, None)
    old = "2020-01-01T00:00:00+00:00"
    files.keep("a-blur", Measurement("small", models.method_digest("a-blur"), DEVICE, old))
    assert measurements.progress(old).error == "The measuring has stopped; press the button again."


def test_other_weights_or_another_device_are_not_measured_yet(
    offer: Callable[..., MethodSpec], tmp_path: Path
) -> None:
    spec = offer("a-blur", Blur)
    digest = models.method_digest("a-blur")
    files = MeasurementFiles(tmp_path / "kept")
    files.keep("a-blur", Measurement("small", digest, DEVICE, now(), 1.5))
    measurements = Measurements(Service(spec), tmp_path / "kept")
    assert measurements.of("a-blur").jacobian_ms == 1.5
    files.keep("a-blur", Measurement("small", digest, "another GPU", now(), 0.5))
    assert measurements.of("a-blur") is None
    files.keep("a-blur", Measurement("small", "0" * 64, DEVICE, now(), 0.5))
    assert measurements.of("a-blur") is None
    assert measurements.of("no-such-method") is None


def test_frames_are_kept_beside_what_was_measured(offer: Callable[..., MethodSpec], tmp_path: Path) -> None:
    spec = offer("a-blur", Blur)
    files = MeasurementFiles(tmp_path)
    measurements = Measurements(Service(spec), tmp_path)
    assert measurements.note_frames({"a-blur": 30.0}) == []  # not measured yet
    files.keep("a-blur", Measurement("small", models.method_digest("a-blur"), DEVICE, now(), 1.5))
    nonsense = {"a-blur": float("nan"), "masknet": "7", "": 3, "../x": 5}
    assert measurements.note_frames(nonsense) == []
    for value in (-1, 0, 1e9, None, "30", [30]):
        assert measurements.note_frames({"a-blur": value}) == []
    assert measurements.note_frames({"a-blur": 31.5}) == ["a-blur"]
    found = Measurements(Service(spec), tmp_path).of("a-blur")
    assert (found.jacobian_ms, found.frames_per_s) == (1.5, 31.5)
    assert sorted(path.name for path in tmp_path.glob("*.json")) == ["a-blur.json"]


FULL = Measurement(
    *("small", "d" * 64, DEVICE, "2026-01-02T03:04:05+00:00", 1.25, 200.0),
    field=np.arange(18, dtype=float).reshape(2, 3, 3) / 7,
    radii=((1.0, 2.0), (float("nan"), 0.5)),
    frames_per_s=42.0,
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    MeasurementFiles(tmp_path).keep("a", FULL)
    found = MeasurementFiles(tmp_path).find("a", "d" * 64, DEVICE)
    np.testing.assert_allclose(found.field, FULL.field, rtol=1e-4)
    np.testing.assert_array_equal(found.radii, FULL.radii)
    same = ("case", "device", "created", "jacobian_ms", "first_ms", "frames_per_s", "problem")
    assert [getattr(found, name) for name in same] == [getattr(FULL, name) for name in same]
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1}', '{"version": 99}', "\ufffd\x00"])
def test_a_damaged_file_is_passed_over(text: str, tmp_path: Path) -> None:
    MeasurementFiles(tmp_path).keep("a", FULL)
    (tmp_path / "a.json").write_text(text)
    files = MeasurementFiles(tmp_path)
    assert files.find("a", "d" * 64, DEVICE) is None
    files.keep("a", FULL)
    assert MeasurementFiles(tmp_path).find("a", "d" * 64, DEVICE) is not None


def test_a_field_that_is_none_is_damage(tmp_path: Path) -> None:
    MeasurementFiles(tmp_path).keep("a", FULL)
    values = json.loads((tmp_path / "a.json").read_text())
    (tmp_path / "a.json").write_text(json.dumps({**values, "field": [1, 2]}))
    assert MeasurementFiles(tmp_path).find("a", "d" * 64, DEVICE) is None


def test_without_a_folder_or_with_one_that_cannot_be_written_memory_serves(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (None, tmp_path / "file"):
        files = MeasurementFiles(folder)
        files.keep("a", FULL)
        assert files.find("a", "d" * 64, DEVICE) is FULL
    files = MeasurementFiles(tmp_path)
    files.keep("../outside", FULL)
    assert not (tmp_path.parent / "outside.json").exists()


def test_the_usual_case_is_the_first_with_so_many_sources() -> None:
    cases = [small_case("a", regions=False), small_case("b")]
    three = replace(
        cases[0], id="c", modalities=("1", "2", "3"), sources=np.eye(3, dtype=np.float32)[:, :, None]
    )
    assert usual_case([three, *cases], 2).id == "a"
    assert usual_case([three, *cases], 3).id == "c"
    assert usual_case(cases, 4) is None


def test_the_device_in_words() -> None:
    assert models.device_name("cpu").startswith("CPU, ")
    assert models.device_name("cpu").endswith(" cores")
    assert torch.cuda.is_available() or models.device_name("auto") == models.device_name("cpu")
    with pytest.raises(ValueError, match="Unknown device 'tpu'"):
        models.device_name("tpu")
