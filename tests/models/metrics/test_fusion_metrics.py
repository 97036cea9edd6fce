"""The one door to the fusion metrics: conventions, batches, regions, identities and refusals."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch

from models import MetricSpec, fusion_metrics, fusion_metrics_batch, list_metrics, local_metric_map
from models.metrics import grey_level_metrics, source_similarity, to_grey_levels
from tests.models.metrics import oracles

LEVELS, FUSED_LEVELS = oracles.pair((44, 47), 7)
SOURCES, FUSED = LEVELS / 255, FUSED_LEVELS / 255
IDS = [spec.id for spec in list_metrics()]


@pytest.mark.parametrize("spec", list_metrics(), ids=IDS)
def test_every_metric_is_described_and_in_range(spec: MetricSpec) -> None:
    assert all((spec.symbol, spec.title, spec.paper, spec.convention))
    assert spec.form in ("released", "clean", "standard")
    for fused in (FUSED, SOURCES[0], 1 - FUSED):
        value = fusion_metrics(SOURCES, fused, ids=[spec.id])
        assert list(value) == [spec.id]
        assert type(value[spec.id]) is float
        assert spec.range[0] <= value[spec.id] <= spec.range[1]


def test_ids_are_unique_and_all_are_returned_in_order() -> None:
    assert len(set(IDS)) == len(IDS)
    assert list(fusion_metrics(SOURCES, FUSED)) == IDS


def test_identity_reaches_the_best_value() -> None:
    """A fused image that is both sources: the greatest value, 1 for Q_VIFF; entropy bounds Q_NCIE."""
    values = fusion_metrics(np.stack([FUSED, FUSED]), FUSED)
    for spec in list_metrics():
        if spec.id not in ("q_ncie", "q_viff"):
            assert values[spec.id] == pytest.approx(spec.range[1], abs=1e-9), spec.id
    assert values["q_viff"] == pytest.approx(1, abs=1e-6)
    assert values["q_ncie"] > fusion_metrics(SOURCES, FUSED)["q_ncie"]


def test_images_become_whole_grey_levels_halves_up() -> None:
    images = np.array([-0.2, 0.0, 0.5 / 255, 0.49 / 255, 126.5 / 255, 1.0, 1.7])
    assert to_grey_levels(images).tolist() == [0, 0, 1, 0, 127, 255, 255]
    near = FUSED + np.random.default_rng(0).uniform(-0.4, 0.4, FUSED.shape) / 255
    expected = grey_level_metrics(LEVELS, FUSED_LEVELS[None])
    assert fusion_metrics(SOURCES, near) == {name: float(value[0]) for name, value in expected.items()}


def test_float32_and_integers_are_taken() -> None:
    expected = fusion_metrics(SOURCES, FUSED)
    assert fusion_metrics(SOURCES.astype(np.float32), FUSED.astype(np.float32)) == expected
    found = grey_level_metrics(LEVELS.astype(np.uint8), FUSED_LEVELS.astype(np.uint8)[None])
    assert {name: float(value[0]) for name, value in found.items()} == expected


def test_a_batch_is_its_images_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    fused = np.clip(FUSED + rng.normal(0, 0.05, (5, *FUSED.shape)), 0, 1)
    mask = np.zeros(FUSED.shape, bool)
    mask[4:38, 8:40] = True
    for region in (None, mask):
        together = fusion_metrics_batch(SOURCES, fused, region)
        alone = [fusion_metrics(SOURCES, image, region) for image in fused]
        for name, values in together.items():
            assert values.shape == (5,)
            assert values == pytest.approx([each[name] for each in alone], rel=1e-12), name
    monkeypatch.setattr("models.metrics.fusion._PIXELS_AT_ONCE", 2 * FUSED.size)
    for name, values in fusion_metrics_batch(SOURCES, fused, mask).items():
        assert values == pytest.approx(together[name], rel=1e-12), name


def test_a_region_that_is_the_whole_image_changes_nothing() -> None:
    whole = fusion_metrics(SOURCES, FUSED, np.ones(FUSED.shape, bool))
    assert whole == pytest.approx(fusion_metrics(SOURCES, FUSED), rel=1e-12)


def test_a_region_without_windows_leaves_gaps() -> None:
    corner = np.zeros(FUSED.shape, bool)
    corner[0, 0] = True
    values = fusion_metrics(SOURCES, FUSED, corner)
    assert not math.isnan(values["q_xy"])
    assert not math.isnan(values["q_ncie"])
    for name in ("q_ssim", "q_fmi", "q_fmi_symmetric", "q_p_sw1", "q_p_sw2", "q_viff", "q_mi", "q_xy_sums"):
        assert math.isnan(values[name]), name


def test_ssim_is_that_of_the_stored_similarity() -> None:
    stored = source_similarity(SOURCES, FUSED)["ssim"]
    values = fusion_metrics(SOURCES, FUSED)
    assert [values["ssim_1"], values["ssim_2"]] == pytest.approx(stored, rel=1e-7)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_cuda_agrees_with_the_processor() -> None:
    fused = np.stack([FUSED, SOURCES[0], 1 - FUSED])
    expected = fusion_metrics_batch(SOURCES, fused)
    for name, values in fusion_metrics_batch(SOURCES, fused, device="cuda").items():
        assert values == pytest.approx(expected[name], rel=1e-9), name
    for name in ("q_fmi", "q_ssim"):
        found = local_metric_map(name, SOURCES, FUSED, device="cuda")
        assert found == pytest.approx(local_metric_map(name, SOURCES, FUSED), nan_ok=True)


def holed(images: np.ndarray) -> np.ndarray:
    images = images.copy()
    images[..., 3, 3] = np.nan
    return images


MASK = np.ones(FUSED.shape, bool)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: fusion_metrics(SOURCES[:1], FUSED), r"expected \(2, H, W\)"),
        (lambda: fusion_metrics(SOURCES, FUSED[1:]), r"expected \(2, H, W\)"),
        (lambda: fusion_metrics_batch(SOURCES, FUSED[None][:0]), "at least one image"),
        (lambda: fusion_metrics(holed(SOURCES), FUSED), "NaN or infinite value in the sources"),
        (lambda: fusion_metrics(SOURCES, holed(FUSED)), "NaN or infinite value in the fused"),
        (lambda: fusion_metrics(LEVELS, FUSED), r"Sources from 0 to [0-9]+; expected \[0, 1\]"),
        (lambda: grey_level_metrics(LEVELS, 2 * FUSED_LEVELS[None]), "expected 0…255"),
        (lambda: fusion_metrics(SOURCES, 0 * FUSED), r"Fused image 1 of 1 is constant .*Q_NCIE"),
        (lambda: fusion_metrics(np.stack([FUSED, 0 * FUSED + 1]), FUSED), r"Source 2 is constant \(.*255"),
        (lambda: fusion_metrics(SOURCES[:, :40], FUSED[:40]), "Q_VIFF of images of 40×47 .*41×41"),
        (lambda: fusion_metrics(SOURCES, FUSED, MASK[1:]), "expected bool of shape"),
        (lambda: fusion_metrics(SOURCES, FUSED, MASK.astype(float)), "float64; expected bool"),
        (lambda: fusion_metrics(SOURCES, FUSED, ~MASK), "holds no pixel"),
        (lambda: fusion_metrics(SOURCES, FUSED, ids=["ssim"]), "Unknown metric 'ssim'; expected one of q_ss"),
        (lambda: fusion_metrics(SOURCES, FUSED, device="tpu"), "Unknown device 'tpu'"),
        (lambda: local_metric_map("q_xy", SOURCES, FUSED), "no local map; expected one of q_ssim"),
        (lambda: local_metric_map("q_ssim", SOURCES[:, :9], FUSED[:9]), "at least 11×11"),
    ],
)
def test_bad_input_gets_one_clear_sentence(call: Callable[[], object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as caught:
        call()
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


def test_other_metrics_take_small_and_constant_images() -> None:
    flat = np.zeros((2, 12, 12))
    values = fusion_metrics(flat, flat[0], ids=set(IDS) - {"q_viff", "q_ncie", "q_mi"})
    assert values.pop("q_xy_sums") != values["q_xy"]  # NaN: no edges at all
    assert all(math.isfinite(value) for value in values.values())
