"""The Compare page, `/compare`: methods in rows, one pointer for all of them.

Reads the address once, when the page is opened; from then on the browser writes it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import flask
from dash import dcc, html

from dashboard.compare import ids
from dashboard.compare.components import compare_bar, compare_controls, compare_grid, compare_notices
from dashboard.compare.pair import pair_panel
from dashboard.compare.state import MOST_ROWS, Choices, Comparison, from_query
from dashboard.service.jacobians import JacobianService
from dashboard.shared.notices import no_cases
from dashboard.shared.region_places import centre, starting_pixel
from dashboard.shared.selection import choose_case, shown_cases, shown_methods
from models import WeightsError, method_digest

TITLE, PATH = "Compare", "/compare"
POLL_MS = 500
# What the browser reads of the link; the rest stands in controls.
_OF_THE_BROWSER = ("region", "mix", "omega", "pin")


def layout(**query: str) -> html.Div:
    """The page for an address; senseless values fall back and are named in a notice."""
    return build(flask.current_app.extensions["fusevis"], query)


def build(service: JacobianService, query: dict[str, str]) -> html.Div:
    """The page for a service and a query; an empty state where there is no case study."""
    cases = [(case.id, case.title) for case in shown_cases(service)]
    methods = [(method.id, method.title) for method in shown_methods(service)]
    if not cases:
        return html.Div(no_cases(hidden=False))
    state, sentences = restore(service, query)
    stage = html.Div(
        [compare_bar(state), compare_grid(state), pair_panel(state, methods)], className="compare-stage"
    )
    return html.Div(
        [
            *_stores(state),
            compare_notices(sentences),
            html.Div([compare_controls(state, cases, methods), stage], className="compare-bench"),
        ]
    )


def restore(service: JacobianService, query: dict[str, str]) -> tuple[Comparison, tuple[str, ...]]:
    """The state a query asks for, and the sentences about what made no sense."""
    sentences: list[str] = []
    ids_of_cases = [case.id for case in shown_cases(service)]
    case_id = choose_case(service, query, sentences)
    case = service.case(case_id)
    centres = {region.id: centre(region.mask) for region in case.regions}
    choices = Choices(
        cases=ids_of_cases,
        methods=[method.id for method in shown_methods(service)],
        usual=usual_methods(service),
        shape=case.sources.shape[1:],
        pixel=starting_pixel(case),
        regions={name: pixel for name, pixel in centres.items() if pixel},
    )
    state, further = from_query(query, case_id, choices)
    return state, (*sentences, *further)


def usual_methods(service: JacobianService) -> list[str]:
    """The rows of a link that names none: a method without weights, and the trained ones that have theirs."""
    methods = shown_methods(service)
    plain = [method.id for method in methods if not method.trained]
    trained = [method.id for method in methods if method.trained and _has_weights(method.id)]
    found = [*plain[:1], *trained] if trained else plain
    return found[:MOST_ROWS]


def _has_weights(method_id: str) -> bool:
    try:
        return bool(method_digest(method_id))
    except WeightsError:
        return False


def _stores(state: Comparison) -> list[Any]:
    start = {key: value for key, value in asdict(state).items() if key in _OF_THE_BROWSER}
    return [
        dcc.Store(id=ids.METHODS, data=list(state.methods)),
        dcc.Store(id=ids.PIXEL, data={"y": state.y, "x": state.x}),
        dcc.Store(id=ids.START, data=start),
        dcc.Store(id=ids.SCENE),
        dcc.Store(id=ids.COLOURS),
        dcc.Store(id=ids.EPOCH, data=0),
        dcc.Interval(id=ids.POLL, interval=POLL_MS, disabled=True),
    ]
