"""The hyper-parameter search of the paper: γ_s and γ_2 balance the sources, then λ by brightness.

Kumar & Gumhold, "FuseVis", Computers 9(4):98, 2020, section 4.6: a coarse grid over λ, γ_s and γ_2;
for each λ, trials near the best of them until the curves of the two sources balance; then further λ,
of which those are good that add no brightness. The paper judges curves and images by eye. Here

- the imbalance of a trial is |s1−s2|/(s1+s2) + |m1−m2|/(m1+m2), s the held-out 1−SSIM, m the MSE of
  the two sources. Trials whose s1+s2 is much above the lowest of their λ do not count: a network that
  ignores both sources is balanced too;
- a refinement goes where the straight line between two trials on either side of balance crosses 0;
- brightness is the mean of max(0, y − max(x1, x2)); of the λ that add hardly more than the least,
  the one is chosen that keeps its worse source best.

Pure: knows neither networks nor files. `run` computes a trial or finds it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

_TOO_BAD = 1.25  # s1+s2 over the lowest at the same λ
NEGLIGIBLE = 0.005  # added brightness over the least of all
_PAPER_GAMMAS = (0.1, 0.3, 0.5, 0.7, 0.9)
_EDGE = 0.02


@dataclass(frozen=True)
class Trial:
    """One setting of the loss: λ, γ_s, γ_2, and in which part of the search it is asked for."""

    part: str
    structure: float
    gamma_ssim: float
    gamma_mse: float

    @property
    def key(self) -> str:
        """Its name, the same whichever part asks for it."""
        return f"{self.structure!r}_{self.gamma_ssim!r}_{self.gamma_mse!r}"


@dataclass(frozen=True)
class Outcome:
    """A finished trial with its held-out terms `ssim1` (1−SSIM), `ssim2`, `mse1`, `mse2`, and brightness."""

    trial: Trial
    terms: Mapping[str, float]
    brightness: float

    @property
    def structure_loss(self) -> float:
        """1−SSIM of both sources, summed."""
        return self.terms["ssim1"] + self.terms["ssim2"]

    @property
    def imbalance(self) -> float:
        """0 where both sources have the same 1−SSIM and the same MSE; at most 2."""
        return abs(_difference(self, "ssim")) + abs(_difference(self, "mse"))


def _difference(outcome: Outcome, term: str) -> float:
    one, other = outcome.terms[f"{term}1"], outcome.terms[f"{term}2"]
    return (one - other) / max(one + other, 1e-12)


@dataclass(frozen=True)
class Plan:
    """What a search of a given budget tries: the grid's axes, refinements for each λ, further λ."""

    structures: tuple[float, ...]
    gammas_ssim: tuple[float, ...]
    gammas_mse: tuple[float, ...]
    rounds: int
    further: tuple[float, ...] = ()

    @property
    def grid(self) -> list[Trial]:
        """The coarse grid."""
        axes = self.structures, self.gammas_ssim, self.gammas_mse
        return [Trial("grid", *point) for point in product(*axes)]

    @property
    def trials(self) -> int:
        """The most trials there can be."""
        return len(self.grid) + self.rounds * len(self.structures) + len(self.further)


PLANS = (
    Plan((0.99,), (0.3, 0.7), (0.5,), 2),
    Plan((0.5, 0.99), (0.3, 0.5, 0.7), (0.5,), 2, (0.9, 0.999)),
    Plan((0.2, 0.8, 0.99), (0.3, 0.5, 0.7), (0.3, 0.7), 2, (0.9, 0.999, 1.0)),
    Plan((0.2, 0.5, 0.8, 0.99), _PAPER_GAMMAS, (0.3, 0.5, 0.7), 2, (0.9, 0.999, 0.9999, 1.0)),
    Plan(
        (0.01, 0.2, 0.5, 0.8, 0.99),
        _PAPER_GAMMAS,
        _PAPER_GAMMAS,
        4,
        (0.9, 0.999, 0.9999, 0.99999, 0.999999, 1.0),
    ),
)
SMALL, FULL = PLANS[1], PLANS[-1]


def plan_of(budget: str) -> Plan:
    """The plan of `small`, `full` (the 125 of the paper, refinements and further λ) or at most N trials.

    Raises:
        ValueError: none of these, or fewer trials than the smallest plan has.
    """
    named = {"small": SMALL, "full": FULL}
    if budget in named:
        return named[budget]
    least = PLANS[0].trials
    if not budget.isdecimal() or int(budget) < least:
        raise ValueError(f"--budget is {budget!r}; expected small, full or a number of at least {least}.")
    plan = [plan for plan in PLANS if plan.trials <= int(budget)][-1]
    spare = (int(budget) - plan.trials) // len(plan.structures)
    return replace(plan, rounds=plan.rounds + spare)


def best_balance(outcomes: Sequence[Outcome]) -> Outcome:
    """The most balanced of the trials of one λ that are not much worse than its best."""
    limit = _TOO_BAD * min(outcome.structure_loss for outcome in outcomes)
    return min((o for o in outcomes if o.structure_loss <= limit), key=lambda o: o.imbalance)


def _gamma(trial: Trial, term: str) -> float:
    return trial.gamma_ssim if term == "ssim" else trial.gamma_mse


def _toward_balance(best: Outcome, outcomes: Sequence[Outcome], term: str, reach: float) -> float:
    """A better γ for one term, at most `reach` from the best trial's.

    A larger γ lowers the first source's loss, so the signed difference falls with γ: its zero lies
    between the best trial and the nearest one that errs to the other side, if there is one.
    """
    here, there = _gamma(best.trial, term), None
    slant = _difference(best, term)
    for other in sorted(outcomes, key=lambda o: _distance(o.trial, best.trial)):
        gap = _gamma(other.trial, term) - here
        if gap * slant > 0 and _difference(other, term) * slant <= 0:
            there = here + gap * slant / (slant - _difference(other, term))
            break
    if there is None:
        there = here + math.copysign(reach, slant) if slant else here
    there = min(max(there, here - reach), here + reach)
    return round(min(max(there, _EDGE), 1 - _EDGE), 3)


def _distance(one: Trial, other: Trial) -> float:
    return math.hypot(one.gamma_ssim - other.gamma_ssim, one.gamma_mse - other.gamma_mse)


def propose(outcomes: Sequence[Outcome], number: int) -> Trial:
    """Refinement `number` (from 0) among the trials of one λ; its reach is halved every time."""
    best = best_balance(outcomes)
    reach = 0.2 * 0.5**number
    gammas = (_toward_balance(best, outcomes, term, reach) for term in ("ssim", "mse"))
    return Trial("refine", best.trial.structure, *gammas)


def _nearest(structure: float, balanced: Sequence[Outcome]) -> Outcome:
    """The balanced trial whose λ is nearest on the scale of 1−λ, where the paper's values are even."""

    def scale(value: float) -> float:
        return math.log10(max(1 - value, 1e-7))

    return min(balanced, key=lambda o: abs(scale(o.trial.structure) - scale(structure)))


def choose(candidates: Sequence[Outcome]) -> Outcome:
    """Of one balanced trial per λ: no added brightness, and the worse source kept best."""
    limit = min(candidate.brightness for candidate in candidates) + NEGLIGIBLE
    good = [candidate for candidate in candidates if candidate.brightness <= limit]
    return min(good, key=lambda o: max(o.terms["ssim1"], o.terms["ssim2"]))


@dataclass(frozen=True)
class Result:
    """All trials in their order, the balanced one of each λ, and the chosen one."""

    outcomes: tuple[Outcome, ...]
    candidates: tuple[Outcome, ...]
    chosen: Outcome

    def card(self) -> dict[str, Any]:
        """What `study.json` says."""
        trial = self.chosen.trial
        return {
            "chosen": trial.key,
            "structure": trial.structure,
            "gamma_ssim": trial.gamma_ssim,
            "gamma_mse": trial.gamma_mse,
            "candidates": [outcome.trial.key for outcome in self.candidates],
            "trials": [outcome.trial.key for outcome in self.outcomes],
        }


def search(plan: Plan, run: Callable[[Trial], Outcome]) -> Result:
    """Do the plan's trials in order; the same outcomes give the same result.

    Args:
        plan: the grid, the refinements and the further λ.
        run: computes a trial, or finds it where it was computed before.
    """
    outcomes = [run(trial) for trial in plan.grid]
    balanced = []
    for structure in plan.structures:
        same = [outcome for outcome in outcomes if outcome.trial.structure == structure]
        for number in range(plan.rounds):
            trial = propose(same, number)
            if trial.key not in {outcome.trial.key for outcome in same}:
                same.append(run(trial))
                outcomes.append(same[-1])
        balanced.append(best_balance(same))
    candidates = list(balanced)
    for structure in plan.further:
        near = _nearest(structure, balanced).trial
        candidates.append(run(replace(near, part="brightness", structure=structure)))
        outcomes.append(candidates[-1])
    return Result(tuple(outcomes), tuple(candidates), choose(candidates))
