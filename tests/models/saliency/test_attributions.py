"""Attributions: what all kinds have in common, and each against a closed form or whole-image autograd."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import models
from models.saliency.attributions.baselines import BASELINES
from tests.models.methods import METHODS, autograd_row, random_method

KINDS = [(kind.id, baseline) for kind in models.list_attributions() for baseline in (kind.baselines or ("",))]
SOURCES = np.random.default_rng(5).random((2, 40, 44))
PIXELS = ((0, 43), (17, 20))


class Linear(nn.Module):
    """A blurred difference: for a linear network gradient × input adds up exactly."""

    def forward(self, x1, x2):
        return torch.nn.functional.avg_pool2d(0.7 * x1 - 0.2 * x2, 3, 1, 1) + 0.1


@pytest.mark.parametrize(("kind", "baseline"), KINDS)
@pytest.mark.parametrize("method", METHODS)
def test_every_kind_of_every_method(method: str, kind: str, baseline: str) -> None:
    model = random_method(method)
    for pixel in PIXELS:
        row = models.jacobian(model, SOURCES, pixel)
        found = models.attribute(model, SOURCES, pixel, kind, baseline)
        assert found.origin == row.origin
        assert found.values.shape == row.values.shape
        assert found.values.dtype == row.values.dtype
        assert found.value == pytest.approx(row.fused, abs=1e-12)
        if baseline:
            empty = BASELINES[baseline](SOURCES)
            assert found.baseline_value == pytest.approx(models.fuse(model, empty)[pixel], abs=1e-12)
            missing = found.values.sum() - (found.value - found.baseline_value)
            assert found.error == pytest.approx(abs(missing), abs=1e-12)


@pytest.mark.parametrize("pixel", PIXELS)
def test_gradient_times_input_is_autograds_gradient_times_the_image(pixel: tuple[int, int]) -> None:
    model = random_method("masknet")
    found = models.attribute(model, SOURCES, pixel, "gradient_times_input", "mean")
    whole = autograd_row(model, SOURCES, pixel) * (SOURCES - SOURCES.mean((1, 2), keepdims=True))
    (y0, x0), (height, width) = found.origin, found.values.shape[1:]
    np.testing.assert_allclose(found.values, whole[:, y0 : y0 + height, x0 : x0 + width], atol=1e-12)


@pytest.mark.parametrize("baseline", ["black", "mean"])
def test_of_a_linear_network_it_adds_up(baseline: str) -> None:
    found = models.attribute(Linear().eval(), SOURCES, (3, 3), "gradient_times_input", baseline)
    assert found.error == pytest.approx(0, abs=1e-12)
    bent = models.attribute(random_method("deepfuse"), SOURCES, (17, 20), "gradient_times_input", baseline)
    assert bent.error > 1e-6


def test_what_does_not_exist_is_said() -> None:
    model = random_method("masknet")
    with pytest.raises(models.AttributionError, match="'nope'; expected one of: gradient") as raised:
        models.attribute(model, SOURCES, (3, 3), "nope")
    assert raised.value.valid == tuple(kind.id for kind in models.list_attributions())
    with pytest.raises(models.AttributionError, match="no baseline 'white'; expected black, mean"):
        models.attribute(model, SOURCES, (3, 3), "gradient_times_input", "white")
    with pytest.raises(models.PixelError):
        models.attribute(model, SOURCES, (40, 0))
