"""The flags that `fit` and `search` share, and what they mean: data, device, recipe, length."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch

from models.devices import select_device
from models.registry import list_models
from models.training.augment import POLICIES
from models.training.data import read_folders, split_by_patient
from models.training.fit import Dataset, seconds_per_step
from models.training.recipe import PRECISIONS, Recipe
from models.training.steps import prepare_backend

_NUMBERS = (
    ("seed", int, "seed of initialisation, order and augmentation"),
    ("crop", int, "side of the crops in pixels"),
    ("batch", int, "crops in a batch"),
    ("rate", float, "learning rate on crops"),
    ("whole-rate", float, "learning rate on whole images"),
    ("warmup", float, "share of the crop steps at the small λ"),
    ("patience", int, "early stop: evaluations without a better held-out loss before a stage ends"),
)
_LOSS = (
    ("structure", float, "λ after the warm-up"),
    ("gamma-ssim", float, "γ_s (default: the published one of the method)"),
    ("gamma-mse", float, "γ_2 (default: the published one of the method)"),
)


def add_shared(parser: argparse.ArgumentParser, unit: str) -> None:
    """Method, data, length (of a `unit`), output and device."""
    parser.add_argument("method", choices=[spec.id for spec in list_models() if spec.trained])
    parser.add_argument(
        "--pairs", nargs="+", required=True, metavar="DIR", help="pairs folders: DIR or DIR:first:second"
    )
    parser.add_argument(
        "--holdout", nargs="*", default=[], metavar="FOLDER/PATIENT", help="patients kept for evaluation"
    )
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument(
        "--minutes", type=float, help="length of the whole run; steps follow from the measured rate"
    )
    length.add_argument("--steps", type=int, help=f"length of {unit} in steps of both stages")
    parser.add_argument(
        "--whole-share", type=float, default=0.4, help="share of the run on whole images (default 0.4)"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder for everything that is written")
    parser.add_argument("--restart", action="store_true", help="ignore what an interrupted run left there")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    parser.add_argument("--threads", type=int, help="CPU threads")


def add_recipe(parser: argparse.ArgumentParser, loss: bool) -> None:
    """The recipe; with `loss`, also λ and γ, and `--augment auto`."""
    for name, kind, text in _NUMBERS + (_LOSS if loss else ()):
        parser.add_argument(f"--{name}", type=kind, help=text)
    policies = (*POLICIES, "auto") if loss else POLICIES
    text = "off, flips, full (flips, small rotations, intensity; the default)"
    text += " or auto: a short trial of each, chosen by held-out loss" if loss else ""
    parser.add_argument("--augment", choices=policies, help=text)
    parser.add_argument(
        "--amp", choices=PRECISIONS, help="mixed precision, for a GPU: bf16, or fp16 with a loss scale"
    )


def recipe_settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """The recipe's fields that the command line sets."""
    values = {field.name: getattr(arguments, field.name, None) for field in fields(Recipe)}
    return {name: value for name, value in values.items() if value is not None}


def prepare(arguments: argparse.Namespace) -> torch.device:
    """Set up the process, and the device to compute on; raises ValueError."""
    prepare_backend()
    device = select_device(arguments.device)
    if arguments.threads is not None:
        if arguments.threads < 1:
            raise ValueError(f"--threads is {arguments.threads}; expected at least 1.")
        torch.set_num_threads(arguments.threads)
    if not 0 <= arguments.whole_share <= 1:
        raise ValueError(f"--whole-share is {arguments.whole_share}; expected a share from 0 to 1.")
    if arguments.minutes is not None and not arguments.minutes > 0:
        raise ValueError(f"--minutes is {arguments.minutes}; expected a positive number.")
    return device


def open_data(arguments: argparse.Namespace) -> Dataset:
    """The pairs, split by patient; raises DataError."""
    return Dataset(*split_by_patient(read_folders(arguments.pairs), arguments.holdout))


def share_steps(steps: int, whole_share: float) -> dict[str, Any]:
    """`crop_steps` and `whole_steps` of a run of `steps`."""
    whole = round(steps * whole_share)
    return {"crop_steps": steps - whole, "whole_steps": whole}


def measured_steps(
    seconds: float, whole_share: float, settings: Mapping[str, Any], data: Dataset, device: torch.device
) -> dict[str, Any]:
    """`crop_steps` and `whole_steps` that fill some seconds, at the rate measured now."""
    trial = Recipe(**{**settings, "crop_steps": 1, "whole_steps": 1})
    crop, whole = seconds_per_step(trial, data, device)
    return {
        "crop_steps": max(1, round(seconds * (1 - whole_share) / crop)),
        "whole_steps": round(seconds * whole_share / whole),
    }
