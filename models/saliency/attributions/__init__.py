"""Attributions of a fused pixel to source pixels, a file a kind; one is added by its file and a line here."""

from __future__ import annotations

import numpy as np
from torch import nn

from models.saliency.attributions import gradient, gradient_times_input
from models.saliency.attributions.baselines import BASELINES
from models.saliency.attributions.spec import Attribution, AttributionKind, Floats, Pixel

KINDS = (gradient.KIND, gradient_times_input.KIND)


class AttributionError(ValueError):
    """There is no such kind, or the kind has no such baseline; `valid` lists what there is."""

    def __init__(self, sentence: str, valid: tuple[str, ...]) -> None:
        super().__init__(sentence)
        self.valid = valid


def list_attributions() -> tuple[AttributionKind, ...]:
    """All kinds of attribution, in the order in which they are shown."""
    return KINDS


def attribute(
    model: nn.Module,
    sources: Floats,
    pixel: Pixel,
    kind: str = "gradient",
    baseline: str = "black",
) -> Attribution:
    """What a fused pixel owes to the source pixels in its window.

    Args:
        model: a method in evaluation mode; its device and float type are used.
        sources: (K, H, W), floating, in [0, 1].
        pixel: (y, x), row first.
        kind: an id of `list_attributions()`.
        baseline: what a kind that has baselines compares with: "black", or "mean" for every source's own
            mean. A kind without ignores it.

    Raises:
        AttributionError: no such kind, or a baseline that the kind does not have.
        PixelError, ValueError: as `models.jacobian`.
    """
    known = {each.id: each for each in KINDS}
    if kind not in known:
        raise AttributionError(
            f"Unknown attribution {kind!r}; expected one of: {', '.join(known)}.", tuple(known)
        )
    chosen = known[kind]
    if not chosen.baselines:
        return chosen.compute(model, sources, pixel, None)
    if baseline not in chosen.baselines:
        expected = ", ".join(chosen.baselines)
        raise AttributionError(f"{kind} has no baseline {baseline!r}; expected {expected}.", chosen.baselines)
    return chosen.compute(model, sources, pixel, np.asarray(BASELINES[baseline](sources)))
