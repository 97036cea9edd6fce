"""The figures of the Methods page: loss curves and effective receptive field.

Drawn from the card of the weights and from measured Jacobians; the architecture has a module of its own,
`dashboard.methods.architecture_figure`. Pure: knows nothing of Dash or of services.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale, sequential

from dashboard.shared.theme import GRID, INK, LINE, frame

_AXIS: dict[str, Any] = {
    **{"gridcolor": GRID, "zeroline": False, "fixedrange": True, "ticks": "outside", "tickcolor": LINE},
    **{"tickfont": {"size": 10}, "ticklen": 3},
}
LOSS_HEIGHT = 250
"""Of the loss figure, in pixels."""
SOURCE_COLOURS = ("#4c9be8", "#e0913a", "#58b98a")


def loss_figure(losses: Sequence[Mapping[str, Any]], sources: int = 2) -> go.Figure:
    """The paper's Figure 3: 1−SSIM on the left, mean squared error (logarithmic) on the right.

    Args:
        losses: `step`, `stage`, `lambda`, and under `training` and `held_out` the terms `ssim1`, `mse1`, ….
        sources: K.
    """
    figure = go.Figure()
    for term, axes in (("ssim", ("x", "y")), ("mse", ("x2", "y2"))):
        for k in range(sources):
            for part, dash in (("training", "solid"), ("held_out", "dot")):
                figure.add_trace(_curve(losses, f"{term}{k + 1}", part, k, dash, axes))
    steps = [row["step"] for row in losses]
    across = {**_AXIS, "range": [0, max(steps, default=1) * 1.02], "title": _title("step", 2)}
    figure.update_layout(frame())
    figure.update_layout(
        height=LOSS_HEIGHT,
        margin={"l": 40, "r": 8, "t": 22, "b": 34},
        xaxis={**across, "domain": [0, 0.45]},
        xaxis2={**across, "domain": [0.56, 1], "anchor": "y2"},
        yaxis={**_AXIS, "title": _title("1 − SSIM", 4), "rangemode": "tozero"},
        yaxis2={
            **_AXIS,
            "anchor": "x2",
            "type": "log",
            "title": _title("mean squared error", 4),
            **_decades([trace.y for trace in figure.data if trace.yaxis == "y2"]),
        },
        shapes=[],
        annotations=[],
        hovermode="closest",
    )
    for step, text in changes(losses):
        for number in (1, 2):
            _mark(figure, step, text if number == 1 else "", number)
    return figure


def _title(text: str, standoff: int) -> dict[str, Any]:
    return {"text": text, "standoff": standoff, "font": {"size": 11}}


def _decades(curves: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Range and ticks of a logarithmic axis: 1, 2, 5 of each decade, and at least two of them in sight."""
    values = [value for curve in curves for value in curve if value > 0] or [0.01, 0.1]
    ticks = [mantissa * 10.0**power for power in range(-8, 3) for mantissa in (1, 2, 5)]
    low = max(tick for tick in ticks if tick <= max(min(values), ticks[0]))
    high = min((tick for tick in ticks if tick >= max(values) and tick > low), default=ticks[-1])
    shown = [tick for tick in ticks if low <= tick <= high]
    room = 0.04 * (math.log10(high) - math.log10(low))
    return {
        "range": [math.log10(low) - room, math.log10(high) + room],
        "tickvals": shown,
        "ticktext": [f"{tick:g}" for tick in shown],
    }


def changes(losses: Sequence[Mapping[str, Any]]) -> list[tuple[float, str]]:
    """(step, text) wherever λ or the stage changes between two records, half-way between them."""
    found: list[tuple[float, str]] = []
    for before, after in itertools.pairwise(losses):
        words = []
        if before.get("lambda") != after.get("lambda"):
            words.append(f"λ {before.get('lambda'):g} → {after.get('lambda'):g}")
        if before.get("stage") != after.get("stage"):
            words.append("whole images" if after.get("stage") == "whole" else str(after.get("stage")))
        if words:
            found.append(((before["step"] + after["step"]) / 2, ", ".join(words)))
    return found


def field_figure(field: np.ndarray, radii: Mapping[str, float]) -> go.Figure:
    """The effective receptive field of one source with the circles that hold a share of its mass.

    Args:
        field: (2R+1, 2R+1) mean |Jacobian|.
        radii: what stands at a circle → its radius in pixels.
    """
    radius = field.shape[-1] // 2
    largest = float(field.max())
    levels = np.linspace(0, 1, 33)
    # logarithmic over three decades, so that the faint rim is seen beside the middle
    places = [0.0, *(10 ** (3 * (levels[1:] - 1))).tolist()]
    colours = sample_colorscale(sequential.Viridis, levels)
    offsets = np.arange(-radius, radius + 1)
    trace = go.Heatmap(
        z=np.ascontiguousarray(field, np.float32),
        x=offsets,
        y=offsets,
        colorscale=[[place, colour] for place, colour in zip(places, colours, strict=True)],
        zmin=0,
        zmax=largest or 1.0,
        showscale=False,
        hovertemplate="%{y} rows, %{x} columns off<br>mean |∂| <b>%{z:.3g}</b><extra></extra>",
    )
    figure = go.Figure(trace)
    axis = {"visible": False, "fixedrange": True, "constrain": "domain"}
    span = [-radius - 0.5, radius + 0.5]
    figure.update_layout(frame())
    figure.update_layout(
        xaxis={**axis, "range": span},
        yaxis={**axis, "range": span[::-1], "scaleanchor": "x"},
        shapes=[_circle(size) for size in radii.values() if math.isfinite(size)],
    )
    return figure


def _curve(
    losses: Sequence[Mapping[str, Any]], term: str, part: str, k: int, dash: str, axes: tuple[str, str]
) -> go.Scatter:
    rows = [row for row in losses if term in (row.get(part) or {})]
    name = f"x{'₁₂₃'[k]} {part.replace('_', ' ').replace('held out', 'held-out')}"
    return go.Scatter(
        x=[row["step"] for row in rows],
        y=[row[part][term] for row in rows],
        xaxis=axes[0],
        yaxis=axes[1],
        mode="lines",
        line={"color": SOURCE_COLOURS[k], "width": 1.6, "dash": dash},
        name=name,
        hovertemplate=f"{name}, step %{{x}}<br><b>%{{y:.4f}}</b><extra></extra>",
    )


def _mark(figure: go.Figure, step: float, text: str, number: int) -> None:
    suffix = "" if number == 1 else "2"
    reference = {"xref": f"x{suffix}", "yref": f"y{suffix} domain"}
    line = {"color": INK, "width": 1, "dash": "dash"}
    figure.add_shape(type="line", **reference, x0=step, x1=step, y0=0, y1=1, line=line)
    figure.add_annotation(
        **reference, x=step, y=1.01, yanchor="bottom", text=text, showarrow=False, font={"size": 9.5}
    )


def _circle(radius: float) -> dict[str, Any]:
    size = max(radius, 0.5)
    return {
        "type": "circle",
        **{"x0": -size, "x1": size, "y0": -size, "y1": size},
        "line": {"color": "#ffffff", "width": 1.4, "dash": "solid"},
    }
