"""What every graph has in common: configuration, typeface, and the colours that Plotly draws itself.

Everything else that has a colour takes it from the variables in `assets/css/shared/variables.css`. Plotly's
colours are chosen to be readable on both themes, so that switching themes redraws no graph.
"""

from __future__ import annotations

from typing import Any

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
INK = "#808a98"
LINE = "rgba(128,138,152,0.55)"
GRID = "rgba(128,138,152,0.16)"
GREEN = "#3ddc84"
OUTLINE = "#0b0c0e"
# Few pixels to many, in the scatter's density.
DENSITY = ("#56606e", "#8b8f98", "#c79a4b", "#f2b632")

# Without the first key Plotly offers to upload the figure, which may be a patient's.
CONFIG: Any = {
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "displaylogo": False,
    "displayModeBar": False,
    "responsive": True,
    "scrollZoom": False,
    "doubleClick": False,
    "showTips": False,
}

# The wheel zooms; a drag draws the brush.
SCATTER_CONFIG: Any = {**CONFIG, "scrollZoom": True}


def frame() -> dict[str, Any]:
    """The layout that all graphs share: no margins, nothing painted behind the data."""
    return {
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 11, "color": INK},
        "hoverlabel": {"font": {"family": FONT, "size": 12}},
        "dragmode": False,
        "showlegend": False,
        "autosize": True,
        "template": {},  # Plotly's default template is 7 kB of JSON in every figure
    }
