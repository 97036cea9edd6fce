"""Images as Plotly heatmaps: the trace, the axes of a whole image, a grey image, and nothing at all. Pure.

Values travel as float32 (Plotly's base64 form). `layout.meta` names the case study and method a figure
belongs to, so that the browser never mixes arrays of two selections while one is replaced by the next.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard.shared.scales import GREY, Scale
from dashboard.shared.theme import frame


def image_figure(values: np.ndarray, case: str, method: str | None = None) -> go.Figure:
    """A grey image on the fixed display range 0 to 1.

    Args:
        values: (H, W), clipped at 0 and 1 by the display only.
        case, method: what the image belongs to; a source image belongs to no method.
    """
    return full(heatmap(values, GREY, 0.0, 1.0), values.shape, {"case": case, "method": method})


def empty_figure() -> go.Figure:
    """What a view shows before its data are there: nothing, without axes.

    It holds a trace without a value, because patches of colours need one to change.
    """
    hidden = {"visible": False, "fixedrange": True}
    trace = heatmap(np.full((1, 1), np.nan), GREY, 0.0, 1.0)
    return go.Figure(trace, {**frame(), "xaxis": hidden, "yaxis": hidden, "meta": {}})


def heatmap(
    values: np.ndarray, stops: Any, zmin: float, zmax: float, meta: dict[str, Any] | None = None
) -> go.Heatmap:
    """A heatmap trace of (H, W) values without a bar of its own, silent under the pointer."""
    return go.Heatmap(
        z=np.ascontiguousarray(values, dtype=np.float32),
        colorscale=stops,
        zmin=zmin,
        zmax=zmax,
        showscale=False,
        zsmooth=False,
        hoverinfo="none",
        hoverongaps=False,
        meta=meta,
    )


def scale_meta(scale: Scale) -> dict[str, Any]:
    """What the browser's colour bars need of a scale."""
    ticks = [list(tick) for tick in scale.ticks]
    return {"scale": scale.name, "scope": scale.scope, "gradient": scale.gradient, "ticks": ticks}


def full(trace: Any, shape: tuple[int, ...], meta: dict[str, Any]) -> go.Figure:
    """A whole image: pixel centres on whole numbers, row 0 on top, square pixels."""
    height, width = shape
    layout = {
        **frame(),
        "xaxis": {"visible": False, "fixedrange": True, "range": [-0.5, width - 0.5], "constrain": "domain"},
        "yaxis": {
            "visible": False,
            "fixedrange": True,
            "range": [height - 0.5, -0.5],
            "constrain": "domain",
            "scaleanchor": "x",
        },
        "meta": meta,
    }
    return go.Figure(trace, layout)
