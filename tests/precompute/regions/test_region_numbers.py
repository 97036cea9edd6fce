"""Region numbers against sums of single Jacobians, closed forms and scipy; text regions against brush.js."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from models import create_model, guidance, jacobian, jacobians
from precompute.cases.case_study import BUNDLED, load_case
from precompute.regions.masks import RegionTextError, mask_digest, region_mask
from precompute.regions.numbers import (
    RESAMPLES,
    SEED,
    analyse_region,
    bootstrap_interval,
    mass_radius,
    pearson,
    ring_mass,
    sample_pixels,
    spearman,
)
from tests.models.methods import METHODS, embed, random_method, scene

ROOT = Path(__file__).resolve().parents[3]


def square(shape: tuple[int, int], y: int, x: int, size: int) -> np.ndarray:
    mask = np.zeros(shape, bool)
    mask[y : y + size, x : x + size] = True
    return mask


def masses(total: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Absolute gradient mass (K,) inside and outside, per pixel of the region, by plain sums."""
    inside = [sum(abs(value) for value in image[mask]) / mask.sum() for image in total]
    outside = [sum(abs(value) for value in image[~mask]) / mask.sum() for image in total]
    return np.array(inside), np.array(outside)


@pytest.mark.parametrize("method", METHODS)
def test_region_sums_are_sums_of_single_jacobians(method: str) -> None:
    model, sources = random_method(method), scene(20, 22)
    mask = square((20, 22), 6, 8, 4)
    pixels = [(int(y), int(x)) for y, x in np.argwhere(mask)]
    found = analyse_region(model, sources, mask, np.zeros_like(sources))
    rows = [embed(each.values, each.origin, (20, 22)) for each in jacobians(model, sources, pixels)]
    inside, outside = masses(sum(rows), mask)
    numbers = found.numbers
    np.testing.assert_allclose(numbers.mass_inside, inside, rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(numbers.mass_outside, outside, rtol=1e-5, atol=1e-9)
    assert numbers.leakage == pytest.approx(outside.sum() / (inside + outside).sum(), abs=1e-6)
    total = sum(rows)
    negative = np.array([-image[image < 0].sum() / np.abs(image).sum() for image in total])
    np.testing.assert_allclose(numbers.negative, negative, atol=1e-6)


def test_region_sums_hold_in_float32_with_trained_weights() -> None:
    case = load_case(BUNDLED / "glioma-t2-fdg")
    region = next(region.mask for region in case.regions if region.id == "enhancing-rim")
    mask = np.zeros_like(region)
    mask[tuple(np.argwhere(region)[::9].T)] = True
    model = create_model("masknet")
    found = analyse_region(model, case.sources, mask, np.zeros_like(case.sources))
    pixels = [(int(y), int(x)) for y, x in np.argwhere(mask)]
    total = sum(
        embed(each.values, each.origin, case.shape) for each in jacobians(model, case.sources, pixels)
    )
    np.testing.assert_allclose(found.gradient, total, atol=2e-5 * np.abs(total).max())


def test_weighted_averaging_leaks_nothing() -> None:
    sources = scene(20, 22) * 0.8 + 0.1
    model, mask = random_method("weighted_averaging"), square((20, 22), 5, 6, 5)
    numbers = analyse_region(model, sources, mask, guidance(model, sources)).numbers
    first, second = sources
    slope = (first**2 + 2 * first * second - second**2) / (first + second) ** 2
    assert numbers.leakage == 0.0
    assert (numbers.radii == 0).all()
    assert numbers.mass_inside[0] == pytest.approx(np.abs(slope[mask]).mean(), rel=1e-6)
    assert numbers.mean_guidance[0] == pytest.approx(slope[mask].mean(), rel=1e-6)
    assert numbers.negative[0] == pytest.approx(
        -slope[mask & (slope < 0)].sum() / np.abs(slope[mask]).sum(), abs=1e-6
    )


def test_frozen_weights_oppose_each_other() -> None:
    sources = scene(20, 22) * 0.8 + 0.1
    model, mask = random_method("weighted_averaging_fixed"), square((20, 22), 5, 6, 5)
    numbers = analyse_region(model, sources, mask, guidance(model, sources)).numbers
    assert numbers.pearson[0, 1] == pytest.approx(-1)
    assert numbers.spearman[0, 1] == pytest.approx(-1)


class Box(nn.Module):
    """Mean of 3 × 3 pixels of the first source; the second has no say."""

    def forward(self, x1: torch.Tensor, x2: torch.Tensor) -> torch.Tensor:
        return nn.functional.avg_pool2d(x1, 3, 1, 1) + 0 * x2


@pytest.mark.parametrize(("size", "leakage"), [(1, 8 / 9), (3, 32 / 81)])
def test_a_box_leaks_what_counting_says(size: int, leakage: float) -> None:
    sources = scene(20, 22)
    numbers = analyse_region(
        Box().eval(), sources, square((20, 22), 8, 8, size), np.zeros_like(sources)
    ).numbers
    assert numbers.leakage == pytest.approx(leakage, rel=1e-6)
    assert numbers.leakage_of[0] == pytest.approx(leakage, rel=1e-6)
    assert np.isnan(numbers.leakage_of[1])
    assert np.isnan(numbers.negative[1])
    # five of nine pixels are no further than 1, and all no further than √2
    np.testing.assert_allclose(numbers.radii[0], [1, np.sqrt(2)])
    assert np.isnan(numbers.radii[1]).all()
    assert np.isnan(numbers.pearson).all()


def test_the_radius_of_one_pixel_is_the_smallest_disc() -> None:
    model, sources = random_method("deepfuse"), scene(30, 34)
    found = jacobian(model, sources, (7, 9))
    rings = ring_mass(found)
    for k, image in enumerate(np.abs(found.values)):
        down, across = np.indices(image.shape)
        distance = np.hypot(down + found.origin[0] - 7, across + found.origin[1] - 9)
        for share in (0.5, 0.9):
            least = min(r for r in np.unique(distance) if image[distance <= r].sum() >= share * image.sum())
            assert mass_radius(rings[k], share) == pytest.approx(least)


def test_radii_are_pooled_over_the_pixels() -> None:
    model, sources = random_method("masknet"), scene(24, 24)
    mask = square((24, 24), 10, 10, 3)
    found = analyse_region(model, sources, mask, np.zeros_like(sources))
    assert found.numbers.sampled == 9
    whole = [
        np.abs(each.values).sum() for each in jacobians(model, sources, [tuple(p) for p in found.sampled])
    ]
    assert found.rings.sum() == pytest.approx(sum(whole))


def test_a_large_region_is_sampled_with_a_seed() -> None:
    mask = np.ones((40, 40), bool)
    first, second = sample_pixels(mask, 100), sample_pixels(mask, 100)
    assert len(np.unique(first, axis=0)) == 100
    assert (first == second).all()
    assert len(sample_pixels(square((40, 40), 3, 3, 5), 100)) == 25


def test_the_bootstrap_interval_covers_the_mean() -> None:
    rng = np.random.default_rng(11)
    values = rng.exponential(1.0, (300, 80))
    covered = 0
    for sample in values:
        low, high = bootstrap_interval(sample[None], resamples=300)[0]
        assert low < sample.mean() < high
        covered += low <= 1.0 <= high
    # 95 % asked for; the percentile interval of a skewed sample of 80 stays a little below
    assert 0.89 <= covered / 300 <= 0.98


def test_the_bootstrap_draws_what_it_says() -> None:
    values = np.random.default_rng(2).standard_normal((2, 5000))
    drawn = np.random.default_rng(SEED).integers(5000, size=(RESAMPLES, 5000))
    means = np.stack([row[drawn].mean(axis=1) for row in values])
    np.testing.assert_allclose(
        bootstrap_interval(values), np.percentile(means, [2.5, 97.5], axis=1).T, rtol=1e-12
    )


def test_correlations_are_scipys() -> None:
    rng = np.random.default_rng(3)
    first = np.round(rng.standard_normal(200), 1)  # with ties
    second = first**3 * 1e-9 + 1e-9 * rng.standard_normal(200)
    assert pearson(first, second) == pytest.approx(stats.pearsonr(first, second).statistic)
    assert spearman(first, second) == pytest.approx(stats.spearmanr(first, second).statistic)
    assert np.isnan(pearson(first, np.full(200, 0.1)))


def test_guidance_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match=r"expected \(2, 20, 22\) as the sources"):
        analyse_region(
            random_method("weighted_averaging"), scene(20, 22), np.ones((20, 22), bool), np.zeros((2, 3, 3))
        )


REGIONS = {"rim": square((24, 30), 4, 5, 3)}
TEXTS = [
    "rect:2,3,9,20",
    "poly:2.5,3.1;20.2,4;12.7,25.3",
    "poly:1,1;1,28;22,28;11.5,14.2;22,1",
    "scatter:-0.5,-1,0.7,0.4",
    "lasso:-1,-1;1.2,-0.4;0.1,1.3;-0.3,0.2",
]


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_regions_as_text_are_the_browsers() -> None:
    plane = np.random.default_rng(5).standard_normal((2, 24, 30))
    script = """
      const brush = require(process.argv[1] + "/assets/js/shared/brush.js");
      const { texts, plane } = JSON.parse(require("fs").readFileSync(0, "utf8"));
      const guidance = plane.map((data) => ({ data }));
      const held = (text) => Array.from(brush.mask(brush.parse(text), [24, 30], guidance, {}));
      console.log(JSON.stringify(texts.map(held)));
    """
    asked = json.dumps({"texts": TEXTS, "plane": plane.reshape(2, -1).tolist()})
    done = subprocess.run(
        ["node", "-e", script, str(ROOT)], input=asked, capture_output=True, text=True, check=True
    )
    for text, held in zip(TEXTS, json.loads(done.stdout), strict=True):
        mask = region_mask(text, (24, 30), {}, lambda: plane)
        assert mask.any()
        assert (mask.ravel() == np.array(held, bool)).all(), text


def test_a_named_region_and_its_digest() -> None:
    assert (region_mask("rim", (24, 30), REGIONS) == REGIONS["rim"]).all()
    assert (region_mask("region:rim", (24, 30), REGIONS) == REGIONS["rim"]).all()
    assert mask_digest(REGIONS["rim"]) != mask_digest(~REGIONS["rim"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("core", "Unknown region 'core'"),
        ("region:core", "ids: rim"),
        ("rect:1,2,3", "makes no sense"),
        ("poly:1,2;3,4", "makes no sense"),
        ("rect:a,b,c,d", "makes no sense"),
        ("disc:1,2,3,4", "makes no sense"),
        ("rect:50,50,60,60", "holds no pixel"),
        ("scatter:0,0,1,1", "drawn in the scatter of a method"),
    ],
)
def test_a_senseless_region_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(RegionTextError, match=sentence):
        region_mask(text, (24, 30), REGIONS)
