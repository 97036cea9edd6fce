"""Arrays to Plotly figures: the seventeen views of the Explore page.

Owns axes, hover texts and what each trace holds. Pure: knows nothing of Dash, of services or of the
pointer. Full images carry their values as float32 (Plotly's base64 form), one transfer that serves both
Plotly and the browser's canvases. `layout.meta` names the case study and method a figure belongs to, so
that the browser never mixes arrays of two selections while one is replaced by the next.
"""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import plotly.graph_objects as go
from PIL import Image
from plotly.colors import sample_colorscale

from dashboard.shared.heatmaps import full, heatmap, scale_meta
from dashboard.shared.scales import GREY, Scale
from dashboard.shared.theme import DENSITY, GREEN, GRID, LINE, OUTLINE, frame

# Bins of the density behind the scatter: about three screen pixels each at the smallest layout.
DENSITY_BINS = (72, 128)


def guidance_figure(values: np.ndarray, scale: Scale, case: str, method: str) -> go.Figure:
    """One guidance image, (H, W) signed gradients, in a gradient scale."""
    trace = heatmap(values, scale.stops, scale.zmin, scale.zmax, meta=scale_meta(scale))
    return full(trace, values.shape, {"case": case, "method": method})


def jacobian_figure(shape: tuple[int, int], scale: Scale) -> go.Figure:
    """The empty Jacobian view: axes of the whole image on a ground of the colour of zero.

    The trace gets the window's values, and their place, in the browser.
    """
    trace = heatmap(np.zeros((1, 1)), scale.stops, scale.zmin, scale.zmax, meta=scale_meta(scale))
    figure = full(trace, shape, {})
    figure.update_layout(plot_bgcolor=scale.zero)
    return figure


def zoom_figure(scale: Scale | None = None) -> go.Figure:
    """An empty zoom; its axes follow whatever window the browser puts into the trace."""
    if scale is None:
        trace = heatmap(np.zeros((1, 1)), GREY, 0.0, 1.0)
    else:
        trace = heatmap(np.zeros((1, 1)), scale.stops, scale.zmin, scale.zmax, meta=scale_meta(scale))
    trace.update(hoverinfo=None, hovertemplate="row %{y}, column %{x}<br><b>%{z:.4g}</b><extra></extra>")
    return _zoom(trace)


def zoom_rgb_figure() -> go.Figure:
    """The empty zoom of the guidance RGB image."""
    blank = np.zeros((1, 1, 4), np.uint8)
    template = "row %{y}, column %{x}<br>R %{z[0]}, G %{z[1]}, B %{z[2]}<extra></extra>"
    return _zoom(go.Image(z=blank, colormodel="rgba", hovertemplate=template))


def rgb_figure(guidance: np.ndarray, fused: np.ndarray, case: str, method: str) -> go.Figure:
    """Guidance RGB as an 8-bit image trace; see `guidance_rgb`."""
    rgb = guidance_rgb(guidance, fused)
    buffer = io.BytesIO()
    Image.fromarray(rgb).save(buffer, "PNG")
    source = f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"
    trace = go.Image(source=source, hoverinfo="none")
    return full(trace, fused.shape, {"case": case, "method": method})


def guidance_rgb(guidance: np.ndarray, fused: np.ndarray) -> np.ndarray:
    """R = guidance 1, G = guidance 2, B = fused, each min-max scaled on its own (FuseVis, 3.2.3).

    Args:
        guidance: (2, H, W) signed gradients.
        fused: (H, W).

    Returns:
        uint8 (H, W, 3); a constant channel is 0.
    """
    channels = [_min_max(channel) for channel in (*guidance, fused)]
    return np.rint(np.stack(channels, axis=-1) * 255).astype(np.uint8)


def scatter_figure(guidance: np.ndarray, modalities: tuple[str, ...], case: str, method: str) -> go.Figure:
    """All pixels by their two guidance values, as a density with logarithmic colour.

    The second trace is empty here: the browser fills it with the pixels of the window.
    """
    count, x_edges, y_edges = density(guidance)
    most = float(count.max())
    ground = heatmap(np.where(count > 0, count, np.nan), _density_stops(most), 1.0, max(most, 2.0), meta=None)
    ground.update(
        x0=(x_edges[0] + x_edges[1]) / 2,
        dx=x_edges[1] - x_edges[0],
        y0=(y_edges[0] + y_edges[1]) / 2,
        dy=y_edges[1] - y_edges[0],
        hoverinfo=None,
        hovertemplate="%{x:.3g}, %{y:.3g}<br>%{z} pixels<extra></extra>",
    )
    figure = go.Figure([ground, _window_points()])
    figure.update_layout(scatter_layout(modalities))
    figure.update_layout(
        xaxis_range=[x_edges[0], x_edges[-1]],
        yaxis_range=[y_edges[0], y_edges[-1]],
        meta={
            "case": case,
            "method": method,
            "ranges": [[x_edges[0], x_edges[-1]], [y_edges[0], y_edges[-1]]],
        },
    )
    return figure


def scatter_layout(modalities: tuple[str, ...]) -> dict[str, Any]:
    """Axes of the scatter: the guidance of source 1 to the right, of source 2 upwards."""
    axis = {
        "zeroline": True,
        "zerolinewidth": 1,
        "zerolinecolor": LINE,
        "gridcolor": GRID,
        "ticks": "outside",
        "ticklen": 3,
        "tickcolor": LINE,
        "nticks": 6,
    }
    names = [f"guidance {name}" for name in modalities] or ["", ""]
    return {
        **frame(),
        "dragmode": "select",
        "newselection": {"line": {"color": GREEN, "width": 1.5, "dash": "solid"}},
        "margin": {"l": 52, "r": 8, "t": 8, "b": 38},
        "xaxis": {**axis, "title": {"text": names[0], "standoff": 4}},
        "yaxis": {**axis, "title": {"text": names[1], "standoff": 4}},
    }


def density(guidance: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many pixels fall into each bin of the plane of the two guidance values.

    Args:
        guidance: (2, H, W).

    Returns:
        counts (rows = guidance 2, columns = guidance 1), and the edges along guidance 1 and guidance 2.
    """
    first, second = (values.astype(np.float64).ravel() for values in guidance)
    counts, y_edges, x_edges = np.histogram2d(
        second, first, bins=DENSITY_BINS, range=[_padded(second), _padded(first)]
    )
    return counts.astype(np.float32), x_edges, y_edges


def _window_points() -> go.Scatter:
    return go.Scatter(
        x=[],
        y=[],
        mode="markers",
        marker={"color": GREEN, "size": 6, "line": {"color": OUTLINE, "width": 1}},
        hovertemplate="%{x:.4g}, %{y:.4g}<extra></extra>",
        unselected={"marker": {"opacity": 1}},
        showlegend=False,
    )


def _density_stops(most: float) -> list[list[float | str]]:
    """Colour by log count: the stop of level u lies at count most^u, as a share of 1 … most."""
    levels = np.linspace(0.0, 1.0, 17)
    span = max(most, 2.0)
    places = (span**levels - 1) / (span - 1)
    colours = sample_colorscale(DENSITY, levels)
    return [[float(place), colour] for place, colour in zip(places, colours, strict=True)]


def _padded(values: np.ndarray) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    pad = 0.04 * (high - low) or 0.5
    return low - pad, high + pad


def _min_max(values: np.ndarray) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    return (values - low) / (high - low) if high > low else np.zeros_like(values)


def _zoom(trace: Any) -> go.Figure:
    layout = {
        **frame(),
        "xaxis": {"visible": False, "fixedrange": True, "constrain": "domain"},
        "yaxis": {
            "visible": False,
            "fixedrange": True,
            "autorange": "reversed",
            "constrain": "domain",
            "scaleanchor": "x",
        },
    }
    return go.Figure(trace, layout)
