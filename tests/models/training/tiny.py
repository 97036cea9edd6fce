"""Six small pairs, and the kill of a run, for the tests of training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from models.training.checkpoint import Progress
from models.training.data import Pair
from models.training.fit import Dataset


class KilledError(Exception):
    """Stands for the kill of the process."""


def make_data() -> Dataset:
    """Four training and two held-out pairs of 24×24 noise on black."""
    rng = np.random.default_rng(9)
    sources = np.zeros((6, 2, 24, 24), np.float32)
    sources[:, :, 4:-4, 4:-4] = rng.random((6, 2, 16, 16))
    pairs = [Pair("f", str(k), f"f/{k}", sources[k], str(k)) for k in range(6)]
    return Dataset(pairs[:4], pairs[4:])


def kill_at(step: int) -> Callable[[Progress, float], None]:
    """A watch that ends the run after `step` steps."""

    def watch(progress: Progress, loss: float) -> None:
        if progress.step == step:
            raise KilledError

    return watch
