"""Flow of the What if page: case study and method → what the browser must know, which draws the rest.

case, method → scene    names, shape, window, regions, colours
scene, start → browser  `assets/js/whatif/page.js` asks the HTTP routes for the arrays and draws
"""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output, State

from dashboard.service.errors import EXPECTED
from dashboard.service.jacobians import JacobianService
from dashboard.shared.brush_text import pack_masks
from dashboard.shared.heatmaps import scale_meta
from dashboard.shared.notices import notice
from dashboard.shared.region_places import places
from dashboard.shared.scales import SIGNED, Range, gradient_scale
from dashboard.whatif import ids
from dashboard.whatif.state import GAMMAS

Data = dict[str, Any]


def register(app: Dash, service: JacobianService) -> None:
    """Connect the page to a service."""

    @app.callback(
        Output(ids.SCENE, "data"),
        Output(ids.NOTICE, "children"),
        Input(ids.CASE, "value"),
        Input(ids.METHOD, "value"),
        Input(ids.EPOCH, "data"),
    )
    def look(case_id: str, method_id: str, _epoch: int) -> tuple[Data, Any]:
        try:
            return scene(service, case_id, method_id), None
        except EXPECTED as error:
            return {"case": case_id, "method": method_id, "failed": True}, notice(str(error))

    app.clientside_callback(
        ClientsideFunction(namespace="fusevis_whatif", function_name="show"),
        Input(ids.SCENE, "data"),
        State(ids.START, "data"),
    )


def scene(service: JacobianService, case_id: str, method_id: str) -> Data:
    """What the browser must know of a case study and a method; raises what the service raises."""
    case, window = service.case(case_id), service.window(method_id)
    service.fused(case_id, method_id)  # weights that are missing are named before anything is asked for
    return {
        "case": case.id,
        "method": method_id,
        "modalities": list(case.modalities),
        "shape": list(case.sources.shape[1:]),
        "window": list(window) if window else None,
        "regions": places(case),
        "masks": pack_masks({region.id: region.mask for region in case.regions}),
        "colours": {gamma: _colours(float(gamma)) for gamma in GAMMAS},
        "failed": False,
    }


def _colours(gamma: float) -> Data:
    """The signed scale on a range of one."""
    scale = gradient_scale(SIGNED, gamma, Range(1.0, 1.0))
    return {"colorscale": scale.stops, "meta": scale_meta(scale), "zero": scale.zero}
