"""What the Metrics page begins with: controls and progress, and the heads of its two tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.metrics import ids
from dashboard.metrics.state import MetricsView
from dashboard.metrics.tables import BOTH, CLEAN, RELEASED
from dashboard.metrics.view import View
from dashboard.shared.attributes import aria
from dashboard.shared.widgets import Option, segments, select

FORM_OPTIONS = [("as released", RELEASED), ("cleaner form", CLEAN), ("both", BOTH)]


def metrics_bar(view: MetricsView, cases: Sequence[Option], areas: Sequence[Option]) -> html.Div:
    """Case study, area, form of the metrics, and how far the computation is."""
    return html.Div(
        [
            select(ids.CASE, "Case study", cases, view.case),
            select(ids.AREA, "Measured in", areas, view.area),
            html.Div(
                [html.Label("Form of the metrics"), segments(ids.FORM, FORM_OPTIONS, view.form)],
                className="field metrics-forms",
            ),
            html.Div(id=ids.STATUS, className="metrics-status", role="status"),
        ],
        className="metrics-controls",
    )


def status(found: View) -> Any:
    """How many fused images are measured; nothing once all are."""
    if found.progress is None:
        return None
    if found.progress.error:
        return html.Span(f"The computation failed: {found.progress.error}", className="metric-problem")
    done, total, said = found.done, found.total, "fused images measured"
    if done == total:
        done, total, said = found.done_whole, found.total_whole, "whole images, to stand beside the papers"
    percent = round(100 * done / total) if total else 0
    return [
        html.Span(f"{done} of {total} {said}", className="muted number"),
        html.Div(
            html.Div(className="progress-fill", style={"width": f"{percent}%"}),
            className="progress-track",
            role="progressbar",
            **aria(label="Fused images measured", valuemin="0", valuemax=str(total), valuenow=str(done)),
        ),
    ]


def table_section(
    head: str, place: str, title: str, buttons: Sequence[tuple[str, str, str]], note: str = ""
) -> html.Section:
    """A table's place below its head.

    Args:
        head, place: ids of the line that says what the table covers, and of the table.
        title: first heading, until a callback says more.
        buttons: (id, name, what it does) of what saves it.
        note: what one has to know to read it.
    """
    actions = [html.Button(name, id=key, className="text-button", title=said) for key, name, said in buttons]
    parts: list[Any] = [
        html.Div(
            [html.Div(html.H2(title), id=head), html.Div(actions, className="metrics-actions")],
            className="metrics-head",
        ),
        html.Div(html.P("Loading …", className="muted"), id=place),
    ]
    return html.Section([*parts, html.P(note, className="metrics-note muted")], className="metrics-section")
