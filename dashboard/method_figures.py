"""The figures of the Methods page: architecture, loss curves, effective receptive field.

Everything is drawn from data: layers that were read from the module, losses from the card of the weights,
measured Jacobians. Pure: knows nothing of Dash or of services.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale, sequential

from dashboard.architecture_layout import Drawing, arrange
from dashboard.theme import GRID, INK, LINE, frame
from models import Architecture, Layer

# Dark enough for white letters, light enough for both themes.
KINDS: dict[str, tuple[str, str]] = {
    "source": ("source", "#2b7a55"),
    "convolution": ("convolution", "#2f6fb3"),
    "concatenation": ("concatenation", "#8a6a1f"),
    "addition": ("addition", "#8a6a1f"),
    "rule": ("pointwise rule", "#8b4f9e"),
    "activation": ("activation", "#667080"),
    "normalisation": ("norm", "#667080"),
    "pooling": ("pooling", "#a1462f"),
    "upsampling": ("upsampling", "#a1462f"),
    "other": ("other", "#667080"),
}
SOURCE_COLOURS = ("#4c9be8", "#e0913a", "#58b98a")
_BOX_WIDTH = 0.34
_LANE_PX, _MARGIN_PX = 62, 30
_SMALLEST_CHANNELS, _LARGEST_CHANNELS = 1, 192


def architecture_figure(architecture: Architecture) -> go.Figure:
    """Boxes and connections; the height of a box grows with its channels, the axis is the receptive field."""
    drawing = arrange(architecture)
    low, high = drawing.rows
    figure = go.Figure(_box_traces(architecture, drawing))
    figure.update_layout(frame())
    figure.update_layout(
        height=round(_MARGIN_PX + _LANE_PX * (high - low + 1.35)),
        margin={"l": 6, "r": 6, "t": 2, "b": 20},
        shapes=[*_connections(architecture, drawing), *_boxes(architecture, drawing)],
        xaxis=_reach_axis(architecture, drawing),
        yaxis={"visible": False, "fixedrange": True, "range": [high + 0.75, low - 0.6]},
        hovermode="closest",
    )
    return figure


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
    axis = {"gridcolor": GRID, "zeroline": False, "fixedrange": True, "ticks": "outside", "tickcolor": LINE}
    across = {**axis, "range": [0, max(steps, default=1) * 1.02], "title": {"text": "step", "standoff": 2}}
    figure.update_layout(frame())
    figure.update_layout(
        height=250,
        margin={"l": 40, "r": 8, "t": 22, "b": 34},
        xaxis={**across, "domain": [0, 0.45]},
        xaxis2={**across, "domain": [0.56, 1], "anchor": "y2"},
        yaxis={**axis, "title": {"text": "1 − SSIM", "standoff": 4}, "rangemode": "tozero"},
        yaxis2={
            **axis,
            "anchor": "x2",
            "type": "log",
            "title": {"text": "mean squared error", "standoff": 4},
            "exponentformat": "power",
            "dtick": 1,
        },
        shapes=[],
        annotations=[],
        hovermode="closest",
    )
    for step, text in changes(losses):
        for number in (1, 2):
            _mark(figure, step, text if number == 1 else "", number)
    return figure


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


def _box_height(layer: Layer) -> float:
    channels = min(max(layer.channels or _SMALLEST_CHANNELS, _SMALLEST_CHANNELS), _LARGEST_CHANNELS)
    return 0.3 + 0.42 * math.log(channels) / math.log(_LARGEST_CHANNELS)


def _boxes(architecture: Architecture, drawing: Drawing) -> list[dict[str, Any]]:
    return [
        {
            "type": "rect",
            **{"x0": x - _BOX_WIDTH, "x1": x + _BOX_WIDTH},
            **{"y0": y - _box_height(layer) / 2, "y1": y + _box_height(layer) / 2},
            "fillcolor": KINDS[layer.kind][1],
            "line": {"width": 1.2, "color": INK, "dash": "dot"} if layer.tied else {"width": 0},
            "layer": "below",
        }
        for layer, (x, y) in zip(architecture.layers, drawing.boxes, strict=True)
    ]


def _box_traces(architecture: Architecture, drawing: Drawing) -> list[go.Scatter]:
    """What is written into and below the boxes, and what is said when one points at them."""
    layers = architecture.layers
    x, y = (list(axis) for axis in zip(*drawing.boxes, strict=True))
    below = [place + _box_height(layer) / 2 + 0.02 for layer, place in zip(layers, y, strict=True)]
    common: dict[str, Any] = {"x": x, "showlegend": False}
    inside = go.Scatter(
        **common,
        y=y,
        mode="markers+text",
        text=[layer.label for layer in layers],
        textfont={"size": 10, "color": "#ffffff"},
        marker={"size": 30, "symbol": "square", "opacity": 0},
        hovertext=[_said(layer) for layer in layers],
        hovertemplate="%{hovertext}<extra></extra>",
    )
    channels = go.Scatter(
        **common,
        y=below,
        mode="text",
        text=["" if layer.channels is None else str(layer.channels) for layer in layers],
        textposition="bottom center",
        textfont={"size": 9.5, "color": INK},
        hoverinfo="skip",
    )
    return [inside, channels]


def _said(layer: Layer) -> str:
    lines = [f"<b>{layer.name or KINDS[layer.kind][0]}</b>", _folded(layer.detail)]
    if layer.then:
        lines.append("then " + ", ".join(layer.then))
    if layer.channels is not None:
        before = "" if layer.channels_in is None else f"{layer.channels_in} → "
        lines.append(f"channels {before}{layer.channels}")
    if layer.kind != "source":
        lines.append("weights shared" if layer.tied else f"{layer.parameters:,} parameters")
    side = "the whole image" if layer.reach is None else f"{2 * layer.reach + 1}×{2 * layer.reach + 1}"
    return "<br>".join([*lines, f"receptive field {side}"])


def _folded(text: str, width: int = 64) -> str:
    """A text in lines of about so many characters."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}".strip()
    return "<br>".join([*lines, line])


def _connections(architecture: Architecture, drawing: Drawing) -> list[dict[str, Any]]:
    lines = [*drawing.lines]
    x, y = drawing.boxes[-1]
    lines.append(((x, y), (x + 0.75, y)))
    return [
        {"type": "path", "path": _path(line), "line": {"color": LINE, "width": 1.4}, "layer": "below"}
        for line in lines
    ]


def _path(points: Sequence[tuple[float, float]]) -> str:
    """A smooth way through points whose x grows, level at each of them."""
    x, y = points[0]
    parts = [f"M {x:g},{y:g}"]
    for nx, ny in points[1:]:
        # it leaves a box level and turns between the columns
        left, right = x + _BOX_WIDTH, max(nx - _BOX_WIDTH, x + _BOX_WIDTH)
        middle = (left + right) / 2
        curve = f"C {middle:g},{y:g} {middle:g},{ny:g} {right:g},{ny:g}"
        parts.append(f"L {left:g},{y:g} {curve} L {nx:g},{ny:g}")
        x, y = nx, ny
    return " ".join(parts)


def _reach_axis(architecture: Architecture, drawing: Drawing) -> dict[str, Any]:
    """Ticks: the side of the receptive field behind each column."""
    sides: dict[float, int] = {}
    for layer, (x, _) in zip(architecture.layers, drawing.boxes, strict=True):
        if layer.reach is not None:
            sides[x] = max(sides.get(x, 0), 2 * layer.reach + 1)
    return {
        "fixedrange": True,
        "range": [-0.6, max(drawing.columns, 9) - 0.2],
        "tickvals": list(sides),
        "ticktext": [f"{side}²" for side in sides.values()],
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"size": 9.5},
    }


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
