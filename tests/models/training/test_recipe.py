"""The schedule: warm-up, the two cosine stages, and the count of samples."""

from __future__ import annotations

import pytest

from models.training.recipe import Recipe, completed


def test_warm_up_then_structure() -> None:
    recipe = Recipe("deepfuse", crop_steps=10, whole_steps=5)
    lambdas = [recipe.weights_at(step).structure for step in range(recipe.steps)]
    assert lambdas == [0.2] * 3 + [0.99] * 12


def test_rates_fall_by_cosine_and_start_again() -> None:
    recipe = Recipe("deepfuse", crop_steps=4, whole_steps=2, rate=2e-3, whole_rate=1e-3)
    expected = [2e-3, 2e-3 * (2 + 2**0.5) / 4, 1e-3, 2e-3 * (2 - 2**0.5) / 4, 1e-3, 0.5e-3]
    assert [recipe.rate_at(step) for step in range(6)] == pytest.approx(expected)


def test_no_sample_is_drawn_twice_or_left_out() -> None:
    recipe = Recipe("deepfuse", crop_steps=3, whole_steps=3, batch=4)
    drawn: list[int] = []
    for step in range(recipe.steps):
        first = recipe.first_sample(step)
        drawn += range(first, first + (1 if recipe.in_whole_stage(step) else recipe.batch))
    assert drawn == list(range(15))


@pytest.mark.parametrize(
    "wrong",
    [
        {"crop": 8},
        {"batch": 0},
        {"rate": -1},
        {"seed": -1},
        {"warmup": 2},
        {"gamma_ssim": 1.5},
        {"crop_steps": 0},
        {"patience": -1},
        {"augment": "auto"},
        {"amp": "fp8"},
    ],
)
def test_numbers_out_of_range_are_named(wrong: dict[str, float]) -> None:
    values: dict[str, float] = {"crop_steps": 5, "whole_steps": 0} | wrong
    with pytest.raises(ValueError, match="expected"):
        Recipe(method="deepfuse", **values)  # type: ignore[arg-type]


def test_a_recipe_recorded_before_a_field_existed_means_its_default() -> None:
    recipe = Recipe("deepfuse", crop_steps=5, whole_steps=0, gamma_ssim=0.4)
    recorded = {
        name: value for name, value in vars(recipe).items() if name not in ("augment", "amp", "patience")
    }
    assert Recipe(**completed(recorded)) == recipe
