"""Flows that run in the browser: their inputs; `assets/js/explore/wiring.js` has their code.

    pixel store (link, hoverData, extensions) → linked views → Jacobian route → Jacobian views
    hoverData → pixel store
    figures, scene, summary → decoded arrays → repaint
    controls → address

The pointer and the keys paint first and write the pixel store afterwards, a few times a second: a write
costs Dash's renderer several times what the painting costs.
"""

from __future__ import annotations

from dash import ClientsideFunction, Dash, Input, Output, State

from dashboard.explore import ids

_CONTROLS = (ids.CASE, ids.METHOD, ids.GAMMA1, ids.GAMMA2, ids.SCALE, ids.SCOPE)


def register(app: Dash) -> None:
    """Connect the browser's functions."""
    app.clientside_callback(_function("selectPixel"), Input(ids.PIXEL, "data"))
    app.clientside_callback(
        _function("followHover"),
        Output(ids.PIXEL, "data"),
        *[Input(view, "hoverData") for view in ids.FULL_VIEWS],
        prevent_initial_call=True,
    )
    app.clientside_callback(
        _function("showScene"),
        Input(ids.SCENE, "data"),
        Input(ids.GUIDANCE_SUMMARY, "data"),
        *[Input(view, "figure") for view in ids.GRAPHS],
        State(ids.PIXEL, "data"),
        *[State(key, "value") for key in _CONTROLS],
    )
    app.clientside_callback(
        _function("writeAddress"),
        *[Input(key, "value") for key in _CONTROLS],
    )


def _function(name: str) -> ClientsideFunction:
    return ClientsideFunction(namespace="fusevis", function_name=name)
