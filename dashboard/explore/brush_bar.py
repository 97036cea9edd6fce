"""The tools of the brush below the scatter: what one draws with, which region it is, what it says."""

from __future__ import annotations

import dash_bootstrap_components as dbc
from dash import html

from dashboard.explore import ids
from dashboard.shared.attributes import aria
from dashboard.shared.urls import url


def brush_bar() -> html.Div:
    """Two drawing tools, the regions of interest, clear, and the numbers of the brush."""
    return html.Div(
        [
            _tool(ids.BRUSH_RECT, "▭", "Draw a rectangle on an image (shift + drag) or in the scatter"),
            _tool(ids.BRUSH_FREE, "✎", "Draw a freehand area on an image (alt + drag) or in the scatter"),
            html.Label(
                "Region of interest as the brush", htmlFor=ids.BRUSH_REGION, className="visually-hidden"
            ),
            dbc.Select(
                id=ids.BRUSH_REGION,
                options=[],
                size="sm",
                placeholder="region …",
                className="brush-region",
            ),
            html.Button(
                "✕",
                id=ids.BRUSH_CLEAR,
                className="brush-tool",
                title="Clear the brush (Escape)",
                disabled=True,
                **aria(label="Clear the brush"),
            ),
            html.Output(id=ids.BRUSH_NUMBERS, className="number"),
            html.A(
                html.Span("Σ", **aria(hidden="true")),
                id=ids.BRUSH_LINK,
                href=url("/regions"),
                className="brush-tool brush-link",
                title="This region as numbers, by every method",
                hidden=True,
                **aria(label="This region as numbers, by every method"),
            ),
        ],
        className="brush-bar",
        role="group",
        **aria(label="Brush"),
    )


def _tool(tool: str, sign: str, title: str) -> html.Button:
    return html.Button(
        sign, id=tool, className="brush-tool", title=title, **aria(pressed="false", label=title)
    )
