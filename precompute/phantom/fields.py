"""Small building blocks of the phantom: seeded smooth noise, soft thresholds, the pixel grid.

Owns no anatomy and no contrast. Everything is float64, so that the same seed gives the same
16-bit image wherever numpy runs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Field = NDArray[np.float64]
Mask = NDArray[np.bool_]

SIZE = 256
FINE = 2
GRID = (SIZE * FINE, SIZE * FINE)
MM_PER_PIXEL = 0.92
MM = MM_PER_PIXEL / FINE
"""Images are SIZE×SIZE pixels of MM_PER_PIXEL; anatomy is drawn FINE times finer, MM per pixel."""


def image_millimetres() -> tuple[Field, Field]:
    """(down, right) of every pixel of the fine grid from the image's centre, in mm."""
    rows, cols = np.indices(GRID, dtype=np.float64)
    return (rows - (GRID[0] - 1) / 2) * MM, (cols - (GRID[1] - 1) / 2) * MM


def smooth_noise(rng: np.random.Generator, shape: tuple[int, int], sigma: float) -> Field:
    """Gaussian noise of mean 0 and variance 1, correlated over `sigma` pixels, shape `shape`.

    The field is periodic; it is filtered in the Fourier domain, so a large `sigma` costs no more
    than a small one.
    """
    white = np.fft.rfft2(rng.standard_normal(shape))
    fy = np.fft.fftfreq(shape[0])[:, None]
    fx = np.fft.rfftfreq(shape[1])[None, :]
    white *= np.exp(-2.0 * (np.pi * sigma) ** 2 * (fy**2 + fx**2))
    white[0, 0] = 0.0
    field = np.fft.irfft2(white, s=shape)
    return field / field.std()


def band_noise(rng: np.random.Generator, shape: tuple[int, int], sigma: float) -> Field:
    """Noise with one dominant wavelength of about 6 `sigma` pixels, mean 0 and variance 1."""
    white = rng.standard_normal(shape)
    field = ndimage.gaussian_filter(white, sigma, mode="wrap")
    field -= ndimage.gaussian_filter(white, 1.6 * sigma, mode="wrap")
    return field / field.std()


def soft_step(values: Field, threshold: float | Field, width: float) -> Field:
    """A logistic step from 0 to 1 at `threshold`; 10 % to 90 % takes about 4.4 `width`."""
    return 1.0 / (1.0 + np.exp(np.clip((threshold - values) / width, -60.0, 60.0)))


def blur(values: Field, sigma: float) -> Field:
    """Gaussian blur over `sigma` pixels; the outside counts as the nearest edge value."""
    return np.asarray(ndimage.gaussian_filter(values, sigma, mode="nearest"), dtype=np.float64)


def block_mean(values: Field, factor: int) -> Field:
    """Mean over `factor`×`factor` blocks: (factor·h, factor·w) -> (h, w)."""
    height, width = values.shape
    blocks = values.reshape(height // factor, factor, width // factor, factor)
    return np.asarray(blocks.mean(axis=(1, 3)), dtype=np.float64)
