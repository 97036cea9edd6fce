"""The Methods page, `/methods`: every method's numbers in one table, and a card for each.

Laid out at once, with the heads of the cards; the table is filled when the page is open, a card when it
comes near the window, since its figures take a moment (`dashboard/methods/callbacks.py`).
`/methods?method=ID` shows the card of a method.
"""

from __future__ import annotations

import flask
from dash import dcc, html

from dashboard.methods import ids
from dashboard.methods.card import card_place, navigation
from dashboard.methods.facts import folders
from dashboard.methods.plugin_table import plugin_table
from dashboard.methods.table import methods_table
from dashboard.service.jacobians import JacobianService
from dashboard.shared.attributes import aria
from dashboard.shared.notices import notice
from dashboard.shared.query import choose

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


def build(service: JacobianService, query: dict[str, str]) -> html.Div:
    """The page for a service and a query."""
    specs, sentences = service.list_methods(), list[str]()
    wanted = choose(query, "method", [spec.id for spec in specs], "", sentences)
    return html.Div(
        [
            dcc.Store(id=ids.OPEN, data=wanted),
            dcc.Store(id=ids.MEASURED),
            dcc.Store(id=ids.FRAMES),
            dcc.Store(id=ids.NOTED),
            dcc.Interval(id=ids.POLL, interval=POLL_MS, disabled=True),
            html.Div(notice(*sentences) if sentences else None, className="notices", role="status"),
            html.H1("Methods", className="visually-hidden"),
            methods_table(folders(service)),
            html.P(_SAID, className="muted methods-note"),
            plugin_table(getattr(service, "plugins", ())),
            html.Nav(navigation(specs), id=ids.NAV, className="methods-nav", **aria(label="Cards")),
            html.Div([card_place(spec) for spec in specs], className="method-cards"),
        ],
        id=ids.PAGE,
        className="methods-page",
    )
