"""The four requirements on images whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from precompute.regions.numbers import RegionAnalysis, region_numbers
from precompute.regions.verdicts import (
    MET,
    NOT_MET,
    REQUIREMENTS,
    UNJUDGED,
    judge,
    plain_average,
    surroundings,
)

NAMES = ("T2", "PET")
SHAPE = (40, 44)
CORE = np.zeros(SHAPE, bool)
CORE[15:22, 18:26] = True
HALO = np.zeros(SHAPE, bool)
HALO[5:32, 6:38] = True
OFF = ~HALO


def pair() -> np.ndarray:
    """A flat brain of 0.4 on T2; on PET 0.6 with a core of 0.1; background 0."""
    t2, pet = np.where(OFF, 0, 0.4), np.where(OFF, 0, 0.6)
    pet[CORE] = 0.1
    return np.stack([t2, pet])


def analysis(inside: tuple[float, float], outside: tuple[float, float] = (0.0, 0.0)) -> RegionAnalysis:
    """Region gradients of these heights in the core, and at one pixel below it."""
    gradient = np.zeros((2, *SHAPE), np.float32)
    for k in range(2):
        gradient[k][CORE] = inside[k]
        gradient[k, 25, 20] = outside[k] * CORE.sum()
    rings = np.ones((2, 1))
    numbers = region_numbers(gradient, CORE, np.zeros((2, *SHAPE)), rings, 1)
    return RegionAnalysis(gradient, rings, np.array([[15, 18]]), numbers)


def verdicts(fused: np.ndarray, found: RegionAnalysis, sources: np.ndarray | None = None) -> tuple:
    sources = pair() if sources is None else sources
    return judge(sources, NAMES, CORE, 1, fused, np.ones((2, *SHAPE)), found)


def test_a_copy_of_the_relevant_source_meets_all() -> None:
    found = verdicts(pair()[1], analysis((0, 1)))
    assert [each.judgement for each in found] == [MET] * 4
    assert [each.value for each in found] == pytest.approx([1, 1, 0, 0])
    assert [each.requirement for each in found] == [each.id for each in REQUIREMENTS]


def test_a_copy_of_the_other_source_fails() -> None:
    found = verdicts(pair()[0], analysis((1, 0), (0.5, 0)))
    assert [each.judgement for each in found] == [NOT_MET] * 4
    assert [each.value for each in found] == pytest.approx([0, 0.4 / 0.6, 1, 1 / 3])


def test_the_plain_average_keeps_half_of_a_contrast() -> None:
    sources = pair()
    found = verdicts(sources.mean(axis=0), analysis((0.5, 0.5)))
    assert [each.value for each in found] == pytest.approx(plain_average(sources, CORE, 1))
    assert found[0].value == pytest.approx(0.5)
    assert found[2].value == pytest.approx(0.5)


def test_the_evidence_is_where_it_is_worst() -> None:
    fused = pair()[1].copy()
    fused[16, 20], fused[8, 9] = 0.9, 0.0
    dark, bright, _, outside = verdicts(fused, analysis((0, 1), (0, 0.4)))
    assert dark.pixel == (16, 20)
    assert bright.pixel == (8, 9)
    assert outside.pixel == (21, 20)  # of the core, nearest to row 25, column 20


def test_what_is_not_dark_cannot_be_judged() -> None:
    sources = pair()
    sources[1][CORE] = 0.55
    dark = verdicts(sources[1], analysis((0, 1)), sources)[0]
    assert dark.judgement == UNJUDGED
    assert np.isnan(dark.value)
    assert "PET is only 0.05 darker" in dark.reason


def test_without_gradient_or_bright_pixels_nothing_is_judged() -> None:
    sources = pair()
    sources[0] = 0.9
    found = verdicts(sources[1], analysis((0, 0)), sources)
    assert [each.judgement for each in found[1:]] == [UNJUDGED] * 3
    assert "nowhere brighter" in found[1].reason


def test_surroundings_are_a_ring_without_background() -> None:
    around = surroundings(pair(), CORE, 3)
    assert not (around & (CORE | OFF)).any()
    y, x = np.argwhere(around).T
    gap = np.hypot(np.maximum(np.maximum(15 - y, y - 21), 0), np.maximum(np.maximum(18 - x, x - 25), 0))
    assert gap.max() <= 3
    assert around.sum() == (7 + 8) * 2 * 3 + 4 * 4  # four sides, and four corners of a disc of radius 3


def test_texts_name_the_sources() -> None:
    for requirement in REQUIREMENTS:
        for text in (requirement.title, requirement.formula, requirement.why, requirement.unproven):
            assert "{" not in requirement.said(text, NAMES, 1)
    assert REQUIREMENTS[2].said(REQUIREMENTS[2].title, NAMES, 1) == "Little sensitivity to T2"


def test_a_source_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="relevant source is 2; expected 0 to 1"):
        judge(pair(), NAMES, CORE, 2, pair()[0], np.ones((2, *SHAPE)), analysis((1, 1)))
