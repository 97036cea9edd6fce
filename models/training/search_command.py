"""`python -m models.training search`: the hyper-parameter search as a study in a folder."""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from typing import Any

import torch
from tqdm import tqdm

from models.training import flags
from models.training.checkpoint import Progress
from models.training.evaluate import evaluate
from models.training.fit import Dataset
from models.training.recipe import Recipe
from models.training.search import Outcome, Plan, Result, Trial, plan_of, search
from models.training.steps import build
from models.training.study import TERMS, Study, discard_study, read_common
from models.training.study_report import trial_line, write_report


def add_search(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command and its flags."""
    parser = commands.add_parser(
        "search", help="find λ, γ_s and γ_2 as the paper did; the same command continues a killed search"
    )
    flags.add_shared(parser, "a trial")
    parser.add_argument(
        "--budget",
        default="small",
        help="small (at most 12 trials), full (the grid of 125, refinements and further λ), or at most N",
    )
    parser.add_argument(
        "--part", metavar="K/N", help="compute every Nth trial of the grid only: one of N machines' share"
    )
    flags.add_recipe(parser, loss=False)
    parser.set_defaults(run=run_search)


def _part(text: str | None) -> tuple[int, int] | None:
    if text is None:
        return None
    words = text.split("/")
    if (
        len(words) != 2
        or not all(word.isdecimal() for word in words)
        or not 1 <= int(words[0]) <= int(words[1])
    ):
        raise ValueError(f"--part is {text!r}; expected K/N with K from 1 to N, such as 2/8.")
    return int(words[0]) - 1, int(words[1])


def _steps(
    arguments: argparse.Namespace, plan: Plan, base: dict[str, Any], data: Dataset, device: torch.device
) -> dict[str, Any]:
    """The steps of a trial: from `--steps`, the study that was begun, or the measured rate."""
    if arguments.steps is not None:
        return flags.share_steps(arguments.steps, arguments.whole_share)
    begun = read_common(arguments.out)
    if begun is not None and "recipe" in begun:
        return {name: begun["recipe"][name] for name in ("crop_steps", "whole_steps")}
    model = build(arguments.method, 0, device)
    start = time.monotonic()
    evaluate(model, data.held_out[:1], device)
    judging = 2 * len(data.held_out) * (time.monotonic() - start)
    seconds = arguments.minutes * 60 / plan.trials - judging
    if seconds <= 0:
        raise ValueError(
            f"--minutes is {arguments.minutes:g}: {plan.trials} trials would need "
            f"{plan.trials * judging / 60:.1f} minutes for their held-out losses alone; "
            "expected more minutes or fewer held-out pairs."
        )
    return flags.measured_steps(seconds, arguments.whole_share, base, data, device)


class _Display:
    """The progress bar of a search, in steps of all trials, and a line for each finished one."""

    def __init__(self, bar: Any, steps: int) -> None:
        self._bar, self._steps, self._finished = bar, steps, 0

    def advance(self, key: str, progress: Progress) -> None:
        """A step of a trial was done."""
        self._bar.set_postfix(trial=key, refresh=False)
        self._bar.update(self._finished + progress.step - self._bar.n)

    def finished(self, outcome: Outcome, known: bool) -> None:
        """A trial has ended, or was `known` from before; the rate counts what is computed now."""
        self._finished += self._steps
        if known:
            self._bar.initial += self._steps
        self._bar.update(self._finished - self._bar.n)
        tqdm.write(trial_line(outcome))


def _outcome(study: Study, trial: Trial, base: dict[str, Any]) -> Outcome:
    recipe = Recipe(**base, structure=trial.structure, gamma_ssim=trial.gamma_ssim, gamma_mse=trial.gamma_mse)
    record = study.run(trial.key, recipe, part=trial.part)
    terms = {name: record["held_out"][name] for name in TERMS}
    return Outcome(trial, terms, record["brightness"])


def run_search(arguments: argparse.Namespace) -> None:
    """Search, or search on; writes the study, its table and its curves."""
    plan, part = plan_of(arguments.budget), _part(arguments.part)
    device = flags.prepare(arguments)
    data = flags.open_data(arguments)
    if arguments.restart:
        discard_study(arguments.out)
    base = {"method": arguments.method, **flags.recipe_settings(arguments)}
    base |= _steps(arguments, plan, base, data, device)
    recipe = Recipe(**base)
    with tqdm(total=plan.trials * recipe.steps, desc=arguments.method, mininterval=2) as bar:
        display = _Display(bar, recipe.steps)
        common = {"purpose": "search", "budget": arguments.budget, "recipe": base}
        study = Study(arguments.out, data, device, common, display.advance)

        def run(trial: Trial) -> Outcome:
            known = study.record(trial.key) is not None
            outcome = _outcome(study, trial, base)
            display.finished(outcome, known)
            return outcome

        if part is not None:
            bar.total = len(plan.grid[part[0] :: part[1]]) * recipe.steps
            for trial in plan.grid[part[0] :: part[1]]:
                run(trial)
            return
        result = search(plan, run)
        bar.total = bar.n
    _report(arguments, study, result)


def _report(arguments: argparse.Namespace, study: Study, result: Result) -> None:
    command = fit_command(arguments, result.chosen.trial)
    study.finish({**result.card(), "fit": command})
    sys.stdout.write(write_report(study, result))
    trial = result.chosen.trial
    sys.stdout.write(f"λ {trial.structure!r}, γ_s {trial.gamma_ssim!r}, γ_2 {trial.gamma_mse!r}: {command}\n")


def fit_command(arguments: argparse.Namespace, trial: Trial) -> str:
    """The `fit` command with the chosen λ and γ, and the data and recipe of the search."""
    words = ["python", "-m", "models.training", "fit", arguments.method, "--pairs", *arguments.pairs]
    words += ["--holdout", *arguments.holdout, "--structure", repr(trial.structure)]
    words += ["--gamma-ssim", repr(trial.gamma_ssim), "--gamma-mse", repr(trial.gamma_mse)]
    for name, value in flags.recipe_settings(arguments).items():
        if name != "method":
            words += [f"--{name.replace('_', '-')}", str(value)]
    words += ["--minutes", "60", "--out", "runs"]
    return shlex.join(words)
