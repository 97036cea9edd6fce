"""The readout: the numbers behind the images at the selected pixel.

The browser writes the numbers (`assets/js/explore/readout.js`), into the elements that carry `data-value`; it
marks the list busy while the pixel moves, so that a screen reader speaks only what comes to rest.
"""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.explore import ids
from dashboard.shared.attributes import aria, data

_STAGE = "Exact, or estimated with this error relative to the root mean square"


def readout() -> html.Dl:
    """A definition list, live for screen readers."""
    return html.Dl(
        [
            *_row([html.Span("Pixel "), html.Span("row, column", className="muted")], "pixel"),
            *_row([_modality(0), html.Var("x₁")], "source-0"),
            *_row([_modality(1), html.Var("x₂")], "source-1"),
            *_row([html.Span("fused"), html.Var("y")], "fused"),
            html.Dt("Gradient at the pixel", className="group"),
            *_row([_modality(0), html.Var("∂y/∂x₁")], "gradient-0"),
            *_row([_modality(1), html.Var("∂y/∂x₂")], "gradient-1"),
            html.Dt(["Jacobian in the window", html.Span("x₁ · x₂", className="muted")], className="group"),
            *_row("share of |∂|", "share", "wide"),
            *_row("negative", "negative", "wide"),
            *_row("half within", "radius", "wide"),
            html.Dt("Guidance images", className="group"),
            *_row(html.Span("accuracy", title=_STAGE), "stage", "wide"),
            *_row("correlation in window", "correlation-window"),
            *_row("correlation in image", "correlation-image"),
            *_row("negative share", "hidden"),
        ],
        id=ids.READOUT,
        className="readout",
        **aria(live="polite", label="Values at the selected pixel"),
    )


def _row(term: Any, value: str, kind: str = "") -> list[html.Dt | html.Dd]:
    return [html.Dt(term), html.Dd("–", className=kind, **data(value=value))]


def _modality(k: int) -> html.Span:
    return html.Span(className="modality", **data(modality=str(k)))
