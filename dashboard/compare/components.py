"""The Compare page's parts: controls, bar of places, the grid of rows, and where its notices go.

Rows, sources and presets are made by `assets/js` from what the server says of them; the page brings their
places, the headings and the controls.
"""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html

from dashboard.compare import ids
from dashboard.compare.state import COLOUR, IMAGE, METHOD, SHARED, WINDOW, Comparison
from dashboard.shared import ids as common
from dashboard.shared.attributes import aria, data
from dashboard.shared.notices import notice
from dashboard.shared.scales import PUBLISHED, SIGNED
from dashboard.shared.widgets import Option, gamma_slider, segments, select

# An empty value is the placeholder of a selector, so "no case study" has a name that no case study can have.
NONE, NO_SECOND_CASE = "no case", "none: methods in rows"
GREY = "grey"
# The columns of a row: name, heading, modality named in the heading.
COLUMNS = (
    ("fused", "fused", None),
    ("guidance-0", "guidance ", 0),
    ("guidance-1", "guidance ", 1),
    ("guidance-rgb", "guidance RGB", None),
    ("jacobian-0", "Jacobian ", 0),
    ("jacobian-1", "Jacobian ", 1),
    ("scatter", "scatter", None),
)


def compare_controls(state: Comparison, cases: Sequence[Option], methods: Sequence[Option]) -> html.Aside:
    """Both sources; case studies, methods to add, colours of the fused images and of the gradients."""
    second = [(NONE, NO_SECOND_CASE), *cases]
    scales = html.Div(
        [
            html.Label("Colour scale"),
            segments(ids.SCALE, [("as published", PUBLISHED), ("signed", SIGNED)], state.scale),
            segments(ids.SCOPE, [("shared", SHARED), ("per method", METHOD)], state.scope),
        ],
        className="field",
    )
    gammas = html.Div(
        [
            gamma_slider(ids.GAMMA1, "γ₁ Jacobians", state.gamma1),
            gamma_slider(ids.GAMMA2, "γ₂ guidance", state.gamma2),
            html.Div(id=common.bar("compare-jacobian"), className="bar"),
            html.Div(id=common.bar("compare-guidance"), className="bar"),
        ],
        className="compare-gammas",
    )
    choices = [
        select(ids.CASE, "Case study", cases, state.case),
        select(ids.CASE2, "Beside it", second, state.case2 or NONE),
        _adder(methods),
        _fused(state),
        scales,
        html.P(id=ids.SCALE_NOTE, className="note"),
        gammas,
    ]
    return html.Aside(
        [
            html.Div(id=ids.SOURCES, className="compare-sources"),
            html.Div(choices, className="controls"),
        ],
        className="sidebar compare-side",
    )


def compare_bar(state: Comparison) -> html.Div:
    """Row and column to type, the pin, the presets, and what the Jacobian columns show."""
    return html.Div(
        [
            html.Div(id=ids.COORDINATES, className="coordinates"),
            html.Button(
                [
                    html.Span(className="pin-dot", **aria(hidden="true")),
                    html.Span("pinned" if state.pin else "pin", className="pin-label"),
                ],
                id=ids.PIN,
                className="chip-button",
                title="Keep this pixel while the pointer moves. A click on an image does the same",
                **aria(pressed="true" if state.pin else "false", label="Pin the pixel"),
            ),
            html.Div(id=ids.PRESETS, className="regions", role="group", **aria(label="Regions of interest")),
            html.Div(
                [
                    html.Span("Jacobians", className="muted"),
                    segments(ids.JACOBIANS, [("window", WINDOW), ("image", IMAGE)], state.jacobians),
                ],
                className="compare-extent",
            ),
        ],
        className="place-bar compare-bar",
        role="group",
        **aria(label="Place in the images"),
    )


def compare_grid(state: Comparison) -> html.Div:
    """Headings, and the place of the rows."""
    headings = [
        html.Div(
            [name, _modality(k)] if k is not None else name, className="compare-heading", **data(tile=tile)
        )
        for tile, name, k in COLUMNS
    ]
    return html.Div(
        [
            html.Div([html.Div(className="compare-heading"), *headings], id=ids.HEADINGS),
            html.Div("Loading the rows …", id=ids.ROWS, className="compare-rows"),
            html.Output(id=ids.SPOKEN, className="visually-hidden", **aria(live="polite")),
        ],
        id=ids.COMPARER,
        className="comparer",
        tabIndex=0,
        role="group",
        **aria(label="Rows of linked images. Arrow keys move the pixel by one, with shift by ten."),
        **data(guidance="pending", **({"pinned": ""} if state.pin else {})),
    )


def compare_notices(sentences: Sequence[str]) -> html.Div:
    """What the link and the server have to say."""
    return html.Div(
        [
            html.Div(notice(*sentences) if sentences else None, id=ids.NOTICE_LINK),
            html.Div(id=ids.NOTICE),
        ],
        className="notices",
        role="status",
    )


def _adder(methods: Sequence[Option]) -> html.Div:
    return html.Div(
        [
            html.Label("Add method", htmlFor=ids.ADD, id=ids.ADD_LABEL),
            dbc.Select(
                id=ids.ADD,
                options=[{"label": title, "value": key} for key, title in methods],
                value="",
                placeholder="choose …",
                size="sm",
            ),
        ],
        className="field",
    )


def _fused(state: Comparison) -> html.Div:
    """Grey or coloured fused images; the browser makes the slider of Ω."""
    return html.Div(
        [
            html.Label("Fused"),
            segments(ids.CODED, [("grey", GREY), ("colour", COLOUR)], state.coded or GREY),
            html.Div(
                [html.Label("Ω", htmlFor="compare-omega-range"), html.Output(className="number")],
                id=ids.OMEGA,
                className="compare-omega",
                hidden=True,
            ),
        ],
        className="field",
        title="Colour: the summed gradients of both sources, one as hue, the other as brightness. "
        "Ω scales the saturation",
    )


def _modality(k: int) -> html.Span:
    return html.Span(className="modality", **data(modality=str(k)))
