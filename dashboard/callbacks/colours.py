"""Flow: gammas, scale and the range of the guidance images → colours of guidance and Jacobian views.

Sends patches of a few kilobytes: colour scale, range and what the colour bars show. The data stay.
"""

from __future__ import annotations

from typing import Any

from dash import Dash, Input, Output, Patch

from dashboard import ids
from dashboard.figures import scale_meta
from dashboard.scales import PUBLISHED, Range, Scale, gradient_scale

_UNKNOWN = Range(maximum=1.0, magnitude=1.0)


def register(app: Dash) -> None:
    """Connect the colour controls to the eight coloured views."""

    @app.callback(
        *[Output(view, "figure", allow_duplicate=True) for view in ids.GUIDANCE_COLOURED],
        *[Output(view, "figure", allow_duplicate=True) for view in ids.JACOBIAN_COLOURED],
        Output(ids.SCALE_NOTE, "children"),
        Input(ids.GAMMA1, "value"),
        Input(ids.GAMMA2, "value"),
        Input(ids.SCALE, "value"),
        Input(ids.GUIDANCE_SUMMARY, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def recolour(gamma1: float, gamma2: float, scale: str, summary: dict[str, Any] | None) -> tuple:
        guidance = colour_patch(current_scale(scale, gamma2, summary), ground=False)
        jacobian = colour_patch(current_scale(scale, gamma1, summary), ground=True)
        return (
            *[guidance] * len(ids.GUIDANCE_COLOURED),
            *[jacobian] * len(ids.JACOBIAN_COLOURED),
            scale_note(scale, summary),
        )


def current_scale(scale: str, gamma: float, summary: dict[str, Any] | None) -> Scale:
    """The scale of the shown guidance pair; of an arbitrary range while that is unknown.

    Without guidance images the browser sets the range to that of the pixel's own Jacobian.
    """
    extent = Range(summary["maximum"], summary["magnitude"]) if summary else _UNKNOWN
    return gradient_scale(scale, gamma, extent)


def colour_patch(scale: Scale, ground: bool) -> Patch:
    """The change to one figure; `ground` also colours what lies around a Jacobian patch."""
    patch = Patch()
    patch["data"][0]["colorscale"] = scale.stops
    patch["data"][0]["zmin"] = scale.zmin
    patch["data"][0]["zmax"] = scale.zmax
    patch["data"][0]["meta"] = scale_meta(scale)
    if ground:
        patch["layout"]["plot_bgcolor"] = scale.zero
    return patch


def scale_note(scale: str, summary: dict[str, Any] | None) -> str:
    """What the scale covers, and what it hides."""
    if summary is None:
        return "Jacobians are scaled to the pixel until the guidance images are there."
    if scale == PUBLISHED:
        hidden = f"{100 * summary['hidden']:.1f} % of the absolute gradient is negative and hidden."
        return f"0 to {summary['maximum']:.3g}, the maximum of both guidance images. {hidden}"
    return f"±{summary['magnitude']:.3g}, the largest magnitude of both guidance images. Nothing is hidden."
