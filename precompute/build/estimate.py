"""How long a build will take: a guess at first, corrected by everything that is measured.

Owns the estimate of the time left. Pure arithmetic; knows nothing of cases, files or clocks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

SETUP_SECONDS = 1.0
"""Creating and examining a network, once per entry at most."""
SECONDS_PER_PIXEL = 5e-6
SECONDS_PER_PIXEL_AND_PARAMETER = 5e-9
"""Guidance on two CPU cores: of the four networks none is further than a factor 3 off."""
JACOBIAN_FACTOR = 6.0
"""A whole Jacobian takes about this many times the guidance."""


@dataclass(frozen=True)
class Work:
    """One entry to be computed, as far as its cost is concerned."""

    method: str
    parameters: int
    pixels: int
    jacobian: bool = False

    @property
    def kind(self) -> tuple[str, bool]:
        """Entries of one kind cost the same per pixel."""
        return self.method, self.jacobian


def guess(work: Work) -> float:
    """Seconds, before anything has been measured."""
    each = SECONDS_PER_PIXEL + SECONDS_PER_PIXEL_AND_PARAMETER * work.parameters
    return SETUP_SECONDS + work.pixels * each * (1 + JACOBIAN_FACTOR * work.jacobian)


def _tells_speed(work: Work) -> bool:
    """Whether its time says how fast the machine computes networks; set-up and formulas do not."""
    return work.parameters > 0 and guess(work) > 2 * SETUP_SECONDS


class Estimate:
    """The time left of a sequence of works, done one after the other.

    Args:
        works: in the order in which they will be done.
        known: seconds per pixel of kinds that were measured earlier.
    """

    def __init__(self, works: Sequence[Work], known: Mapping[tuple[str, bool], float] | None = None) -> None:
        self._waiting = dict(enumerate(works))
        self._rate = dict(known or {})
        self._spent = 0.0
        self._guessed = 0.0
        self._measured = 0.0
        self._share = 0.0

    def finish(self, index: int, seconds: float | None) -> None:
        """Take a work off the list; `seconds` is None when it was skipped or failed."""
        work = self._waiting.pop(index)
        if seconds is None:
            return
        self._rate[work.kind] = seconds / work.pixels
        self._spent += seconds
        if _tells_speed(work):
            self._guessed += guess(work)
            self._measured += seconds

    def expected(self, work: Work, guessed: float = 0.0, measured: float = 0.0) -> float:
        """Seconds that a work will take, by its kind's measured speed or the guess, calibrated.

        `guessed` and `measured` add an unfinished work to what calibrates.
        """
        if work.kind in self._rate:
            return self._rate[work.kind] * work.pixels
        guessed, measured = self._guessed + guessed, self._measured + measured
        return guess(work) * (measured / guessed if guessed > 0 else 1.0)

    def left(self, index: int | None = None, elapsed: float = 0.0, fraction: float = 0.0) -> float:
        """Seconds left, while work `index` is at `fraction` after `elapsed` seconds."""
        current = self._waiting.get(index) if index is not None else None
        remaining, guessed, measured = 0.0, 0.0, 0.0
        if current is not None:
            total = self.expected(current)
            if fraction > 0:
                # The first few percent are set-up and warm-up: trust them only gradually.
                trust = min(1.0, fraction / 0.2)
                total = (1 - trust) * total + trust * elapsed / fraction
            remaining = max(total - elapsed, 0.0)
            if fraction >= 0.1 and _tells_speed(current):
                guessed, measured = guess(current), elapsed / fraction
        others = (work for number, work in self._waiting.items() if number != index)
        return remaining + sum(self.expected(work, guessed, measured) for work in others)

    def share(self, left: float, elapsed: float = 0.0) -> float:
        """The finished share of all the time, 0 to 1, never decreasing."""
        spent = self._spent + elapsed
        if spent + left > 0:
            self._share = max(self._share, spent / (spent + left))
        return self._share
