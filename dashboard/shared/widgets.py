"""The labelled fields that every page's controls are made of. Pure: data in, Dash components out."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html

from dashboard.shared.query import GAMMA_MAX, GAMMA_MIN, GAMMA_STEP

Option = tuple[str, str]


def select(control: str, label: str, options: Sequence[Option], value: str | None) -> html.Div:
    """A labelled selector of (id, title) options."""
    return html.Div(
        [
            html.Label(label, htmlFor=control),
            dbc.Select(
                id=control,
                options=[{"label": title, "value": key} for key, title in options],
                value=value,
                size="sm",
            ),
        ],
        className="field",
    )


def segments(control: str, options: Sequence[Option], value: str) -> dbc.RadioItems:
    """A row of segments, one of which is chosen; options are (label, value)."""
    return dbc.RadioItems(
        id=control,
        options=[{"label": label, "value": key} for label, key in options],
        value=value,
        className="segmented",
        inputClassName="btn-check",
        labelClassName="segment",
        labelCheckedClassName="active",
    )


def gamma_slider(control: str, label: str, value: float) -> html.Div:
    """A labelled slider of a gamma."""
    return html.Div(
        [
            html.Label(label, htmlFor=control),
            dcc.Slider(
                id=control,
                min=GAMMA_MIN,
                max=GAMMA_MAX,
                step=GAMMA_STEP,
                value=value,
                marks=None,
                updatemode="drag",
            ),
        ],
        className="field gamma",
    )
