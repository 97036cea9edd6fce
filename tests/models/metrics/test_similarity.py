"""SSIM against a plain double loop over windows; mean squared error against numpy."""

from __future__ import annotations

import numpy as np
import pytest

from models.metrics import source_similarity


def ssim_by_hand(x: np.ndarray, y: np.ndarray) -> float:
    """The definition of Wang et al. 2004, one window position at a time."""
    axis = np.arange(11) - 5
    weights = np.exp(-(axis[:, None] ** 2 + axis[None] ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    c1, c2 = 0.01**2, 0.03**2
    values = []
    for i in range(x.shape[0] - 10):
        for j in range(x.shape[1] - 10):
            a, b = x[i : i + 11, j : j + 11], y[i : i + 11, j : j + 11]
            ma, mb = (weights * a).sum(), (weights * b).sum()
            va, vb = (weights * (a - ma) ** 2).sum(), (weights * (b - mb) ** 2).sum()
            cov = (weights * (a - ma) * (b - mb)).sum()
            values.append((2 * ma * mb + c1) * (2 * cov + c2) / ((ma**2 + mb**2 + c1) * (va + vb + c2)))
    return float(np.mean(values))


def test_agrees_with_the_definition() -> None:
    rng = np.random.default_rng(1)
    sources = rng.random((2, 17, 20))
    fused = 0.7 * sources[0] + 0.2 * sources[1] + 0.1 * rng.random((17, 20))
    result = source_similarity(sources, fused)
    assert result["ssim"] == pytest.approx([ssim_by_hand(s, fused) for s in sources], abs=1e-6)
    assert result["mse"] == pytest.approx([float(((s - fused) ** 2).mean()) for s in sources], abs=1e-12)


def test_identity_is_one_and_zero() -> None:
    image = np.random.default_rng(2).random((16, 16)).astype(np.float32)
    result = source_similarity(np.stack([image] * 3), image)
    assert result["ssim"] == pytest.approx([1, 1, 1])
    assert result["mse"] == [0, 0, 0]
    assert all(type(value) is float for values in result.values() for value in values)


@pytest.mark.parametrize(
    ("sources", "fused"), [((2, 16, 16), (16, 15)), ((16, 16), (16, 16)), ((2, 10, 16), (10, 16))]
)
def test_wrong_shapes_are_named(sources: tuple[int, ...], fused: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="expected"):
        source_similarity(np.zeros(sources), np.zeros(fused))
