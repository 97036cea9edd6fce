"""Training samples: which pair comes next, and how it is turned, flipped, brightened and cropped.

Sample number s of a run is a function of (seed, s) and the policy alone. Nothing has to be stored
for an exact resume but the number of samples drawn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from models.training.data import Pair

POLICIES = ("off", "flips", "full")  # full: flips, small rotations and intensity
_ROTATE = 0.5  # share of samples that are rotated: interpolation blurs, so not all
_MAX_ANGLE = 15.0  # degrees
_ON_TISSUE = 0.7  # share of crops centred on a pixel that is bright in a source
_BRIGHT = 0.1


def pick(count: int, seed: int, sample: int) -> int:
    """The index in 0 … count−1 of sample number `sample`: a new random order every `count`."""
    epoch, position = divmod(sample, count)
    return int(np.random.default_rng([seed, 1, epoch]).permutation(count)[position])


def augment(
    sources: NDArray[np.float32], rng: np.random.Generator, policy: str = "full"
) -> NDArray[np.float32]:
    """(K, H, W) in [0, 1] by one of `POLICIES`; black stays black.

    `off` changes nothing, `flips` mirrors either axis half of the time, `full` also rotates by up to
    15° and gives each source a gamma and a scale of its own.
    """
    if policy == "off":
        return sources
    for axis in (1, 2):
        if rng.random() < 0.5:
            sources = np.flip(sources, axis)
    if policy == "flips":
        return sources
    gamma = np.exp(rng.uniform(-0.3, 0.3, (len(sources), 1, 1)))
    scale = rng.uniform(0.75, 1.0, (len(sources), 1, 1))
    angle = rng.uniform(-_MAX_ANGLE, _MAX_ANGLE) if rng.random() < _ROTATE else 0.0
    out = (scale * np.power(sources, gamma)).astype(np.float32)
    return _rotated(out, angle) if angle else out


def _rotated(sources: NDArray[np.float32], degrees: float) -> NDArray[np.float32]:
    height, width = sources.shape[1:]
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    matrix = torch.tensor([[[c, -s * height / width, 0], [s * width / height, c, 0]]], dtype=torch.float32)
    grid = F.affine_grid(matrix, [1, len(sources), height, width], align_corners=False)
    return F.grid_sample(torch.from_numpy(sources)[None], grid, align_corners=False)[0].numpy()


def crop(sources: NDArray[np.float32], size: int, rng: np.random.Generator) -> NDArray[np.float32]:
    """A random (K, size, size) crop, most often around tissue, so that brain and background meet."""
    height, width = sources.shape[1:]
    y, x = int(rng.integers(height)), int(rng.integers(width))
    if rng.random() < _ON_TISSUE:
        tissue = np.argwhere(sources.max(axis=0) > _BRIGHT)
        if len(tissue):
            y, x = (int(value) for value in tissue[rng.integers(len(tissue))])
    top = min(max(y - size // 2, 0), height - size)
    left = min(max(x - size // 2, 0), width - size)
    return sources[:, top : top + size, left : left + size]


def draw(
    pairs: Sequence[Pair], seed: int, sample: int, size: int | None, policy: str = "full"
) -> NDArray[np.float32]:
    """Sample number `sample`: (2, size, size), or a whole image where `size` is None."""
    rng = np.random.default_rng([seed, 2, sample])
    sources = augment(pairs[pick(len(pairs), seed, sample)].sources, rng, policy)
    return sources if size is None else crop(sources, size, rng)


def batch(
    pairs: Sequence[Pair], seed: int, first: int, count: int, size: int | None, policy: str = "full"
) -> Tensor:
    """Samples first … first+count−1 as one (count, 2, h, w) float32 tensor."""
    samples = [draw(pairs, seed, first + k, size, policy) for k in range(count)]
    return torch.from_numpy(np.stack(samples))
