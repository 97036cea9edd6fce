"""The training recipe: what is optimised, for how long, and at which rate and loss weights.

Two stages, each with a cosine learning rate that ends at 0:

1. *crops*: random crops, batch norm in training mode. The first part runs at a small λ, because
   a grey background has almost no SSIM gradient and a network would stay grey (the warm-up).
2. *whole*: whole images one by one, batch-norm statistics settled on whole images and frozen, so
   that the network is trained as it is used: evaluation mode, zero padding at the image border.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from models.training.augment import POLICIES
from models.training.losses import LossWeights

# (γ_s, γ_2) of Kumar & Gumhold, "FuseVis", Computers 9(4):98, 2020
PUBLISHED_BALANCE: dict[str, tuple[float, float]] = {
    "funfusean": (0.47, 0.5),
    "funfusean_sum": (0.47, 0.5),
    "masknet": (0.5, 0.494),
    "deepfuse": (0.497, 0.5),
    "deeppedestrian": (0.52, 0.5),
}
EVEN_BALANCE = (0.5, 0.5)
PRECISIONS = ("off", "bf16", "fp16")


@dataclass(frozen=True)
class Recipe:
    """Everything that decides a training run, apart from the data and the device.

    `crop_steps` and `whole_steps` are the two stages; `warmup` is the share of the crop steps at
    λ = `warm_structure`, all later ones run at λ = `structure`. `clip` bounds the gradient norm.
    `augment` is one of `augment.POLICIES`, `amp` the mixed precision, one of `PRECISIONS`. A stage ends
    after `patience` evaluations without a better held-out loss; 0 lets it run to its end.

    Raises:
        ValueError: a number is out of its range; the message names it.
    """

    method: str
    crop_steps: int
    whole_steps: int
    seed: int = 0
    crop: int = 128
    batch: int = 4
    rate: float = 2e-3
    whole_rate: float = 1e-3
    warmup: float = 0.3
    warm_structure: float = 0.2
    structure: float = 0.99
    gamma_ssim: float = 0.5
    gamma_mse: float = 0.5
    clip: float = 1.0
    augment: str = "full"
    amp: str = "off"
    patience: int = 0

    def __post_init__(self) -> None:
        self.weights_at(0)
        positive = ("batch", "rate", "whole_rate", "clip")
        bad = [name for name in positive if not getattr(self, name) > 0]
        bad += [name for name in ("crop_steps", "whole_steps", "seed", "patience") if getattr(self, name) < 0]
        if bad:
            raise ValueError(f"Recipe: {bad[0]} is {getattr(self, bad[0])}; expected a larger number.")
        if self.crop < 16:
            raise ValueError(f"Recipe: crop is {self.crop} pixels; expected at least 16.")
        if self.steps < 1:
            raise ValueError("Recipe: no training steps; expected at least 1.")
        if not 0 <= self.warmup <= 1:
            raise ValueError(f"Recipe: warmup is {self.warmup}; expected a share from 0 to 1.")
        for name, valid in (("augment", POLICIES), ("amp", PRECISIONS)):
            if getattr(self, name) not in valid:
                raise ValueError(
                    f"Recipe: {name} is {getattr(self, name)!r}; expected one of {', '.join(valid)}."
                )

    @property
    def steps(self) -> int:
        """Steps of both stages."""
        return self.crop_steps + self.whole_steps

    def in_whole_stage(self, step: int) -> bool:
        """Whether step number `step` (from 0) works on whole images with frozen statistics."""
        return step >= self.crop_steps

    def in_warmup(self, step: int) -> bool:
        """Whether step number `step` runs at the small λ."""
        return step < self.warmup * self.crop_steps

    def weights_at(self, step: int) -> LossWeights:
        """The loss weights of a step: λ is small during the warm-up."""
        structure = self.warm_structure if self.in_warmup(step) else self.structure
        return LossWeights(structure, self.gamma_ssim, self.gamma_mse)

    def rate_at(self, step: int) -> float:
        """The learning rate of a step."""
        if self.in_whole_stage(step):
            return _cosine(self.whole_rate, (step - self.crop_steps) / self.whole_steps)
        return _cosine(self.rate, step / self.crop_steps)

    def first_sample(self, step: int) -> int:
        """How many samples were drawn before this step."""
        return min(step, self.crop_steps) * self.batch + max(step - self.crop_steps, 0)


def completed(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """A recorded recipe with the defaults of what did not exist yet when it was written."""
    defaults = {field.name: field.default for field in fields(Recipe) if field.default is not MISSING}
    return {**defaults, **recorded}


def _cosine(rate: float, position: float) -> float:
    return rate * 0.5 * (1 + math.cos(math.pi * position))
