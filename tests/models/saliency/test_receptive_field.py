"""Receptive fields against the published table (SPEC section 3) and against known constructions."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from models import receptive_field
from models.saliency.receptive_field import probe
from tests.models.methods import random_method

PUBLISHED = {
    "weighted_averaging": (1, 1),
    "weighted_averaging_fixed": (1, 1),
    "funfusean": (19, 23),
    "funfusean_sum": (19, 23),
    "masknet": (17, 17),
    "deepfuse": (25, 25),
    "deeppedestrian": (35, 35),
}


@pytest.mark.parametrize("method", PUBLISHED)
def test_matches_the_table(method: str) -> None:
    field = receptive_field(random_method(method))
    assert field.local
    assert field.radii == tuple(size // 2 for size in PUBLISHED[method])


@pytest.mark.parametrize("guess", [None, 1, 30])
def test_the_guess_does_not_change_the_answer(guess: int | None) -> None:
    assert probe(random_method("funfusean"), 2, guess).radii == (9, 11)


def test_dead_units_and_zero_weights_still_count() -> None:
    class Dead(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.wide = nn.Conv2d(1, 1, 9, padding=4)
            nn.init.zeros_(self.wide.weight)
            nn.init.constant_(self.wide.bias, -1)

        def forward(self, x1: torch.Tensor, x2: torch.Tensor) -> torch.Tensor:
            return x2 + torch.relu(self.wide(x1))

    assert probe(Dead().double().eval()).radii == (4, 0)


def test_a_window_that_replaces_nan_is_still_found() -> None:
    class Clean(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.wide = nn.Conv2d(1, 1, 7, padding=3)

        def forward(self, x1: torch.Tensor, x2: torch.Tensor) -> torch.Tensor:
            return x2 + self.wide(torch.nan_to_num(x1))

    assert probe(Clean().double().eval()).radii == (3, 0)
