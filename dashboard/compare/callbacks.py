"""Flow: case studies and methods → what the server knows of every row; colour controls → colours.

    case, case2, methods, poll → scene    regions, windows, progress and range of the guidance of every row
    gammas, scale              → colours  the stops of the scales; their ranges follow from the scene
    scene, colours, controls   → browser  `assets/js/compare/page.js` fetches the arrays and draws

The arrays themselves travel through the HTTP routes (`dashboard/api/routes.py`), in binary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from dash import ClientsideFunction, Dash, Input, Output, State, set_props

from dashboard.compare import ids
from dashboard.compare.components import NONE
from dashboard.service.errors import EXPECTED
from dashboard.service.jacobians import JacobianService
from dashboard.shared.brush_text import pack_masks
from dashboard.shared.failures import log_failure
from dashboard.shared.notices import notice
from dashboard.shared.region_places import contrast, places, tones
from dashboard.shared.scales import SIGNED, Range, Scale, gradient_range, gradient_scale, hidden_share
from dashboard.shared.theme import DENSITY
from models import functional_source

READY, PENDING, FAILED = "ready", "pending", "failed"
_UNIT = Range(1.0, 1.0)

Data = dict[str, Any]

_CONTROLS = (
    *(ids.CASE, ids.CASE2, ids.GAMMA1, ids.GAMMA2),
    *(ids.SCALE, ids.SCOPE, ids.JACOBIANS, ids.CODED),
    *(ids.FIRST, ids.SECOND, ids.MODE),
)


def register(app: Dash, service: JacobianService) -> None:
    """Connect the Compare page to a service."""

    @app.callback(
        Output(ids.SCENE, "data"),
        Output(ids.POLL, "disabled"),
        Output(ids.NOTICE, "children"),
        Input(ids.CASE, "value"),
        Input(ids.CASE2, "value"),
        Input(ids.METHODS, "data"),
        Input(ids.POLL, "n_intervals"),
        Input(ids.EPOCH, "data"),
        on_error=_report,
    )
    def look(case_id: str, case2_id: str | None, methods: list[str], _n: int, _epoch: int) -> tuple:
        try:
            found = scene(service, case_id, "" if case2_id in (None, NONE) else str(case2_id), methods)
        except EXPECTED as error:
            return {"case": case_id, "case2": "", "cases": {}, "rows": []}, True, notice(str(error))
        return found, not any(row["state"] == PENDING for row in found["rows"]), None

    @app.callback(
        Output(ids.COLOURS, "data"),
        Input(ids.GAMMA1, "value"),
        Input(ids.GAMMA2, "value"),
        Input(ids.SCALE, "value"),
        on_error=_report,
    )
    def recolour(gamma1: float, gamma2: float, scale: str) -> Data:
        return colours(gamma1, gamma2, scale)

    app.clientside_callback(
        _function("show"),
        Input(ids.SCENE, "data"),
        Input(ids.COLOURS, "data"),
        *[Input(control, "value") for control in _CONTROLS],
        State(ids.METHODS, "data"),
        State(ids.PIXEL, "data"),
        State(ids.START, "data"),
    )
    app.clientside_callback(_function("heard"), Input(ids.PIXEL, "data"))
    app.clientside_callback(
        _function("add"),
        Output(ids.METHODS, "data"),
        Output(ids.ADD, "value"),
        Input(ids.ADD, "value"),
        State(ids.METHODS, "data"),
        prevent_initial_call=True,
    )


def scene(service: JacobianService, case_id: str, case2_id: str, methods: Sequence[str]) -> Data:
    """What is shown: the case studies, and a row a method, or a row a case study for the first method.

    Raises what the service raises for an unknown case study; what is wrong with a method is said in its row.
    """
    titles = {method.id: method.title for method in service.list_methods()}
    cases = [service.case(each) for each in dict.fromkeys((case_id, case2_id)) if each]
    if len(cases) == 2:
        wanted = [(case, method) for case in cases for method in list(methods)[:1]]
    else:
        wanted = [(cases[0], method) for method in methods]
    # what is asked for last is computed first, so the rows are asked for from the last to the first
    rows = [_row(service, case, method, titles.get(method, method)) for case, method in reversed(wanted)]
    return {
        "case": case_id,
        "case2": case2_id if len(cases) == 2 else "",
        "cases": {case.id: _case(case) for case in cases},
        "rows": rows[::-1],
    }


def colours(gamma1: float, gamma2: float, scale: str) -> Data:
    """The colours of both kinds of gradient views, of differences and of densities, on a range of one."""
    return {
        "jacobian": _colour(gradient_scale(scale, gamma1, _UNIT)),
        "guidance": _colour(gradient_scale(scale, gamma2, _UNIT)),
        "difference": _colour(gradient_scale(SIGNED, 1.0, _UNIT)),
        "density": list(DENSITY),
    }


def _case(case: Any) -> Data:
    masks = {region.id: region.mask for region in case.regions}
    return {
        "title": case.title,
        "modalities": list(case.modalities),
        "shape": list(case.sources.shape[1:]),
        "functional": dict(zip(("source", "known"), functional_source(case.modalities), strict=True)),
        "regions": [{**place, **_tones(case, masks[place["id"]])} for place in places(case)],
        "masks": pack_masks(masks),
    }


def _tones(case: Any, mask: np.ndarray) -> Data:
    return {"contrast": contrast(case, mask), "tones": list(tones(case, mask))}


@dataclass(frozen=True)
class _Guidance:
    """State, progress and range of a pair of guidance images, as the browser reads them."""

    state: str
    share: float = 0.0
    eta: float | None = None
    problem: str | None = None
    maximum: float = 0.0
    magnitude: float = 0.0
    hidden: float = 0.0
    estimated: str = ""


def _row(service: JacobianService, case: Any, method_id: str, title: str) -> Data:
    row = {"key": f"{case.id}/{method_id}", "case": case.id, "method": method_id, "title": title}
    try:
        window = service.window(method_id)
        found = _guidance(service.guidance(case.id, method_id))
        if found.state == READY:
            stage, _ = service.stage(case.id, method_id)
            found = replace(found, estimated=stage.accuracy if stage else "")
    except EXPECTED as error:
        window, found = None, _Guidance(FAILED, problem=str(error))
    return {**row, "window": list(window) if window else None, **vars(found)}


def _guidance(result: Any) -> _Guidance:
    if not isinstance(result, np.ndarray):
        state = FAILED if result.error else PENDING
        return _Guidance(state, result.share, result.eta_s, result.error)
    extent = gradient_range(result)
    return _Guidance(
        READY, 1.0, maximum=extent.maximum, magnitude=extent.magnitude, hidden=hidden_share(result)
    )


def _colour(scale: Scale) -> Data:
    return {
        "scale": scale.name,
        "colorscale": scale.stops,
        "zero": scale.zero,
        "gradient": scale.gradient,
        "ticks": [list(tick) for tick in scale.ticks],
    }


def _report(error: Exception) -> None:
    log_failure(error)
    set_props(ids.NOTICE, {"children": notice("The server failed on this; its log says why.")})


def _function(name: str) -> ClientsideFunction:
    return ClientsideFunction(namespace="fuseviscompare", function_name=name)
