"""The Metrics page, `/metrics`: methods × fusion metrics × case studies, and where in the image they say so.

Laid out at once from the address; `dashboard/metrics/callbacks.py` brings the values as they are computed.
From then on the browser writes the address.
"""

from __future__ import annotations

from typing import Any

import flask
from dash import dcc, html

from dashboard.metrics import ids
from dashboard.metrics.bar import metrics_bar, table_section
from dashboard.metrics.map_panel import map_panel
from dashboard.metrics.notes import conventions
from dashboard.metrics.state import Choices, MetricsView, from_query
from dashboard.metrics.table import FORMS
from dashboard.metrics.values import SOURCES, areas
from dashboard.service.jacobians import JacobianService
from dashboard.shared.notices import no_cases, notice
from dashboard.shared.query import choose
from dashboard.shared.selection import usual_method
from models import list_metrics

TITLE, PATH = "Metrics", "/metrics"
POLL_MS = 700
_RANKS = (
    "Bold: best of the column; the small number is the rank. Values that agree to four decimals share one."
)
_SPREAD = (
    "Mean ± standard deviation over the case studies; each dot is one of them, on the range of the column. "
    "There is no ground truth: a metric says how well a definition is met, not which image helps a reader."
)
_PUBLISHED = (
    "Numbers of the papers, of their images; below each, ours of the same methods on the case studies here."
)


def layout(**query: str) -> html.Div:
    """The page for an address; senseless values fall back and are named in a notice."""
    return build(flask.current_app.extensions["fusevis"], query)


def build(service: JacobianService, query: dict[str, str]) -> html.Div:
    """The page for a service and a query; an empty state where there is no case study of two images."""
    cases = [case for case in service.list_cases() if len(case.sources) == SOURCES]
    if not cases:
        return html.Div(no_cases(hidden=False))
    view, sentences = restore(service, cases, query)
    methods = [(method.id, method.title) for method in service.methods_for(view.case)]
    local = [
        (spec.id, f"{spec.symbol.replace('_', ' ')} · {FORMS[spec.form]}")
        for spec in list_metrics()
        if spec.local
    ]
    return html.Div(
        [
            *_stores(view),
            _notices(sentences),
            html.H1("Fusion metrics", className="visually-hidden"),
            metrics_bar(view, [(case.id, case.title) for case in cases], areas(service.case(view.case))),
            *_tables(),
            map_panel(view, methods, local),
            _section("Beside the papers", html.Div(id=ids.PAPERS, className="metrics-papers"), _PUBLISHED),
            _section("What each metric is", conventions(list_metrics()), _forms()),
        ],
        id=ids.PAGE,
        className="metrics-page",
    )


def restore(
    service: JacobianService, cases: list[Any], query: dict[str, str]
) -> tuple[MetricsView, tuple[str, ...]]:
    """The state a query asks for, and the sentences about what made no sense."""
    sentences: list[str] = []
    case_id = choose(query, "case", [case.id for case in cases], cases[0].id, sentences)
    specs = list_metrics()
    choices = Choices(
        areas=[name for name, _ in areas(service.case(case_id))],
        methods=[method.id for method in service.methods_for(case_id)],
        usual=usual_method(service),
        metrics=[spec.id for spec in specs],
        local=[spec.id for spec in specs if spec.local],
    )
    view, further = from_query(query, case_id, choices)
    return view, (*sentences, *further)


def _tables() -> list[html.Section]:
    return [
        table_section(
            ids.SUMMARY_HEAD,
            ids.SUMMARY,
            "All case studies",
            [
                (ids.SUMMARY_CSV, "CSV", "This table, every digit, in the shown order"),
                (ids.SUMMARY_LATEX, "LaTeX", "This table for a paper; needs booktabs and graphicx"),
                (ids.ALL_CSV, "CSV of all values", "A line for every case study, method and metric"),
            ],
            f"{_RANKS} {_SPREAD}",
        ),
        table_section(
            ids.TABLE_HEAD,
            ids.TABLE,
            "One case study",
            [
                (ids.TABLE_CSV, "CSV", "This table, every digit, in the shown order"),
                (ids.TABLE_LATEX, "LaTeX", "This table for a paper; needs booktabs and graphicx"),
            ],
            "A click on a head sorts, best first; again, and the methods stand in their own order. A click "
            "on a method shows its local map.",
        ),
    ]


def _section(title: str, content: Any, said: str) -> html.Section:
    head = html.Div([html.H2(title), html.P(said, className="muted")], className="metrics-head")
    return html.Section([head, content], className="metrics-section")


def _forms() -> str:
    return (
        "“As released” is the authors' published code with its quirks, to ten digits; “cleaner form” is the "
        "paper's definition, or one without the quirks, beside it; “standard” is not in dispute. All see "
        "the images as 8-bit grey levels."
    )


def _notices(sentences: tuple[str, ...]) -> html.Div:
    return html.Div(
        [
            html.Div(notice(*sentences) if sentences else None),
            html.Div(id=ids.NOTICE),
        ],
        className="notices",
        role="status",
    )


def _stores(view: MetricsView) -> list[Any]:
    return [
        dcc.Store(id=ids.SORT, data=view.sort),
        dcc.Store(id=ids.KNOWN),
        dcc.Download(id=ids.DOWNLOAD),
        dcc.Interval(id=ids.POLL, interval=POLL_MS, disabled=True),
    ]
