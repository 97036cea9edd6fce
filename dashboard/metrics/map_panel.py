"""The panel of the local map: what is shown on the left, its controls, colours and region means beside it."""

from __future__ import annotations

from collections.abc import Sequence

from dash import dcc, html

from dashboard.metrics import ids
from dashboard.metrics.figures import TICKS, Extent, gradient
from dashboard.metrics.state import FULL, OWN, MetricsView
from dashboard.shared.attributes import aria
from dashboard.shared.heatmaps import empty_figure
from dashboard.shared.theme import CONFIG
from dashboard.shared.widgets import Option, segments, select


def map_panel(view: MetricsView, methods: Sequence[Option], metrics: Sequence[Option]) -> html.Section:
    """The section without its image, which a callback brings."""
    said = (
        "The metric of the window around every pixel, over the fused image. Its mean over the image, or over "
        "a region, is the metric."
    )
    return html.Section(
        [
            html.Div(
                [html.H2("Where in the image"), html.P(said, className="muted")], className="metrics-head"
            ),
            html.Div(
                [
                    _image(),
                    html.Div(_controls(view, methods, metrics), className="metrics-map-side"),
                    html.Div(id=ids.MAP_REGIONS, className="metrics-map-regions"),
                    html.Div(id=ids.MAP_IMAGES, className="metrics-map-images"),
                ],
                className="metrics-map",
            ),
        ],
        className="metrics-section",
        **aria(label="Local map"),
    )


def _image() -> html.Div:
    """The fused image under the map, and what is read of it below."""
    graph = dcc.Graph(
        id=ids.MAP, figure=empty_figure(), config=CONFIG, className="metrics-plot", responsive=True
    )
    said = "Fused image under the local map. Arrow keys move the place that is read, shift by ten."
    frame = html.Div(
        [
            graph,
            html.Div("Computing the map …", id=ids.MAP_PROBLEM, className="metrics-map-problem"),
        ],
        id=ids.MAP_FRAME,
        className="metrics-map-frame",
        tabIndex=0,
        role="group",
        **aria(label=said),
    )
    readout = html.Output(
        "Point at the image, or walk over it with the arrow keys.",
        id=ids.READOUT,
        className="metrics-readout number",
        **aria(live="polite"),
    )
    return html.Div([frame, readout], className="metrics-map-image")


def colour_bar(shown: Extent) -> list[html.Div]:
    """The colours with the values that they stand for."""
    ticks = [
        html.Span(label, style={"--place": f"{place:g}"}, className="metrics-tick")
        for place, label in zip(TICKS, shown.labels(), strict=True)
    ]
    return [
        html.Div(className="metrics-colours", style={"backgroundImage": gradient()}),
        html.Div(ticks, className="metrics-ticks number"),
    ]


def images(views: Sequence[tuple[str, str]]) -> list[html.Figure]:
    """Small images, (name, address) each: what is compared, without the map."""
    return [html.Figure([html.Img(src=src, alt=name), html.Figcaption(name)]) for name, src in views]


def region_means(rows: Sequence[tuple[str, float | None]], symbol: list) -> html.Table:
    """The mean of the map in the image and its regions; None where a region has no value."""
    body = [
        html.Tr(
            [
                html.Th(title, scope="row"),
                html.Td("–" if value is None else f"{value:.4f}".replace("-", "−")),
            ]
        )
        for title, value in rows
    ]
    head = html.Tr([html.Th("Mean of the map", scope="col"), html.Th(symbol, scope="col")])
    return html.Table([html.Thead(head), html.Tbody(body)], className="metrics-regions")


def _controls(view: MetricsView, methods: Sequence[Option], metrics: Sequence[Option]) -> list:
    return [
        select(ids.METHOD, "Fusion method", methods, view.method),
        select(ids.METRIC, "Local metric", metrics, view.metric),
        html.Div(
            [
                html.Label("Colours"),
                segments(ids.RANGE, [("0 … 1, alike for all", FULL), ("this map", OWN)], view.range),
            ],
            className="field",
        ),
        html.Div(
            [
                html.Label("Opacity of the map, %", htmlFor=ids.OPACITY),
                dcc.Slider(
                    id=ids.OPACITY,
                    min=0,
                    max=100,
                    step=1,
                    value=view.opacity,
                    marks=None,
                    updatemode="drag",
                ),
            ],
            className="field gamma",
        ),
        html.Div(id=ids.MAP_BAR, className="metrics-bar"),
    ]
