"""A network linearised on an image against whole-image autograd in float64, for every method."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
from torch import nn

from models import Linearised, PixelError, fuse, jacobian, linearise
from models.saliency import linearised
from tests.models.methods import METHODS, autograd_row, embed, lively, random_method, scene
from tests.models.saliency.test_jacobian import BORDERS, CORNERS, INSIDE, SHAPE, Branching, Odd


def linear(model: nn.Module, sources: np.ndarray) -> Linearised:
    found = linearise(model, sources)
    assert found is not None
    return found


def assert_exact(model: nn.Module) -> None:
    sources = scene(*SHAPE)
    found = linear(model, sources)
    np.testing.assert_allclose(found.fused, fuse(model, sources), rtol=1e-9, atol=1e-14)
    pixels = CORNERS + BORDERS + INSIDE
    for pixel, batched in zip(pixels, found.jacobians(pixels), strict=True):
        whole = autograd_row(model, sources, pixel)
        alone = jacobian(model, sources, pixel)
        assert (batched.origin, batched.pixel) == (alone.origin, pixel)
        assert batched.fused == pytest.approx(alone.fused, rel=1e-10)
        for one in (batched, *found.jacobians([pixel])):
            difference = np.abs(embed(one.values, one.origin, SHAPE) - whole).max()
            assert difference <= 1e-10 * np.abs(whole).max(), (pixel, difference)


@pytest.mark.parametrize("method", METHODS)
def test_equals_whole_image_autograd(method: str) -> None:
    assert_exact(random_method(method))


def test_every_kind_of_node() -> None:
    assert_exact(lively(Odd()))


def test_float32_in_float32() -> None:
    sources = scene(*SHAPE).astype(np.float32)
    found = linear(deepcopy(random_method("masknet")).float(), sources).jacobians([(20, 40)])[0]
    whole = autograd_row(random_method("masknet"), sources, (20, 40))
    assert found.values.dtype == np.float32
    assert np.abs(embed(found.values, found.origin, SHAPE) - whole).max() <= 2e-5 * np.abs(whole).max()


def test_none_without_cones_or_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    sources = scene(*SHAPE)
    assert linearise(lively(Branching()), sources) is None
    deepfuse = random_method("deepfuse")
    # 2 × 16 of the first layer, 2 × 32 of the second and the sum, 32 + 16 + 1 behind it
    monkeypatch.setattr(linearised, "_LARGEST", 145 * sources[0].size)
    assert linearise(deepfuse, sources) is not None
    monkeypatch.setattr(linearised, "_LARGEST", 145 * sources[0].size - 1)
    assert linearise(deepfuse, sources) is None


def test_bad_input_is_refused() -> None:
    with pytest.raises(ValueError, match="training mode"):
        linearise(deepcopy(random_method("masknet")).train(), scene(*SHAPE))
    with pytest.raises(ValueError, match="expected a floating numpy array"):
        linearise(random_method("masknet"), np.zeros((4, 4)))
    with pytest.raises(PixelError, match="expected y: 0…44, x: 0…51"):
        linear(random_method("masknet"), scene(*SHAPE)).jacobians([(45, 0)])
