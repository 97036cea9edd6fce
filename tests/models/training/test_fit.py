"""The training loop: exact resume, batch norm, the card, and what is refused.

Oracle of the resume: an uninterrupted run of the same recipe, compared bit by bit.
"""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from models.checkpoints import load_weights
from models.registry import create_model
from models.training.checkpoint import CheckpointError, read_checkpoint
from models.training.evaluate import evaluate, evaluate_by_folder, spread, spread_over_folders
from models.training.fit import TrainingError, fit, seconds_per_step, settle_statistics
from models.training.recipe import Recipe
from tests.models.training.tiny import KilledError, kill_at, make_data

CPU = torch.device("cpu")
RECIPE = Recipe("deepfuse", crop_steps=4, whole_steps=3, crop=16, batch=2, seed=3)


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict]:
    out = tmp_path_factory.mktemp("whole")
    return out, fit(RECIPE, make_data(), out, provenance="Made by the test.")


@pytest.mark.parametrize("steps", [(2,), (4,), (6,), (1, 4, 5)], ids=str)
def test_a_killed_run_ends_like_an_uninterrupted_one(
    tmp_path: Path, uninterrupted: tuple[Path, dict], steps: tuple[int, ...]
) -> None:
    """KilledError among the crops, between the stages, among the whole images, and thrice."""
    for step in steps:
        with pytest.raises(KilledError):
            fit(RECIPE, make_data(), tmp_path, watch=kill_at(step), save_every=0)
        torch.rand(7)  # the state of the global generator must not matter
    seen: list[int] = []
    card = fit(RECIPE, make_data(), tmp_path, watch=lambda progress, _: seen.append(progress.step))
    assert seen == list(range(steps[-1] + 1, 8))
    expected = uninterrupted[1]
    assert card["sha256"] == expected["sha256"]
    assert card["losses"] == expected["losses"]
    assert card["held_out"] == expected["held_out"]


_REALLY_KILLED = """
import os, signal, sys
from pathlib import Path
from models.training.fit import fit
from tests.models.training.test_fit import RECIPE
from tests.models.training.tiny import make_data

def watch(progress, loss):
    if progress.step == 5:
        os.kill(os.getpid(), signal.SIGKILL)

fit(RECIPE, make_data(), Path(sys.argv[1]), watch=watch, save_every=0)
"""


def test_a_process_that_was_really_killed_leaves_a_run_that_continues(
    tmp_path: Path, uninterrupted: tuple[Path, dict]
) -> None:
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run([sys.executable, "-c", _REALLY_KILLED, str(tmp_path)], cwd=root, check=False)
    assert done.returncode == -signal.SIGKILL
    assert not (tmp_path / "deepfuse.json").exists()
    seen: list[int] = []
    card = fit(RECIPE, make_data(), tmp_path, watch=lambda progress, _: seen.append(progress.step))
    assert seen == [6, 7]
    assert card["held_out"] == uninterrupted[1]["held_out"]


def test_a_checkpoint_of_before_a_setting_existed_continues(
    tmp_path: Path, uninterrupted: tuple[Path, dict]
) -> None:
    with pytest.raises(KilledError):
        fit(RECIPE, make_data(), tmp_path, watch=kill_at(5), save_every=0)
    path = tmp_path / "deepfuse.checkpoint.json"
    content = json.loads(path.read_text())
    for name in ("augment", "amp", "patience"):
        del content["run"]["recipe"][name]
    del content["best"], content["scaler"]
    path.write_text(json.dumps(content))
    assert fit(RECIPE, make_data(), tmp_path)["sha256"] == uninterrupted[1]["sha256"]


def test_a_finished_run_is_not_trained_again(uninterrupted: tuple[Path, dict]) -> None:
    out, card = uninterrupted
    again = fit(RECIPE, make_data(), out, watch=kill_at(8), provenance="Made by the test.")
    assert again == card


def test_the_seed_decides(tmp_path: Path, uninterrupted: tuple[Path, dict]) -> None:
    same = fit(RECIPE, make_data(), tmp_path / "same")
    other = fit(replace(RECIPE, seed=4), make_data(), tmp_path / "other")
    assert same["sha256"] == uninterrupted[1]["sha256"] != other["sha256"]


def test_card_and_weights(uninterrupted: tuple[Path, dict]) -> None:
    out, card = uninterrupted
    assert json.loads((out / "deepfuse.json").read_text()) == card
    assert card["sha256"] == hashlib.sha256((out / "deepfuse.safetensors").read_bytes()).hexdigest()
    assert card["recipe"]["whole_steps"] == 3
    assert card["recipe"]["seed"] == 3
    assert card["data"]["training"]["f"]["pairs"] == 4
    assert card["data"]["held_out"]["f"]["pairs"] == 2
    assert card["licence"] == "MIT"
    assert card["provenance"] == "Made by the test."
    assert [entry["step"] for entry in card["losses"]] == [2, 4, 6, 7]
    assert [entry["stage"] for entry in card["losses"]] == ["crops", "crops", "whole", "whole"]
    model = create_model("deepfuse", pretrained=False)
    load_weights(model, "deepfuse", out)
    found = evaluate(model, make_data().held_out, CPU)
    assert {name: round(value, 5) for name, value in found.items()} == card["held_out"]["all"]


def test_nothing_is_pickled(uninterrupted: tuple[Path, dict]) -> None:
    """Safetensors and JSON only: no file has the start of a zip or of a pickle."""
    for path in uninterrupted[0].iterdir():
        assert path.suffix in (".json", ".safetensors")
        assert path.read_bytes()[:2] not in (b"PK", b"\x80\x02")


def test_settled_statistics_are_means_over_whole_images() -> None:
    torch.manual_seed(0)
    model = create_model("deepfuse", pretrained=False).requires_grad_(True)
    data = make_data()
    settle_statistics(model, data.train, CPU)
    convolution, norm = model.encode[0][0], model.encode[0][1]
    with torch.no_grad():
        features = [
            convolution(torch.from_numpy(p.sources)[k][None, None]) for p in data.train for k in (0, 1)
        ]
    means = torch.stack([f.mean(dim=(0, 2, 3)) for f in features]).mean(0)
    assert torch.allclose(norm.running_mean, means, atol=1e-5)
    assert norm.momentum == pytest.approx(0.1)


def test_statistics_stay_frozen_on_whole_images(tmp_path: Path) -> None:
    """After the last crop step they change once, by settling, and then never."""
    seen = {}
    for step in (4, 5, 6, 7):
        with pytest.raises(KilledError):
            fit(RECIPE, make_data(), tmp_path, watch=kill_at(step), save_every=0)
        found = read_checkpoint(tmp_path, "deepfuse")
        assert found is not None
        seen[step] = {name: t for name, t in found[1].items() if "running" in name}
    changed = [any(not torch.equal(seen[a][n], seen[a + 1][n]) for n in seen[4]) for a in (4, 5, 6)]
    assert changed == [True, False, False]


def test_checkpoint_of_another_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        fit(RECIPE, make_data(), tmp_path, watch=kill_at(2), save_every=0)
    other = replace(RECIPE, rate=1e-3)
    with pytest.raises(TrainingError, match="another recipe"):
        fit(other, make_data(), tmp_path)
    with pytest.raises(TrainingError, match="other data"):
        fit(RECIPE, replace(make_data(), held_out=[]), tmp_path)
    assert fit(other, make_data(), tmp_path, restart=True)["recipe"]["rate"] == 1e-3


def test_damaged_checkpoint_is_named(tmp_path: Path) -> None:
    with pytest.raises(KilledError):
        fit(RECIPE, make_data(), tmp_path, watch=kill_at(2), save_every=0)
    tensors = next(tmp_path.glob("*.safetensors"))
    data = bytearray(tensors.read_bytes())
    data[-1] ^= 1
    tensors.write_bytes(data)
    with pytest.raises(CheckpointError, match="digest"):
        fit(RECIPE, make_data(), tmp_path)
    tensors.unlink()
    with pytest.raises(CheckpointError, match="damaged"):
        fit(RECIPE, make_data(), tmp_path)


def test_wrong_requests_are_named(tmp_path: Path) -> None:
    data = make_data()
    with pytest.raises(TrainingError, match="f/0 has 24×24 pixels"):
        fit(replace(RECIPE, crop=32), data, tmp_path)
    with pytest.raises(TrainingError, match="nothing to train"):
        fit(replace(RECIPE, method="weighted_averaging"), data, tmp_path)
    data.train[0].sources[0, 5, 5] = np.nan
    with pytest.raises(TrainingError, match="The loss is nan"):
        fit(RECIPE, data, tmp_path)


class Mean(nn.Module):
    """Adds 0.25 to the mean of the sources while it is in training mode."""

    def forward(self, x1: torch.Tensor, x2: torch.Tensor) -> torch.Tensor:
        return 0.5 * (x1 + x2) + (0.25 if self.training else 0.0)


def test_evaluation_is_in_evaluation_mode_on_whole_images() -> None:
    model, data = Mean().train(), make_data()
    result = evaluate(model, data.train, CPU)
    assert model.training
    expected = np.mean([np.mean((0.5 * (p.sources[0] - p.sources[1])) ** 2) for p in data.train])
    assert result["mse1"] == pytest.approx(float(expected), rel=1e-5)
    assert result["mse2"] == pytest.approx(float(expected), rel=1e-5)
    assert result["background"] == 0


def test_evaluation_by_folder_and_without_background() -> None:
    data = make_data()
    bright = replace(data.train[0], folder="g", sources=data.train[0].sources + 0.1)
    result = evaluate_by_folder(Mean(), [*data.train, bright], CPU)
    assert set(result) == {"f", "g", "all"}
    assert "background" not in result["g"]
    assert result["all"]["ssim1"] == pytest.approx((4 * result["f"]["ssim1"] + result["g"]["ssim1"]) / 5)
    assert evaluate_by_folder(Mean(), [], CPU) == {}


def test_a_few_pairs_of_each_folder() -> None:
    data = make_data()
    assert [pair.name for pair in spread(data.train, 2)] == ["1", "3"]
    mixed = [*data.train, *(replace(pair, folder="g") for pair in data.held_out)]
    assert [pair.folder for pair in spread_over_folders(mixed, 1)] == ["f", "g"]
    assert spread_over_folders(mixed, 9) == mixed


def test_measured_rates_are_positive() -> None:
    assert all(value > 0 for value in seconds_per_step(RECIPE, make_data(), CPU))
