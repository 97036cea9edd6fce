"""Two fused images over each other, in four ways. `assets/js/compare_pair.js` draws them."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html

from dashboard import ids
from dashboard.comparison import MODES, Comparison
from dashboard.components.attributes import aria
from dashboard.widgets import Option, segments, select


def pair_panel(state: Comparison, methods: Sequence[Option]) -> html.Section:
    """The picture with its controls; without a chosen pair it is the one of the first two rows."""
    first, second = (*(state.pair or state.methods), *[method for method, _ in methods], "", "")[:2]
    return html.Section(
        [
            html.Div(
                html.Canvas(
                    id=ids.layer(ids.COMPARE_PAIR),
                    className="tile-canvas",
                    role="img",
                    **aria(label="Two fused images"),
                ),
                id=ids.COMPARE_PAIR,
                className="tile pair-picture",
            ),
            html.Div(
                [
                    html.H2("Two fused images"),
                    select(ids.COMPARE_FIRST, "A", methods, first),
                    select(ids.COMPARE_SECOND, "B", methods, second),
                    segments(ids.COMPARE_MODE, [(mode, mode) for mode in MODES], state.mode),
                    _mix(),
                    html.Button(
                        "Play, twice a second",
                        id=ids.COMPARE_PLAY,
                        className="chip-button",
                        title="Switch between the two images by itself, at 2 Hz",
                        **aria(pressed="false"),
                    ),
                    html.Output(id=ids.COMPARE_SAID, className="pair-said number"),
                    html.P(id=ids.COMPARE_VALUES, className="number"),
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
        [html.Label("Share of B", htmlFor="compare-mix-range", id=ids.COMPARE_MIX_LABEL)],
        id=ids.COMPARE_MIX,
        className="pair-mix",
    )
