"""What stands below the tables of the Metrics page: the published tables, and what each metric is."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.metrics.papers import PaperTable
from dashboard.metrics.table import FORMS, arrow, split, symbol
from dashboard.metrics.tables import Cell, Row, Table
from models import MetricSpec

_DASH = "–"
_LINK = re.compile(r"https://\S+")


def paper_tables(papers: Sequence[PaperTable], ours: Table) -> list[html.Figure]:
    """The published tables; below each, our own means of the same methods.

    Args:
        papers: the tables.
        ours: the summary of the whole images, metrics as released.
    """
    return [_paper(paper, ours) for paper in papers]


def conventions(specs: Sequence[MetricSpec]) -> html.Div:
    """Every metric: its form, range, direction, convention and paper."""
    heads = ["Metric", "What it says", "Form", "Range", "Convention", "Paper"]
    return html.Div(
        html.Table(
            [
                html.Caption("What each metric is", className="visually-hidden"),
                html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
                html.Tbody([_convention(spec) for spec in specs]),
            ],
            className="metrics-conventions",
        ),
        className="metrics-scroll",
    )


def _paper(paper: PaperTable, ours: Table) -> html.Figure:
    heads = [html.Th("Method", scope="col", className="metric-method")]
    for column in paper.columns:
        sign = "↑" if column.higher_is_better else "↓"
        said = "higher is better" if column.higher_is_better else "lower is better"
        heads.append(html.Th([*symbol(column.name), html.Span(sign, className="metric-arrow", title=said)]))
    best = [paper.best(k) for k in range(len(paper.columns))]
    body = [
        html.Tr(
            [
                html.Th(row.name, scope="row", className="metric-method"),
                *[
                    html.Td(_printed(value, column.decimals, best[k][number]))
                    for k, (value, column) in enumerate(zip(row.values, paper.columns, strict=True))
                ],
            ]
        )
        for number, row in enumerate(paper.rows)
    ]
    rows = {row.method.id: row for row in ours.rows}
    here = [_here(rows[name], paper, len(ours.cases)) for name in paper.ours() if name in rows]
    return html.Figure(
        [
            html.Figcaption([html.Strong(paper.title), html.Span(paper.data, className="muted")]),
            html.Div(
                html.Table(
                    [html.Thead(html.Tr(heads)), html.Tbody(body), html.Tbody(here, className="here")],
                    className="metrics-paper",
                ),
                className="metrics-scroll",
            ),
            html.P(paper.note, className="metrics-note"),
            html.P(f"{paper.source}. Bold: best as printed.", className="metrics-note muted"),
        ],
        id=f"paper-{paper.id}",
    )


def _printed(value: float, decimals: int, best: bool) -> Any:
    text = f"{value:.{decimals}f}"
    return html.Strong(text, className="best") if best else text


def _here(row: Row, paper: PaperTable, cases: int) -> html.Tr:
    cells = [
        html.Td(_mean(row.cells.get(column.metric), column.decimals), title=_ours(column.metric))
        for column in paper.columns
    ]
    name: list[Any] = [row.method.title, html.Span(f" here, {cases} cases", className="muted")]
    return html.Tr([html.Th(name, scope="row", className="metric-method"), *cells])


def _ours(metric: str) -> str:
    return f"Our metric {metric}, as released" if metric else "Not measured here"


def _mean(cell: Cell | None, decimals: int) -> str:
    if cell is None or (cell.value is None and not cell.pending):
        return _DASH
    return "…" if cell.value is None else f"{cell.value:.{decimals}f}"


def _convention(spec: MetricSpec) -> html.Tr:
    name, rest = split(spec.symbol)
    kind = [html.Div(rest, className="muted")] if rest else []
    return html.Tr(
        [
            html.Th([*name, arrow(spec), *kind], scope="row"),
            html.Td(spec.title),
            html.Td(FORMS[spec.form], className="nowrap"),
            html.Td(_range(spec.range), className="nowrap number"),
            html.Td(spec.convention),
            html.Td(_linked(spec.paper)),
        ]
    )


def _range(limits: tuple[float, float]) -> str:
    low, high = (f"{value:.3g}".replace("-", "−") for value in limits)
    return f"{low} … {'no bound' if math.isinf(limits[1]) else high}"


def _linked(paper: str) -> list[Any]:
    """A citation with its address as a link."""
    found = _LINK.search(paper)
    if found is None:
        return [paper]
    name = paper[: found.start()].rstrip(", ")
    return [html.A(name, href=found.group(), target="_blank", rel="noopener noreferrer")]
