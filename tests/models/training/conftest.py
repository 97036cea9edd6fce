"""Small pairs folders made on the spot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

MakePairs = Callable[..., Path]


@pytest.fixture
def make_pairs(tmp_path: Path) -> MakePairs:
    """`make_pairs("name", ["1001", …])` writes name/mri/*.png (grey) and name/pet/*.png (colour)."""

    def make(name: str, stems: list[str], size: int = 32, seed: int = 0) -> Path:
        rng = np.random.default_rng([seed, sum(name.encode())])
        for sub in ("mri", "pet"):
            (tmp_path / name / sub).mkdir(parents=True)
        for stem in stems:
            grey = np.zeros((size, size), np.uint8)
            grey[4:-4, 4:-4] = rng.integers(0, 256, (size - 8, size - 8))
            colour = np.zeros((size, size, 3), np.uint8)
            colour[6:-6, 6:-6] = rng.integers(0, 256, (size - 12, size - 12, 3))
            Image.fromarray(grey).save(tmp_path / name / "mri" / f"{stem}.png")
            Image.fromarray(colour).save(tmp_path / name / "pet" / f"{stem}.png")
        return tmp_path / name

    return make


@pytest.fixture(autouse=True)
def _keep_backend() -> Iterator[None]:
    """Training changes how the process computes; the tests that follow must not notice."""
    yield
    torch.set_flush_denormal(False)
    torch.backends.cudnn.deterministic = False
