"""The colour scales against their formulas, evaluated with a plain interpolation of the stops."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from plotly.colors import sample_colorscale, sequential, unlabel_rgb

from dashboard.shared import scales
from dashboard.shared.scales import (
    PUBLISHED,
    SIGNED,
    Range,
    Scale,
    gradient_range,
    gradient_scale,
    hidden_share,
)

GAMMAS = [0.1, 0.3, 0.5, 1.0, 1.6, 2.0]
EXTENT = Range(maximum=0.6, magnitude=0.9)


def colour_at(scale: Scale, value: float) -> np.ndarray:
    """The colour that a heatmap gives to a value: linear in RGB between stops, clamped."""
    places = [float(place) for place, _ in scale.stops]
    channels = np.array([unlabel_rgb(colour) for _, colour in scale.stops])
    share = np.clip((value - scale.zmin) / (scale.zmax - scale.zmin), 0, 1)
    return np.array([np.interp(share, places, channels[:, c]) for c in range(3)])


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("share", [0.0, 0.001, 0.05, 0.2, 0.5, 0.77, 1.0])
def test_published_is_viridis_of_the_power(gamma: float, share: float) -> None:
    scale = gradient_scale(PUBLISHED, gamma, EXTENT)
    expected = unlabel_rgb(sample_colorscale(sequential.Viridis, [share**gamma])[0])
    assert np.abs(colour_at(scale, share * EXTENT.maximum) - expected).max() <= 3


@pytest.mark.parametrize("gamma", GAMMAS)
def test_published_shows_negative_gradients_as_zero(gamma: float) -> None:
    scale = gradient_scale(PUBLISHED, gamma, EXTENT)
    assert (scale.zmin, scale.zmax) == (0.0, 0.6)
    assert np.array_equal(colour_at(scale, -0.5), colour_at(scale, 0.0))
    assert np.array_equal(colour_at(scale, 0.0), unlabel_rgb(scale.zero))


@pytest.mark.parametrize("gamma", GAMMAS)
@pytest.mark.parametrize("share", [0.01, 0.2, 0.5, 1.0])
def test_signed_bends_both_sides_alike(gamma: float, share: float) -> None:
    scale, linear = (gradient_scale(SIGNED, g, EXTENT) for g in (gamma, 1.0))
    for sign in (-1, 1):
        expected = colour_at(linear, sign * share**gamma * EXTENT.magnitude)
        assert np.abs(colour_at(scale, sign * share * EXTENT.magnitude) - expected).max() <= 3


@pytest.mark.parametrize("gamma", GAMMAS)
def test_signed_is_anchored_at_zero(gamma: float) -> None:
    scale = gradient_scale(SIGNED, gamma, EXTENT)
    assert (scale.zmin, scale.zmax) == (-0.9, 0.9)
    assert np.array_equal(colour_at(scale, 0.0), unlabel_rgb(scale.zero))


def test_the_sides_of_the_signed_scale_are_equally_bright_and_differ_in_hue() -> None:
    scale = gradient_scale(SIGNED, 1.0, EXTENT)
    weights = np.array([0.2126, 0.7152, 0.0722])
    for share in (0.25, 0.5, 0.75, 1.0):
        below, above = (colour_at(scale, sign * share * EXTENT.magnitude) for sign in (-1, 1))
        assert abs((below - above) @ weights) < 25
        assert below[2] > below[0]
        assert above[0] > above[2]


@pytest.mark.parametrize("name", scales.SCALE_NAMES)
@pytest.mark.parametrize("gamma", GAMMAS)
def test_stops_are_what_plotly_accepts(name: str, gamma: float) -> None:
    places = [place for place, _ in gradient_scale(name, gamma, EXTENT).stops]
    assert places[0] == 0.0
    assert places[-1] == 1.0
    assert all(a < b for a, b in pairwise(places))


@pytest.mark.parametrize("name", scales.SCALE_NAMES)
@pytest.mark.parametrize("gamma", GAMMAS)
def test_ticks_name_the_value_of_the_colour_above_them(name: str, gamma: float) -> None:
    scale = gradient_scale(name, gamma, EXTENT)
    even = gradient_scale(name, 1.0, EXTENT)
    for place, share in scale.ticks:
        value = scale.zmin + share * (scale.zmax - scale.zmin)
        shown = colour_at(even, scale.zmin + place * (scale.zmax - scale.zmin))
        assert np.abs(colour_at(scale, value) - shown).max() <= 3


def test_a_scale_without_extent_still_is_one() -> None:
    nothing = gradient_range(np.zeros((2, 3, 3)))
    assert gradient_scale(PUBLISHED, 1.0, nothing).zmax == 1.0
    assert gradient_scale(SIGNED, 1.0, nothing).zmax == 1.0
    assert gradient_scale(PUBLISHED, 1.0, Range(-0.2, 0.2)).zmax == 1.0


def test_wrong_names_and_gammas_are_refused() -> None:
    with pytest.raises(ValueError, match="rainbow"):
        gradient_scale("rainbow", 1.0, EXTENT)
    for gamma in (0.0, -1.0, float("nan")):
        with pytest.raises(ValueError, match="Gamma"):
            gradient_scale(SIGNED, gamma, EXTENT)


def test_range_and_hidden_share() -> None:
    first, second = np.array([[0.5, -0.25]]), np.array([[0.25, -1.0]])
    assert gradient_range(first, second) == Range(maximum=0.5, magnitude=1.0)
    assert hidden_share(np.stack([first, second])) == pytest.approx(1.25 / 2.0)
    assert hidden_share(np.zeros((2, 2))) == 0.0
