"""The parts of the What if page: what is changed, eight pictures, their numbers.

`assets/js/whatif*.js` fills in names and numbers, makes the slider and the fields, and draws the pictures.
"""

from __future__ import annotations

from collections.abc import Sequence

from dash import html

from dashboard.shared import ids as common
from dashboard.shared.attributes import aria, data
from dashboard.shared.choices import choices
from dashboard.shared.notices import notice
from dashboard.shared.widgets import Option, select
from dashboard.whatif import ids
from dashboard.whatif.state import IMAGE, MEAN, PART, WhatIfState

SHIFT = "shift"
# Name, letter, caption; a number stands for the modality of that source. The first row shows whole images.
TILES = (
    ("changed", "a", "changed source"),
    ("before", "b", "fused before"),
    ("after", "c", "fused after"),
    ("influence-0", "d", 0),
    ("actual", "e", "actual change"),
    ("predicted", "f", "predicted by the Jacobian"),
    ("difference", "g", "actual − predicted"),
    ("influence-1", "h", 1),
)
_WITH_BAR = ("influence-0", "actual", "predicted", "difference", "influence-1")
_NUMBERS = (
    ("at", "at the pixel", "At the row and column above the pictures"),
    ("largest", "largest", "The largest change of a fused pixel, with its sign"),
    ("mean", "mean", "Mean over the pixels that were changed in the source"),
    ("total", "sum", "Sum over all fused pixels"),
)
_COLUMNS = (
    ("actual", "actual", "How the fused image changes"),
    ("predicted", "pred.", "What the Jacobian predicts: the sum of influence × change"),
    ("apart", "apart", "Actual less predicted: what is not linear"),
)


def tile(name: str) -> str:
    """The id of a picture's place."""
    return f"{ids.WHATIF}-{name}"


def whatif_controls(state: WhatIfState, cases: Sequence[Option], methods: Sequence[Option]) -> html.Aside:
    """Case study, method, which source is changed and by how much; below them the numbers."""
    sources = [(str(k), f"source {k + 1}", "Change this source") for k in range(2)]
    kinds = (
        (SHIFT, "brighter, darker", "Add grey levels to the pixel or region"),
        (MEAN, "mean around", "Paint it with the mean of its surroundings, three pixels around it"),
    )
    kind = MEAN if state.change == MEAN else SHIFT
    levels = html.Label("Change, in grey levels of 255", htmlFor="whatif-range")
    return html.Aside(
        [
            html.Div(
                [
                    select(ids.CASE, "Case study", cases, state.case),
                    select(ids.METHOD, "Fusion method", methods, state.method),
                    html.Div(
                        [
                            html.Div("Source to change", className="field-name"),
                            choices(ids.SOURCE, "Source to change", sources, str(state.source)),
                        ],
                        className="field",
                    ),
                    html.Div(
                        [
                            html.Div("How", className="field-name"),
                            choices(ids.KIND, "How it is changed", kinds, kind),
                        ],
                        className="field",
                    ),
                    html.Div([levels], id=ids.LEVELS, className="field whatif-levels"),
                    html.P(id=ids.CHANGE_NOTE, className="note"),
                ],
                className="controls",
            ),
            _numbers(),
        ],
        className="sidebar whatif-side",
    )


def _numbers() -> html.Table:
    """Actual, predicted and their difference, in grey levels."""
    names = [html.Th(label, scope="col", title=title) for _, label, title in _COLUMNS]
    head = html.Tr([html.Th("grey levels", scope="col"), *names])
    rows = [
        html.Tr(
            [
                html.Th(label, scope="row", title=title),
                *[html.Td("–", **data(number=f"{name}-{column}")) for column, *_ in _COLUMNS],
            ]
        )
        for name, label, title in _NUMBERS
    ]
    apart = html.Tr(
        [
            html.Th("not predicted, of the actual change", scope="row", colSpan=3),
            html.Td("–", **data(number="share")),
        ]
    )
    return html.Table(
        [html.Thead(head), html.Tbody([*rows, apart])],
        id=ids.NUMBERS,
        className="whatif-numbers number",
        **aria(live="polite", label="Change of the fused image"),
    )


def whatif_bar(state: WhatIfState) -> html.Div:
    """Row and column to type, the regions of interest, and which part the lower pictures show."""
    views = (
        (PART, "affected part", "Enlarge the part of the image that the change can reach"),
        (IMAGE, "whole image", "Show the changes on the whole image"),
    )
    gammas = (
        ("0.5", "γ 0.5", "Colours in proportion to the square root: small values are seen"),
        ("1", "γ 1", "Colours in proportion to the values"),
    )
    label = aria(label="What is changed: the pixel, or a region of interest")
    return html.Div(
        [
            html.Div(id=ids.COORDINATES, className="coordinates"),
            html.Div(id=ids.REGIONS, className="regions", role="group", **label),
            html.Div(
                [
                    choices(ids.GAMMA, "Gamma of the colours", gammas, state.gamma),
                    choices(ids.VIEW, "What the changes are shown on", views, state.view),
                ],
                className="whatif-extent",
            ),
        ],
        className="place-bar whatif-bar",
    )


def whatif_pictures() -> html.Div:
    """The eight pictures with their captions and colour bars, empty."""
    return html.Div(
        [_picture(*each) for each in TILES],
        id=ids.WHATIF,
        className="whatif-grid",
        tabIndex=0,
        role="group",
        **aria(label="Pictures. A click changes that pixel, a drag a rectangle. Arrow keys move the pixel."),
    )


def _picture(name: str, letter: str, caption: str | int) -> html.Figure:
    if isinstance(caption, int):
        said: list[html.Span] = [
            html.Span("influence of "),
            html.Span(className="modality", **data(source=str(caption))),
        ]
    else:
        said = [html.Span(caption, **(data(changed="") if name == "changed" else {}))]
    bar = [html.Div(id=common.bar(tile(name)), className="bar")] if name in _WITH_BAR else []
    canvas = html.Canvas(id=common.layer(tile(name)), className="tile-canvas", **aria(hidden="true"))
    texts = [
        html.Div([html.Span(f"({letter})", className="letter"), *said]),
        html.Div(className="muted number", **data(note=name)),
        *bar,
    ]
    return html.Figure(
        [
            html.Div(canvas, id=tile(name), className="tile whatif-tile", **data(tile=name)),
            html.Figcaption(texts),
        ]
    )


def whatif_notices(sentences: Sequence[str]) -> html.Div:
    """The stack of notices; `sentences` are those about the address that was opened."""
    return html.Div(
        [
            html.Div(notice(*sentences) if sentences else None, id=ids.NOTICE_LINK),
            html.Div(id=ids.NOTICE),
            html.Div(id=ids.PROBLEM),
        ],
        className="notices",
        role="status",
    )
