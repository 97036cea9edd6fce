"""The procedure of the search, on networks that are formulas: the right answer is known."""

from __future__ import annotations

from itertools import product

import pytest

from models.training.search import FULL, SMALL, Outcome, Trial, best_balance, choose, plan_of, propose, search


def formula(trial: Trial) -> Outcome:
    """Balanced at γ_s = 0.47 and γ_2 = 0.55; λ above 0.999 brightens, a small λ loses structure."""
    lean_s, lean_m = 0.47 - trial.gamma_ssim, 0.55 - trial.gamma_mse
    base = 0.2 + 0.3 * (1 - trial.structure)
    terms = {
        "ssim1": base * (1 + lean_s),
        "ssim2": base * (1 - lean_s),
        "mse1": 0.01 * (1 + lean_m + 0.2 * lean_s),
        "mse2": 0.01 * (1 - lean_m - 0.2 * lean_s),
    }
    return Outcome(trial, terms, 0.001 if trial.structure <= 0.999 else 0.2 * trial.structure)


def test_the_full_budget_is_the_papers() -> None:
    lambdas, gammas = (0.01, 0.2, 0.5, 0.8, 0.99), (0.1, 0.3, 0.5, 0.7, 0.9)
    settings = {(t.structure, t.gamma_ssim, t.gamma_mse) for t in FULL.grid}
    assert settings == set(product(lambdas, gammas, gammas))
    assert len(FULL.grid) == 125
    assert set(FULL.further) == {0.9, 0.999, 0.9999, 0.99999, 0.999999, 1.0}


@pytest.mark.parametrize("budget", ["4", "11", "12", "26", "40", "100", "151", "400"])
def test_a_number_is_never_exceeded_and_well_used(budget: str) -> None:
    plan = plan_of(budget)
    keys: list[str] = []

    def run(trial: Trial) -> Outcome:
        keys.append(trial.key)
        return formula(trial)

    search(plan, run)
    assert len(keys) == len(set(keys)) <= plan.trials <= int(budget)
    assert int(budget) - plan.trials < len(plan.structures)


def test_small_fits_a_laptop() -> None:
    assert plan_of("small") == SMALL
    assert SMALL.trials == 12


@pytest.mark.parametrize("budget", ["3", "-5", "many", "1e3", ""])
def test_other_budgets_are_refused(budget: str) -> None:
    with pytest.raises(ValueError, match="expected small, full or a number of at least 4"):
        plan_of(budget)


@pytest.mark.parametrize("budget", ["small", "full"])
def test_the_balance_is_found_and_brightness_avoided(budget: str) -> None:
    result = search(plan_of(budget), formula)
    trial = result.chosen.trial
    assert trial.structure == 0.999  # the largest that adds no brightness
    assert trial.gamma_ssim == pytest.approx(0.47, abs=0.02)
    assert trial.gamma_mse == pytest.approx(0.55, abs=0.03)
    refined = [outcome for outcome in result.outcomes if outcome.trial.part == "refine"]
    coarse = [outcome for outcome in result.outcomes if outcome.trial.part == "grid"]
    assert min(o.imbalance for o in refined) < min(o.imbalance for o in coarse)
    assert {o.trial.structure for o in result.candidates} == {
        *plan_of(budget).structures,
        *plan_of(budget).further,
    }


def test_the_first_refinement_lies_where_the_line_crosses_zero() -> None:
    outcomes = [formula(Trial("grid", 0.99, gamma, 0.55)) for gamma in (0.3, 0.5, 0.7)]
    assert propose(outcomes, 0).gamma_ssim == 0.47
    one_sided = [formula(Trial("grid", 0.99, gamma, 0.55)) for gamma in (0.7, 0.9)]
    assert propose(one_sided, 0).gamma_ssim == 0.5
    assert propose(one_sided, 1).gamma_ssim == 0.6


def test_a_network_that_ignores_both_sources_is_not_balanced() -> None:
    grey = {"ssim1": 0.8, "ssim2": 0.8, "mse1": 0.3, "mse2": 0.3}
    good = {"ssim1": 0.2, "ssim2": 0.25, "mse1": 0.01, "mse2": 0.012}
    outcomes = [Outcome(Trial("grid", 0.99, gamma, 0.5), t, 0.0) for gamma, t in ((0.3, grey), (0.5, good))]
    assert best_balance(outcomes).terms == good


def test_of_equally_dark_ones_the_worse_source_decides() -> None:
    def candidate(structure: float, ssim2: float, brightness: float) -> Outcome:
        terms = {"ssim1": 0.1, "ssim2": ssim2, "mse1": 0.01, "mse2": 0.01}
        return Outcome(Trial("grid", structure, 0.5, 0.5), terms, brightness)

    some = [candidate(0.5, 0.4, 0.001), candidate(0.99, 0.2, 0.003), candidate(1.0, 0.1, 0.02)]
    assert choose(some).trial.structure == 0.99
