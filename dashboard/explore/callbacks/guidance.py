"""Flow: case study and method → guidance images, now or when they are computed.

The first request of a selection starts the computation in the service, which works on what was asked
for last. While it runs, an interval asks again; it stops as soon as there is a result or an error. Guidance
that is estimated is shown and labelled, and asked for again until the best one is there.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import Dash, Input, Output, State, ctx, no_update

from dashboard.explore import figures, ids, placeholder
from dashboard.explore.callbacks.colours import current_scale
from dashboard.service.errors import EXPECTED
from dashboard.service.jacobians import JacobianService
from dashboard.shared import heatmaps
from dashboard.shared import ids as common
from dashboard.shared.notices import notice
from dashboard.shared.scales import gradient_range, hidden_share

READY, PENDING, FAILED = "ready", "pending", "failed"


def register(app: Dash, service: JacobianService) -> None:
    """Connect the selectors and the poll to the guidance views."""

    @app.callback(
        *[Output(view, "figure") for view in ids.AWAITING_GUIDANCE],
        *[Output(ids.placeholder(view), "children") for view in ids.AWAITING_GUIDANCE],
        Output(ids.GUIDANCE_SUMMARY, "data"),
        Output(ids.GUIDANCE_POLL, "disabled"),
        Output(common.EXPLORER, "data-guidance"),
        Output(common.NOTICE_GUIDANCE, "children"),
        Input(ids.CASE, "value"),
        Input(ids.METHOD, "value"),
        Input(ids.GUIDANCE_POLL, "n_intervals"),
        Input(ids.SERVER_EPOCH, "data"),
        State(ids.GAMMA2, "value"),
        State(ids.SCALE, "value"),
        State(ids.SCOPE, "value"),
        State(ids.COMMON_RANGE, "data"),
        State(ids.GUIDANCE_SUMMARY, "data"),
    )
    def show_guidance(
        case_id: str,
        method_id: str,
        _n: int,
        _epoch: int,
        gamma2: float,
        scale: str,
        *rest: Any,
    ) -> tuple:
        *covered, shown = rest
        polled = ctx.triggered_id == ids.GUIDANCE_POLL
        try:
            if polled and shown and shown == {**shown, **told(service, case_id, method_id)}:
                return (*[no_update] * 9, False, no_update, no_update)
            label = told(service, case_id, method_id)  # first: one that is too old is seen by the next poll
            case, result = service.case(case_id), service.guidance(case_id, method_id)
            if isinstance(result, np.ndarray):
                fused = service.fused(case_id, method_id)
                views = ready(case, method_id, result, fused, gamma2, scale, *covered)
                summary = {**views[8], **label}
                said = refused(service, method_id)
                return (*views[:8], summary, not service.stage(case_id, method_id)[1], READY, said)
        except EXPECTED as error:
            return failed(str(error))
        if result.error:
            return failed(result.error)
        return pending(result, polled)


def refused(service: JacobianService, method_id: str) -> Any:
    """What is said where the whole image had to answer for a method's windows; None where it never had to."""
    seen = service.refused(method_id)
    if not seen.refused:
        return None
    return notice(
        f"At {seen.refused} of {seen.checked} pixels so far a window gave another fused value than the whole "
        "image, which answered there: the numbers are right, and take longer."
    )


def told(service: JacobianService, case_id: str, method_id: str) -> dict[str, Any]:
    """What the page says of guidance images: whose they are, and how they are estimated."""
    estimated, _ = service.stage(case_id, method_id)
    return {"case": case_id, "method": method_id, "estimated": estimated.accuracy if estimated else None}


def ready(
    case: Any,
    method_id: str,
    guidance: np.ndarray,
    fused: np.ndarray,
    gamma2: float,
    scale: str,
    *covered: Any,
) -> tuple:
    """All guidance views of a finished pair of guidance images, (K, H, W); `covered`: scope, common range."""
    summary = summarise(case.id, method_id, guidance)
    chosen = current_scale(scale, gamma2, summary, *covered)
    key = (case.id, str(method_id))
    views = (
        figures.guidance_figure(guidance[0], chosen, *key),
        figures.guidance_figure(guidance[1], chosen, *key),
        figures.rgb_figure(guidance, fused, *key),
        figures.scatter_figure(guidance, case.modalities, *key),
    )
    return (*views, *[None] * 4, summary, True, READY, None)


def pending(progress: Any, polled: bool) -> tuple:
    """The placeholders; the views are emptied once, not at every poll."""
    views = [no_update if polled else heatmaps.empty_figure()] * 4
    bar = placeholder.computing(progress.share, progress.eta_s)
    return (*views, *[bar] * 4, no_update if polled else None, False, PENDING, None)


def failed(sentence: str) -> tuple:
    """Empty views and the sentence that says why; the poll stops."""
    blank = [heatmaps.empty_figure()] * 4
    return (*blank, *[placeholder.failed()] * 4, None, True, FAILED, notice(sentence))


def summarise(case_id: str, method_id: str, guidance: np.ndarray) -> dict[str, Any]:
    """What the colour scales need of guidance images (K, H, W), small enough to travel with every change."""
    extent = gradient_range(guidance)
    return {
        "case": case_id,
        "method": method_id,
        "maximum": extent.maximum,
        "magnitude": extent.magnitude,
        "hidden": hidden_share(guidance),
    }
