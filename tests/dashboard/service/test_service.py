"""The service: exact answers, one computation per key, caches, the store and the background."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask_caching import Cache

import models
from dashboard.service.assembly import cache_settings
from dashboard.service.background import Progress
from dashboard.service.cases import UnknownCaseError
from dashboard.service.jacobians import JacobianService
from dashboard.service.wire import pack_jacobian, unpack_jacobian
from precompute.cases.case_study import CaseStudy
from precompute.store.store import Store


def make_case(case_id: str, seed: int = 0) -> CaseStudy:
    """A random pair of 24×31 pixels."""
    sources = np.random.default_rng(seed).random((2, 24, 31)).astype(np.float32)
    low, high = sources.min((1, 2), keepdims=True), sources.max((1, 2), keepdims=True)
    return CaseStudy(
        id=case_id,
        title=case_id,
        description="noise",
        modalities=("A", "B"),
        sources=(sources - low) / (high - low),
        regions=(),
        provenance="random",
        synthetic=True,
    )


@pytest.fixture
def service(tmp_path: Path) -> JacobianService:
    cache = Cache(Flask("test"), config=cache_settings("simple"))
    cases = {name: make_case(name, seed) for seed, name in enumerate(("one", "two"))}
    return JacobianService(cases, Store(tmp_path / "store"), "cpu", cache)


def test_jacobian_is_that_of_the_engine(service: JacobianService) -> None:
    found = service.jacobian("two", "deepfuse", (3, 30))
    model = models.create_model("deepfuse")
    expected = models.jacobian(model, service.case("two").sources, (3, 30))
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-4, atol=1e-7)
    assert (found.origin, found.pixel) == (expected.origin, expected.pixel)
    assert found.fused == pytest.approx(float(service.fused("two", "deepfuse")[3, 30]), abs=1e-5)


def test_concurrent_requests_compute_each_pixel_once(
    service: JacobianService, monkeypatch: pytest.MonkeyPatch
) -> None:
    computed: list[tuple[int, int]] = []

    def counted(real: Any) -> Any:
        def count(*arguments: Any) -> list[models.Jacobian]:
            computed.extend(arguments[-1])
            time.sleep(0.02)
            return real(*arguments)

        return count

    # with the slopes of the image, or without them while they are computed
    monkeypatch.setattr(models.Linearised, "jacobians", counted(models.Linearised.jacobians))
    monkeypatch.setattr(models, "jacobians", counted(models.jacobians))
    pixels = [(i % 5, 2) for i in range(60)]
    with ThreadPoolExecutor(30) as pool:
        found = list(pool.map(lambda pixel: service.jacobian("one", "masknet", pixel), pixels))
    assert [jacobian.pixel for jacobian in found] == pixels
    assert sorted(computed) == [(i, 2) for i in range(5)]


def test_an_image_too_large_to_linearise_is_answered_all_the_same(
    service: JacobianService, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = service.jacobian("one", "masknet", (2, 3))
    monkeypatch.setattr(models, "linearise", lambda model, sources: None)
    service = JacobianService({"one": service.case("one")}, service._store, "cpu")
    found = service.jacobian("one", "masknet", (2, 3))
    np.testing.assert_allclose(found.values, expected.values, rtol=1e-3, atol=1e-6)


def test_what_does_not_exist_is_refused(service: JacobianService) -> None:
    with pytest.raises(UnknownCaseError, match="one, two"):
        service.jacobian("../x", "masknet", (0, 0))
    with pytest.raises(models.UnknownMethodError, match="masknet"):
        service.jacobian("one", "nope", (0, 0))
    with pytest.raises(models.PixelError, match="0…23"):
        service.jacobian("one", "masknet", (24, 0))


def test_guidance_is_computed_in_the_background_and_stored(service: JacobianService, tmp_path: Path) -> None:
    first = service.guidance("one", "deepfuse")
    assert isinstance(first, Progress)
    found = service.guidance("one", "deepfuse", wait=True)
    assert isinstance(found, np.ndarray)
    expected = models.guidance(models.create_model("deepfuse"), service.case("one").sources)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)
    again = JacobianService({"one": make_case("one")}, Store(tmp_path / "store"), "cpu")
    at_once = again.guidance("one", "deepfuse")
    assert isinstance(at_once, np.ndarray)
    np.testing.assert_array_equal(at_once, found)


def test_changed_sources_are_not_answered_from_the_store(service: JacobianService, tmp_path: Path) -> None:
    service.guidance("one", "weighted_averaging", wait=True)
    other = JacobianService({"one": make_case("one", seed=9)}, Store(tmp_path / "store"), "cpu")
    assert isinstance(other.guidance("one", "weighted_averaging"), Progress)


def test_missing_entries_of_other_methods_follow_in_the_background(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.service.jacobians._QUIET_SECONDS", 0.0)
    store = Store(tmp_path / "store")
    service = JacobianService({"one": make_case("one")}, store, "cpu", fill=True)
    service.guidance("one", "masknet", wait=True)
    wanted = {(("one", spec.id)) for spec in models.list_models()}
    deadline = time.monotonic() + 120
    while {(info.key.case, info.key.method) for info in store.entries()} != wanted:
        assert time.monotonic() < deadline, store.entries()
        time.sleep(0.05)


def test_wire_form_round_trips(service: JacobianService) -> None:
    found = service.jacobian("one", "funfusean", (0, 29))
    back = unpack_jacobian(pack_jacobian(found))
    np.testing.assert_array_equal(back.values, found.values)
    assert (back.origin, back.pixel) == (found.origin, found.pixel)
    with pytest.raises(ValueError, match="expected version 1"):
        unpack_jacobian(pack_jacobian(found)[:-4])
    with pytest.raises(ValueError, match="are no Jacobian"):
        unpack_jacobian(b"")


@pytest.fixture
def redis_url() -> Iterator[str]:
    server = shutil.which("redis-server")
    if server is None:
        pytest.skip("redis-server is not installed")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [server, "--port", str(port), "--save", "", "--bind", "127.0.0.1"], stdout=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait()


@pytest.mark.parametrize("kind", ["filesystem", "redis"])
def test_a_shared_cache_serves_another_process(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"filesystem:{tmp_path / 'cache'}" if kind == "filesystem" else request.getfixturevalue("redis_url")
    cases = {"one": make_case("one")}

    def fresh() -> JacobianService:
        cache = Cache(Flask("test"), config=cache_settings(url))
        return JacobianService(cases, Store(tmp_path / "store"), "cpu", cache)

    found = fresh().jacobian("one", "deepfuse", (5, 6))
    monkeypatch.setattr(models, "jacobians", lambda *_: pytest.fail("computed again"))
    np.testing.assert_array_equal(fresh().jacobian("one", "deepfuse", (5, 6)).values, found.values)
