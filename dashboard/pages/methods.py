"""The Methods page, `/methods`: every method's numbers in one table, and a card for each.

Laid out at once, with the heads of the cards; the table is filled when the page is open, a card when it
comes near the window, since its figures take a moment (`dashboard/callbacks/methods.py`).
`/methods?method=ID` shows the card of a method.
"""

from __future__ import annotations

from typing import Any

import flask
from dash import dcc, html

from dashboard import ids
from dashboard.components.attributes import aria
from dashboard.components.method_card import card_place, navigation
from dashboard.components.methods_table import methods_table
from dashboard.components.notices import notice
from dashboard.components.plugin_table import plugin_table
from dashboard.method_facts import folders
from dashboard.query import choose

TITLE, PATH = "Methods", "/methods"
POLL_MS = 700
_SAID = (
    "x₁ is the first source of a pair (MRI), x₂ the second (PET or SPECT). A click on a column's head sorts, "
    "one on a name leads to the method's card. Grey numbers are the paper's: losses of its own training "
    "pairs, times of its GPUs; they say where to aim, not which is better."
)


def layout(**query: str) -> html.Div:
    """The page for an address; an unknown method is named in a notice."""
    return build(flask.current_app.extensions["fusevis"], query)


def build(service: Any, query: dict[str, str]) -> html.Div:
    """The page for a service and a query."""
    specs, sentences = service.list_methods(), list[str]()
    wanted = choose(query, "method", [spec.id for spec in specs], "", sentences)
    return html.Div(
        [
            dcc.Store(id=ids.METHODS_OPEN, data=wanted),
            dcc.Store(id=ids.METHODS_MEASURED),
            dcc.Store(id=ids.METHODS_FRAMES),
            dcc.Store(id=ids.METHODS_NOTED),
            dcc.Interval(id=ids.METHODS_POLL, interval=POLL_MS, disabled=True),
            html.Div(notice(*sentences) if sentences else None, className="notices", role="status"),
            html.H1("Methods", className="visually-hidden"),
            methods_table(folders(service)),
            html.P(_SAID, className="muted methods-note"),
            plugin_table(getattr(service, "plugins", ())),
            html.Nav(navigation(specs), id=ids.METHODS_NAV, className="methods-nav", **aria(label="Cards")),
            html.Div([card_place(spec) for spec in specs], className="method-cards"),
        ],
        id=ids.METHODS_PAGE,
        className="methods-page",
    )
