"""The Methods page, `/methods`: every method's numbers in one table, and a card for each.

Laid out at once; table and cards are filled by `dashboard/callbacks/methods.py` when the page is open, since
reading the architectures takes a moment.
"""

from __future__ import annotations

from typing import Any

import flask
from dash import dcc, html

from dashboard import ids
from dashboard.components.attributes import aria
from dashboard.components.methods_table import methods_table
from dashboard.components.plugin_table import plugin_table
from dashboard.method_facts import folders

TITLE, PATH = "Methods", "/methods"
POLL_MS = 700


def layout(**_query: str) -> html.Div:
    """The page; its address has no state."""
    return build(flask.current_app.extensions["fusevis"])


def build(service: Any) -> html.Div:
    """The page for a service."""
    return html.Div(
        [
            dcc.Store(id=ids.METHODS_OPEN, data=True),
            dcc.Store(id=ids.METHODS_MEASURED),
            dcc.Store(id=ids.METHODS_FRAMES),
            dcc.Interval(id=ids.METHODS_POLL, interval=POLL_MS, disabled=True),
            html.H1("Methods", className="visually-hidden"),
            methods_table(folders(service)),
            html.P(
                "x₁ is the first source of a pair (MRI), x₂ the second (PET or SPECT). A click on a column's "
                "head sorts, one on a name leads to the method's card. Grey numbers are the paper's: losses "
                "of its own training pairs, times of its GPUs; they say where to aim, not which is better.",
                className="muted methods-note",
            ),
            plugin_table(getattr(service, "plugins", ())),
            html.Nav(id=ids.METHODS_NAV, className="methods-nav", **aria(label="Cards of the methods")),
            html.Div(
                html.P("Reading the architectures …", className="muted"),
                id=ids.METHODS_CARDS,
                className="method-cards",
            ),
        ],
        id=ids.METHODS_PAGE,
        className="methods-page",
    )
