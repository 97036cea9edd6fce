"""`python -m models.training fit`: one network, from folders of pairs to weights and card."""

from __future__ import annotations

import argparse
from typing import Any

import torch
from tqdm import tqdm

from models.training import flags
from models.training.augment import POLICIES
from models.training.augment_choice import (
    TRIAL_SHARE,
    choose_augmentation,
    study_folder,
    trial_of,
)
from models.training.checkpoint import Progress, discard, read_checkpoint
from models.training.fit import PROVENANCE, Dataset, fit
from models.training.recipe import EVEN_BALANCE, PUBLISHED_BALANCE, Recipe
from models.training.study import discard_study, read_common


def add_fit(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command and its flags."""
    parser = commands.add_parser("fit", help="train one network; the same command continues a killed run")
    flags.add_shared(parser, "the run")
    parser.add_argument("--note", nargs="*", default=[], help="sentences for the card")
    parser.add_argument(
        "--provenance", default=PROVENANCE, help="origin and terms of the pairs, for the card"
    )
    flags.add_recipe(parser, loss=True)
    parser.set_defaults(run=run_fit)


def _settings(arguments: argparse.Namespace) -> dict[str, Any]:
    """The recipe's fields that the command line or the published table sets."""
    gamma_ssim, gamma_mse = PUBLISHED_BALANCE.get(arguments.method, EVEN_BALANCE)
    chosen = {"gamma_ssim": gamma_ssim, "gamma_mse": gamma_mse, **flags.recipe_settings(arguments)}
    if chosen.get("augment") == "auto":
        chosen["augment"] = "full"
    return chosen


def _begun(arguments: argparse.Namespace) -> dict[str, Any] | None:
    """The recipe of the interrupted run in the output folder, if there is one."""
    found = read_checkpoint(arguments.out, arguments.method)
    if found is not None:
        return dict(found[0]["run"]["recipe"])
    common = read_common(study_folder(arguments.out, arguments.method))
    return common and common.get("recipe")


def _plan(arguments: argparse.Namespace, data: Dataset, device: torch.device) -> Recipe:
    """The recipe, its number of steps found from `--steps`, an interrupted run, or the measured rate."""
    settings = _settings(arguments)
    if arguments.steps is not None:
        return Recipe(**settings, **flags.share_steps(arguments.steps, arguments.whole_share))
    begun = _begun(arguments)
    if begun is not None:  # a time-boxed run keeps the number of steps it began with
        return Recipe(**settings, crop_steps=begun["crop_steps"], whole_steps=begun["whole_steps"])
    seconds = arguments.minutes * 60
    if arguments.augment == "auto":
        seconds /= 1 + TRIAL_SHARE * len(POLICIES)
    steps = flags.measured_steps(seconds, arguments.whole_share, settings, data, device)
    return Recipe(**settings, **steps)


def _with_augmentation(
    recipe: Recipe, arguments: argparse.Namespace, data: Dataset, device: torch.device
) -> tuple[Recipe, dict[str, Any]]:
    """The recipe and the card's entries after `--augment`."""
    if arguments.augment != "auto":
        return recipe, {}
    steps = trial_of(recipe).steps
    with tqdm(total=len(POLICIES) * steps, desc="augmentation", mininterval=2) as bar:

        def advance(policy: str, progress: Progress) -> None:
            bar.set_postfix(policy=policy, refresh=False)
            bar.update(POLICIES.index(policy) * steps + progress.step - bar.n)

        recipe, chosen = choose_augmentation(recipe, data, arguments.out, device, advance)
    tqdm.write(f"augmentation: {chosen['chosen']}; held-out losses {chosen['held_out_loss']}")
    return recipe, {"augmentation": chosen}


def run_fit(arguments: argparse.Namespace) -> None:
    """Train, or train on, what the command line says; writes weights and card."""
    device = flags.prepare(arguments)
    data = flags.open_data(arguments)
    if arguments.restart:
        discard(arguments.out, arguments.method)
        discard_study(study_folder(arguments.out, arguments.method))
    recipe, more = _with_augmentation(_plan(arguments, data, device), arguments, data, device)
    with tqdm(total=recipe.steps, desc=arguments.method, mininterval=2) as bar:
        seen = 0

        def watch(progress: Progress, loss: float) -> None:
            nonlocal seen
            bar.update(progress.step - bar.n)
            bar.set_postfix(loss=f"{loss:.4f}", refresh=False)
            for entry in progress.log[seen:]:
                tqdm.write(f"{entry['step']} {entry['stage']} held out: {entry['held_out']}")
            seen = len(progress.log)

        card = fit(
            recipe, data, arguments.out, device, watch, arguments.note, arguments.provenance, more=more
        )
    for stage in card.get("early_stop", ()):
        end = f"{stage['stage']} ended at step {stage['stopped_at']} ({stage['reason']})"
        tqdm.write(f"{end}; the weights are those of step {stage['best_step']}")
    for folder, terms in card["held_out"].items():
        tqdm.write(f"{folder}: " + ", ".join(f"{name} {value:.4f}" for name, value in terms.items()))
