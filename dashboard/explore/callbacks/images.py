"""Flow: case study and method → the images that are there at once.

    case          → both sources, the ground of the Jacobian views, the note below the selector
    case, method  → fused image, scene

The *scene* tells the browser what is shown: ids, modality names, image shape, window size of the method,
regions of interest, and whether something failed. What cannot be shown is blanked, and a notice says why:
an image of another selection must never stay beside the selected names.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from dash import Dash, Input, Output, State

from dashboard.explore import figures, ids
from dashboard.explore.callbacks.colours import current_scale
from dashboard.service.errors import EXPECTED
from dashboard.service.jacobians import JacobianService
from dashboard.shared import heatmaps
from dashboard.shared import ids as common
from dashboard.shared.notices import notice
from dashboard.shared.region_places import places
from models import functional_source


def register(app: Dash, service: JacobianService) -> None:
    """Connect the selectors to the images."""

    @app.callback(
        *[Output(view, "figure") for view in (*ids.SOURCES, *ids.JACOBIANS)],
        Output(ids.CASE_NOTE, "children"),
        Output(common.NOTICE_CASE, "children"),
        Input(ids.CASE, "value"),
        Input(ids.SERVER_EPOCH, "data"),
        State(ids.GAMMA1, "value"),
        State(ids.SCALE, "value"),
        State(ids.GUIDANCE_SUMMARY, "data"),
        State(ids.SCOPE, "value"),
        State(ids.COMMON_RANGE, "data"),
    )
    def show_case(case_id: str, _epoch: int, gamma1: float, scale: str, *covered: Any) -> tuple:
        try:
            case = service.case(case_id)
        except EXPECTED as error:
            return (*[heatmaps.empty_figure()] * 4, "", notice(str(error)))
        ground = figures.jacobian_figure(case.sources.shape[1:], current_scale(scale, gamma1, *covered))
        sources = [heatmaps.image_figure(source, case.id) for source in case.sources]
        return (*sources, ground, ground, case_note(case), None)

    @app.callback(
        Output(ids.FUSED, "figure"),
        Output(ids.SCENE, "data"),
        Output(ids.METHOD_NOTE, "children"),
        Output(common.NOTICE_METHOD, "children"),
        Input(ids.CASE, "value"),
        Input(ids.METHOD, "value"),
        Input(ids.SERVER_EPOCH, "data"),
    )
    def show_fused(case_id: str, method_id: str, _epoch: int) -> tuple:
        try:
            figure, scene, note = fused_view(service, case_id, method_id)
        except EXPECTED as error:
            scene = {"case": case_id, "method": method_id, "failed": True}
            return heatmaps.empty_figure(), scene, "", notice(str(error))
        return figure, scene, note, None


def fused_view(service: JacobianService, case_id: str, method_id: str) -> tuple[go.Figure, dict, str]:
    """The fused image, the scene and the method's description; raises what the service raises."""
    case = service.case(case_id)
    method = next((each for each in service.list_methods() if each.id == method_id), None)
    window = service.window(method_id)
    fused = service.fused(case.id, method_id)
    scene = {
        "case": case.id,
        "method": method_id,
        "modalities": list(case.modalities),
        "shape": list(fused.shape),
        "window": list(window) if window else None,
        "regions": places(case),
        "functional": dict(zip(("source", "known"), functional_source(case.modalities), strict=True)),
        "failed": False,
    }
    figure = heatmaps.image_figure(fused, case.id, method_id)
    return figure, scene, method.description if method else ""


def case_note(case: Any) -> str:
    """What stands below the selector; a simulated case study is called one."""
    unsaid = case.synthetic and "simulated" not in case.description.lower()
    return f"Simulated. {case.description}" if unsaid else case.description
