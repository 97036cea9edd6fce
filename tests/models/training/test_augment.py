"""Samples are a function of their number; they stay in range and keep black black."""

from __future__ import annotations

import numpy as np
import pytest

from models.training.augment import augment, batch, crop, draw, pick
from models.training.data import Pair


def pairs(count: int, size: int = 40) -> list[Pair]:
    rng = np.random.default_rng(5)
    sources = np.zeros((count, 2, size, size), np.float32)
    sources[:, :, 10:-10, 10:-10] = rng.random((count, 2, size - 20, size - 20))
    return [Pair("f", str(k), f"f/{k}", sources[k], "") for k in range(count)]


def test_every_pair_comes_once_in_each_round() -> None:
    order = [pick(7, 3, sample) for sample in range(21)]
    rounds = [order[:7], order[7:14], order[14:]]
    assert all(sorted(one) == list(range(7)) for one in rounds)
    assert len({tuple(one) for one in rounds}) == 3
    assert order != [pick(7, 4, sample) for sample in range(21)]


def test_a_sample_depends_on_its_number_only() -> None:
    data = pairs(5)
    together = batch(data, 1, 10, 4, 24).numpy()
    alone = np.stack([draw(data, 1, sample, 24) for sample in (13, 12, 11, 10)])[::-1]
    assert np.array_equal(together, alone)
    assert together.shape == (4, 2, 24, 24)
    assert draw(data, 1, 0, None).shape == (2, 40, 40)


def test_values_stay_in_range_and_black_stays_black() -> None:
    rng = np.random.default_rng(6)
    for _ in range(20):
        out = augment(pairs(1)[0].sources, rng)
        assert out.min() >= 0
        assert out.max() <= 1
        assert out.dtype == np.float32
    assert not augment(np.zeros((2, 20, 30), np.float32), rng).any()


def test_off_changes_nothing_and_flips_only_flip() -> None:
    rng = np.random.default_rng(6)
    sources = pairs(1)[0].sources
    assert np.array_equal(augment(sources, rng, "off"), sources)
    mirrored = [sources, sources[:, ::-1], sources[:, :, ::-1], sources[:, ::-1, ::-1]]
    seen = set()
    for _ in range(40):
        out = augment(sources, rng, "flips")
        (which,) = (k for k, one in enumerate(mirrored) if np.array_equal(out, one))
        seen.add(which)
    assert seen == {0, 1, 2, 3}


@pytest.mark.parametrize("policy", ["off", "flips"])
def test_the_policy_reaches_the_batch(policy: str) -> None:
    data = pairs(3)
    out = batch(data, 1, 0, 3, None, policy).numpy()
    values = [np.sort(data[pick(3, 1, sample)].sources.ravel()) for sample in range(3)]
    assert np.array_equal(np.sort(out.reshape(3, -1), axis=1), np.stack(values))
    assert not np.array_equal(batch(data, 1, 0, 3, None).numpy(), out)


def test_rotation_keeps_the_shape_of_things() -> None:
    """A centred disc is a disc at any angle; on an oblong image too, where a wrong aspect shears it."""
    y, x = np.mgrid[:40, :60]
    disc = (((y - 19.5) ** 2 + (x - 29.5) ** 2) < 12**2).astype(np.float32)
    rng = np.random.default_rng(7)
    for _ in range(20):
        out = augment(np.stack([disc, disc]), rng)
        assert np.abs((out[0] > 0.3) * 1.0 - disc).sum() < 40  # pixels of the rim


def test_crops_mostly_show_tissue() -> None:
    image = np.zeros((2, 200, 200), np.float32)
    image[:, 90:110, 90:110] = 1
    rng = np.random.default_rng(8)
    crops = [crop(image, 40, rng) for _ in range(200)]
    assert all(one.shape == (2, 40, 40) for one in crops)
    assert sum(bool(one.any()) for one in crops) > 130
    assert sum(bool((one == 0).any()) for one in crops) > 130
