"""The What if page, `/whatif`: a source is changed; what becomes of the fused image, what the Jacobian says.

Reads the address once, when the page is opened; from then on the browser writes it.
"""

from __future__ import annotations

from dataclasses import asdict

import flask
from dash import dcc, html

from dashboard.service.jacobians import JacobianService
from dashboard.shared.notices import no_cases
from dashboard.shared.query import choose
from dashboard.shared.region_places import starting_pixel
from dashboard.shared.selection import PLACES, choose_case, shown_cases, shown_methods, usual_method
from dashboard.whatif import ids
from dashboard.whatif.components import whatif_bar, whatif_controls, whatif_notices, whatif_pictures
from dashboard.whatif.state import WhatIfState, from_query

TITLE, PATH = "What if", "/whatif"


def layout(**query: str) -> html.Div:
    """The page for an address; senseless values fall back and are named in a notice."""
    return build(flask.current_app.extensions["fusevis"], query)


def build(service: JacobianService, query: dict[str, str]) -> html.Div:
    """The page for a service and a query; an empty state where there is no case study."""
    cases = [(case.id, case.title) for case in shown_cases(service)]
    if not cases:
        return html.Div(no_cases(hidden=False))
    methods = [(method.id, method.title) for method in shown_methods(service)]
    state, sentences = restore(service, query)
    return html.Div(
        [
            dcc.Store(id=ids.SCENE),
            dcc.Store(id=ids.START, data=asdict(state)),
            dcc.Store(id=ids.EPOCH, data=0),
            whatif_notices(sentences),
            html.Div(
                [
                    whatif_controls(state, cases, methods),
                    html.Div([whatif_bar(state), whatif_pictures()], className="whatif-stage"),
                ],
                className="whatif-bench",
            ),
        ]
    )


def restore(service: JacobianService, query: dict[str, str]) -> tuple[WhatIfState, tuple[str, ...]]:
    """The state a query asks for, and the sentences about what made no sense."""
    sentences: list[str] = []
    case_id = choose_case(service, query, sentences)
    methods = [method.id for method in shown_methods(service)]
    method_id = choose(query, "method", methods, usual_method(service), sentences)
    case = service.case(case_id)
    regions = [region.id for region in case.regions]
    shape = case.sources.shape[1:]
    pixel = starting_pixel(case)
    state, further = from_query(query, case_id, method_id, shape, pixel, regions, PLACES)
    return state, (*sentences, *further)
