"""Two fused images over each other, in four ways. `assets/js/compare/pair.js` draws them."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html

from dashboard.compare import ids
from dashboard.compare.state import MODES, Comparison
from dashboard.shared import ids as common
from dashboard.shared.attributes import aria
from dashboard.shared.widgets import Option, segments, select


def pair_panel(state: Comparison, methods: Sequence[Option]) -> html.Section:
    """The picture with its controls; without a chosen pair it is the one of the first two rows."""
    first, second = (*(state.pair or state.methods), *[method for method, _ in methods], "", "")[:2]
    return html.Section(
        [
            html.Div(
                html.Canvas(
                    id=common.layer(ids.PAIR),
                    className="tile-canvas",
                    role="img",
                    **aria(label="Two fused images"),
                ),
                id=ids.PAIR,
                className="tile pair-picture",
            ),
            html.Div(
                [
                    html.H2("Two fused images"),
                    select(ids.FIRST, "A", methods, first),
                    select(ids.SECOND, "B", methods, second),
                    segments(ids.MODE, [(mode, mode) for mode in MODES], state.mode),
                    _mix(),
                    html.Button(
                        "Play, twice a second",
                        id=ids.PLAY,
                        className="chip-button",
                        title="Switch between the two images by itself, at 2 Hz",
                        **aria(pressed="false"),
                    ),
                    html.Output(id=ids.SAID, className="pair-said number"),
                    html.P(id=ids.VALUES, className="number"),
                ],
                className="pair-controls",
            ),
        ],
        className="pair-panel",
        **aria(label="Two fused images over each other"),
    )


def _mix() -> html.Div:
    # the range itself is made by the browser: Dash's slider would write the store at every step
    return html.Div(
        [html.Label("Share of B", htmlFor="compare-mix-range", id=ids.MIX_LABEL)],
        id=ids.MIX,
        className="pair-mix",
    )
