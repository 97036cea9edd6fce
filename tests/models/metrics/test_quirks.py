"""One test for every quirk of the released metrics, and for the clean forms beside them that lack it."""

from __future__ import annotations

import numpy as np
import pytest

from models.metrics import grey_level_metrics, list_metrics
from tests.models.metrics import oracles

SOURCES, FUSED = oracles.pair((44, 47), 3)
PEAK = np.zeros((3, 3))
PEAK[1, 2] = 40
SLOPE = np.arange(9.0).reshape(3, 3) ** 2
FLAT = np.full((3, 3), 7.0)


def measured(sources: object, fused: np.ndarray, metric: str, mask: np.ndarray | None = None) -> float:
    return float(grey_level_metrics(np.asarray(sources), fused[None], mask, ids=[metric])[metric][0])


def test_released_fmi_compares_source_2_with_the_overwritten_window_and_so_is_not_symmetric() -> None:
    """A single peak has no entropy: it scores 1 only where it is found equal, else 0."""
    assert measured([SLOPE, PEAK], PEAK, "q_fmi") == pytest.approx(measured([SLOPE, FLAT], PEAK, "q_fmi"))
    assert measured([PEAK, SLOPE], PEAK, "q_fmi") == pytest.approx(
        0.5 + measured([SLOPE, PEAK], PEAK, "q_fmi")
    )
    assert measured([SLOPE, PEAK / 40], PEAK, "q_fmi") == pytest.approx(
        measured([PEAK, SLOPE], PEAK, "q_fmi")
    )
    assert measured([PEAK, PEAK], PEAK, "q_fmi") == 1
    assert measured([PEAK, SLOPE], PEAK, "q_fmi_symmetric") == pytest.approx(
        measured([SLOPE, PEAK], PEAK, "q_fmi_symmetric"), rel=1e-12
    )


def test_two_flat_windows_score_one() -> None:
    for metric in ("q_fmi", "q_fmi_symmetric"):
        assert measured([FLAT, FLAT + 1], FLAT + 2, metric) == 1


def test_one_flat_window_scores_nothing() -> None:
    for metric in ("q_fmi", "q_fmi_symmetric"):
        assert measured([FLAT, FLAT], SLOPE, metric) == 0
        assert measured([SLOPE, SLOPE], FLAT, metric) == 0


def test_released_fmi_reads_columns_and_the_symmetric_form_all_ways() -> None:
    turned = SOURCES.transpose(0, 2, 1), FUSED.T
    assert measured(*turned, "q_fmi") != pytest.approx(measured(SOURCES, FUSED, "q_fmi"), rel=1e-5)
    expected = measured(SOURCES, FUSED, "q_fmi_symmetric")
    for sources, fused in (
        turned,
        (SOURCES[::-1], FUSED),
        (SOURCES[:, ::-1], FUSED[::-1]),
        (SOURCES[..., ::-1], FUSED[:, ::-1]),
        (np.rot90(SOURCES, axes=(1, 2)), np.rot90(FUSED)),
    ):
        assert measured(sources, fused, "q_fmi_symmetric") == pytest.approx(expected, rel=1e-12)


def test_symmetric_fmi_knows_only_what_a_window_looks_like() -> None:
    """Equal up to brightness and contrast is equal, also for a peak, which has no entropy."""
    for window in (PEAK, SLOPE):
        assert measured([window, 3 * window + 5], 2 * window, "q_fmi_symmetric") == 1


def test_background_raises_released_xy_only() -> None:
    most = (1 / (1 + np.exp(-5))) ** 2
    flat = np.zeros(FUSED.shape, bool)
    flat[1:5, 1:-1] = True
    assert measured(SOURCES, FUSED, "q_xy", flat) == pytest.approx(most)
    assert np.isnan(measured(SOURCES, FUSED, "q_xy_sums", flat))
    wider = [np.pad(images, ((0, 0), (0, 60), (0, 0))) for images in (SOURCES, FUSED[None])]
    wider[0][:, 43], wider[1][:, 43] = 0, 0
    cut = SOURCES.copy(), FUSED.copy()
    cut[0][:, 43], cut[1][43] = 0, 0
    ours, padded = measured(*cut, "q_xy"), measured(wider[0], wider[1][0], "q_xy")
    rows = FUSED.shape[0]
    assert padded == pytest.approx((rows * ours + 60 * most) / (rows + 60))
    clean = measured(*cut, "q_xy_sums")
    assert measured(wider[0], wider[1][0], "q_xy_sums") == pytest.approx(clean, rel=1e-12)


def test_ncie_cannot_fall_below_its_floor() -> None:
    noise = np.random.default_rng(5).permuted(np.tile(np.arange(256.0), 400)).reshape(2, 320, 160)
    value = measured(noise, noise[0].T.reshape(320, 160).copy(), "q_ncie")
    (spec,) = (spec for spec in list_metrics() if spec.id == "q_ncie")
    assert spec.range[0] == pytest.approx(0.80188, abs=1e-5)
    assert spec.range[0] <= value < 0.83


def test_piella_where_both_sources_are_flat_takes_both_alike() -> None:
    """Flat at a level that is not 0, where the variances are rounding errors."""
    sources = np.stack([np.full((12, 12), 211.3), np.full((12, 12), 47.9)])
    fused = np.full((12, 12), 100.7)
    both = [measured(sources, fused, metric) for metric in ("ssim_1", "ssim_2")]
    for metric in ("q_p_sw1", "q_p_sw2"):
        assert measured(sources, fused, metric) == pytest.approx(np.mean(both), rel=1e-5)


def test_viff_takes_the_source_that_is_carried_worse() -> None:
    assert measured([FUSED, FUSED], FUSED, "q_viff") == pytest.approx(1, abs=1e-6)
    assert measured(SOURCES, SOURCES[0], "q_viff") < 0.9
    raised = np.clip(1.5 * FUSED, 0, 255)
    assert measured([FUSED, FUSED], raised, "q_viff") > 1.05
