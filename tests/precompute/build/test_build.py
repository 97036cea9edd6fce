"""The plan and its execution: what, in what order, with failures, stops and company."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import models
from precompute.build import build, compute
from precompute.cases.case_study import CaseStudy
from precompute.store import store
from precompute.store.entry import Entry
from precompute.store.store import Store
from tests.precompute.store_helpers import make_case

AVERAGES = ["weighted_averaging", "weighted_averaging_fixed"]


class FakeCompute:
    """Stands in for `compute_entry`: instant numbers, and a list of what was asked for."""

    def __init__(self) -> None:
        self.keys: list[tuple[str, str]] = []
        self.failing: set[str] = set()
        self.before: Callable[[], None] = lambda: None

    def __call__(
        self,
        case: CaseStudy,
        method_id: str,
        device: str,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
        whole_jacobian: bool,
        spool: Path | None,
        stride: int = 0,
    ) -> Entry:
        self.before()
        if cancelled():
            raise models.Cancelled
        progress(0.5)
        if case.id in self.failing:
            raise RuntimeError(f"{case.id} cannot be\ncomputed")
        self.keys.append((case.id, method_id))
        count, height, width = case.sources.shape
        return Entry(
            case=case.id,
            method=method_id,
            source_digest=case.digest,
            weights_digest=compute.method_digest(method_id),
            fused=case.sources[0],
            guidance=case.sources,
            summed_gradient=case.sources,
            metrics={"mse": (0.0,) * count},
            seconds={"guidance": 1.0},
            device="cpu",
            whole_jacobian=np.zeros((height, width, count, 1, 1), np.float16) if whole_jacobian else None,
            jacobian_radius=0 if whole_jacobian else None,
        )


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeCompute:
    stand_in = FakeCompute()
    monkeypatch.setattr(build, "compute_entry", stand_in)
    return stand_in


@pytest.fixture
def here(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


@pytest.fixture
def cases() -> list[CaseStudy]:
    return [make_case(name, seed) for seed, name in enumerate(("beta", "alpha", "gamma"))]


def keys_of(tasks: tuple[build.Task, ...]) -> list[tuple[str, str]]:
    return [tuple(task.key) for task in tasks]


def test_case_by_case_cheap_methods_first(
    cases: list[CaseStudy], here: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build, "method_digest", lambda method_id: "d" * 64)
    todo = build.plan(cases[:2], ["masknet", "deepfuse", "weighted_averaging"], here)
    order = ["weighted_averaging", "deepfuse", "masknet"]
    assert keys_of(todo.tasks) == [(case, method) for case in ("beta", "alpha") for method in order]


def test_only_what_is_not_ready_is_computed(
    cases: list[CaseStudy], here: Store, fake: FakeCompute, caplog: pytest.LogCaptureFixture
) -> None:
    todo = build.plan(cases, AVERAGES, here)
    assert {task.state for task in todo.tasks} == {"missing"}
    outcome = build.run(todo, here)
    assert outcome.computed == [task.key for task in todo.tasks]
    assert not outcome.failures

    again = build.plan(cases, AVERAGES, here)
    assert again.tasks == ()
    assert len(again.ready) == 6

    (here.path / "entries.zarr" / "beta" / AVERAGES[1] / "zarr.json").write_text("{")
    here.remove("gamma", AVERAGES[0])
    other = make_case("alpha", seed=99)
    third = build.plan([cases[0], other, cases[2]], AVERAGES, here)
    assert [(task.key, task.state) for task in third.tasks] == [
        (("beta", AVERAGES[1]), "damaged"),
        (("alpha", AVERAGES[0]), "stale"),
        (("alpha", AVERAGES[1]), "stale"),
        (("gamma", AVERAGES[0]), "missing"),
    ]
    assert "beta/weighted_averaging_fixed is damaged" in caplog.text
    fake.keys.clear()
    build.run(third, here)
    assert fake.keys == keys_of(third.tasks)
    assert not build.plan([cases[0], other, cases[2]], AVERAGES, here).tasks


def test_changed_weights_or_code_make_everything_stale(
    cases: list[CaseStudy], here: Store, fake: FakeCompute, monkeypatch: pytest.MonkeyPatch
) -> None:
    build.run(build.plan(cases, AVERAGES, here), here)
    with monkeypatch.context() as patch:
        patch.setattr(build, "method_digest", lambda method_id: "e" * 64)
        assert [task.state for task in build.plan(cases, AVERAGES, here).tasks] == ["stale"] * 6
    monkeypatch.setattr(store, "CODE_VERSION", store.CODE_VERSION + 1)
    assert [task.state for task in build.plan(cases, AVERAGES, here).tasks] == ["stale"] * 6


def test_force_computes_what_is_ready(cases: list[CaseStudy], here: Store, fake: FakeCompute) -> None:
    build.run(build.plan(cases, AVERAGES, here), here)
    fake.keys.clear()
    outcome = build.run(build.plan(cases, AVERAGES, here, force=True), here)
    assert len(outcome.computed) == len(fake.keys) == 6


def test_whole_jacobians_on_request_are_kept_and_checked(
    cases: list[CaseStudy], here: Store, fake: FakeCompute
) -> None:
    method = AVERAGES[:1]
    build.run(build.plan(cases, method, here), here)
    todo = build.plan(cases[:1], method, here, jacobian=True)
    assert len(todo.tasks) == 1
    build.run(todo, here)
    assert here.has_jacobian("beta", method[0])
    assert not build.plan(cases[:1], method, here, jacobian=True).tasks
    rows = here.path / "entries.zarr" / "beta" / method[0] / "whole_jacobian" / "zarr.json"
    rows.unlink()
    (task,) = build.plan(cases, method, here).tasks
    assert (task.state, task.jacobian) == ("damaged", True)
    build.run(build.plan(cases, method, here), here)
    assert (
        here.status("beta", method[0], cases[0].digest, task.weights_digest, thorough=True).state == "ready"
    )


def test_a_failing_case_does_not_stop_the_rest(
    cases: list[CaseStudy], here: Store, fake: FakeCompute
) -> None:
    fake.failing = {"beta"}
    outcome = build.run(build.plan(cases, AVERAGES, here), here)
    assert outcome.failures == [
        build.Failure(f"beta/{method}", "RuntimeError: beta cannot be computed") for method in AVERAGES
    ]
    assert {key.case for key in outcome.computed} == {"alpha", "gamma"}


def test_a_method_without_weights_fails_once(
    cases: list[CaseStudy], here: Store, fake: FakeCompute, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digest(method_id: str) -> str:
        if method_id == "masknet":
            raise models.WeightsError("masknet.json: missing.")
        return "no-weights"

    monkeypatch.setattr(build, "method_digest", digest)
    todo = build.plan(cases, ["masknet", *AVERAGES], here)
    assert todo.failures == (build.Failure("masknet", "masknet.json: missing."),)
    outcome = build.run(todo, here)
    assert len(outcome.computed) == 6
    assert len(outcome.failures) == 1


def test_unknown_methods_and_devices_are_refused(cases: list[CaseStudy], here: Store) -> None:
    with pytest.raises(models.UnknownMethodError, match="nope"):
        build.plan(cases, ["nope"], here)
    with pytest.raises(ValueError, match="tpu"):
        build.plan(cases, AVERAGES, here, device="tpu")


def test_stopping_leaves_what_is_finished(cases: list[CaseStudy], here: Store, fake: FakeCompute) -> None:
    todo = build.plan(cases, AVERAGES, here)
    outcome = build.run(todo, here, cancelled=lambda: len(fake.keys) >= 3)
    assert outcome.cancelled
    assert outcome.computed == [task.key for task in todo.tasks[:3]]
    assert len(here.entries()) == 3
    rest = build.plan(cases, AVERAGES, here)
    assert keys_of(rest.tasks) == keys_of(todo.tasks[3:])


def test_progress_only_grows_and_ends_at_all(cases: list[CaseStudy], here: Store, fake: FakeCompute) -> None:
    reports: list[build.Report] = []
    build.run(build.plan(cases, AVERAGES, here), here, progress=reports.append)
    assert [report.share for report in reports] == sorted(report.share for report in reports)
    assert (reports[-1].finished, reports[-1].total, reports[-1].seconds_left) == (6, 6, 0)
    assert reports[0].seconds_left > 0
    assert {report.key.case for report in reports} == {"alpha", "beta", "gamma"}


def test_several_builds_never_compute_the_same_entry_twice(
    cases: list[CaseStudy], here: Store, fake: FakeCompute
) -> None:
    plans = [build.plan(cases, AVERAGES, here) for _ in range(3)]
    together = threading.Barrier(3)
    outcomes: list[build.Outcome] = []

    def work(todo: build.Plan) -> None:
        together.wait()
        outcomes.append(build.run(todo, Store(here.path)))

    threads = [threading.Thread(target=work, args=(todo,)) for todo in plans]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(fake.keys) == sorted(keys_of(plans[0].tasks))
    assert sum(len(outcome.computed) for outcome in outcomes) == 6
    assert all(len(outcome.computed) + len(outcome.elsewhere) == 6 for outcome in outcomes)


def test_what_another_process_gives_up_is_computed_here(
    cases: list[CaseStudy], here: Store, fake: FakeCompute
) -> None:
    """Claimed by somebody else until everything but that entry is done."""
    todo = build.plan(cases, AVERAGES, here)
    claim = Store(here.path).claim("beta", AVERAGES[0])
    claim.__enter__()
    calls = 0

    def release() -> bool:
        nonlocal calls
        calls += len(fake.keys) == 5
        if calls == 3:
            claim.__exit__(None, None, None)
        return False

    outcome = build.run(todo, here, cancelled=release)
    assert len(outcome.computed) == 6
    assert outcome.computed[-1] == ("beta", AVERAGES[0])


def test_computed_numbers_are_the_methods(here: Store) -> None:
    """Oracle: weighted averaging and its derivative in closed form."""
    case = make_case()
    shares: list[float] = []
    entry = build.compute_entry(case, "weighted_averaging", "cpu", shares.append, whole_jacobian=True)
    x1, x2 = case.sources.astype(float)
    expected = np.stack([x1**2 + 2 * x1 * x2 - x2**2, x2**2 + 2 * x1 * x2 - x1**2]) / (x1 + x2) ** 2
    np.testing.assert_allclose(entry.fused, (x1**2 + x2**2) / (x1 + x2), rtol=1e-5)
    np.testing.assert_allclose(entry.guidance, expected, atol=1e-5)
    np.testing.assert_allclose(entry.summed_gradient, expected, atol=1e-5)
    assert entry.metrics["mse"] == pytest.approx(((case.sources - entry.fused) ** 2).mean((1, 2)), rel=1e-5)
    assert set(entry.metrics) == {"ssim", "mse"}
    mutual = models.fusion_metrics(case.sources, entry.fused, ids=["q_mi"])
    assert entry.fusion_metrics["q_mi"] == mutual["q_mi"] > 0
    assert {"guidance", "fuse", "summed_gradient", "whole_jacobian"} <= set(entry.seconds)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    here.write(entry)
    digests = case.digest, "no-weights"
    assert here.status("alpha", "weighted_averaging", *digests, thorough=True).state == "ready"
    found = here.entry_jacobian("alpha", "weighted_averaging", (3, 4), *digests)
    assert found is not None
    np.testing.assert_allclose(found.values[:, 0, 0], expected[:, 3, 4], rtol=1e-3, atol=1e-3)


def test_a_stored_jacobian_is_a_fresh_one_up_to_float16(here: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Oracle: `models.jacobian`, at corners, borders and inside; the network is untrained."""
    model = models.create_model("deepfuse", pretrained=False)
    monkeypatch.setattr(compute, "prepared_model", lambda method_id, device: model)
    monkeypatch.setattr(compute, "method_digest", lambda method_id: "f" * 64)
    case = make_case(shape=(15, 30))
    here.write(build.compute_entry(case, "deepfuse", "cpu", whole_jacobian=True, spool=here.spool()))
    assert [path.name for path in here.path.iterdir() if path.is_file()] == []
    for pixel in ((0, 0), (0, 29), (14, 0), (14, 29), (7, 13), (3, 28)):
        fresh = models.jacobian(model, case.sources, pixel)
        found = here.entry_jacobian("alpha", "deepfuse", pixel, case.digest, "f" * 64)
        assert found is not None
        assert found.origin == fresh.origin
        scale = float(np.abs(fresh.values).max())
        np.testing.assert_allclose(found.values, fresh.values, rtol=2**-10, atol=max(2e-3 * scale, 2**-24))


def test_a_cancelled_entry_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(models.Cancelled):
        build.compute_entry(make_case(), "weighted_averaging", "cpu", cancelled=lambda: True)


def test_a_whole_jacobian_needs_a_window(monkeypatch: pytest.MonkeyPatch) -> None:
    field = models.ReceptiveField(None)
    monkeypatch.setattr(models, "receptive_field", lambda model, count: field)
    with pytest.raises(ValueError, match="has no window"):
        build.compute_entry(make_case(), "weighted_averaging", "cpu", whole_jacobian=True)
