"""The table of all methods: sorted by a click on a column's head, saved as CSV in the shown order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import dash_ag_grid as dag
import dash_bootstrap_components as dbc
from dash import dcc, html

from dashboard.methods import ids
from dashboard.methods.facts import ALL
from dashboard.methods.rows import COLUMNS, Column
from dashboard.shared.attributes import aria

# AG Grid paints with the page's own variables, so that it follows the theme by itself.
_THEME = (
    "themeQuartz.withParams({backgroundColor: 'var(--panel)', foregroundColor: 'var(--ink)',"
    " headerBackgroundColor: 'var(--raised)', headerTextColor: 'var(--ink-soft)',"
    " borderColor: 'var(--line)', accentColor: 'var(--accent)', rowHoverColor: 'var(--raised)',"
    " fontFamily: 'inherit', fontSize: 'var(--text-m)', headerFontSize: 'var(--text-s)',"
    " headerFontWeight: 500, spacing: '4px', wrapperBorderRadius: 'var(--radius)',"
    " cellHorizontalPadding: '6px', headerColumnBorder: false})"
)


def methods_table(folders: Sequence[str]) -> html.Section:
    """The bar above the table, and the table without rows; `folders` of held-out pairs to choose from."""
    return html.Section([_bar(folders), _grid()], className="methods-table")


def _bar(folders: Sequence[str]) -> html.Div:
    names = [{"label": "all pairs" if name == ALL else name, "value": name} for name in folders]
    return html.Div(
        [
            html.Span("Losses on held-out", className="muted", id="methods-folder-label"),
            dbc.RadioItems(
                id=ids.FOLDER,
                options=names,
                value=folders[0],
                className="segmented",
                inputClassName="btn-check",
                labelClassName="segment",
                labelCheckedClassName="active",
            ),
            html.Div(
                [
                    html.Progress(id=ids.PROGRESS, max="1", hidden=True, **aria(label="Measuring")),
                    html.Output(id=ids.STATUS, className="muted number"),
                ],
                className="methods-status",
            ),
            html.Button(
                "Measure on this machine",
                id=ids.MEASURE,
                className="text-button",
                title="Time single Jacobians, average the effective receptive fields, and count the Jacobian "
                "images that reach this browser",
            ),
            html.Button(
                "Save as CSV",
                id=ids.EXPORT,
                className="text-button",
                title="The table in the shown order, with full column names",
            ),
            dcc.Download(id=ids.DOWNLOAD),
        ],
        className="methods-bar",
    )


def _grid() -> dag.AgGrid:
    return dag.AgGrid(
        id=ids.GRID,
        columnDefs=_columns(),
        rowData=[],
        getRowId="params.data.id",
        defaultColDef={"sortable": True, "resizable": True, "suppressMovable": True, "filter": False},
        dashGridOptions={
            "theme": {"function": _THEME},
            "domLayout": "autoHeight",
            "animateRows": False,
            "suppressCellFocus": False,
            "enableCellTextSelection": True,
            "tooltipShowDelay": 300,
            "localeText": {"noRowsToShow": "Reading the methods …"},
        },
        style={"height": None},
        className="methods-grid",
    )


def _columns() -> list[dict[str, Any]]:
    title = {
        "field": "title",
        "headerName": "method",
        "pinned": "left",
        "width": 212,
        "tooltipField": "problem",
        "cellClass": "method-link",
        "cellClassRules": {"method-broken": "params.data.problem"},
    }
    found: list[dict[str, Any]] = [title]
    for group, members in groupby(COLUMNS, key=lambda column: column.group):
        columns = [_number(column) for column in members]
        found += [{"headerName": group, "children": columns, "marryChildren": True}] if group else columns
    return found


def _number(column: Column) -> dict[str, Any]:
    said = {"headerTooltip": column.said} if column.said else {}
    return {
        "field": column.key,
        "headerName": column.name,
        "minWidth": column.width,
        "flex": column.width,
        "type": "rightAligned",
        "cellClass": "number paper-number" if column.key.endswith("_paper") else "number",
        "valueFormatter": {
            "function": f"params.value == null ? '–' : d3.format('{column.form}')(params.value)"
        },
        "comparator": {"function": "unknownLast"},
        **said,
    }
