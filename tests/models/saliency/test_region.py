"""Summed and region gradients against sums of single Jacobians, and against the forward difference."""

from __future__ import annotations

import numpy as np
import pytest

from models import fuse, jacobians, region_gradient, summed_gradient
from tests.models.methods import METHODS, embed, random_method, scene


@pytest.mark.parametrize("method", METHODS)
def test_region_gradient_is_the_sum_of_its_pixels_jacobians(method: str) -> None:
    model, sources = random_method(method), scene(20, 22)
    mask = np.zeros((20, 22), bool)
    mask[8:12, 9:20] = True
    pixels = [(int(y), int(x)) for y, x in np.argwhere(mask)]
    total = sum(embed(found.values, found.origin, (20, 22)) for found in jacobians(model, sources, pixels))
    np.testing.assert_allclose(region_gradient(model, sources, mask), total, rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("method", ["funfusean", "masknet", "weighted_averaging"])
def test_summed_gradient_predicts_a_small_change(method: str) -> None:
    model, sources = random_method(method), scene(20, 22) * 0.8 + 0.1
    direction = np.random.default_rng(4).standard_normal(sources.shape)
    step = 1e-7  # smaller than the distance to the next kink of a leaky ReLU
    change = (fuse(model, sources + step * direction) - fuse(model, sources - step * direction)).sum() / (
        2 * step
    )
    assert (summed_gradient(model, sources) * direction).sum() == pytest.approx(change, rel=1e-4)


@pytest.mark.parametrize(
    "mask", [np.zeros((20, 22), bool), np.ones((20, 21), bool), np.ones((20, 22), np.uint8)]
)
def test_a_bad_region_is_refused(mask: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"expected a non-empty boolean mask \(20, 22\)"):
        region_gradient(random_method("weighted_averaging"), scene(20, 22), mask)
