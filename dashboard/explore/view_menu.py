"""The menu of a view: a button in the corner of each, and one menu that all of them open.

`assets/js/explore/menu.js` opens it and leaves out what a view cannot be saved as.
"""

from __future__ import annotations

from dash import html

from dashboard.explore import ids
from dashboard.shared.attributes import aria, data

_ACTIONS = (
    ("fullscreen", "Full screen", "f"),
    ("png", "Save picture", "PNG"),
    ("svg", "Save picture", "SVG"),
    ("npz", "Save numbers", "NPZ"),
    ("csv", "Save numbers", "CSV"),
)


def menu_button(view: str) -> html.Button:
    """The button of one view, seen while the pointer or the focus is on the view."""
    return html.Button(
        html.Span("⋯", **aria(hidden="true")),
        className="menu-button",
        **aria(label=f"Full screen and files of {view}", haspopup="menu", expanded="false"),
        **data(menu=view),
    )


def view_menu() -> html.Div:
    """The menu, closed."""
    return html.Div(
        [
            html.Button(
                [html.Span(label), html.Span(hint, className="muted")],
                role="menuitem",
                tabIndex=-1,
                **data(action=action),
            )
            for action, label, hint in _ACTIONS
        ],
        id=ids.VIEW_MENU,
        className="view-menu",
        role="menu",
        hidden=True,
    )
