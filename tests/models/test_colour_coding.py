"""Colour-coded fusion against the textbook way: JET by its knots, HSV with `colorsys`, pixel by pixel."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest

from models.colour_coding import OMEGA, colour_coded, functional_source, jet

# JET's corners: dark blue, blue, cyan, yellow, red, dark red.
KNOTS = [0, 1 / 8, 3 / 8, 5 / 8, 7 / 8, 1]
RED, GREEN, BLUE = [0, 0, 0, 1, 1, 0.5], [0, 0, 1, 1, 0, 0], [0.5, 1, 1, 0, 0, 0]


def gradients(seed: int = 1, shape: tuple[int, int] = (23, 31)) -> tuple[np.ndarray, np.ndarray]:
    functional, anatomical = np.random.default_rng(seed).normal(0.3, 1.0, (2, *shape))
    return functional, anatomical


def by_hand(functional: np.ndarray, anatomical: np.ndarray, omega: float) -> np.ndarray:
    image = np.zeros((*functional.shape, 3))
    for place in np.ndindex(functional.shape):
        level = (functional[place] - functional.min()) / (functional.max() - functional.min())
        value = (anatomical[place] - anatomical.min()) / (anatomical.max() - anatomical.min())
        red, green, blue = (np.interp(level, KNOTS, channel) for channel in (RED, GREEN, BLUE))
        hue, saturation, _ = colorsys.rgb_to_hsv(red, green, blue)
        image[place] = colorsys.hsv_to_rgb(hue, omega * saturation, value)
    return 255 * image


@pytest.mark.parametrize("omega", [0.0, 0.25, OMEGA, 1.0])
def test_it_is_hue_and_saturation_of_one_and_value_of_the_other(omega: float) -> None:
    functional, anatomical = gradients()
    found = colour_coded(functional, anatomical, omega)
    assert (found.dtype, found.shape) == (np.uint8, (23, 31, 3))
    assert np.abs(found - by_hand(functional, anatomical, omega)).max() <= 0.5 + 1e-9


def test_without_saturation_it_is_the_grey_anatomy() -> None:
    functional, anatomical = gradients(2)
    found = colour_coded(functional, anatomical, 0.0)
    grey = 255 * (anatomical - anatomical.min()) / np.ptp(anatomical)
    assert (found == found[..., :1]).all()
    assert np.abs(found[..., 0] - grey).max() <= 0.5 + 1e-9


def test_much_functional_gradient_is_red_and_little_is_blue() -> None:
    """The released code has them the other way round."""
    ramp = np.linspace(-1.0, 3.0, 33)[None]
    bright = np.ones_like(ramp)
    bright[0, 16] = 0  # min-max needs two values
    little, much = (colour_coded(ramp, bright, 1.0)[0, at].tolist() for at in (4, -5))
    assert little == [0, 0, 255]
    assert much == [255, 0, 0]


def test_jet_runs_through_its_corners() -> None:
    assert np.allclose(jet(np.array(KNOTS)), np.transpose([RED, GREEN, BLUE]))


def test_a_constant_gradient_is_the_lowest() -> None:
    functional, anatomical = gradients(3)
    assert (colour_coded(functional, np.full_like(anatomical, 7.0)) == 0).all()
    assert (colour_coded(np.full_like(functional, 7.0), anatomical, 1.0)[..., :2] == 0).all()


@pytest.mark.parametrize(
    ("functional", "anatomical", "omega", "named"),
    [
        (np.zeros((2, 3)), np.zeros((3, 2)), 0.6, "shapes"),
        (np.zeros(3), np.zeros(3), 0.6, "shapes"),
        (np.full((2, 2), np.nan), np.zeros((2, 2)), 0.6, "NaN"),
        (np.zeros((2, 2)), np.zeros((2, 2)), 1.1, "1.1"),
        (np.zeros((2, 2)), np.zeros((2, 2)), float("nan"), "nan"),
    ],
)
def test_nonsense_is_refused(
    functional: np.ndarray, anatomical: np.ndarray, omega: float, named: str
) -> None:
    with pytest.raises(ValueError, match=named):
        colour_coded(functional, anatomical, omega)


@pytest.mark.parametrize(
    ("modalities", "expected"),
    [
        (("T2-MRI", "FDG-PET"), (1, True)),
        (("FDG-PET", "T1-MRI"), (0, True)),
        (("99mTc SPECT", "CT"), (0, True)),
        (("T1-Gd-MRI", "FLAIR-MRI"), (1, False)),
        (("PET early", "PET late"), (1, False)),
        (("carpet", "spectral CT"), (1, False)),
        (("T1", "T2", "pet/ct"), (2, True)),
    ],
)
def test_the_functional_source_is_found_by_its_name(
    modalities: tuple[str, ...], expected: tuple[int, bool]
) -> None:
    assert functional_source(modalities) == expected


def test_without_modalities_there_is_none() -> None:
    with pytest.raises(ValueError, match="no modality"):
        functional_source(())
