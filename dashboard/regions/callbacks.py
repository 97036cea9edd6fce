"""Flow of the Regions page: selection → numbers in the background → tables, pictures, files.

case                                  → options of region, relevant source and method; note
case, region, source, poll            → verdicts, numbers, progress, files; what of it was seen
case, region, method, seen            → pictures
controls                              → address, in the browser
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from dash import ClientsideFunction, Dash, Input, Output, State, html, no_update, set_props

from dashboard.regions import ids
from dashboard.regions.controls import files, region_options, sources
from dashboard.regions.page import usual_method
from dashboard.regions.pictures import region_pictures
from dashboard.regions.tables import number_table, reasons, requirement_cards, verdict_table
from dashboard.regions.view import RegionView, Wanted, analyses_of, look
from dashboard.service.errors import EXPECTED
from dashboard.service.jacobians import JacobianService
from dashboard.shared.failures import log_failure
from dashboard.shared.notices import notice
from dashboard.shared.urls import url
from precompute.report.contents import usual_source

Data = dict[str, Any]
_SELECTION = (ids.CASE, ids.REGION, ids.RELEVANT)


def register(app: Dash, service: JacobianService) -> None:
    """Connect the page to a service."""
    _register_controls(app, service)
    _register_contents(app, service)
    app.clientside_callback(
        ClientsideFunction(namespace="fusevis_regions", function_name="writeAddress"),
        *[Input(control, "value") for control in (*_SELECTION, ids.METHOD)],
        Input(ids.SEEN, "data"),  # without it Dash leaves out the first call
        State(ids.START, "data"),
    )


def _register_controls(app: Dash, service: JacobianService) -> None:
    @app.callback(Output(ids.NOTE, "children"), Input(ids.CASE, "value"), on_error=_report)
    def describe(case_id: str) -> str:
        return service.case(case_id).description

    # not called at first: the layout has it all, and what depends on these values would not be called either
    @app.callback(
        Output(ids.REGION, "options"),
        Output(ids.REGION, "value"),
        Output(ids.RELEVANT, "options"),
        Output(ids.RELEVANT, "value"),
        Output(ids.METHOD, "options"),
        Output(ids.METHOD, "value"),
        Input(ids.CASE, "value"),
        State(ids.START, "data"),
        State(ids.METHOD, "value"),
        prevent_initial_call=True,
        on_error=_report,
    )
    def choose_case(case_id: str, start: Data, method: str) -> tuple:
        return choices(service, service.case(case_id), start, method)


def choices(service: JacobianService, case: Any, start: Data, method: str) -> tuple:
    """Options and values of region, source and method for another case study."""
    brush = start["brush"] if case.id == start["case"] else ""
    regions = region_options(case, brush)
    methods = [(each.id, each.title) for each in service.methods_for(case.id)]
    kept = method if method in dict(methods) else usual_method(service, case.id)
    return (
        _options(regions),
        brush or (regions[0][0] if regions else ""),
        _options(sources(case.modalities)),
        str(usual_source(case)),
        _options(methods),
        kept,
    )


def _options(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"value": value, "label": label} for value, label in pairs]


def _register_contents(app: Dash, service: JacobianService) -> None:
    @app.callback(
        Output(ids.VERDICTS, "children"),
        Output(ids.NUMBERS, "children"),
        Output(ids.STATUS, "children"),
        Output(ids.FILES, "children"),
        Output(ids.POLL, "disabled"),
        Output(ids.SEEN, "data"),
        Output(ids.NOTICE, "children"),
        *[Input(control, "value") for control in _SELECTION],
        Input(ids.POLL, "n_intervals"),
        State(ids.START, "data"),
        State(ids.SEEN, "data"),
        on_error=_report,
    )
    def show(case_id: str, region: str, relevant: str, _n: int, start: Data, before: Data | None) -> tuple:
        wanted = wanted_of(case_id, region, relevant, start)
        if not region:
            empty = "This case study has no region of interest: brush an area on the Explore page."
            return html.P(empty), None, "", files(None), True, None, None
        try:
            view = look(service, analyses_of(service), wanted)
        except EXPECTED as error:
            return html.P(str(error)), None, "", files(None), True, None, notice(str(error))
        seen = {"key": [case_id, region, relevant], "state": _state(view)}
        if seen == before:
            return *[no_update] * 4, not view.pending, no_update, no_update
        return (*contents(view), files(_links(view)), not view.pending, seen, None)

    @app.callback(
        Output(ids.PICTURES, "children"),
        Input(ids.CASE, "value"),
        Input(ids.REGION, "value"),
        Input(ids.METHOD, "value"),
        Input(ids.SEEN, "data"),
        State(ids.RELEVANT, "value"),
        State(ids.START, "data"),
        on_error=_report,
    )
    def draw(case_id: str, region: str, method: str, _seen: Data, relevant: str, start: Data) -> Any:
        return pictures_of(service, wanted_of(case_id, region, relevant, start), method)


def wanted_of(case_id: str, region: str, relevant: str, start: Data) -> Wanted:
    """The selection; the link's pixel and plane hold while its case study and region do."""
    same = (case_id, region) == (start["case"], start["brush"])
    pixel = (start["y"], start["x"]) if same and start["y"] is not None else None
    return Wanted(case_id, region or "", int(relevant or 0), pixel, start["plane"] if same else "")


def contents(view: RegionView) -> tuple:
    """Verdicts, numbers and status of a view."""
    if view.subject is None:
        percent = round(100 * (view.waiting.share if view.waiting else 0))
        waiting = f"The region is drawn in a scatter whose guidance is being computed, {percent} %."
        return html.P(waiting), None, ""
    relevant = view.subject.relevant
    verdicts = [
        html.Div(verdict_table(view), className="scrolled"),
        *[html.P(f"Cannot be judged: {reason}", className="muted") for reason in reasons(view)],
        requirement_cards(view.case.modalities, relevant),
    ]
    done = sum(line.progress is None for line in view.lines)
    size = f"{int(view.subject.mask.sum()):,} pixels".replace(",", " ")
    y, x = view.subject.pixel
    status = [html.Div(f"{size} · pixel {y}, {x}", className="number")]
    if view.pending:
        status.append(html.Div(f"{done} of {len(view.lines)} methods computed", className="number muted"))
    return verdicts, number_table(view), status


def pictures_of(service: JacobianService, wanted: Wanted, method: str) -> Any:
    """The pictures of the chosen method; nothing where the region is not known."""
    try:
        view = look(service, analyses_of(service), wanted) if wanted.region else None
    except EXPECTED:
        return []
    if view is None or view.subject is None:
        return []
    line = next((each for each in view.lines if each.method == method), None)
    try:
        fused = service.fused(wanted.case, method) if line and not line.problem else None
    except EXPECTED:
        fused = None
    return region_pictures(view.subject, fused, line)


def _state(view: RegionView) -> list[Any]:
    """What makes a view look different: the state and the percent of every method."""
    lines = [
        [line.method, line.problem, line.progress and [line.progress.stage, round(100 * line.progress.share)]]
        for line in view.lines
    ]
    return [*lines, round(100 * view.waiting.share)] if view.waiting else lines


def _links(view: RegionView) -> dict[str, str] | None:
    """Where the report is, by format; None until all methods are computed, or where none could be."""
    subject = view.subject
    if subject is None or view.pending or not any(line.found for line in view.lines):
        return None
    query = {
        "case": subject.case.id,
        "region": subject.region,
        "relevant": subject.relevant,
        "y": subject.pixel[0],
        "x": subject.pixel[1],
        **({"plane": subject.plane} if subject.plane else {}),
    }
    return {
        form: url(f"/api/v1/report?{urlencode({**query, 'format': form})}") for form in ("html", "csv", "npz")
    }


def _report(error: Exception) -> None:
    log_failure(error)
    set_props(ids.NOTICE, {"children": notice("The server failed on this; its log says why.")})
