"""The training loop: deterministic from the seed, resumable to the bit, recorded in a card.

Owns the order of the steps of `recipe`, what is logged, and when a stage ends. One step is `steps`.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn, optim

from models.checkpoints import save_weights
from models.registry import get_method
from models.training import early
from models.training.checkpoint import Progress, discard, read_checkpoint, restore, save_checkpoint
from models.training.data import Pair, describe
from models.training.evaluate import evaluate, evaluate_by_folder, spread_over_folders
from models.training.precision import Precision
from models.training.recipe import Recipe, completed
from models.training.steps import build, prepare_backend, set_mode, settle_statistics, train_step

_LOGGED_PER_FOLDER = 2
PROVENANCE = "The training pairs are not distributed with the weights."

Watch = Callable[[Progress, float], None]


class TrainingError(RuntimeError):
    """Training cannot go on; the message says why."""


@dataclass(frozen=True)
class Dataset:
    """Training and held-out pairs."""

    train: Sequence[Pair]
    held_out: Sequence[Pair]

    def card(self) -> dict[str, Any]:
        """Counts, patients and digests of both sides."""
        return {"training": describe(self.train), "held_out": describe(self.held_out)}

    def check(self, crop: int) -> None:
        """Raises TrainingError where a training image is smaller than the crop."""
        for pair in self.train:
            if min(pair.sources.shape[1:]) < crop:
                height, width = pair.sources.shape[1:]
                raise TrainingError(
                    f"{pair.folder}/{pair.name} has {height}×{width} pixels; "
                    f"expected at least the crop of {crop}×{crop}."
                )


def seconds_per_step(
    recipe: Recipe, data: Dataset, device: torch.device, repeats: int = 3
) -> tuple[float, float]:
    """Measured seconds of a step of each stage, its share of the logging included.

    Runs a few steps of a throwaway network.
    """
    data.check(recipe.crop)
    model, precision = build(recipe.method, recipe.seed, device), Precision(recipe.amp, device)
    trial = Recipe(**{**asdict(recipe), "crop_steps": repeats + 1, "whole_steps": repeats + 1})
    optimizer = optim.Adam(model.parameters())
    times = []
    for step in range(trial.steps):
        set_mode(model, trial.in_whole_stage(step))
        start = time.monotonic()
        train_step(model, optimizer, data.train, trial, step, precision)
        times.append(time.monotonic() - start)
    start = time.monotonic()
    evaluate(model, data.train[:1], device)
    logged = sum(len(pairs) for pairs in _logged(data).values())
    logging = (time.monotonic() - start) * logged / _steps_per_epoch(recipe, data)
    crop, whole = sorted(times[1 : repeats + 1]), sorted(times[repeats + 2 :])
    return crop[repeats // 2] + logging, whole[repeats // 2] + logging


def _steps_per_epoch(recipe: Recipe, data: Dataset) -> int:
    return max(1, -(-len(data.train) // recipe.batch))


def _logged(data: Dataset) -> dict[str, list[Pair]]:
    """The few pairs of each side whose losses are logged every epoch."""
    return {
        "training": spread_over_folders(data.train, _LOGGED_PER_FOLDER),
        "held_out": spread_over_folders(data.held_out, _LOGGED_PER_FOLDER),
    }


def _rounded(terms: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 5) for name, value in terms.items()}


def _log_entry(
    model: nn.Module, data: Dataset, recipe: Recipe, step: int, device: torch.device
) -> dict[str, Any]:
    losses = {side: _rounded(evaluate(model, pairs, device)) for side, pairs in _logged(data).items()}
    stage = "whole" if recipe.in_whole_stage(step - 1) else "crops"
    return {"step": step, "stage": stage, "lambda": recipe.weights_at(step - 1).structure, **losses}


class _Run:
    """One training run: the network, its optimizer and its counters."""

    def __init__(self, recipe: Recipe, data: Dataset, out: Path, device: torch.device) -> None:
        data.check(recipe.crop)
        if recipe.patience and not data.held_out:
            raise TrainingError("Early stop looks at held-out pairs; none are held out.")
        self.recipe, self.data, self.out, self.device = recipe, data, out, device
        self.identity = {"recipe": asdict(recipe), "data": data.card(), "device": device.type}
        self.model = build(recipe.method, recipe.seed, device)
        self.optimizer = optim.Adam(self.model.parameters())
        self.precision = Precision(recipe.amp, device)
        self.progress = Progress()

    def resume(self) -> None:
        """Continue from the checkpoint in `out` if it is of the same recipe, data and device."""
        found = read_checkpoint(self.out, self.recipe.method)
        if found is None:
            return
        content, tensors = found
        begun = content["run"]
        if {**begun, "recipe": completed(begun["recipe"])} != self.identity:
            raise TrainingError(
                f"{self.out} holds a checkpoint of another recipe, other data or another device; "
                "start anew with --restart or choose another --out."
            )
        restore(self.model, self.optimizer, tensors)
        self.progress = Progress.read(content, tensors)
        self.precision.restore(self.progress.scaler)

    def go(self, watch: Watch, save_every: float) -> None:
        """Run the remaining steps; a checkpoint every `save_every` seconds and at the end."""
        recipe, progress = self.recipe, self.progress
        last_save = clock = time.monotonic()
        while progress.step < recipe.steps:
            if progress.step == recipe.crop_steps:
                settle_statistics(self.model, self.data.train, self.device)
                self.optimizer = optim.Adam(self.model.parameters())
            loss = self._advance()
            now = time.monotonic()
            progress.seconds += now - clock
            clock = now
            if now - last_save >= save_every or progress.step == recipe.steps:
                progress.scaler = self.precision.state()
                save_checkpoint(self.out, self.identity, self.model, self.optimizer, progress)
                last_save = now
            watch(progress, loss)

    def _advance(self) -> float:
        """One step, the evaluation of every epoch, and the end of a stage where one is due."""
        recipe, progress, step = self.recipe, self.progress, self.progress.step
        set_mode(self.model, recipe.in_whole_stage(step))
        loss = train_step(self.model, self.optimizer, self.data.train, recipe, step, self.precision)
        if not loss < float("inf"):
            raise TrainingError(f"The loss is {loss} at step {step}; lower the rate.")
        progress.step = step + 1
        last = progress.step in (recipe.crop_steps, recipe.steps)
        if last or progress.step % _steps_per_epoch(recipe, self.data) == 0:
            progress.log.append(_log_entry(self.model, self.data, recipe, progress.step, self.device))
            if early.see(recipe, progress, self.model) or last:
                early.end_stage(recipe, progress, self.model)
        return loss

    def card(self, notes: Sequence[str], provenance: str, more: dict[str, Any]) -> dict[str, Any]:
        """The training card: recipe, data, losses, provenance, device, seconds."""
        held_out = evaluate_by_folder(self.model, self.data.held_out, self.device)
        return {
            "licence": "MIT",
            "provenance": provenance,
            "notes": list(notes),
            "recipe": {**asdict(self.recipe), "optimizer": "Adam", "schedule": "cosine in each stage"},
            "data": self.identity["data"],
            "device": self.device.type,
            "torch": torch.__version__,
            "seconds": round(self.progress.seconds, 1),
            "held_out": {name: _rounded(terms) for name, terms in held_out.items()},
            "logged_pairs": {
                side: [f"{pair.folder}/{pair.name}" for pair in pairs]
                for side, pairs in _logged(self.data).items()
            },
            "epoch_steps": _steps_per_epoch(self.recipe, self.data),
            **({"early_stop": self.progress.best.get("stages", [])} if self.recipe.patience else {}),
            **more,
            "losses": self.progress.log,
        }


def _ignore(progress: Progress, loss: float) -> None:
    """No progress display."""


def fit(
    recipe: Recipe,
    data: Dataset,
    out: Path,
    device: torch.device | None = None,
    watch: Watch = _ignore,
    notes: Sequence[str] = (),
    provenance: str = PROVENANCE,
    save_every: float = 60.0,
    restart: bool = False,
    more: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """Train one network and write `out/METHOD.safetensors` with its card `out/METHOD.json`.

    The same call continues a killed run from its last checkpoint and ends with the same numbers
    as one that was never interrupted (same device and number of threads).

    Args:
        recipe: what to train and how; its seed decides initialisation, order and augmentation.
        data: training and held-out pairs.
        out: folder for checkpoint, weights and card.
        device: the CPU unless said.
        watch: called after every step with the counters and the step's loss.
        notes: sentences for the card, such as deviations from the published recipe.
        provenance: where the pairs come from and under which terms, for the card.
        save_every: seconds between checkpoints.
        restart: ignore and remove a checkpoint that is there.
        more: further entries of the card (JSON).

    Returns:
        The card. Losses are those of evaluation mode on whole images.

    Raises:
        TrainingError: images smaller than the crop, a checkpoint of another run, or a loss that
            is no longer finite.
        CheckpointError: a damaged checkpoint.
        UnknownMethodError: no such method.
    """
    if not get_method(recipe.method).trained:
        raise TrainingError(f"Method {recipe.method!r} has no parameters; there is nothing to train.")
    if restart:
        discard(out, recipe.method)
    prepare_backend()
    run = _Run(recipe, data, out, device or torch.device("cpu"))
    run.resume()
    run.go(watch, save_every)
    card = run.card(notes, provenance, more or {})
    return save_weights(copy.deepcopy(run.model).eval(), recipe.method, card, out)
