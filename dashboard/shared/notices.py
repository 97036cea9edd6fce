"""Messages over the page: each source of trouble has one place, so that it can come and go alone."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import html

from dashboard.shared import ids


def notices(from_link: Sequence[str] = ()) -> html.Div:
    """The stack of notices; `from_link` are the sentences about the address that was opened."""
    return html.Div(
        [
            html.Div(notice(*from_link) if from_link else None, id=ids.NOTICE_LINK),
            html.Div(id=ids.NOTICE_CASE),
            html.Div(id=ids.NOTICE_METHOD),
            html.Div(id=ids.NOTICE_GUIDANCE),
            html.Div(id=ids.NOTICE_JACOBIAN),
        ],
        className="notices",
        role="status",
    )


def notice(*sentences: str) -> dbc.Alert:
    """One dismissible message; the sentences are shown as text, never as markup."""
    return dbc.Alert([html.Div(sentence) for sentence in sentences], color="warning", dismissable=True)


def no_cases(hidden: bool) -> html.Div:
    """The page of a dashboard without a single case study."""
    return html.Div(
        [
            html.H1("No case study yet"),
            html.P("A case study is a pair of registered images with their names. Bring your own pair with"),
            html.Pre("python -m precompute import --help"),
            html.P(["or point ", html.Code("FUSEVIS_CASES"), " to a folder of case studies."]),
        ],
        id=ids.EMPTY,
        className="empty-state",
        hidden=hidden,
    )
