"""Early stop: a stage of training ends when its held-out loss no longer falls, with its best weights.

Owns what is compared and what is kept. The counters live in `Progress`, so that a resume is exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from models.training.checkpoint import Progress
from models.training.losses import LossWeights, fusion_loss
from models.training.recipe import Recipe


def weighted(terms: Mapping[str, float], weights: LossWeights) -> float:
    """The loss of evaluated terms (`ssim1`, `ssim2`, `mse1`, `mse2`)."""
    tensors = {name: torch.tensor(value, dtype=torch.float64) for name, value in terms.items()}
    return float(fusion_loss(tensors, weights))


def judged(recipe: Recipe, step: int) -> bool:
    """Whether an evaluation after `step` steps counts: those of the warm-up have another λ."""
    return recipe.patience > 0 and not recipe.in_warmup(step - 1)


def see(recipe: Recipe, progress: Progress, model: nn.Module) -> bool:
    """Take the newest entry of the log into account; True where the stage should end.

    A better loss keeps a copy of the weights in `progress`.
    """
    entry = progress.log[-1]
    if not judged(recipe, entry["step"]):
        return False
    loss = weighted(entry["held_out"], recipe.weights_at(entry["step"] - 1))
    best = progress.best
    if loss < best.get("loss", float("inf")):
        best |= {"loss": loss, "step": entry["step"], "waited": 0}
        progress.best_weights = {name: t.detach().clone() for name, t in model.state_dict().items()}
    else:
        best["waited"] = best.get("waited", 0) + 1
    return bool(best["waited"] >= recipe.patience)


def end_stage(recipe: Recipe, progress: Progress, model: nn.Module) -> None:
    """Fill the model with the best weights of the stage that ends, and record where it stopped.

    Moves `progress.step` to the end of the stage.
    """
    whole = recipe.in_whole_stage(progress.step - 1)
    end = recipe.steps if whole else recipe.crop_steps
    if progress.best_weights:
        best = progress.best
        reason = f"no better held-out loss in {recipe.patience} evaluations"
        record: dict[str, Any] = {
            "stage": "whole" if whole else "crops",
            "stopped_at": progress.step,
            "reason": reason if best["waited"] >= recipe.patience else "all steps done",
            "best_step": best["step"],
            "best_loss": round(best["loss"], 6),
        }
        model.load_state_dict(progress.best_weights)
        progress.best = {"stages": [*best.get("stages", []), record]}
        progress.best_weights = {}
    progress.step = end
