"""Columns of the Jacobian, predictions and what-if, against whole-image autograd in float64."""

from __future__ import annotations

from copy import deepcopy
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models import PixelError, fuse, linearise, receptive_field
from models.saliency.influence import Influence, influence, response
from models.saliency.linearised import Linearised
from models.saliency.whatif import painted, shifted, what_if
from tests.models.methods import METHODS, autograd_row, embed, lively, random_method, scene
from tests.models.saliency.test_jacobian import Odd

SHAPE = (45, 52)
# Fused pixels at corners, at a border and inside; rows of the Jacobian are the oracle there.
FUSED = [(0, 0), (44, 51), (0, 30), (22, 26)]
STEPS = [(0, 0), (0, 3), (5, 2), (-4, -1), (8, -8)]


class Normalised(nn.Module):
    """Every fused pixel depends on every source pixel: there is no window."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        mean = x1.mean((2, 3), keepdim=True)
        return torch.tanh((x1 - mean) * x2) + 0.1 * mean**2


class Deaf(nn.Module):
    """The second source is not looked at."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return x1**2


@lru_cache
def rows(method: str) -> dict[tuple[int, int], np.ndarray]:
    return {pixel: autograd_row(random_method(method), scene(*SHAPE), pixel) for pixel in FUSED}


def image_of(found: Influence) -> np.ndarray:
    return embed(found.values, found.origin, SHAPE)


def neighbours(pixel: tuple[int, int]) -> list[tuple[int, int]]:
    places = [(pixel[0] + dy, pixel[1] + dx) for dy, dx in STEPS]
    return [(y, x) for y, x in places if 0 <= y < SHAPE[0] and 0 <= x < SHAPE[1]]


@lru_cache
def linear(method: str) -> Linearised:
    found = linearise(random_method(method), scene(*SHAPE))
    assert found is not None
    return found


def assert_columns(
    model: nn.Module, known: Linearised | None, expected: dict[tuple[int, int], np.ndarray]
) -> None:
    """Both engines, the slower one at one source pixel a row."""
    sources = scene(*SHAPE)
    for fused, row in expected.items():
        bound = 1e-10 * np.abs(row).max()
        places = [(each, known) for each in neighbours(fused) if known] + [(neighbours(fused)[-1], None)]
        for (y, x), engine in places:
            found = image_of(influence(model, sources, (y, x), engine))[:, fused[0], fused[1]]
            assert np.abs(found - row[:, y, x]).max() <= bound, (fused, (y, x), engine)


@pytest.mark.parametrize("method", METHODS)
def test_column_equals_row(method: str) -> None:
    assert_columns(random_method(method), linear(method), rows(method))


def test_every_kind_of_node() -> None:
    model = lively(Odd())
    expected = {pixel: autograd_row(model, scene(*SHAPE), pixel) for pixel in FUSED}
    known = linearise(model, scene(*SHAPE))
    assert known is not None
    assert_columns(model, known, expected)


def test_without_a_window_it_is_the_whole_image() -> None:
    model = Normalised().double().eval()
    assert receptive_field(model).radius is None
    expected = {pixel: autograd_row(model, scene(*SHAPE), pixel) for pixel in FUSED}
    assert linearise(model, scene(*SHAPE)) is None
    assert_columns(model, None, expected)
    assert influence(model, scene(*SHAPE), (3, 4)).values.shape == (2, *SHAPE)


def test_a_source_that_is_not_looked_at_has_no_influence() -> None:
    sources = scene(*SHAPE)
    found = image_of(influence(Deaf().double().eval(), sources, (30, 40)))
    assert found[0, 30, 40] == pytest.approx(2 * sources[0, 30, 40])
    assert np.count_nonzero(found) == 1


@pytest.mark.parametrize("method", METHODS)
def test_both_engines_agree_and_reach_the_rim(method: str) -> None:
    model, sources = random_method(method), scene(*SHAPE)
    radius = receptive_field(model).radius
    assert radius is not None
    for y, x in [(0, 51), (30, 40)]:
        one, other = (image_of(influence(model, sources, (y, x), known)) for known in (None, linear(method)))
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12 * np.abs(one).max())
        inside = np.zeros(SHAPE, bool)
        inside[max(y - radius, 0) : y + radius + 1, max(x - radius, 0) : x + radius + 1] = True
        assert (one[:, ~inside] == 0).all()
        assert np.abs(one[:, max(y - radius, 0), x]).max() > 0


@pytest.mark.parametrize("method", METHODS)
def test_a_prediction_is_the_rows_times_the_change(method: str) -> None:
    model, sources = random_method(method), scene(*SHAPE)
    changes = np.zeros_like(sources)
    changes[:, 15:30, 0:33] = np.random.default_rng(4).normal(size=(2, 15, 33))
    for known in (None, linear(method)):
        found = response(model, sources, changes, known)
        predicted = embed(found.values[None], found.origin, SHAPE)[0]
        for pixel, row in rows(method).items():
            scale = np.abs(row).sum()
            assert predicted[pixel] == pytest.approx((row * changes).sum(), abs=1e-11 * scale)


@pytest.mark.parametrize("method", [*METHODS, "normalised"])
def test_the_measured_slope_tends_to_the_jacobian(method: str) -> None:
    """Its distance from the prediction falls as δ does, from where no rectifier changes sides any more."""
    model = Normalised().double().eval() if method == "normalised" else random_method(method)
    sources = scene(*SHAPE)
    mask = np.zeros(SHAPE, bool)
    mask[20:23, 24:28] = True
    known = None if method == "normalised" else linear(method)
    errors, rounding = [], []
    for levels in (2.55, 0.255, 0.0255, 0.00255, 0.000255):
        found = what_if(model, sources, 0, mask, shifted(sources[0], mask, levels), known)
        errors.append(np.abs(found.actual - found.predicted).max() / np.abs(found.predicted).max())
        rounding.append(1e-10 / levels)
    if method == "weighted_averaging_fixed":  # its gradient is not that of its value
        assert errors[-1] > 0.1
        return
    for (former, error), noise in zip(pairwise(errors), rounding[1:], strict=True):
        assert error <= 0.8 * former + noise, errors
    assert errors[-1] <= 0.15 * errors[-2] + rounding[-1], errors
    assert errors[-1] <= 1e-3 * errors[0] + rounding[-1], errors


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("corner", [(0, 22), (38, 47), (20, 20)])
def test_before_and_after_are_those_of_the_whole_image(method: str, corner: tuple[int, int]) -> None:
    model, sources = random_method(method), scene(*SHAPE, seed=2)
    mask = np.zeros(SHAPE, bool)
    mask[corner[0] : corner[0] + 7, corner[1] : corner[1] + 5] = True
    other = sources.copy()
    other[1] = painted(sources[1], mask)
    found = what_if(model, sources, 1, mask, other[1])
    before, after = fuse(model, sources), fuse(model, other)
    whole = embed(found.actual[None], found.origin, SHAPE)[0]
    np.testing.assert_allclose(whole, after - before, rtol=0, atol=1e-12)
    y, x = found.origin
    here = (slice(y, y + found.after.shape[0]), slice(x, x + found.after.shape[1]))
    np.testing.assert_allclose(found.after, after[here], rtol=0, atol=1e-12)
    np.testing.assert_array_equal(found.source, other[1][here])
    np.testing.assert_allclose(embed(found.change[None], found.origin, SHAPE)[0], other[1] - sources[1])


def test_no_change_changes_nothing() -> None:
    sources = scene(*SHAPE)
    mask = np.zeros(SHAPE, bool)
    mask[30:32, 40] = True
    found = what_if(random_method("masknet"), sources, 0, mask, shifted(sources[0], mask, 0))
    assert not found.change.any()
    assert not found.predicted.any()
    assert not found.actual.any()


def test_a_shift_is_in_grey_levels_and_stays_in_range() -> None:
    source = np.array([[0.0, 0.5, 1.0]])
    mask = np.array([[True, True, False]])
    np.testing.assert_allclose(shifted(source, mask, 51), [[0.2, 0.7, 1.0]])
    np.testing.assert_allclose(shifted(source, mask, -153), [[0.0, 0.0, 1.0]])
    assert (source == [[0.0, 0.5, 1.0]]).all()


def test_painting_takes_the_mean_of_the_ring() -> None:
    source = np.random.default_rng(6).random((20, 30))
    mask = np.zeros((20, 30), bool)
    mask[0:4, 10:15] = True
    ring = np.zeros((20, 30), bool)
    ring[0:7, 7:18] = True
    found = painted(source, mask)
    assert found[mask] == pytest.approx(source[ring & ~mask].mean())
    assert (found[~mask] == source[~mask]).all()


def test_float32_in_float32() -> None:
    model = deepcopy(random_method("deepfuse")).float()
    sources = scene(*SHAPE).astype(np.float32)
    expected = influence(
        random_method("deepfuse"), sources.astype(float), (22, 26), linear("deepfuse")
    ).values
    for known in (None, linearise(model, sources)):
        found = influence(model, sources, (22, 26), known)
        assert found.values.dtype == np.float32
        assert np.abs(found.values - expected).max() <= 2e-5 * np.abs(expected).max()


def nothing(sources: np.ndarray) -> dict[str, Any]:
    empty, full = np.zeros(SHAPE, bool), np.ones(SHAPE, bool)
    full_but_one = full.copy()
    full_but_one[3, 3] = False
    model = random_method("weighted_averaging")
    return {
        "outside the image": lambda: influence(model, sources, (45, 0)),
        "no source 2": lambda: what_if(model, sources, 2, full, sources[0]),
        "Nothing changes": lambda: response(model, sources, 0 * sources),
        "finite values": lambda: what_if(model, sources, 0, full, np.full(SHAPE, np.nan)),
        "outside the region": lambda: what_if(model, sources, 0, ~full_but_one, sources[0] + 1),
        "shape": lambda: response(model, sources, sources[0]),
        "0 pixels": lambda: shifted(sources[0], empty, 3),
        "256": lambda: shifted(sources[0], full, 256),
        "whole image": lambda: painted(sources[0], full),
    }


@pytest.mark.parametrize("named", nothing(scene(*SHAPE)))
def test_nonsense_is_refused_with_a_sentence(named: str) -> None:
    with pytest.raises((ValueError, PixelError), match=named):
        nothing(scene(*SHAPE))[named]()
