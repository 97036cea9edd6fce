"""Local maps of fusion metrics as overlays on the fused image, and their colours. Pure."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from PIL import Image
from plotly.colors import sample_colorscale, sequential

from dashboard.metrics.state import OWN
from dashboard.shared.heatmaps import heatmap, image_figure

_STEPS = 17
_OWN = (0.005, 0.995)
_NEAR = 5e-4  # less than the labels show
TICKS = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Extent:
    """The values at both ends of the colours, and whether the map has values beyond them."""

    low: float
    high: float
    below: bool = False
    above: bool = False

    def labels(self) -> list[str]:
        """The values at `TICKS`, three decimals; ≤ and ≥ where values lie beyond."""
        values = [self.low + place * (self.high - self.low) for place in TICKS]
        texts = [f"{round(value, 3) + 0.0:.3f}".replace("-", "−") for value in values]
        if self.below:
            texts[0] = f"≤ {texts[0]}"
        if self.above:
            texts[-1] = f"≥ {texts[-1]}"
        return texts


def extent(values: np.ndarray, covers: str) -> Extent:
    """The range of the colours of a map (H, W), NaN at its rim: its own, or 0 … 1 for all maps alike.

    Its own leaves out the last half per cent at either end: a few windows of Q_FMI score far above 1.
    """
    low, high = (float(value) for value in np.nanquantile(values, _OWN)) if covers == OWN else (0.0, 1.0)
    high = high if high > low else low + 1e-3
    return Extent(low, high, bool(np.nanmin(values) < low - _NEAR), bool(np.nanmax(values) > high + _NEAR))


def gradient() -> str:
    """The colours from low to high, as CSS."""
    return f"linear-gradient(90deg, {', '.join(_colours())})"


def map_figure(fused: np.ndarray, values: np.ndarray, shown: Extent, opacity: float) -> go.Figure:
    """The fused image in grey, and the map over it; where the map has no value, the image is seen.

    Args:
        fused: (H, W), shown from 0 to 1.
        values: (H, W), NaN where the metric has no window.
        shown: what the colours cover.
        opacity: of the map, 0 to 1.
    """
    figure = image_figure(fused, "")
    stops = [[k / (_STEPS - 1), colour] for k, colour in enumerate(_colours())]
    overlay = heatmap(values, stops, shown.low, shown.high)
    overlay.update(opacity=opacity)
    figure.add_trace(overlay)
    return figure


def grey_png(image: np.ndarray) -> str:
    """An image (H, W), shown from 0 to 1, as the address of an 8-bit PNG."""
    levels = np.rint(np.clip(image, 0.0, 1.0) * 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(levels).save(buffer, "PNG")
    return f"data:image/png;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _colours() -> list[str]:
    return sample_colorscale(sequential.Viridis, list(np.linspace(0.0, 1.0, _STEPS)))
