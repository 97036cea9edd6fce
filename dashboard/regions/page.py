"""The Regions page, `/regions`: a region of interest as numbers, all methods beside each other.

Reads the address once, when the page is opened; from then on the browser writes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import flask
from dash import dcc, html

from dashboard.regions import ids
from dashboard.regions.controls import region_options, regions_controls
from dashboard.regions.pictures import empty_pictures
from dashboard.regions.state import RegionState, from_query
from dashboard.service.jacobians import JacobianService
from dashboard.shared.notices import no_cases, notice
from dashboard.shared.query import choose
from models import WeightsError, method_digest
from precompute.report.contents import usual_source

TITLE, PATH = "Regions", "/regions"
POLL_MS = 700


def layout(**query: str) -> html.Div:
    """The page for an address; senseless values fall back and are named in a notice."""
    return build(flask.current_app.extensions["fusevis"], query)


def build(service: JacobianService, query: dict[str, str]) -> html.Div:
    """The page for a service and a query; an empty state where there is no case study."""
    cases = [(case.id, case.title) for case in service.list_cases()]
    if not cases:
        return html.Div(no_cases(hidden=False))
    state, sentences = restore(service, query)
    case = service.case(state.case)
    methods = [(method.id, method.title) for method in service.methods_for(case.id)]
    side = regions_controls(state, cases, region_options(case, state.brush), case.modalities, methods)
    return html.Div(
        [
            dcc.Store(id=ids.START, data=_start(state)),
            dcc.Store(id=ids.SEEN),
            dcc.Interval(id=ids.POLL, interval=POLL_MS, disabled=True),
            html.Div(
                [
                    html.Div(notice(*sentences) if sentences else None),
                    html.Div(id=ids.NOTICE),
                ],
                className="notices",
                role="status",
            ),
            html.H1("Regions as numbers", className="visually-hidden"),
            html.Div([side, _stage(case.modalities)], className="regions-bench"),
        ],
        id=ids.PAGE,
    )


def restore(service: JacobianService, query: dict[str, str]) -> tuple[RegionState, tuple[str, ...]]:
    """The state a query asks for, and the sentences about what made no sense."""
    sentences: list[str] = []
    ids_of_cases = [case.id for case in service.list_cases()]
    case = service.case(choose(query, "case", ids_of_cases, ids_of_cases[0], sentences))
    methods = [method.id for method in service.methods_for(case.id)]
    state, further = from_query(
        query,
        case.id,
        case.shape,
        [region.id for region in case.regions],
        methods,
        (usual_method(service, case.id), usual_source(case)),
        len(case.sources),
    )
    return state, (*sentences, *further)


def usual_method(service: JacobianService, case_id: str) -> str:
    """The first trained method that fits and has weights, else the first that fits; "" where none does."""
    methods = service.methods_for(case_id)
    for method in methods:
        try:
            if method.trained and method_digest(method.id):
                return method.id
        except WeightsError:
            continue
    return methods[0].id if methods else ""


def _start(state: RegionState) -> dict[str, Any]:
    """What of the link stands in no control; it holds as long as case study and region stay."""
    y, x = state.pixel or (None, None)
    return {"case": state.case, "brush": state.brush, "y": y, "x": x, "plane": state.plane}


def _stage(modalities: Sequence[str]) -> html.Div:
    requirements = html.Section(
        [
            html.Div(
                [
                    html.H2("Four requirements of the clinical application"),
                    html.P(
                        "After Kumar & Gumhold, Computers 9(4):98, 2020, section 5.3. A verdict compares one "
                        "number with one threshold. Research software, not a medical device.",
                        className="muted",
                    ),
                ],
                className="panel-head",
            ),
            html.Div("Loading …", id=ids.VERDICTS, className="muted"),
        ],
        className="method-card",
    )
    numbers = html.Section(
        [
            html.H2("The region as numbers"),
            html.P(
                "G is the gradient of the sum of the region's fused pixels, exact, by one backward pass. "
                "Radii come from single Jacobians, pooled over the region's pixels. Intervals: bootstrap "
                "over pixels (95 %) that takes neighbours for independent; the true uncertainty is larger.",
                className="muted",
            ),
            html.Div(id=ids.NUMBERS, className="scrolled"),
        ],
        className="method-card",
    )
    pictures = html.Div(empty_pictures(modalities), id=ids.PICTURES, className="region-pictures")
    return html.Div([pictures, requirements, numbers], className="regions-stage")
