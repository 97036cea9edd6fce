"""The bar below the images: the pixel's row and column, the pin, and the way to the regions of interest.

The browser fills it in and listens to it (`assets/js/explore/pixel_bar.js`, `assets/js/explore/pin.js`).
"""

from __future__ import annotations

from dash import html

from dashboard.explore import ids
from dashboard.explore.state import ViewState
from dashboard.shared.attributes import aria
from dashboard.shared.urls import url


def place_bar(state: ViewState | None) -> html.Div:
    """The pin button and empty places for fields and region buttons; `state` says whether it is pinned."""
    pinned = bool(state and state.pin)
    label = aria(label="Regions of interest")
    return html.Div(
        [
            html.Div(id=ids.COORDINATES, className="coordinates"),
            html.Button(
                [
                    html.Span(className="pin-dot", **aria(hidden="true")),
                    html.Span("pinned" if pinned else "pin", className="pin-label"),
                ],
                id=ids.PIN_TOGGLE,
                className="chip-button",
                title="Keep this pixel while the pointer moves. A click on an image does the same",
                **aria(pressed="true" if pinned else "false", label="Pin the pixel"),
            ),
            html.A(
                ["What if", html.Span(" here", className="wide-only")],
                href=url("/whatif"),
                id=ids.WHATIF_LINK,
                className="chip-button whatif-link",
                title="Change a source at this pixel, or in the brush, and see the fused image change",
            ),
            html.Div(id=ids.REGIONS, className="regions", role="group", **label),
            html.Button(id=ids.ZOOM_RESET, className="chip-button zoom-reset", hidden=True),
        ],
        className="place-bar",
        role="group",
        **aria(label="Place in the images"),
    )
