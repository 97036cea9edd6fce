"""Flow: case study → masks of its regions of interest, once, and what the brush can be.

The brush itself lives in a store (`dcc.Store(id="brush")`) as text; what it marks is computed in the browser
(`assets/js/explore/brushing.js`), which has all the arrays.
"""

from __future__ import annotations

from typing import Any

from dash import ClientsideFunction, Dash, Input, Output

from dashboard.explore import ids
from dashboard.service.errors import EXPECTED
from dashboard.service.jacobians import JacobianService
from dashboard.shared.brush_text import pack_masks


def register(app: Dash, service: JacobianService) -> None:
    """Connect the case study to the masks, and brush and masks to the browser."""

    @app.callback(
        Output(ids.BRUSH_MASKS, "data"),
        Output(ids.BRUSH_REGION, "options"),
        Input(ids.CASE, "value"),
        Input(ids.SERVER_EPOCH, "data"),
    )
    def send_masks(case_id: str, _epoch: int) -> tuple[dict[str, Any] | None, list[dict[str, str]]]:
        try:
            return masks_of(service.case(case_id))
        except EXPECTED:
            return None, []

    app.clientside_callback(
        ClientsideFunction(namespace="fusevis", function_name="takeBrush"),
        Input(ids.BRUSH, "data"),
        Input(ids.BRUSH_MASKS, "data"),
    )


def masks_of(case: Any) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """Packed masks of a case study's regions, and the regions as options of a selector."""
    masks = {region.id: region.mask for region in case.regions}
    options = [{"value": region.id, "label": region.title} for region in case.regions]
    return {"case": case.id, "masks": pack_masks(masks)}, options
