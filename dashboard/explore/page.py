"""The Explore page, `/`: Figure 1 of the FuseVis paper under one pointer.

Reads the address once, when the page is opened; from then on the browser writes it.
"""

from __future__ import annotations

from typing import Any

import flask
from dash import dcc, html

from dashboard.explore import ids
from dashboard.explore.controls import controls
from dashboard.explore.figure_one import figure_one
from dashboard.explore.pixel_bar import place_bar
from dashboard.explore.readout import readout
from dashboard.explore.state import Parsed, ViewState, from_query
from dashboard.explore.view_menu import view_menu
from dashboard.service.jacobians import JacobianService
from dashboard.shared.notices import no_cases, notices
from dashboard.shared.query import choose
from dashboard.shared.region_places import starting_pixel
from dashboard.shared.scales import PUBLISHED, Range, Scale, gradient_scale
from dashboard.shared.selection import choose_case, shown_cases, shown_methods, usual_method

TITLE, PATH = "Explore", "/"
POLL_MS = 400
COMMON_POLL_MS = 2000  # another method takes seconds to compute


def layout(**query: str) -> html.Div:
    """The page for an address; senseless values fall back and are named in a notice."""
    return build(flask.current_app.extensions["fusevis"], query)


def build(service: JacobianService, query: dict[str, str]) -> html.Div:
    """The page for a service and a query; an empty state where there is no case study."""
    cases = shown_cases(service)
    parsed = restore(service, query) if cases else None
    state = parsed.state if parsed else None
    grid = figure_one(*_first_scales(state), state)
    side = html.Aside(
        [
            controls(
                state,
                [(case.id, case.title) for case in cases],
                [(method.id, method.title) for method in shown_methods(service)],
            ),
            readout(),
        ],
        className="sidebar",
    )
    return html.Div(
        [
            *_stores({"y": state.y, "x": state.x} if state else None, state.brush if state else ""),
            notices(parsed.notices if parsed else ()),
            no_cases(hidden=bool(cases)),
            html.Div(
                [side, html.Div([grid, place_bar(state)], className="stage")],
                className="workbench",
                hidden=not cases,
            ),
            view_menu(),
        ]
    )


def restore(service: JacobianService, query: dict[str, str]) -> Parsed:
    """The state a query asks for; defaults are the first case, the first trained method, its lesion."""
    sentences: list[str] = []
    cases, methods = shown_cases(service), shown_methods(service)
    case_id = choose_case(service, query, sentences)
    method_id = choose(query, "method", [method.id for method in methods], usual_method(service), sentences)
    case = next(case for case in cases if case.id == case_id)
    shape = case.sources.shape[1:]
    parsed = from_query(
        query, case_id, method_id, shape, starting_pixel(case), [region.id for region in case.regions]
    )
    return Parsed(parsed.state, (*sentences, *parsed.notices))


def _first_scales(state: ViewState | None) -> tuple[Scale, Scale]:
    """The colours of guidance and Jacobian views before the range of the guidance images is known."""
    name, *gammas = (state.scale, state.gamma2, state.gamma1) if state else (PUBLISHED, 1.0, 1.0)
    guidance, jacobian = (gradient_scale(name, gamma, Range(1.0, 1.0)) for gamma in gammas)
    return guidance, jacobian


def _stores(pixel: dict[str, int] | None, brush: str) -> list[Any]:
    return [
        dcc.Store(id=ids.PIXEL, data=pixel),
        dcc.Store(id=ids.SCENE),
        dcc.Store(id=ids.GUIDANCE_SUMMARY),
        dcc.Store(id=ids.SERVER_EPOCH, data=0),
        dcc.Interval(id=ids.GUIDANCE_POLL, interval=POLL_MS, disabled=True),
        dcc.Store(id=ids.COMMON_RANGE),
        dcc.Store(id=ids.BRUSH, data=brush),
        dcc.Store(id=ids.BRUSH_MASKS),
        dcc.Interval(id=ids.COMMON_POLL, interval=COMMON_POLL_MS, disabled=True),
    ]
