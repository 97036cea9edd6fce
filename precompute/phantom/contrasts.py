"""How a head looks in one modality: signal per tissue, texture, resolution and noise.

Owns the physics, roughly: relative signals of the tissues, bias field, the scanner's matrix
(k-space for MRI, a coarse grid and a broad blur for PET) and its noise. Knows no anatomy beyond
the names of the tissues. Air is exactly 0 in every image, as vendors mask it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from precompute.phantom.anatomy import Head
from precompute.phantom.fields import FINE, GRID, MM, SIZE, Field, Mask, block_mean, blur, smooth_noise

Fractions = Mapping[str, Field]


@dataclass(frozen=True)
class Modality:
    """Relative signal of each tissue, and how the scanner renders it.

    `texture` is the relative variation inside a tissue, `noise` the standard deviation of the
    noise, in the same units as the signals; `myelin` the relative change of the white matter's signal
    where it is densest.
    """

    name: str
    signals: Mapping[str, float]
    texture: float = 0.04
    noise: float = 0.02
    bias: float = 0.06
    myelin: float = 0.0


T2 = Modality(
    "T2-MRI",
    {
        "csf": 1.0, "grey": 0.46, "white": 0.30, "caudate": 0.39, "putamen": 0.34, "pallidum": 0.25,
        "thalamus": 0.37, "bone": 0.015, "marrow": 0.10, "muscle": 0.13, "fat": 0.36, "skin": 0.24,
        "gliosis": 0.60, "choroid": 0.68, "falx": 0.30, "vessel": 0.06, "dura": 0.12,
        "core": 0.92, "rim": 0.50, "oedema": 0.78,
    },
    noise=0.028,
    myelin=-0.10,
)  # fmt: skip
FLAIR = Modality(
    "FLAIR-MRI",
    {
        "csf": 0.07, "grey": 0.56, "white": 0.43, "caudate": 0.54, "putamen": 0.50, "pallidum": 0.40,
        "thalamus": 0.51, "bone": 0.02, "marrow": 0.18, "muscle": 0.28, "fat": 0.50, "skin": 0.30,
        "gliosis": 0.85, "choroid": 0.40, "falx": 0.30, "vessel": 0.05, "dura": 0.15,
        "core": 0.42, "rim": 0.80, "oedema": 0.95,
    },
    noise=0.026,
    myelin=-0.06,
)  # fmt: skip
T1GD = Modality(
    "T1-Gd-MRI",
    {
        "csf": 0.15, "grey": 0.43, "white": 0.63, "caudate": 0.46, "putamen": 0.49, "pallidum": 0.58,
        "thalamus": 0.52, "bone": 0.03, "marrow": 0.36, "muscle": 0.42, "fat": 0.70, "skin": 0.45,
        "gliosis": 0.46, "choroid": 0.80, "falx": 0.60, "vessel": 0.95, "dura": 0.30,
        "core": 0.25, "rim": 1.05, "oedema": 0.44,
    },
    noise=0.022,
    myelin=0.05,
)  # fmt: skip
PET = Modality(
    "FDG-PET",
    {
        "csf": 0.03, "grey": 1.0, "white": 0.30, "caudate": 1.02, "putamen": 1.12, "pallidum": 0.75,
        "thalamus": 0.80, "bone": 0.03, "marrow": 0.10, "muscle": 0.16, "fat": 0.09, "skin": 0.13,
        "gliosis": 0.24, "choroid": 0.30, "falx": 0.15, "vessel": 0.30, "dura": 0.10,
        "core": 0.06, "rim": 1.35, "oedema": 0.22,
    },
    texture=0.10,
    noise=0.05,
)  # fmt: skip


def signal(head: Head, lesion: Fractions, modality: Modality) -> Field:
    """The noiseless signal on the fine grid: the mixture of the tissues, lesions laid over it."""
    levels, parts = modality.signals, head.fractions
    grey = np.full(GRID, levels["grey"])
    for name in ("caudate", "putamen", "thalamus", "pallidum"):
        grey = grey + parts[name] * (levels[name] - grey)
    nuclei = np.clip(parts["putamen"] + parts["pallidum"] + 0.6 * parts["thalamus"], 0.0, 1.0)
    white = levels["white"] * (1.0 + modality.myelin * head.myelin)
    white = white + 0.8 * nuclei * (grey - white)
    value = parts["grey"] * grey + parts["white"] * white
    for name in ("csf", "bone", "marrow", "muscle", "fat", "skin"):
        value = value + parts[name] * levels[name]
    for name in ("gliosis", "choroid", "falx", "vessel", "dura"):
        value = value + parts[name] * (levels[name] - value)
    for name, uneven in (("oedema", 0.12), ("rim", 0.4), ("core", 0.4)):
        if name in lesion:
            level = levels[name] * (1.0 + uneven * (1.0 - levels[name]) * lesion["grain"])
            value = value + lesion[name] * (level - value)
    return np.asarray(value, dtype=np.float64)


def _textured(value: Field, rng: np.random.Generator, amount: float, outside: Mask) -> Field:
    coarse, fine = smooth_noise(rng, GRID, 5.0 / MM), smooth_noise(rng, GRID, 0.8 / MM)
    amounts = np.where(outside, 0.2, amount)
    return np.asarray(value * np.clip(1.0 + amounts * (0.7 * coarse + 0.7 * fine), 0.3, 2.0))


def _scaled(image: Field, head: Head) -> Field:
    inside = block_mean(head.inside.astype(np.float64), FINE) > 0.5
    image = np.where(inside, np.clip(image, 0.0, None), 0.0)
    return np.asarray(image / image.max(), dtype=np.float64)


def render_mri(head: Head, value: Field, modality: Modality, rng: np.random.Generator) -> Field:
    """An MR image (256, 256) in [0, 1] of a noiseless signal (512, 512).

    The slice is acquired as a 256×224 matrix of k-space with a gentle window (hence its
    sharpness and faint ringing), with complex Gaussian noise (hence Rician magnitude).
    """
    bias = np.exp(modality.bias * smooth_noise(rng, GRID, 45.0 / MM) + 0.05 * (head.depth / 40.0))
    value = _textured(value, rng, modality.texture, head.depth > 0.0) * bias
    space = np.fft.fftshift(np.fft.fft2(value))
    low = (GRID[0] - SIZE) // 2
    space = space[low : low + SIZE, low : low + SIZE] / FINE**2
    order = np.arange(SIZE) - SIZE // 2
    fy, fx = np.meshgrid(order / (SIZE // 2), order / (SIZE // 2), indexing="ij")
    window = np.exp(-1.1 * (fy**2 + (fx * 256 / 224) ** 2)) * (np.abs(fx) < 224 / 256)
    noise = rng.standard_normal((SIZE, SIZE)) + 1j * rng.standard_normal((SIZE, SIZE))
    space = space * window + np.fft.fftshift(np.fft.fft2(modality.noise * noise)) * np.sqrt(window)
    # The fine grid's pixel centres lie a quarter of a coarse pixel before those of the block mean.
    shift = np.exp(2j * np.pi * 0.25 * order / SIZE)
    image = np.abs(np.fft.ifft2(np.fft.ifftshift(space * shift[:, None] * shift[None, :])))
    return _scaled(np.asarray(image, dtype=np.float64), head)


def render_pet(
    head: Head, value: Field, modality: Modality, rng: np.random.Generator, fwhm: float = 6.0
) -> Field:
    """A PET image (256, 256) in [0, 1] of an uptake map (512, 512).

    Blurred to `fwhm` mm, sampled on a grid of 1.84 mm, with noise that grows with the square root of
    the uptake and is correlated by the reconstruction; then interpolated, as a viewer does.
    """
    value = value * np.clip(1.0 + modality.texture * smooth_noise(rng, GRID, 7.0 / MM), 0.4, 1.8)
    value = blur(value, fwhm / 2.355 / MM)
    coarse = block_mean(value, 2 * FINE)
    noise = ndimage.gaussian_filter(rng.standard_normal(coarse.shape), 1.25)
    coarse = coarse + modality.noise * noise / noise.std() * np.sqrt(np.clip(coarse, 0.0, None))
    image = ndimage.zoom(np.clip(coarse, 0.0, None), 2.0, order=3, grid_mode=True, mode="nearest")
    return _scaled(np.asarray(image, dtype=np.float64), head)
