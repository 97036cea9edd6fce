"""Flow: gammas, scale, scope and the range of the guidance images → colours of the gradient views.

Sends patches of a few kilobytes: colour scale, range and what the colour bars show. The data stay.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from dash import Dash, Input, Output, Patch, State, no_update

from dashboard.explore import ids
from dashboard.explore.scale_scope import IMAGE, METHODS, Data, common_range, extent, sentence
from dashboard.service.errors import EXPECTED
from dashboard.service.jacobians import JacobianService
from dashboard.shared.heatmaps import scale_meta
from dashboard.shared.scales import Range, Scale, gradient_scale

_UNKNOWN = Range(maximum=1.0, magnitude=1.0)


def register(app: Dash, service: JacobianService) -> None:
    """Connect the colour controls to the coloured views, and the scope of all methods to the service."""

    @app.callback(
        *[Output(view, "figure", allow_duplicate=True) for view in ids.GUIDANCE_COLOURED],
        *[Output(view, "figure", allow_duplicate=True) for view in ids.JACOBIAN_COLOURED],
        Output(ids.SCALE_NOTE, "children"),
        Input(ids.GAMMA1, "value"),
        Input(ids.GAMMA2, "value"),
        Input(ids.SCALE, "value"),
        Input(ids.GUIDANCE_SUMMARY, "data"),
        Input(ids.SCOPE, "value"),
        Input(ids.COMMON_RANGE, "data"),
        prevent_initial_call="initial_duplicate",
    )
    def recolour(
        gamma1: float, gamma2: float, scale: str, summary: Data | None, scope: str, common: Data | None
    ) -> tuple:
        guidance = colour_patch(current_scale(scale, gamma2, summary, scope, common), ground=False)
        jacobian = colour_patch(current_scale(scale, gamma1, summary, scope, common), ground=True)
        return (
            *[guidance] * len(ids.GUIDANCE_COLOURED),
            *[jacobian] * len(ids.JACOBIAN_COLOURED),
            sentence(scale, scope, summary, common),
        )

    @app.callback(
        Output(ids.COMMON_RANGE, "data"),
        Output(ids.COMMON_POLL, "disabled"),
        Input(ids.SCOPE, "value"),
        Input(ids.CASE, "value"),
        Input(ids.GUIDANCE_SUMMARY, "data"),
        Input(ids.COMMON_POLL, "n_intervals"),
        State(ids.COMMON_RANGE, "data"),
    )
    def follow_methods(
        scope: str, case_id: str, _summary: Data | None, _n: int, former: Data | None
    ) -> tuple:
        return methods_range(service, scope, case_id, former)


def methods_range(
    service: JacobianService, scope: str, case_id: str, former: Data | None
) -> tuple[Any, bool]:
    """The range of all methods where it is asked for and has changed; whether more may still arrive."""
    if scope != METHODS:
        return no_update, True
    try:
        found = common_range(case_id, *service.computed_guidance(case_id))
    except EXPECTED:
        return None, True
    return no_update if found == former else found, found["count"] == found["total"]


def current_scale(
    scale: str, gamma: float, summary: Data | None, scope: str = IMAGE, common: Data | None = None
) -> Scale:
    """The scale of the shown guidance pair; of an arbitrary range while that is unknown.

    Without guidance images, and in the scope of the pixel, the browser sets the range of the Jacobian views
    to that of the pixel's own Jacobian.
    """
    found = gradient_scale(scale, gamma, extent(scope, summary, common) or _UNKNOWN)
    return replace(found, scope=scope)


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
