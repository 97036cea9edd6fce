"""Every fusion metric against a plain loop over its definition, for the whole image and for a region."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from models.metrics import grey_level_metrics, local_metric_map
from tests.models.metrics import oracles

SHAPE = (44, 47)
SOURCES, FUSED = oracles.pair(SHAPE, 1)
EVERYWHERE = np.ones(SHAPE, bool)
REGION = np.zeros(SHAPE, bool)
REGION[10:33, 3:30] = True
REGION[20, 20] = False
MASKS = pytest.mark.parametrize("mask", [None, REGION], ids=["whole", "region"])


# Small enough for the loops of Q_FMI: the frame, edges and noise, and what is flat in one source only.
SMALL = np.s_[..., 3:23, 5:27]


def measured(mask: np.ndarray | None, *ids: str, part: tuple[object, ...] = np.s_[...,]) -> list[float]:
    mask = None if mask is None else mask[part]
    found = grey_level_metrics(SOURCES[part], FUSED[None][part], mask, ids=ids)
    return [float(found[name][0]) for name in ids]


@MASKS
def test_histogram_metrics_follow_the_definition(mask: np.ndarray | None) -> None:
    where = EVERYWHERE if mask is None else mask
    images = [oracles.stretch(image)[where] for image in (*SOURCES, FUSED)]
    expected = [oracles.ncie(images), oracles.mutual_information(images)]
    assert measured(mask, "q_ncie", "q_mi") == pytest.approx(expected, rel=1e-12)


@MASKS
def test_edges_follow_the_definition(mask: np.ndarray | None) -> None:
    expected = oracles.edges(SOURCES, FUSED, EVERYWHERE if mask is None else mask)
    assert measured(mask, "q_xy", "q_xy_sums") == pytest.approx(expected, rel=1e-9)


@MASKS
def test_ssim_and_piella_follow_the_definition(mask: np.ndarray | None) -> None:
    where = EVERYWHERE if mask is None else mask
    one, two = (oracles.ssim_map(source, FUSED)[0][where[5:-5, 5:-5]].mean() for source in SOURCES)
    expected = [(one + two) / 2, one, two]
    # The window is that of pytorch-msssim, in float32.
    assert measured(mask, "q_ssim", "ssim_1", "ssim_2") == pytest.approx(expected, rel=2e-6)
    expected = list(oracles.piella(SOURCES, FUSED, where))
    assert measured(mask, "q_p_sw1", "q_p_sw2") == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("mask", [None, slice(10, 33)], ids=["whole", "region"])
def test_viff_follows_the_definition(mask: slice | None) -> None:
    sources, fused = oracles.pair((49, 52), 2)
    where = np.ones(fused.shape, bool)
    if mask is not None:
        where[:] = False
        where[mask, mask] = True
    found = grey_level_metrics(sources, fused[None], None if mask is None else where, ids=["q_viff"])
    assert found["q_viff"] == pytest.approx(oracles.viff(sources, fused, where), rel=1e-9)


@MASKS
def test_fmi_follows_the_definition(mask: np.ndarray | None) -> None:
    where = (EVERYWHERE if mask is None else mask)[SMALL][1:-1, 1:-1]
    maps = (form(SOURCES[SMALL], FUSED[SMALL]) for form in (oracles.fmi_map, oracles.symmetric_fmi_map))
    expected = [values[where].mean() for values in maps]
    assert measured(mask, "q_fmi", "q_fmi_symmetric", part=SMALL) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("metric", "border", "oracle"),
    [
        ("q_fmi", 1, oracles.fmi_map),
        ("q_fmi_symmetric", 1, oracles.symmetric_fmi_map),
        ("ssim_1", 5, lambda sources, fused: oracles.ssim_map(sources[0], fused)[0]),
        ("ssim_2", 5, lambda sources, fused: oracles.ssim_map(sources[1], fused)[0]),
        ("q_ssim", 5, lambda sources, fused: np.mean([oracles.ssim_map(s, fused)[0] for s in sources], 0)),
    ],
)
def test_local_maps_follow_the_definition(
    metric: str, border: int, oracle: Callable[..., np.ndarray]
) -> None:
    sources, fused = SOURCES[SMALL], FUSED[SMALL]
    found = local_metric_map(metric, sources / 255, fused / 255)
    assert found.shape == fused.shape
    inner = found[border:-border, border:-border]
    # Where all is flat and bright, the float32 window of SSIM counts most.
    assert inner == pytest.approx(oracle(sources, fused), abs=1e-4 if border == 5 else 1e-9)
    assert np.isnan(found).sum() == found.size - inner.size
    (value,) = measured(REGION, metric, part=SMALL)
    assert np.nanmean(found[REGION[SMALL]]) == pytest.approx(value, rel=1e-12)
