"""The drawing of an architecture: boxes for layers, lines for what feeds them, the receptive field below.

Everything is drawn from data that were read from the module. Pure: knows nothing of Dash or of services.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import plotly.graph_objects as go

from dashboard.methods.architecture_layout import Drawing, arrange
from dashboard.shared.theme import INK, LINE, frame
from models import Architecture, Layer

# Dark enough for white letters, light enough for both themes.
KINDS: dict[str, tuple[str, str]] = {
    "source": ("source", "#2b7a55"),
    "fused": ("fused image", "#1d7a85"),
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
_BOX_WIDTH = 0.34
_LANE_PX, _ABOVE_PX, _BELOW_PX, _AXIS_PX = 62, 26, 34, 20
_COLUMN_PX, _FEWEST_COLUMNS = 50, 5
_SMALLEST_CHANNELS, _LARGEST_CHANNELS = 1, 192
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def drawn(architecture: Architecture) -> Architecture:
    """What is drawn of an architecture: the fused image as a box of its own, several rules told apart."""
    rules = [number for number, layer in enumerate(architecture.layers) if layer.kind == "rule"]
    layers = list(architecture.layers)
    for place, number in enumerate(rules if len(rules) > 1 else ()):
        layers[number] = replace(layers[number], label=f"ƒ{str(place + 1).translate(_SUBSCRIPTS)}")
    end = Layer(
        name="fused image",
        kind="fused",
        label="fused",
        detail="what the method returns",
        channels=layers[-1].channels,
        reach=architecture.reach,
        inputs=(len(layers) - 1,),
    )
    return replace(architecture, layers=(*layers, end))


def columns_of(architecture: Architecture) -> int:
    """How many boxes stand one behind the other in the drawing."""
    return arrange(drawn(architecture)).columns


def smallest_width(architecture: Architecture) -> int:
    """Pixels below which the drawing cannot be read."""
    return _COLUMN_PX * max(columns_of(architecture), _FEWEST_COLUMNS)


def architecture_figure(architecture: Architecture) -> go.Figure:
    """Boxes and connections; the height of a box grows with its channels, the axis is the receptive field.

    The figure is as high as its rows need; as wide as its place, see `smallest_width`.
    """
    architecture = drawn(architecture)
    drawing = arrange(architecture)
    low, high = drawing.rows
    figure = go.Figure(_box_traces(architecture, drawing))
    figure.update_layout(frame())
    figure.update_layout(
        height=round(_ABOVE_PX + _LANE_PX * (high - low) + _BELOW_PX + _AXIS_PX),
        margin={"l": 0, "r": 0, "t": 0, "b": _AXIS_PX},
        shapes=[*_connections(drawing), *_boxes(architecture, drawing)],
        xaxis=_reach_axis(architecture, drawing),
        yaxis={
            "visible": False,
            "fixedrange": True,
            "range": [high + _BELOW_PX / _LANE_PX, low - _ABOVE_PX / _LANE_PX],
        },
        hovermode="closest",
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
    if layer.kind not in ("source", "fused"):
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


def _connections(drawing: Drawing) -> list[dict[str, Any]]:
    return [
        {"type": "path", "path": _path(line), "line": {"color": LINE, "width": 1.4}, "layer": "below"}
        for line in drawing.lines
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
        "range": [-_BOX_WIDTH - 0.02, max(drawing.columns, _FEWEST_COLUMNS) - 1 + _BOX_WIDTH + 0.02],
        "tickvals": list(sides),
        "ticktext": [f"{side}×{side}" for side in sides.values()],
        "showgrid": False,
        "zeroline": False,
        "ticks": "",
        "tickfont": {"size": 9.5},
    }
