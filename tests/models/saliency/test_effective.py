"""The effective receptive field against autograd and against radii that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models import PixelError, effective_field, inner_pixels, mass_radius
from tests.models.methods import autograd_row, random_method, scene


class Mean(nn.Module):
    """A 3×3 mean of the first source, the second source untouched: a field that is known."""

    def __init__(self) -> None:
        super().__init__()
        self.blur = nn.Conv2d(1, 1, 3, padding=1, bias=False)
        nn.init.constant_(self.blur.weight, -1 / 9)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return self.blur(x1) + 2 * x2


class Global(nn.Module):
    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return x1 + x2.mean(dim=(2, 3), keepdim=True)


@pytest.mark.parametrize("method", ["deepfuse", "funfusean", "weighted_averaging"])
def test_is_the_mean_of_absolute_autograd_rows(method: str) -> None:
    sources, model = scene(36, 40), random_method(method)
    radius = 0 if method == "weighted_averaging" else 12 if method == "deepfuse" else 11
    pixels = inner_pixels((36, 40), radius, 5, seed=3)
    rows = []
    for y, x in pixels:
        whole = np.abs(autograd_row(model, sources, (y, x)))
        rows.append(whole[:, y - radius : y + radius + 1, x - radius : x + radius + 1])
    found = effective_field(model, sources, pixels)
    assert found.shape == (2, 2 * radius + 1, 2 * radius + 1)
    np.testing.assert_allclose(found, np.mean(rows, axis=0), rtol=1e-9, atol=1e-14)


def test_a_field_that_is_known() -> None:
    found = effective_field(Mean().eval(), np.zeros((2, 9, 9), np.float32), [(4, 4), (1, 7)])
    np.testing.assert_allclose(found[0], np.full((3, 3), 1 / 9), rtol=1e-6)
    np.testing.assert_allclose(found[1], [[0, 0, 0], [0, 2, 0], [0, 0, 0]])
    assert mass_radius(found[1], 0.9) == 0
    # nine equal pixels: the middle and its four neighbours hold five ninths
    assert mass_radius(found[0], 1 / 9) == 0
    assert mass_radius(found[0], 5 / 9 - 1e-6) == 1
    assert mass_radius(found[0], 0.9) == pytest.approx(np.sqrt(2))


def test_the_radius_of_a_disc() -> None:
    offset = np.arange(101) - 50
    distance = np.hypot(offset[:, None], offset)
    disc = (distance <= 40).astype(float)
    for share in (0.25, 0.5, 0.9):
        assert mass_radius(disc, share) == pytest.approx(40 * np.sqrt(share), abs=0.6)
    assert mass_radius(np.stack([disc, disc]), 0.5) == mass_radius(disc, 0.5)
    assert mass_radius(disc, 1) == 40
    assert np.isnan(mass_radius(np.zeros((3, 3)), 0.5))


def test_inner_pixels_keep_their_windows_inside() -> None:
    pixels = np.array(inner_pixels((30, 50), 12, 400))
    assert pixels.min(axis=0).tolist() == [12, 12]
    assert pixels.max(axis=0).tolist() == [17, 37]
    assert inner_pixels((30, 50), 12, 5) == inner_pixels((30, 50), 12, 5)
    with pytest.raises(ValueError, match="too small; expected at least 25"):
        inner_pixels((24, 50), 12, 1)


def test_bad_input_is_refused() -> None:
    model, sources = random_method("deepfuse"), scene(30, 30)
    with pytest.raises(ValueError, match="leaves the image"):
        effective_field(model, sources, [(11, 15)])
    with pytest.raises(PixelError):
        effective_field(model, sources, [(40, 15)])
    with pytest.raises(ValueError, match="no pixel"):
        effective_field(model, sources, [])
    with pytest.raises(ValueError, match="no window"):
        effective_field(Global().eval(), sources, [(4, 4)])
    for share in (0, 1.1):
        with pytest.raises(ValueError, match="share"):
            mass_radius(np.ones((3, 3)), share)
    with pytest.raises(ValueError, match="expected"):
        mass_radius(np.ones((3, 4)), 0.5)


def test_on_the_devices_own_type() -> None:
    model = Mean().eval().to(torch.float32)
    assert effective_field(model, np.zeros((2, 5, 5), np.float32), [(2, 2)]).dtype == np.float64
