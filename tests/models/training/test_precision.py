"""Mixed precision: `off` is the plain step, half precision comes near it, and a resume is exact.

On a CPU, where autocast and the loss scale work as on a GPU, only slower.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import nn, optim

from models.training.checkpoint import read_checkpoint
from models.training.fit import fit
from models.training.precision import Precision
from models.training.recipe import Recipe
from tests.models.training.tiny import KilledError, kill_at, make_data

CPU = torch.device("cpu")
RECIPE = Recipe("deepfuse", crop_steps=4, whole_steps=3, crop=16, batch=2, seed=3)


def one_step(amp: str, scale: float = 1.0) -> tuple[nn.Module, torch.dtype, Precision]:
    torch.manual_seed(0)
    model = nn.Conv2d(1, 1, 3, padding=1)
    optimizer, precision = optim.SGD(model.parameters(), lr=0.1), Precision(amp, CPU)
    with precision.context():
        out = model(torch.rand(1, 1, 8, 8))
    precision.step((out.float() * scale).square().mean(), model, optimizer, clip=0.5)
    return model, out.dtype, precision


def test_off_is_a_plain_step() -> None:
    torch.manual_seed(0)
    model = nn.Conv2d(1, 1, 3, padding=1)
    optimizer = optim.SGD(model.parameters(), lr=0.1)
    model(torch.rand(1, 1, 8, 8)).square().mean().backward()
    nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    ours, kind, precision = one_step("off")
    assert kind == torch.float32
    assert torch.equal(ours.weight, model.weight)
    assert precision.state() == {}


@pytest.mark.parametrize(("amp", "kind"), [("bf16", torch.bfloat16), ("fp16", torch.float16)])
def test_half_precision_comes_near(amp: str, kind: torch.dtype) -> None:
    plain, half = one_step("off")[0], one_step(amp)
    assert half[1] == kind
    assert half[0].weight.dtype == torch.float32
    assert 0 < (half[0].weight - plain.weight).abs().max() < 2e-3


def test_a_step_that_overflows_is_left_out_and_the_scale_halved() -> None:
    torch.manual_seed(0)
    untouched = nn.Conv2d(1, 1, 3, padding=1).weight
    model, _, precision = one_step("fp16", scale=1e4)
    assert torch.equal(model.weight, untouched)
    assert precision.state()["scale"] == 2.0**11


@pytest.mark.parametrize("amp", ["bf16", "fp16"])
def test_a_run_in_half_precision_is_recorded_and_resumed_exactly(tmp_path: Path, amp: str) -> None:
    recipe = replace(RECIPE, amp=amp)
    card = fit(recipe, make_data(), tmp_path / "whole")
    assert card["recipe"]["amp"] == amp
    for step in (2, 5):
        with pytest.raises(KilledError):
            fit(recipe, make_data(), tmp_path / "killed", watch=kill_at(step), save_every=0)
    found = read_checkpoint(tmp_path / "killed", "deepfuse")
    assert found is not None
    assert bool(found[0]["scaler"]) == (amp == "fp16")
    assert fit(recipe, make_data(), tmp_path / "killed")["sha256"] == card["sha256"]


def test_the_loss_scale_is_continued() -> None:
    """A resume must not begin with a scale that overflowed before."""
    first = one_step("fp16", scale=1e4)[2]
    second = Precision("fp16", CPU)
    second.restore(first.state())
    assert second.state() == first.state()
