"""The time left: sensible at once, right once something is measured."""

from __future__ import annotations

import pytest

from precompute.build.estimate import Estimate, Work, guess

PIXELS = 65536
SMALL = Work("small", 100_000, PIXELS)
LARGE = Work("large", 750_000, PIXELS)
FREE = Work("free", 0, PIXELS)


def test_the_first_guess_counts_all_work_by_its_cost() -> None:
    estimate = Estimate([FREE, SMALL, LARGE])
    assert estimate.left() == pytest.approx(guess(FREE) + guess(SMALL) + guess(LARGE))
    assert guess(LARGE) > 5 * guess(SMALL)
    assert guess(Work("small", 100_000, PIXELS, True)) > 5 * guess(SMALL)


def test_a_slow_machine_makes_everything_longer() -> None:
    """One kind measured at three times its guess: the kinds not yet measured follow."""
    estimate = Estimate([SMALL, LARGE])
    estimate.finish(0, 3 * guess(SMALL))
    assert estimate.left() == pytest.approx(3 * guess(LARGE))


def test_a_measured_kind_is_known_whatever_the_guess() -> None:
    estimate = Estimate([LARGE, LARGE, Work("large", 750_000, PIXELS // 4)])
    estimate.finish(0, 12.0)
    assert estimate.left() == pytest.approx(12.0 + 3.0)
    assert Estimate([LARGE], {("large", False): 10 / PIXELS}).left() == pytest.approx(10.0)


def test_cheap_methods_say_nothing_about_the_machine() -> None:
    estimate = Estimate([FREE, LARGE])
    estimate.finish(0, guess(FREE) / 100)
    assert estimate.left() == pytest.approx(guess(LARGE))


def test_the_running_entry_corrects_the_estimate_before_it_is_finished() -> None:
    """A steady work of 100 s: from a fifth of it on, the time left is exact."""
    estimate = Estimate([LARGE, SMALL])
    ratio = guess(SMALL) / guess(LARGE)
    for fraction in (0.2, 0.5, 0.9):
        left = estimate.left(0, 100 * fraction, fraction)
        assert left == pytest.approx(100 * (1 - fraction) + 100 * ratio)
    early = estimate.left(0, 5.0, 0.05)
    assert min(100.0, guess(LARGE)) - 6 < early - guess(SMALL) < max(100.0, guess(LARGE))


def test_skipped_works_count_for_nothing() -> None:
    estimate = Estimate([SMALL, LARGE])
    estimate.finish(0, None)
    assert estimate.left() == pytest.approx(guess(LARGE))


def test_the_share_never_decreases_and_ends_at_one() -> None:
    estimate = Estimate([SMALL, SMALL])
    shares = [estimate.share(estimate.left(0, 5.0, 0.9), 5.0)]
    estimate.finish(0, 500.0)  # much slower than it looked
    shares += [estimate.share(estimate.left()), estimate.share(estimate.left(1, 250.0, 0.5), 250.0)]
    estimate.finish(1, 500.0)
    shares.append(estimate.share(estimate.left()))
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
