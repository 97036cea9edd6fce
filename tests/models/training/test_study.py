"""A study's folder: trials appear whole or not at all, and an interrupted one continues exactly.

Oracle of the resume: an uninterrupted study, compared file by file.
"""

from __future__ import annotations

import functools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from models.training import study
from models.training.augment_choice import choose_augmentation, study_folder
from models.training.checkpoint import Progress
from models.training.evaluate import added_brightness
from models.training.fit import fit
from models.training.recipe import Recipe
from models.training.study import Study, StudyError, discard_study, read_common
from models.training.study_report import still_falling
from tests.models.training.tiny import KilledError, make_data

CPU = torch.device("cpu")
RECIPE = Recipe("deepfuse", crop_steps=3, whole_steps=2, crop=16, batch=2)


def ignore(key: str, progress: Progress) -> None:
    """No display."""


def timeless(path: Path) -> dict:
    return {**json.loads(path.read_text()), "seconds": 0}


def test_a_killed_trial_continues_from_its_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Study(tmp_path / "whole", make_data(), CPU, {}, ignore).run("a", RECIPE, part="grid")
    monkeypatch.setattr(study, "fit", functools.partial(fit, save_every=0))

    def kill(key: str, progress: Progress) -> None:
        if progress.step == 4:
            raise KilledError

    with pytest.raises(KilledError):
        Study(tmp_path / "killed", make_data(), CPU, {}, kill).run("a", RECIPE, part="grid")
    assert not (tmp_path / "killed" / "trials").exists()
    seen: list[int] = []
    again = Study(tmp_path / "killed", make_data(), CPU, {}, lambda _, now: seen.append(now.step))
    record = again.run("a", RECIPE, part="grid")
    assert seen == [5]
    assert {**record, "seconds": 0} == {**whole, "seconds": 0}
    files = [tmp_path / name / "trials" / "a.json" for name in ("whole", "killed")]
    assert timeless(files[0]) == timeless(files[1])
    assert not any((tmp_path / "killed" / "work").iterdir())


def test_a_finished_trial_is_not_trained_again(tmp_path: Path) -> None:
    first = Study(tmp_path, make_data(), CPU, {}, ignore).run("a", RECIPE)

    def refuse(key: str, progress: Progress) -> None:
        raise KilledError

    assert Study(tmp_path, make_data(), CPU, {}, refuse).run("a", RECIPE) == first


def test_another_study_in_the_folder_is_refused(tmp_path: Path) -> None:
    Study(tmp_path, make_data(), CPU, {"budget": "small"}, ignore)
    with pytest.raises(StudyError, match="differs in budget"):
        Study(tmp_path, make_data(), CPU, {"budget": "full"}, ignore)
    data = make_data()
    with pytest.raises(StudyError, match="differs in data"):
        Study(tmp_path, replace(data, train=data.train[1:]), CPU, {"budget": "small"}, ignore)
    with pytest.raises(StudyError, match="judged by held-out pairs"):
        Study(tmp_path, replace(data, held_out=[]), CPU, {"budget": "small"}, ignore)
    (tmp_path / "mine.txt").write_text("stays")
    discard_study(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_damaged_record_is_named(tmp_path: Path) -> None:
    there = Study(tmp_path, make_data(), CPU, {}, ignore)
    there.run("a", RECIPE)
    (tmp_path / "trials" / "a.json").write_text('{"key": "a", ')
    with pytest.raises(StudyError, match=r"a\.json: damaged"):
        there.run("a", RECIPE)
    (tmp_path / "study.json").write_text("[]")
    with pytest.raises(StudyError, match="not a study"):
        read_common(tmp_path)
    with pytest.raises(StudyError, match="no such trial"):
        there.records(["b"])


def test_augmentation_is_the_one_with_the_lowest_held_out_loss(tmp_path: Path) -> None:
    recipe = Recipe("deepfuse", crop_steps=20, whole_steps=10, crop=16, batch=2, structure=0.9)
    chosen, card = choose_augmentation(recipe, make_data(), tmp_path, CPU, ignore)
    losses = {}
    for policy in ("off", "flips", "full"):
        record = json.loads((study_folder(tmp_path, "deepfuse") / "trials" / f"{policy}.json").read_text())
        assert record["recipe"]["augment"] == policy
        assert (record["recipe"]["crop_steps"], record["recipe"]["whole_steps"]) == (2, 1)
        t = record["held_out"]
        losses[policy] = 0.9 * (t["ssim1"] + t["ssim2"]) / 2 + 0.1 * (t["mse1"] + t["mse2"]) / 2
    assert len(set(losses.values())) == 3
    assert card["held_out_loss"] == pytest.approx(losses, abs=1e-5)
    assert card["chosen"] == chosen.augment == min(losses, key=losses.__getitem__)
    assert replace(chosen, augment="full") == recipe

    def refuse(key: str, progress: Progress) -> None:
        raise KilledError

    assert choose_augmentation(recipe, make_data(), tmp_path, CPU, refuse) == (chosen, card)


class Constant(nn.Module):
    """0.7 everywhere."""

    def forward(self, x1: torch.Tensor, x2: torch.Tensor) -> torch.Tensor:
        return torch.full_like(x1, 0.7)


def test_added_brightness_counts_what_exceeds_both_sources() -> None:
    pairs = make_data().held_out
    expected = np.mean([np.maximum(0, 0.7 - pair.sources.max(axis=0)).mean() for pair in pairs])
    assert added_brightness(Constant(), pairs, CPU) == pytest.approx(float(expected), rel=1e-5)


def test_trials_that_still_fall_are_counted() -> None:
    def record(*sums: float) -> dict:
        return {
            "losses": [
                {"step": 10 * (k + 1), "held_out": {"ssim1": total / 2, "ssim2": total / 2}}
                for k, total in enumerate(sums)
            ]
        }

    settled, falling, rising = (
        record(1.0, 0.5, 0.41, 0.4),
        record(1.0, 0.9, 0.6, 0.5),
        record(0.5, 0.4, 0.6, 0.7),
    )
    assert still_falling([settled, falling, rising, record(0.3)]) == 1
