"""The choice of the augmentation by held-out loss: a short trial of each policy.

The trials are a `study` beside the weights, so a killed choice continues and a made one is kept.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from models.training.augment import POLICIES
from models.training.early import weighted
from models.training.fit import Dataset
from models.training.losses import LossWeights
from models.training.recipe import Recipe
from models.training.study import Advance, Study

TRIAL_SHARE = 0.1  # of the run's steps, for each policy


def study_folder(out: Path, method: str) -> Path:
    """Where the trials of a method are, in the output folder of its run."""
    return out / f"{method}.augment"


def trial_of(recipe: Recipe) -> Recipe:
    """The recipe of a trial: a tenth of the steps, no early stop."""
    return replace(
        recipe,
        crop_steps=max(1, round(recipe.crop_steps * TRIAL_SHARE)),
        whole_steps=round(recipe.whole_steps * TRIAL_SHARE),
        patience=0,
    )


def choose_augmentation(
    recipe: Recipe, data: Dataset, out: Path, device: torch.device, advance: Advance
) -> tuple[Recipe, dict[str, Any]]:
    """The recipe with the policy of the lowest held-out loss, and what the card says of the choice.

    Each trial is judged by the loss of all held-out pairs (evaluation mode, whole images) with the
    recipe's λ, γ_s and γ_2. Ties go to the policy that changes less.

    Raises:
        StudyError: no held-out pairs, or trials of another recipe, other data or another device.
    """
    trial = trial_of(recipe)
    recorded = {name: value for name, value in asdict(recipe).items() if name != "augment"}
    study = Study(study_folder(out, recipe.method), data, device, {"recipe": recorded}, advance)
    weights = LossWeights(recipe.structure, recipe.gamma_ssim, recipe.gamma_mse)
    losses = {}
    for policy in POLICIES:
        record = study.run(policy, replace(trial, augment=policy))
        losses[policy] = round(weighted(record["held_out"], weights), 5)
    chosen = min(POLICIES, key=losses.__getitem__)
    card = {"chosen": chosen, "held_out_loss": losses, "trial_steps": trial.steps}
    study.finish(card)
    return replace(recipe, augment=chosen), card
