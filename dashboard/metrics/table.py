"""A table of fusion metrics: best in bold, ranks beside the values, spread over the case studies below them.

The heads are buttons that sort, the names of the methods buttons that choose the local map; the browser hears
of a click by their `data-` attributes (`assets/js/metrics/page.js`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.metrics.tables import DECIMALS, MEAN_RANK, Cell, Row, Table, sorted_rows
from dashboard.shared.attributes import aria, data
from models import MetricSpec

FORMS = {"released": "as released", "clean": "cleaner form", "standard": "standard"}
# Metrics that see one of the sources.
_SOURCE = {"ssim_1": 0, "ssim_2": 1}
_DASH, _WAIT = "–", "…"
_EMPTY = "No method fuses two sources."


def symbol(text: str) -> list[Any]:
    """A name with its index below: Q_FMI → Q<sub>FMI</sub>."""
    head, _, index = text.partition("_")
    return [head, html.Sub(index)] if index else [head]


def split(text: str) -> tuple[list[Any], str]:
    """The symbol of a metric, and what follows it: Q_FMI, symmetric → Q<sub>FMI</sub> and symmetric."""
    name, _, rest = text.partition(",")
    return symbol(name), rest.strip()


def arrow(spec: MetricSpec) -> html.Span:
    """Which way is better."""
    sign, said = ("↑", "higher is better") if spec.higher_is_better else ("↓", "lower is better")
    return html.Span(
        [html.Span(sign, **aria(hidden="true")), html.Span(f" {said}", className="visually-hidden")],
        className="metric-arrow",
        title=said,
    )


def metrics_table(
    table: Table, sort: str, chosen: str = "", caption: str = "", modalities: Sequence[str] = ()
) -> html.Div:
    """The table, scrolled sideways where it is wider than the page.

    Args:
        table: of one case study or several.
        sort: the column that sorts.
        chosen: the method whose local map is shown; "" to mark none.
        caption: what a screen reader says first.
        modalities: the names of the sources, where all case studies of the table have the same.
    """
    if not table.rows:
        return html.Div(_EMPTY, className="muted")
    best = min((row.mean_rank for row in table.rows if row.mean_rank is not None), default=None)
    body = [
        _row(row, table, best, bool(chosen) and row.method.id == chosen) for row in sorted_rows(table, sort)
    ]
    return html.Div(
        html.Table(
            [
                html.Caption(caption, className="visually-hidden"),
                html.Thead(html.Tr(_heads(table.columns, sort, modalities))),
                html.Tbody(body),
            ],
            className="metrics-table",
            **data(columns=str(len(table.columns))),
        ),
        className="metrics-scroll",
        tabIndex=0,
        role="region",
        **aria(label=caption),
    )


def _heads(columns: Sequence[MetricSpec], sort: str, modalities: Sequence[str]) -> list[html.Th]:
    found = [html.Th("Method", scope="col", className="metric-method")]
    for spec in columns:
        said = f"{spec.title}. {spec.convention}"
        name, rest = split(spec.symbol)
        if modalities and spec.id in _SOURCE:
            rest = modalities[_SOURCE[spec.id]]
        below = [FORMS[spec.form], *([html.Br(), rest] if rest else [])]
        found.append(_head(spec.id, [*name, arrow(spec)], below, said, sort, spec.higher_is_better))
    said = "Mean of the ranks in the columns shown. Related columns count each; it is no verdict"
    return [*found, _head(MEAN_RANK, "Mean rank", "lower first", said, sort, False)]


def _head(key: str, name: Any, below: Any, said: str, sort: str, descending: bool) -> html.Th:
    marked = aria(sort="descending" if descending else "ascending") if key == sort else {}
    return html.Th(
        [
            html.Button(name, className="metric-head", title=said, **data(sort=key)),
            html.Span(below, className="metric-form"),
        ],
        scope="col",
        **marked,
    )


def _row(row: Row, table: Table, best_mean: float | None, chosen: bool) -> html.Tr:
    name = html.Button(
        row.method.title,
        className="metric-name",
        title=f"Show the local map of {row.method.title}",
        **data(method=row.method.id),
        **(aria(current="true") if chosen else {}),
    )
    head = html.Th(name, scope="row", className="metric-method")
    if row.problem:
        said = html.Td(row.problem, colSpan=len(table.columns) + 1, className="metric-problem")
        return html.Tr([head, said], className="metric-chosen" if chosen else "")
    several = len(table.cases) > 1
    titles = {case.id: case.title for case in table.cases}
    limits = {spec.id: _limits(table, spec.id) for spec in table.columns}
    cells = [_cell(row.cells[spec.id], several, titles, limits[spec.id]) for spec in table.columns]
    return html.Tr(
        [head, *cells, _mean(row.mean_rank, best_mean)], className="metric-chosen" if chosen else ""
    )


def _mean(value: float | None, best: float | None) -> html.Td:
    if value is None:
        return html.Td(_DASH, className="metric-none")
    return html.Td(html.Span(f"{value:.1f}", className="metric-value" + (" best" if value == best else "")))


def _cell(cell: Cell, several: bool, titles: dict[str, str], limits: tuple[float, float]) -> html.Td:
    if cell.pending and cell.value is None:
        text = f"{cell.done} of {cell.expected}" if several and cell.done else _WAIT
        return html.Td(text, className="metric-none", title="Being computed")
    if cell.value is None:
        return html.Td(_DASH, className="metric-none", title=cell.note)
    parts: list[Any] = [_value(cell)]
    if several:
        parts += [_spread(cell), _strip(cell, limits)]
    said = "\n".join(f"{titles.get(name, name)}: {_number(value)}" for name, value in cell.parts.items())
    return html.Td(parts, title=said if several else None)


def _value(cell: Cell) -> html.Span:
    rank = "" if cell.rank is None else str(cell.rank)
    said: list[Any] = [html.Span(" rank ", className="visually-hidden"), rank]
    value = html.Strong if cell.rank == 1 else html.Span
    return html.Span(
        [
            value(_number(cell.value), className="metric-value" + (" best" if cell.rank == 1 else "")),
            html.Span(said if rank else "", className="metric-rank"),
        ],
        className="metric-line",
    )


def _spread(cell: Cell) -> html.Span:
    text = "one case study" if cell.spread is None else f"± {cell.spread:.{DECIMALS}f}"
    return html.Span(text, className="metric-spread")


def _strip(cell: Cell, limits: tuple[float, float]) -> html.Span:
    """A dot for every case study on the range of the column, painted as one background."""
    low, high = limits
    span = high - low or 1.0
    dots = [
        f"radial-gradient(circle at calc(3px + (100% - 6px) * {(value - low) / span:.3f}) 50%, "
        "var(--ink-soft) 0 2px, transparent 2.6px)"
        for value in cell.parts.values()
    ]
    return html.Span(
        className="metric-strip", style={"backgroundImage": ", ".join(dots)}, **aria(hidden="true")
    )


def _limits(table: Table, metric: str) -> tuple[float, float]:
    values = [value for row in table.rows for value in row.cells[metric].parts.values()]
    return (min(values), max(values)) if values else (0.0, 1.0)


def _number(value: float | None) -> str:
    return _DASH if value is None else f"{value:.{DECIMALS}f}".replace("-", "−")
