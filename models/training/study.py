"""A study: a folder of short training runs (trials) that differ in a few settings of the recipe.

    study.json        what all trials have in common, and the result once there is one
    trials/KEY.json   one finished trial: recipe, held-out terms, losses of every evaluation
    work/KEY/         a trial in progress, with the checkpoint that an interrupted one continues from

Owns the folder: every file appears whole or not at all, so a killed study continues where it was and
ends with the same numbers. Does not know which trials are wanted, or what they are for.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from models.checkpoints import load_weights
from models.training.checkpoint import Progress
from models.training.evaluate import added_brightness
from models.training.fit import Dataset, fit
from models.training.recipe import Recipe
from models.training.steps import build

Record = dict[str, Any]
Advance = Callable[[str, Progress], None]
TERMS = ("ssim1", "ssim2", "mse1", "mse2")


class StudyError(RuntimeError):
    """A study's folder cannot be used; the message names the file and says why."""


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.part")  # several machines may share a study
    scratch.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    scratch.replace(path)


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, OSError) as error:
        raise StudyError(f"{path}: damaged ({error}); remove it to compute it again.") from None


def read_common(folder: Path) -> dict[str, Any] | None:
    """What the study in `folder` says that its trials have in common, or None without a study."""
    path = folder / "study.json"
    if not path.exists():
        return None
    content = _read(path)
    if not isinstance(content, dict) or not isinstance(content.get("common"), dict):
        raise StudyError(f"{path}: not a study; choose another folder.")
    return dict(content["common"])


class Study:
    """Trials on the same data and device, kept in a folder.

    Args:
        folder: made where it is missing.
        data: training and held-out pairs; the latter judge the trials.
        device: where they are computed.
        plan: what else the trials have in common (JSON values).
        advance: called after every step with the key of the trial and its counters.

    Raises:
        StudyError: no held-out pairs, or the folder holds a study of another plan, data or device.
    """

    def __init__(
        self, folder: Path, data: Dataset, device: torch.device, plan: dict[str, Any], advance: Advance
    ) -> None:
        if not data.held_out:
            raise StudyError("Trials are judged by held-out pairs; name patients with --holdout.")
        self.folder, self._data, self._device, self._advance = folder, data, device, advance
        self.common = {**plan, "data": data.card(), "device": device.type}
        found = read_common(folder)
        if found is None:
            _write(folder / "study.json", {"common": self.common})
        elif found != self.common:
            differing = sorted(k for k in {*found, *self.common} if found.get(k) != self.common.get(k))
            raise StudyError(
                f"{folder} holds a study that differs in {', '.join(differing)}; "
                "start anew with --restart or choose another --out."
            )

    def _path(self, key: str) -> Path:
        return self.folder / "trials" / f"{key}.json"

    def record(self, key: str) -> Record | None:
        """The record of a finished trial, or None; raises StudyError where it is damaged."""
        path = self._path(key)
        return dict(_read(path)) if path.exists() else None

    def records(self, keys: Sequence[str]) -> list[Record]:
        """The records of finished trials; raises StudyError where one is missing or damaged."""
        found = {key: self.record(key) for key in keys}
        missing = [key for key, record in found.items() if record is None]
        if missing:
            raise StudyError(f"{self._path(missing[0])}: no such trial.")
        return [record for record in found.values() if record is not None]

    def run(self, key: str, recipe: Recipe, **labels: Any) -> Record:
        """The record of a trial: read where it is finished, else trained (on) and written.

        Args:
            key: its name, good for a file name.
            recipe: what to train.
            labels: further entries of the record (JSON values).
        """
        work = self.folder / "work" / key
        found = self.record(key)
        if found is None:
            found = {"key": key, **labels, **self._train(recipe, work, key)}
            _write(self._path(key), found)
        shutil.rmtree(work, ignore_errors=True)
        return found

    def _train(self, recipe: Recipe, work: Path, key: str) -> Record:
        card = fit(recipe, self._data, work, self._device, lambda now, _: self._advance(key, now))
        model = build(recipe.method, recipe.seed, self._device)
        load_weights(model, recipe.method, work)
        return {
            "recipe": asdict(recipe),
            "held_out": card["held_out"]["all"],
            "brightness": round(added_brightness(model.eval(), self._data.held_out, self._device), 6),
            "seconds": card["seconds"],
            "weights_sha256": card["sha256"],
            "losses": card["losses"],
        }

    def finish(self, result: dict[str, Any]) -> None:
        """Write the result beside what the trials have in common."""
        shutil.rmtree(self.folder / "work", ignore_errors=True)
        _write(self.folder / "study.json", {"common": self.common, "result": result})


def discard_study(folder: Path) -> None:
    """Remove a study's own files from its folder, if there are any; others stay."""
    if not (folder / "study.json").exists():
        return
    for name in ("trials", "work"):
        shutil.rmtree(folder / name, ignore_errors=True)
    (folder / "study.json").unlink()
