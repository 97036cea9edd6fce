"""The command line of training: `python -m models.training fit METHOD --pairs DIR … --out DIR`.

    python -m models.training fit deepfuse --pairs data/pet-mri data/phantoms \\
        --holdout pet-mri/30 --minutes 15 --out runs
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from models.devices import select_device
from models.registry import UnknownMethodError, list_models
from models.training.checkpoint import CheckpointError, Progress, discard, read_checkpoint
from models.training.data import DataError, read_folders, split_by_patient
from models.training.fit import PROVENANCE, Dataset, TrainingError, fit, prepare_backend, seconds_per_step
from models.training.recipe import EVEN_BALANCE, PUBLISHED_BALANCE, Recipe

_ERRORS = (DataError, TrainingError, CheckpointError, UnknownMethodError, ValueError, OSError)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description="Train fusion networks.")
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("fit", help="train one network; the same command continues a killed run")
    one.add_argument("method", choices=[spec.id for spec in list_models() if spec.trained])
    one.add_argument(
        "--pairs", nargs="+", required=True, metavar="DIR", help="pairs folders: DIR or DIR:first:second"
    )
    one.add_argument(
        "--holdout", nargs="*", default=[], metavar="FOLDER/PATIENT", help="patients kept for evaluation"
    )
    length = one.add_mutually_exclusive_group(required=True)
    length.add_argument(
        "--minutes", type=float, help="length of the run; steps follow from the measured rate"
    )
    length.add_argument("--steps", type=int, help="length of the run in steps of both stages")
    one.add_argument(
        "--whole-share", type=float, default=0.4, help="share of the run on whole images (default 0.4)"
    )
    one.add_argument("--out", type=Path, required=True, help="folder for checkpoint, weights and card")
    one.add_argument("--note", nargs="*", default=[], help="sentences for the card")
    one.add_argument("--provenance", default=PROVENANCE, help="origin and terms of the pairs, for the card")
    one.add_argument("--restart", action="store_true", help="ignore a checkpoint that is there")
    one.add_argument("--device", default="auto", help="auto, cpu or cuda")
    one.add_argument("--threads", type=int, help="CPU threads")
    _recipe_flags(one)
    return parser


def _recipe_flags(parser: argparse.ArgumentParser) -> None:
    for name, kind, text in (
        ("seed", int, "seed of initialisation, order and augmentation"),
        ("crop", int, "side of the crops in pixels"),
        ("batch", int, "crops in a batch"),
        ("rate", float, "learning rate on crops"),
        ("whole-rate", float, "learning rate on whole images"),
        ("warmup", float, "share of the crop steps at the small λ"),
        ("structure", float, "λ after the warm-up"),
        ("gamma-ssim", float, "γ_s (default: the published one of the method)"),
        ("gamma-mse", float, "γ_2 (default: the published one of the method)"),
    ):
        parser.add_argument(f"--{name}", type=kind, help=text)


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """The recipe's fields that the command line or the published table sets."""
    gamma_ssim, gamma_mse = PUBLISHED_BALANCE.get(arguments.method, EVEN_BALANCE)
    chosen: dict[str, Any] = {"gamma_ssim": gamma_ssim, "gamma_mse": gamma_mse}
    for field in fields(Recipe):
        value = getattr(arguments, field.name, None)
        if value is not None:
            chosen[field.name] = value
    return chosen


def _plan(arguments: argparse.Namespace, data: Dataset, device: torch.device) -> Recipe:
    """The recipe, its number of steps found from `--steps`, a checkpoint, or the measured rate."""
    if not 0 <= arguments.whole_share <= 1:
        raise ValueError(f"--whole-share is {arguments.whole_share}; expected a share from 0 to 1.")
    settings = _settings(arguments)
    if arguments.steps is not None:
        whole = round(arguments.steps * arguments.whole_share)
        return Recipe(**settings, crop_steps=arguments.steps - whole, whole_steps=whole)
    if not arguments.minutes > 0:
        raise ValueError(f"--minutes is {arguments.minutes}; expected a positive number.")
    found = read_checkpoint(arguments.out, arguments.method)
    if found is not None:  # a time-boxed run keeps the number of steps it began with
        begun = found[0]["run"]["recipe"]
        return Recipe(**settings, crop_steps=begun["crop_steps"], whole_steps=begun["whole_steps"])
    crop, whole = seconds_per_step(Recipe(**settings, crop_steps=1, whole_steps=1), data, device)
    seconds = arguments.minutes * 60
    return Recipe(
        **settings,
        crop_steps=max(1, round(seconds * (1 - arguments.whole_share) / crop)),
        whole_steps=round(seconds * arguments.whole_share / whole),
    )


def _fit(arguments: argparse.Namespace) -> None:
    prepare_backend()
    device = select_device(arguments.device)
    if arguments.threads is not None:
        if arguments.threads < 1:
            raise ValueError(f"--threads is {arguments.threads}; expected at least 1.")
        torch.set_num_threads(arguments.threads)
    if arguments.restart:
        discard(arguments.out, arguments.method)
    data = Dataset(*split_by_patient(read_folders(arguments.pairs), arguments.holdout))
    recipe = _plan(arguments, data, device)
    with tqdm(total=recipe.steps, desc=arguments.method, mininterval=2) as bar:
        seen = 0

        def watch(progress: Progress, loss: float) -> None:
            nonlocal seen
            bar.update(progress.step - bar.n)
            bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
            for entry in progress.log[seen:]:
                tqdm.write(f"{entry['step']} {entry['stage']} held out: {entry['held_out']}")
            seen = len(progress.log)

        card = fit(recipe, data, arguments.out, device, watch, arguments.note, arguments.provenance)
    for folder, terms in card["held_out"].items():
        tqdm.write(f"{folder}: " + ", ".join(f"{name} {value:.4f}" for name, value in terms.items()))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status, 2 for wrong input."""
    arguments = _parser().parse_args(argv)
    try:
        _fit(arguments)
    except _ERRORS as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
