"""What many ask of the service at once: a slow network keeps nobody else waiting, and runs once per image."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from flask import Flask
from flask_caching import Cache

import models
from dashboard.api.routes import create_api
from dashboard.service.assembly import cache_settings
from dashboard.service.jacobians import JacobianService
from dashboard.service.summed import Derived
from models.saliency.engine.whole_image import LIMIT_BYTES
from precompute.store.store import Store
from tests.dashboard.small_service import small_case

SECONDS = 30  # far more than any of this takes; a test that would hang fails instead
Ask = Callable[[str], Any]


class SlowNetwork:
    """In place of `models.fuse` or `models.summed_gradient`: blocks on the sources of one case study."""

    def __init__(self, slow: np.ndarray, answer: np.ndarray) -> None:
        self._slow, self._answer = slow, answer
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.calls = 0

    def __call__(self, model: Any, sources: np.ndarray) -> np.ndarray:
        if sources is self._slow:
            self.calls += 1
            self.begun.set()
            if not self.go_on.wait(SECONDS):
                raise TimeoutError("nobody else was answered meanwhile")
        return self._answer


@pytest.fixture
def service(tmp_path: Path) -> JacobianService:
    cases = {name: small_case(name) for name in ("slow", "fast")}
    cache = Cache(Flask("cache"), config=cache_settings("simple"))
    return JacobianService(cases, Store(tmp_path / "store"), "cpu", cache)


@pytest.fixture(params=["fuse", "summed_gradient"])
def asked(
    request: pytest.FixtureRequest, service: JacobianService, monkeypatch: pytest.MonkeyPatch
) -> tuple[Ask, SlowNetwork]:
    """Asks for the answer of a case study, and the network that gives it."""
    sources = service.case("slow").sources
    fused = request.param == "fuse"
    network = SlowNetwork(sources, np.ones(sources.shape[1:] if fused else sources.shape, np.float32))
    monkeypatch.setattr(models, request.param, network)
    answer = service.fused if fused else Derived(service).summed_gradient
    return lambda case: answer(case, "weighted_averaging"), network


def test_another_image_is_answered_while_one_is_computed(asked: tuple[Ask, SlowNetwork]) -> None:
    ask, network = asked
    with ThreadPoolExecutor(2) as pool:
        waiting = pool.submit(ask, "slow")
        assert network.begun.wait(SECONDS)
        try:
            assert pool.submit(ask, "fast").result(SECONDS / 6) is not None
            assert not waiting.done()
        finally:
            network.go_on.set()
        assert waiting.result(SECONDS) is not None


def test_an_image_is_computed_once_for_many(asked: tuple[Ask, SlowNetwork]) -> None:
    ask, network = asked
    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(ask, "slow") for _ in range(8)]
        assert network.begun.wait(SECONDS)
        threading.Event().wait(0.2)  # so that the others have come, too
        network.go_on.set()
        found = [each.result(SECONDS) for each in waiting]
    assert network.calls == 1
    assert all(each is found[0] for each in found)


def test_the_bytes_of_all_that_is_kept_are_told(service: JacobianService) -> None:
    names = {"entries", "fused", "graphs", "summed", "slopes", "cache"}
    before = service.memory()
    assert before.keys() == names
    assert before.pop("graphs")["limit"] == LIMIT_BYTES  # those of the whole process, of other tests too
    assert all((told["bytes"], told["kept"]) == (0, 0) for told in before.values())
    pixels = 4 * 12 * 20  # float32
    service.fused("fast", "weighted_averaging")
    Derived(service).summed_gradient("fast", "weighted_averaging")
    service.jacobian("fast", "weighted_averaging", (1, 2))
    service.guidance("slow", "weighted_averaging", wait=True)
    told = service.memory()
    assert told["fused"] == {"bytes": pixels, "limit": None, "kept": 1}
    assert told["summed"] == {"bytes": 2 * pixels, "limit": None, "kept": 1}
    assert told["entries"] == {"bytes": 5 * pixels, "limit": None, "kept": 1}
    assert told["cache"]["kept"] == 1
    assert (told["cache"]["bytes"] or 0) > 8  # two derivatives, float32
    assert told["slopes"]["limit"] == 600_000_000


def test_health_tells_the_memory(service: JacobianService) -> None:
    server = Flask("test")
    server.register_blueprint(create_api(service))
    server.extensions["cache"] = service._cache.app.extensions["cache"]  # type: ignore[union-attr]
    assert server.test_client().get("/health").get_json()["memory"] == service.memory()


def test_a_cache_outside_of_this_process_takes_no_memory(tmp_path: Path) -> None:
    cache = Cache(Flask("cache"), config=cache_settings(f"filesystem:{tmp_path / 'cache'}"))
    cases = {"fast": small_case("fast")}
    for outside in (cache, None):
        service = JacobianService(cases, Store(tmp_path / "store"), "cpu", outside)
        service.jacobian("fast", "weighted_averaging", (1, 2))
        assert service.memory()["cache"] == {"bytes": 0, "limit": None, "kept": 0}
