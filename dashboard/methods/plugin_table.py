"""The networks of one's own: which files were accepted, and why the others were not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

_MEASURED = ("differentiated by", "off from autograd by", "a Jacobian", "float32 too coarse at")


def plugin_table(reports: Sequence[Any]) -> html.Section | None:
    """A line for every report of `models.plugins`; None where no folder was given or it is empty."""
    if not reports:
        return None
    head = html.Tr([html.Th(name, scope="col") for name in ("file", "method", "what became of it", "window")])
    head.children += [html.Th(name, scope="col") for name in _MEASURED]
    accepted = sum(report.accepted for report in reports)
    said = f"{accepted} accepted, {len(reports) - accepted} refused. "
    said += "An accepted one has a card below and stands in every menu; a refused one changes nothing else."
    return html.Section(
        [
            html.H2("Your own networks"),
            html.P(said, className="muted small"),
            html.Div(
                html.Table(
                    [html.Thead(head), html.Tbody([_line(report) for report in reports])],
                    className="fact-table plugin-table",
                ),
                className="scrolled",
            ),
        ],
        className="method-card plugins",
    )


def _line(report: Any) -> html.Tr:
    check = report.check
    state = "accepted" if report.accepted else f"refused: {report.reason}"
    window, path, difference, milliseconds, coarse = ["–"] * 5
    if check is not None:
        window = f"{check.window}×{check.window}" if check.window else "whole image" if check.path else "–"
        path = check.path or "–"
        difference = (
            "–" if check.difference is None else f"{check.difference:.1e}" if check.difference else "0"
        )
        milliseconds = "–" if check.milliseconds is None else f"{check.milliseconds:.1f} ms"
        coarse = "–" if check.unstable is None else f"{check.unstable:.0%}"
        state = f"{state}. {check.note}" if check.note and report.accepted else state
    cells = [report.method or "–", state, window, path, difference, milliseconds, coarse]
    kind = "" if report.accepted else "refused"
    return html.Tr([html.Th(report.file, scope="row"), *[html.Td(cell) for cell in cells]], className=kind)
