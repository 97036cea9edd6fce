"""The seventeen views in the order of Figure 1 of the FuseVis paper.

A *pair* is a full image with its zoom; below the zoom stand the captions of both and, where colours
mean numbers, the colour bar. Names of modalities, window sizes and bar labels are filled in by
`assets/js`, which knows what is shown.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
from dash import dcc, html

from dashboard.explore import figures, ids
from dashboard.explore.brush_bar import brush_bar
from dashboard.explore.colour_coded import coded_panel
from dashboard.explore.state import ViewState
from dashboard.explore.view_menu import menu_button
from dashboard.shared import heatmaps
from dashboard.shared import ids as common
from dashboard.shared.attributes import aria, data
from dashboard.shared.scales import Scale
from dashboard.shared.theme import CONFIG, SCATTER_CONFIG


def figure_one(guidance: Scale, jacobian: Scale, state: ViewState | None = None) -> html.Div:
    """The grid of all views, empty, with the colours that guidance and Jacobian zooms start with.

    `state` says whether the first pixel stays when the pointer moves, and how the fused image is coloured.
    """
    pinned = bool(state and state.pin)
    grid = [
        _pair("source-0", "ab", _modality(0), figures.zoom_figure()),
        _pair("guidance-0", "cd", ["guidance ", _modality(0)], figures.zoom_figure(guidance), bar=True),
        _pair("jacobian-0", "ef", ["Jacobian ", _modality(0)], figures.zoom_figure(jacobian), bar=True),
        _pair("fused", "gh", "fused", figures.zoom_figure(), legend=coded_panel(state)),
        _pair("guidance-rgb", "ij", "guidance RGB", figures.zoom_rgb_figure(), legend=_rgb_legend()),
        _scatter("k"),
        _pair("source-1", "lm", _modality(1), figures.zoom_figure()),
        _pair("guidance-1", "no", ["guidance ", _modality(1)], figures.zoom_figure(guidance), bar=True),
        _pair("jacobian-1", "pq", ["Jacobian ", _modality(1)], figures.zoom_figure(jacobian), bar=True),
    ]
    return html.Div(
        grid,
        id=common.EXPLORER,
        className="explorer",
        tabIndex=0,
        role="group",
        **aria(label="Linked images. Arrow keys move the pixel by one, with shift by ten."),
        **data(guidance="pending", **({"pinned": ""} if pinned else {})),
    )


def _pair(
    view: str,
    letters: str,
    name: Any,
    zoom_figure: go.Figure,
    bar: bool = False,
    legend: html.Table | html.Div | None = None,
) -> html.Figure:
    caption: list[Any] = [
        html.Div([html.Span(f"({letters[0]})", className="letter"), html.Span(name)]),
        html.Div(
            [
                html.Span(f"({letters[1]})", className="letter"),
                html.Span("window ", className="muted"),
                _size(),
            ]
        ),
    ]
    if view in ids.SOURCES:
        caption.append(html.Div(id=ids.levels(view), className="muted number"))
    if bar:
        caption.append(html.Div(id=common.bar(view), className="bar"))
    if legend is not None:
        caption.append(legend)
    return html.Figure(
        [
            _view(view, heatmaps.empty_figure(), "view full"),
            html.Div(
                [_view(ids.zoom(view), zoom_figure, "view zoom"), html.Figcaption(caption)], className="side"
            ),
        ],
        className="pair",
    )


def _scatter(letter: str) -> html.Figure:
    caption = html.Figcaption(
        [
            html.Span(f"({letter})", className="letter"),
            html.Span("scatterplot of the guidance images, "),
            html.Span("● window", className="window-key"),
            html.Span("■ brush", className="window-key brush-key"),
            brush_bar(),
        ]
    )
    return html.Figure(
        [_view(ids.SCATTER, heatmaps.empty_figure(), "view scatter"), caption], className="pair scatter-pair"
    )


def _view(view: str, figure: go.Figure, kind: str) -> html.Div:
    children: list[Any] = [
        dcc.Graph(
            id=view,
            figure=figure,
            config=SCATTER_CONFIG if view == ids.SCATTER else CONFIG,
            responsive=True,
            className="plot",
        ),
        html.Canvas(id=common.layer(view), className="layer", **aria(hidden="true")),
    ]
    if view in (*ids.FULL_VIEWS, ids.SCATTER):
        children.append(
            html.Canvas(
                id=common.layer(ids.brush(view)), className="layer brush-layer", **aria(hidden="true")
            )
        )
    if view in ids.AWAITING_GUIDANCE:
        children.append(html.Div(id=ids.placeholder(view), className="placeholder"))
    children.append(menu_button(view))
    return html.Div(children, className=kind, **data(view=view))


def _modality(k: int) -> html.Span:
    return html.Span(className="modality", **data(modality=str(k)))


def _size() -> html.Span:
    return html.Span(className="muted number", **data(window=""))


def _rgb_legend() -> html.Table:
    """What each colour means: one row for which guidance is high, one column for the fused value."""
    rows: list[tuple[list[Any], str, str]] = [
        ([_modality(0)], "red", "magenta"),
        ([_modality(1)], "green", "cyan"),
        (["both"], "yellow", "white"),
        (["neither"], "black", "blue"),
    ]
    head = html.Tr([html.Th("high, fused"), html.Th("dark", scope="col"), html.Th("bright", scope="col")])
    body = [html.Tr([html.Th(name, scope="row"), _chip(dark), _chip(bright)]) for name, dark, bright in rows]
    return html.Table([html.Thead(head), html.Tbody(body)], className="rgb-legend")


def _chip(colour: str) -> html.Td:
    return html.Td(
        [html.Span(className=f"chip {colour}", title=colour), html.Span(colour, className="visually-hidden")]
    )
