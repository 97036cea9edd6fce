"""The frame around every page: navigation, footer, theme switch, and the banner of a lost server."""

from __future__ import annotations

from collections.abc import Sequence

import dash
import dash_bootstrap_components as dbc
from dash import dcc, html

from dashboard.shared import ids
from dashboard.shared.attributes import aria
from dashboard.shared.help import help_dialog
from dashboard.shared.urls import url

DISCLAIMER = "Research software, not a medical device"


def shell(pages: Sequence[tuple[str, str]], content: html.Div | None = None) -> html.Div:
    """The whole document body.

    Args:
        pages: (title, path) of every page that exists, in the order of the navigation.
        content: what goes between header and footer; the routed page where none is given.
    """
    return html.Div(
        [
            html.A("Skip to the images", href=f"#{ids.EXPLORER}", className="skip-link"),
            _header(pages),
            _server_banner(),
            html.Main(content if content is not None else dash.page_container, className="page"),
            _footer(),
            help_dialog(),
            dcc.Location(id=ids.GO_TO, refresh="callback-nav"),  # `assets/js/shared/chosen.js` says where to
        ],
        className="shell",
    )


def _header(pages: Sequence[tuple[str, str]]) -> html.Header:
    links = [dbc.NavLink(title, href=url(path), active="exact") for title, path in pages]
    return html.Header(
        [
            html.Div(
                [
                    html.Span("FuseVis", className="brand-name"),
                    html.Span("dashboard", className="brand-kind"),
                ],
                className="brand",
            ),
            html.Nav(dbc.Nav(links, pills=False), **aria(label="Pages")),
            html.P("Which source pixels made this fused pixel?", className="tagline"),
            html.Span(id=ids.COPY_STATUS, className="copy-status", role="status"),
            html.Button(
                "Copy link",
                id=ids.COPY_LINK,
                className="text-button",
                title="Copy a link to exactly this view",
            ),
            _icon_button(ids.HELP_OPEN, "?", "Pointer, keys and colours"),
            html.Button(
                [
                    html.Span("☾", className="when-dark", **aria(hidden="true")),
                    html.Span("☀", className="when-light", **aria(hidden="true")),
                ],
                id=ids.THEME_TOGGLE,
                className="icon-button",
                title="Switch between the dark and the light theme",
                **aria(label="Switch between the dark and the light theme"),
            ),
        ],
        className="header",
    )


def _icon_button(name: str, sign: str, label: str) -> html.Button:
    return html.Button(
        html.Span(sign, **aria(hidden="true")),
        id=name,
        className="icon-button",
        title=label,
        **aria(label=label),
    )


def _server_banner() -> html.Div:
    return html.Div(
        [html.Span(className="pulse"), "The server does not answer. Trying again …"],
        id=ids.SERVER_BANNER,
        className="server-banner",
        role="alert",
        hidden=True,
    )


def _footer() -> html.Footer:
    return html.Footer(
        [
            html.Span(DISCLAIMER, className="disclaimer"),
            html.Span("Exact gradients, computed on this server"),
        ],
        className="footer",
    )
