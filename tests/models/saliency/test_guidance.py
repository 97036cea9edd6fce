"""Guidance against the brute-force diagonal, for every method and every path."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from models import Cancelled, guidance, jacobian, receptive_field, whole_jacobian
from models.saliency.guidance import shared_windows
from tests.models.methods import METHODS, autograd_row, lively, random_method, scene
from tests.models.saliency.test_jacobian import OTHERS


def diagonal(model: nn.Module, sources: np.ndarray) -> np.ndarray:
    """The oracle: one whole-image backward pass per pixel."""
    result = np.zeros(sources.shape)
    for y, x in np.ndindex(*sources.shape[1:]):
        result[:, y, x] = autograd_row(model, sources, (y, x))[:, y, x]
    return result


@pytest.mark.parametrize("method", METHODS)
def test_equals_the_brute_force_diagonal(method: str) -> None:
    model, sources = random_method(method), scene(11, 14)
    np.testing.assert_allclose(guidance(model, sources), diagonal(model, sources), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("name", OTHERS)
def test_every_path_gives_the_diagonal(name: str) -> None:
    torch.manual_seed(11)
    model, sources = lively(OTHERS[name][0]()), scene(12, 14)
    np.testing.assert_allclose(guidance(model, sources), diagonal(model, sources), rtol=1e-9, atol=1e-14)


def test_tiles_and_shared_background_change_nothing() -> None:
    """An image of several tiles, mostly background: spot checks against single Jacobians."""
    model = random_method("deepfuse")
    sources = np.zeros((2, 90, 140))
    sources[:, 50:75, 40:90] = np.random.default_rng(2).random((2, 25, 50))
    sources[1, 80:, 120:] = 0.25
    found = guidance(model, sources)
    for y, x in [(0, 0), (0, 70), (20, 20), (45, 63), (64, 64), (63, 31), (89, 139), (85, 130), (70, 105)]:
        row = jacobian(model, sources, (y, x))
        expected = row.values[:, y - row.origin[0], x - row.origin[1]]
        np.testing.assert_allclose(found[:, y, x], expected, rtol=1e-9, atol=1e-14)


def test_shared_windows_hold_the_same_values() -> None:
    sources = scene(40, 50)
    radius = 4
    representative = shared_windows(sources, radius)
    assert len(np.unique(representative)) < representative.size - 50
    padded = np.pad(sources, ((0, 0), (radius, radius), (radius, radius)), constant_values=np.nan)
    windows = np.lib.stride_tricks.sliding_window_view(padded, (2 * radius + 1,) * 2, (1, 2))
    flat = windows.transpose(1, 2, 0, 3, 4).reshape(representative.size, -1)
    np.testing.assert_array_equal(flat, flat[representative])


def test_progress_ends_at_the_total_and_cancelling_stops() -> None:
    model, sources = random_method("deepfuse"), scene(30, 70)
    seen: list[tuple[int, int]] = []
    guidance(model, sources, lambda done, total: seen.append((done, total)))
    assert len(seen) > 3
    assert [done for done, _ in seen] == sorted({done for done, _ in seen})
    assert seen[-1][0] == seen[-1][1]
    calls = 0

    def stop() -> bool:
        nonlocal calls
        calls += 1
        return calls == 2

    with pytest.raises(Cancelled):
        guidance(model, sources, cancelled=stop)
    assert calls == 2


@pytest.mark.parametrize("method", ["funfusean", "weighted_averaging"])
def test_whole_jacobian_rows_are_the_pixels_jacobians(method: str) -> None:
    model, sources = random_method(method), scene(9, 11)
    radius = receptive_field(model).radius
    assert radius is not None
    seen = set()
    for pixels, rows in whole_jacobian(model, sources):
        for (y, x), row in zip(pixels, rows, strict=True):
            padded = np.pad(row, ((0, 0), (0, 20), (0, 20)))
            top, left = max(radius - y, 0), max(radius - x, 0)
            found = jacobian(model, sources, (int(y), int(x)))
            h, w = found.values.shape[1:]
            np.testing.assert_allclose(
                padded[:, top : top + h, left : left + w], found.values, rtol=1e-9, atol=1e-14
            )
            assert np.abs(row).sum() == pytest.approx(np.abs(found.values).sum())
            seen.add((int(y), int(x)))
    assert len(seen) == 99
