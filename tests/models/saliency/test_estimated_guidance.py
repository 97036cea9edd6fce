"""Estimates state their error: against exact derivatives, and against what they would be exact for."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

import models
from models import Cancelled, estimate_guidance, estimate_neighbourhoods, guidance, row_sums
from models.saliency.engine.whole_image import whole_image, whole_image_memory
from tests.models.methods import METHODS, autograd_row, random_method, scene


class Wide(nn.Module):
    """Sees the whole image: a local part, a blurred one that fades with the distance, and the mean."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(2)
        self.near = nn.Conv2d(2, 4, 3, padding=1)
        self.last = nn.Conv2d(4, 1, 3, padding=1)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        both = torch.cat((x1, x2), 1)
        far = F.interpolate(F.avg_pool2d(both, 4), both.shape[-2:], mode="bilinear", align_corners=True)
        near = torch.tanh(self.near(both + 0.3 * far))
        return torch.sigmoid(self.last(near) + 0.2 * both.mean((1, 2, 3), keepdim=True))


SOURCES = scene(32, 36)


@pytest.fixture(scope="module")
def wide() -> nn.Module:
    return Wide().double().eval()


def test_the_stated_error_is_the_true_one_and_falls_with_the_stride(wide: nn.Module) -> None:
    exact = guidance(wide, SOURCES)
    inside = (SOURCES > 0).any(0)
    stated = []
    for stride in (4, 8, 16):
        found = estimate_guidance(wide, SOURCES, stride)
        error = (found.values - exact)[:, inside]
        true = np.sqrt((error**2).mean() / (exact[:, inside] ** 2).mean())
        assert 0.5 * true < found.rms < 2 * true
        assert found.largest <= np.abs(found.values - exact).max() / np.abs(exact[:, inside]).max() * 3
        assert (found.passes, found.stride) == (stride**2, stride)
        stated.append(found.rms)
    assert stated[0] > stated[1] > stated[2] > 0


@pytest.mark.parametrize("method", ["masknet", "weighted_averaging"])
def test_a_window_narrower_than_the_stride_is_exact(method: str) -> None:
    model = random_method(method)
    found = estimate_guidance(model, SOURCES, 9)
    np.testing.assert_allclose(found.values, guidance(model, SOURCES), rtol=1e-9, atol=1e-13)
    assert max(found.rms, found.largest) < 1e-12


def test_the_same_seed_gives_the_same_numbers(wide: nn.Module) -> None:
    first, again, other = (estimate_guidance(wide, SOURCES, 4, seed=seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.values, again.values)
    assert first.rms == again.rms
    assert np.abs(first.values - other.values).max() > 0


def test_neighbourhoods_are_near_the_rows_and_state_how_near(wide: nn.Module) -> None:
    found = estimate_neighbourhoods(wide, SOURCES, 16, 4)
    assert found.values.shape == (32, 36, 2, 9, 9)
    squares, sizes = 0.0, 0.0
    for pixel in [(0, 0), (31, 35), (16, 16), (20, 7), (9, 30), (12, 21), (25, 18)]:
        window, (y0, x0) = found.window(pixel)
        whole = autograd_row(wide, SOURCES, pixel)
        part = whole[:, y0 : y0 + window.shape[1], x0 : x0 + window.shape[2]]
        squares, sizes = squares + ((window - part) ** 2).sum(), sizes + (part**2).sum()
    assert np.sqrt(squares / sizes) < 4 * found.rms
    assert 0 < found.rms < 0.2
    with pytest.raises(models.PixelError):
        found.window((32, 0))


@pytest.mark.parametrize("method", METHODS)
def test_row_sums_are_those_of_the_rows(method: str) -> None:
    model, sources = random_method(method), scene(20, 23)
    found = row_sums(model, sources)
    for pixel in [(0, 0), (19, 22), (10, 11)]:
        whole = autograd_row(model, sources, pixel).sum((1, 2))
        np.testing.assert_allclose(found[(slice(None), *pixel)], whole, rtol=1e-8, atol=1e-12)


def test_row_sums_of_a_whole_image_method(wide: nn.Module) -> None:
    found = row_sums(wide, SOURCES)
    whole = autograd_row(wide, SOURCES, (7, 30)).sum((1, 2))
    np.testing.assert_allclose(found[:, 7, 30], whole, rtol=1e-8)


def test_nonsense_is_refused_and_an_estimate_can_be_stopped(wide: nn.Module) -> None:
    with pytest.raises(ValueError, match="stride is 1; expected at least 2"):
        estimate_guidance(wide, SOURCES, 1)
    with pytest.raises(ValueError, match="radius is 9 at a stride of 16; expected 0 to 8"):
        estimate_neighbourhoods(wide, SOURCES, 16, 9)
    seen: list[tuple[int, int]] = []
    with pytest.raises(Cancelled):
        estimate_guidance(
            wide, SOURCES, 8, progress=lambda *at: seen.append(at), cancelled=lambda: len(seen) > 4
        )
    assert seen[0] == (1, 128)


def test_the_graph_of_an_image_is_kept_and_costs_no_second_forward_pass() -> None:
    class Counted(Wide):
        passes = 0

        def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
            Counted.passes += 1
            return super().forward(x1, x2)

    model = Counted().double().eval()
    models.jacobian(model, SOURCES, (3, 4))
    before = Counted.passes
    found = models.jacobian(model, SOURCES, (9, 9))
    assert Counted.passes == before
    np.testing.assert_allclose(found.values, autograd_row(model, SOURCES, (9, 9)), rtol=1e-10, atol=1e-14)
    graph = whole_image(model, SOURCES)
    assert 0 < graph.nbytes <= (whole_image_memory()["bytes"] or 0)
    assert not any(parameter.grad is not None for parameter in model.parameters())
    with torch.no_grad():
        model.last.weight.mul_(2)
    changed = models.jacobian(model, SOURCES, (9, 9))
    np.testing.assert_allclose(changed.values, autograd_row(model, SOURCES, (9, 9)), rtol=1e-10, atol=1e-14)
    kept = whole_image_memory()["kept"]
    del model, graph
    assert (whole_image_memory()["kept"] or 0) < (kept or 0)
