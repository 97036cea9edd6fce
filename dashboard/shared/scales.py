"""How signed gradients become colours: the two scales of the dashboard, their range and their gamma.

Gamma bends the colour scale, never the data, so what Plotly holds, shows under the pointer and exports
is the gradient itself. The browser's canvases read the finished colour scale from the figure, so this
module is the only place that knows the formulas:

- *published* (FuseVis, section 3.2.5): colour of (g / m)^γ for g in [0, m], m the largest value of both
  guidance images; negative gradients get the colour of zero, and `hidden_share` says how much that is;
- *signed*: sign(g) |g / m|^γ for g in [−m, m], m the largest magnitude, diverging from zero.

Pure; knows nothing of Dash or of figures.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from plotly.colors import sample_colorscale, sequential

PUBLISHED = "published"
SIGNED = "signed"
SCALE_NAMES = (PUBLISHED, SIGNED)

Stops = list[list[float | str]]

_STEPS = 64  # colour steps per side; a linear piece is then within 1/256 of the scale at any gamma
# Blue for negative and amber for positive from a common near-black: lightness is symmetric about zero,
# colour-blind readers tell the sides apart, and neither side is the red of the window marks.
_NEGATIVE = ("#0b0c0e", "#12304f", "#16609f", "#4aa3e6", "#d6efff")
_POSITIVE = ("#0b0c0e", "#45260a", "#94530b", "#e89127", "#fff0cc")

GREY: Stops = [[0.0, "rgb(0,0,0)"], [1.0, "rgb(255,255,255)"]]


@dataclass(frozen=True)
class Range:
    """The extent of a set of gradients: `maximum` (may be negative), `magnitude` = max |g| (≥ 0)."""

    maximum: float
    magnitude: float


@dataclass(frozen=True)
class Scale:
    """A colour scale ready for a heatmap.

    `stops` are Plotly's [[position, colour], …] on [0, 1] between `zmin` and `zmax`; `zero` is the
    colour of the gradient 0; `gradient` shows the colours at even steps, as CSS; `ticks` are pairs
    (place along that gradient, place on the value axis between zmin and zmax), both in [0, 1]; `scope`
    names what the scale covers, for the browser (`dashboard/explore/scale_scope.py`).
    """

    name: str
    stops: Stops
    zmin: float
    zmax: float
    zero: str
    gradient: str
    ticks: tuple[tuple[float, float], ...]
    scope: str = ""


def gradient_range(*gradients: np.ndarray) -> Range:
    """The common range of signed gradient arrays of any shape."""
    return Range(
        maximum=max(float(values.max()) for values in gradients),
        magnitude=max(float(np.abs(values).max()) for values in gradients),
    )


def hidden_share(gradients: np.ndarray) -> float:
    """Share of the absolute gradient that is negative, hence invisible in the published scale, in [0, 1]."""
    total = float(np.abs(gradients).sum(dtype=np.float64))
    return float(-gradients[gradients < 0].sum(dtype=np.float64)) / total if total > 0 else 0.0


def gradient_scale(name: str, gamma: float, extent: Range) -> Scale:
    """The scale of guidance or Jacobian images.

    Args:
        name: `PUBLISHED` or `SIGNED`.
        gamma: exponent on the magnitude, > 0; below 1 brightens small gradients.
        extent: range of the gradients that share the scale.

    Raises:
        ValueError: unknown name, or gamma not positive.
    """
    if not gamma > 0:
        raise ValueError(f"Gamma is {gamma!r}; expected a number above 0.")
    if name == PUBLISHED:
        return _published(gamma, extent.maximum if extent.maximum > 0 else 1.0)
    if name == SIGNED:
        return _signed(gamma, extent.magnitude if extent.magnitude > 0 else 1.0)
    raise ValueError(f"Unknown colour scale {name!r}; expected one of: {', '.join(SCALE_NAMES)}.")


def _published(gamma: float, maximum: float) -> Scale:
    level = np.linspace(0.0, 1.0, _STEPS + 1)
    colours = sample_colorscale(sequential.Viridis, level)
    stops = _stops(level ** (1 / gamma), colours, zero=0)
    ticks = tuple((u, u ** (1 / gamma)) for u in (0.0, 0.5, 1.0))
    return Scale(PUBLISHED, stops, 0.0, maximum, colours[0], _css(colours), ticks)


def _signed(gamma: float, magnitude: float) -> Scale:
    level = np.linspace(0.0, 1.0, _STEPS + 1)
    below = sample_colorscale(_NEGATIVE, level)[:0:-1]
    colours = below + sample_colorscale(_POSITIVE, level)
    bent = level ** (1 / gamma)
    places = np.concatenate([1 - bent[:0:-1], 1 + bent]) / 2
    half = 0.5 ** (1 / gamma)
    ticks = ((0.0, 0.0), (0.25, (1 - half) / 2), (0.5, 0.5), (0.75, (1 + half) / 2), (1.0, 1.0))
    stops = _stops(places, colours, zero=_STEPS)
    return Scale(SIGNED, stops, -magnitude, magnitude, colours[_STEPS], _css(colours), ticks)


def _stops(places: np.ndarray, colours: list[str], zero: int) -> Stops:
    """Pair places with colours, each place once.

    At small gammas the steps next to zero fall together in float64. The colour of exactly zero must be
    that of step `zero`, so this one wins over its neighbours.
    """
    kept: Stops = []
    for index, (place, colour) in enumerate(zip(places.tolist(), colours, strict=True)):
        if not kept or place - float(kept[-1][0]) > 1e-12:
            kept.append([place, colour])
        elif index == zero:
            kept[-1] = [place, colour]
    return kept


def _css(colours: list[str]) -> str:
    return f"linear-gradient(90deg, {', '.join(colours[:: len(colours) // 16])})"
