"""The held-out table: its means, its worst images and its verdicts, on pairs that can be counted by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.training.data import Pair
from tests.benchmarks.held_out import Average, by_folder, held_out, label, measure, missed, row


class Grey(nn.Module):
    """The first source, a little too bright."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return x1 + 0.01


def pair(folder: str, name: str, seed: int) -> Pair:
    sources = np.random.default_rng(seed).random((2, 24, 24)).astype(np.float32)
    sources[:, :6] = 0
    return Pair(folder, name, f"{folder}/{name}", sources, "")


PAIRS = [pair("a", "1", 1), pair("a", "2", 2), pair("b", "7", 3)]
CPU = torch.device("cpu")


def test_terms_of_a_fused_image_that_is_known() -> None:
    terms = measure(Grey(), PAIRS[0], CPU)
    assert terms["mse1"] == pytest.approx(1e-4, rel=1e-3)
    assert terms["background"] == terms["worst_image"] == pytest.approx(0.01, rel=1e-4)
    assert terms["worst_pixel"] == pytest.approx(0.01, rel=1e-4)
    plain = measure(Average(), PAIRS[0], CPU)
    difference = PAIRS[0].sources[0] - PAIRS[0].sources[1]
    assert plain["mse1"] == pytest.approx(float((difference**2).mean()) / 4, rel=1e-4)
    assert plain["worst_pixel"] == 0


def test_means_and_maxima_by_folder() -> None:
    rows = [{"ssim1": 0.1, "worst_pixel": 0.5}, {"ssim1": 0.3, "worst_pixel": 0.2}, {"ssim1": 0.5}]
    found = by_folder(rows, PAIRS)
    assert found["a"] == {"ssim1": pytest.approx(0.2), "worst_pixel": 0.5}
    assert found["b"] == {"ssim1": 0.5}
    assert found["all"] == {"ssim1": pytest.approx(0.3), "worst_pixel": 0.5}


def test_targets_are_met_up_to_their_value_and_missed_beyond() -> None:
    met = {"ssim1": 0.31, "ssim2": 0.16, "mse1": 0.02, "mse2": 0.0, "worst_image": 0.005}
    assert missed(met) == []
    assert row("x", "y", met).endswith("| met |")
    worse = {"ssim1": 0.4, "ssim2": 0.2, "mse1": 0.021, "mse2": 0.021, "worst_image": 0.006}
    assert missed(worse) == ["sum", "difference", "MSE 1", "MSE 2", "background"]
    assert row("x", "y", worse, judged=False).endswith("| – |")


def test_only_patients_that_the_card_holds_out() -> None:
    card = {"data": {"held_out": {"a": {"patient_ids": ["2"]}, "b": {"patient_ids": ["7"]}}}}
    kept = held_out(PAIRS, card)
    assert [each.name for each in kept] == ["2", "7"]
    assert (label("a", PAIRS), label("b", PAIRS), label("all", PAIRS * 2)) == (
        "a 1, 2",
        "b 7",
        "all, 6 pairs",
    )
