"""How the fused image is shown: grey, split, or in the colours of FunFuseAn; Ω; what the colours mean.

The browser makes the slider and fills in the numbers (`assets/js/explore/colour_coded.js`).
"""

from __future__ import annotations

from dash import html

from dashboard.explore import ids
from dashboard.explore.state import ViewState
from dashboard.shared.attributes import aria, data
from dashboard.shared.choices import choices
from models.colour_coding import OMEGA

_MODES = (
    ("", "grey", "The fused image"),
    ("split", "split", "Grey left of the pixel, colours from it to the right"),
    ("colour", "colour", "Summed gradients: one source gives the colour, the other the brightness"),
)


def coded_panel(state: ViewState | None) -> html.Div:
    """Three ways to see the fused image, the slider of Ω, and a legend that is shown with the colours."""
    mode, omega, hue = (state.coded, state.omega, state.hue) if state else ("", OMEGA, "")
    return html.Div(
        [
            choices(ids.CODED_MODES, "Colours of the fused image", _MODES, mode),
            html.Div(
                [
                    html.Label("Ω", htmlFor=ids.OMEGA),
                    html.Output(f"{omega:.2f}", className="number"),
                    html.Button(
                        "⇄", className="coded-swap", **aria(label="Let the other source give the colour")
                    ),
                ],
                className="coded-omega",
                title="Ω: the share of the colours’ saturation. 0 is grey",
            ),
            html.Div([_bar("coded-hue", "colour"), _bar("coded-value", "bright")], className="coded-legend"),
            html.Div(className="coded-state muted", role="status"),
        ],
        id=ids.CODED,
        className="coded",
        **data(coded=mode, omega=f"{omega:g}", hue=hue),
    )


def _bar(kind: str, role: str) -> html.Div:
    """The name of a source, a strip of what it gives, and the gradients at its ends."""
    ends = [html.Span(className="coded-end"), html.Span(className="coded-end")]
    return html.Div(
        [
            html.Div(className="coded-name"),
            html.Div(role, className="coded-strip"),
            html.Div(ends, className="coded-scale number"),
        ],
        className=f"coded-bar {kind}",
    )
