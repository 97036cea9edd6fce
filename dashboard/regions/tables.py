"""The tables of the Regions page: four verdicts a method, and all numbers of the region."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.regions.view import Line, RegionView
from dashboard.shared.attributes import aria, data
from dashboard.shared.urls import url
from precompute.regions.verdicts import MET, NOT_MET, REQUIREMENTS, UNJUDGED, Verdict, plain_average
from precompute.report.contents import Subject
from precompute.report.links import explore_link
from precompute.report.numbers import REGION, Measure, region_values

_SIGNS = {MET: "✓", NOT_MET: "✗", UNJUDGED: "–"}
_KINDS = {MET: "met", NOT_MET: "not-met", UNJUDGED: "unjudged"}
_INTERVAL = ("mean_guidance_low", "mean_guidance_high")


def verdict_table(view: RegionView) -> html.Table | None:
    """Methods × requirements; every verdict leads to the pixel that speaks most against it."""
    subject = view.subject
    if subject is None:
        return None
    names = view.case.modalities
    head = [html.Th("method", scope="col")]
    for number, requirement in enumerate(REQUIREMENTS, 1):
        title = requirement.said(requirement.title, names, subject.relevant)
        head.append(
            html.Th([f"{number} · {title}", html.Small(requirement.rule, className="number")], scope="col")
        )
    average = plain_average(view.case.sources, subject.mask, subject.relevant)
    foot = html.Tr(
        [
            html.Th("plain average, to compare", scope="row"),
            *[html.Td(fixed(value, 2)) for value in average],
        ]
    )
    return html.Table(
        [
            html.Thead(html.Tr(head)),
            html.Tbody([_verdict_line(line, subject) for line in view.lines]),
            html.Tfoot(foot),
        ],
        className="fact-table verdict-table",
    )


def _verdict_line(line: Line, subject: Subject) -> html.Tr:
    name = html.Th(line.title, scope="row")
    if line.found is None:
        return html.Tr([name, html.Td(_instead(line), colSpan=len(REQUIREMENTS))], **data(method=line.method))
    cells = [html.Td(_verdict(line.method, verdict, subject)) for verdict in line.verdicts]
    return html.Tr([name, *cells], **data(method=line.method))


def _instead(line: Line) -> Any:
    """What stands in the place of numbers: a sentence, or a bar."""
    if line.problem:
        return html.Span(line.problem, className="line-problem")
    stage, share = (line.progress.stage, line.progress.share) if line.progress else ("", 0.0)
    percent = round(100 * share)
    return html.Div(
        [
            html.Div(
                html.Div(className="progress-fill", style={"width": f"{percent}%"}),
                className="progress-track",
                role="progressbar",
                **aria(label=f"Computing {line.title}", valuemin="0", valuemax="100", valuenow=str(percent)),
            ),
            html.Span(f"{stage}, {percent} %", className="muted number"),
        ],
        className="line-progress",
    )


def _verdict(method: str, verdict: Verdict, subject: Subject) -> html.A:
    y, x = verdict.pixel
    link = explore_link(subject, method, verdict.pixel)
    where = f"Look at row {y}, column {x} on the Explore page"
    return html.A(
        [
            html.Span(_SIGNS[verdict.judgement], **aria(hidden="true")),
            html.Span(fixed(verdict.value, 2), className="number"),
            html.Span(verdict.judgement, className="judgement"),
        ],
        href=url(link) if link else None,
        className=f"verdict {_KINDS[verdict.judgement]}",
        title=f"{verdict.reason} {where}".strip(),
    )


def requirement_cards(modalities: Sequence[str], relevant: int) -> html.Ol:
    """What each requirement asks, how it is measured, and what a verdict does not prove."""
    cards = []
    for requirement in REQUIREMENTS:
        asks, formula, why, unproven = (
            requirement.said(text, modalities, relevant)
            for text in (requirement.asks, requirement.formula, requirement.why, requirement.unproven)
        )
        cards.append(
            html.Li(
                [
                    html.H3(requirement.said(requirement.title, modalities, relevant)),
                    html.P(asks),
                    html.P([_tag("measure"), f"{formula}; met where it is {requirement.rule}. {why}"]),
                    html.P([_tag("not proven"), unproven]),
                ]
            )
        )
    return html.Ol(cards, className="requirement-cards")


def reasons(view: RegionView) -> list[str]:
    """Why verdicts cannot be given here, each sentence once."""
    found = [verdict.reason for line in view.lines for verdict in line.verdicts if verdict.reason]
    return list(dict.fromkeys(found))


def _tag(text: str) -> html.Span:
    return html.Span(text, className="small-tag")


def number_table(view: RegionView) -> html.Table | None:
    """Measures × methods, a line a source; the interval of the mean guidance stands below it."""
    lines = [line for line in view.lines if not line.problem]
    if view.subject is None or not lines:
        return None
    names = view.case.modalities
    values = {
        (line.method, measure, source): value
        for line in lines
        if line.found
        for measure, source, value in region_values(line.found.analysis.numbers, names)
    }
    head = [html.Th(name, scope="col") for name in ("measure", "source", *(line.title for line in lines))]
    bodies = [_measure(measure, lines, values) for measure in REGION if measure.id not in _INTERVAL]
    return html.Table(
        [html.Thead(html.Tr(head)), *[body for body in bodies if body]], className="fact-table region-table"
    )


def _measure(
    measure: Measure, lines: Sequence[Line], values: dict[tuple[str, str, str], float]
) -> html.Tbody | None:
    sources = list(dict.fromkeys(source for _, name, source in values if name == measure.id))
    if not sources:
        return None
    rows = []
    for number, source in enumerate(sources):
        first = html.Th(
            [measure.title, html.Small(f"{measure.note}, {measure.unit}" if measure.note else measure.unit)],
            scope="rowgroup",
            rowSpan=len(sources),
        )
        cells = [html.Td(_cell(measure, line.method, source, values)) for line in lines]
        rows.append(html.Tr([*([] if number else [first]), html.Td(source or "all"), *cells]))
    return html.Tbody(rows, **data(measure=measure.id))


def _cell(measure: Measure, method: str, source: str, values: dict[tuple[str, str, str], float]) -> Any:
    value = values.get((method, measure.id, source))
    if value is None:
        return "…"
    text = fixed(value, 2 if measure.unit == "pixels" else 3)
    if measure.id != "mean_guidance":
        return text
    low, high = (fixed(values[method, name, source], 3) for name in _INTERVAL)
    return [text, html.Small(f"{low} to {high}")]


def fixed(value: float, digits: int) -> str:
    """A number with a fixed number of digits and a true minus sign; a dash for NaN."""
    if math.isnan(value):
        return "–"
    text = f"{value:.{digits}f}"
    return text.replace("-", "−") if float(text) else f"{0:.{digits}f}"
