"""Early stop: what counts, which weights are kept, and that a resume is exact.

Oracle: the log itself. The weights that are kept must give the logged losses of the best entry.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from models.training.checkpoint import Progress
from models.training.early import end_stage, see
from models.training.fit import TrainingError, fit
from models.training.recipe import Recipe
from tests.models.training.tiny import KilledError, kill_at, make_data

RECIPE = Recipe("deepfuse", crop_steps=40, whole_steps=30, crop=16, batch=2, seed=3, rate=0.02, patience=2)


def loss_of(entry: dict) -> float:
    """The loss at λ = 0.99 and γ = 0.5, written out."""
    terms = entry["held_out"]
    structure = 0.5 * terms["ssim1"] + 0.5 * terms["ssim2"]
    return 0.99 * structure + 0.01 * (0.5 * terms["mse1"] + 0.5 * terms["mse2"])


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> dict:
    return fit(RECIPE, make_data(), tmp_path_factory.mktemp("early"))


def test_each_stage_ends_after_two_evaluations_without_a_better_loss(card: dict) -> None:
    assert [stage["stage"] for stage in card["early_stop"]] == ["crops", "whole"]
    for stage in card["early_stop"]:
        judged = [e for e in card["losses"] if e["stage"] == stage["stage"] and e["lambda"] == 0.99]
        losses = [loss_of(entry) for entry in judged]
        best = losses.index(min(losses))
        assert stage["best_step"] == judged[best]["step"]
        assert stage["best_loss"] == pytest.approx(min(losses), abs=1e-6)
        assert stage["stopped_at"] == judged[-1]["step"]
        assert stage["reason"] == "no better held-out loss in 2 evaluations"
        assert len(judged) - 1 - best == 2
    assert card["early_stop"][0]["stopped_at"] < 40


def test_the_best_weights_are_kept(card: dict) -> None:
    best = next(e for e in card["losses"] if e["step"] == card["early_stop"][-1]["best_step"])
    assert card["held_out"]["all"] == best["held_out"]  # both held-out pairs are logged
    assert card["held_out"]["all"] != card["losses"][-1]["held_out"]


def test_a_killed_run_stops_where_an_uninterrupted_one_does(card: dict, tmp_path: Path) -> None:
    whole = card["early_stop"][1]
    for step in (13, 40, whole["best_step"] + 1, whole["stopped_at"] - 1):
        with pytest.raises(KilledError):
            fit(RECIPE, make_data(), tmp_path, watch=kill_at(step), save_every=0)
    again = fit(RECIPE, make_data(), tmp_path)
    assert {**again, "seconds": 0} == {**card, "seconds": 0}


def test_warm_up_does_not_count_and_the_end_is_named() -> None:
    recipe = replace(RECIPE, crop_steps=10, patience=1)
    terms = {"ssim1": 0.1, "ssim2": 0.1, "mse1": 0.1, "mse2": 0.1}
    progress, model = Progress(), torch.nn.Linear(1, 1)
    for step, loss, stops in ((2, 0.1, False), (4, 0.5, False), (6, 0.4, False), (10, 0.3, False)):
        progress.log.append({"step": step, "held_out": {**terms, "ssim1": loss}})
        progress.step = step
        with torch.no_grad():
            model.weight.fill_(step)
        assert see(recipe, progress, model) is stops
    assert progress.best["step"] == 10
    end_stage(recipe, progress, model)
    assert progress.best["stages"][0]["reason"] == "all steps done"
    assert float(model.weight.detach()) == 10


def test_nothing_is_kept_without_patience(tmp_path: Path) -> None:
    card = fit(replace(RECIPE, crop_steps=4, whole_steps=2, patience=0), make_data(), tmp_path)
    assert "early_stop" not in card
    assert card["held_out"]["all"] == card["losses"][-1]["held_out"]


def test_early_stop_needs_held_out_pairs(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="none are held out"):
        fit(RECIPE, replace(make_data(), held_out=[]), tmp_path)
