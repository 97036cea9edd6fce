"""Flow of the Methods page: facts → table and cards; a button → measurements → table and cards.

    page opened                        → scrolls to the card of the link; watches what comes near (browser)
    a card comes near                  → its content
    page opened, folder, news          → rows of the table
    page opened, button, poll          → measurements, one method after the other in the background
    measurements                       → frames, counted in the browser
    frames                             → kept beside the measurements
    news: measurements, frames         → the cards that are concerned and open
    CSV button, shown rows             → file

What is measured is kept by `dashboard.methods.measuring`; a page that is opened later shows it at once.
"""

from __future__ import annotations

import logging
from typing import Any

from dash import ALL, MATCH, ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from dashboard.methods import ids
from dashboard.methods.card import broken_card, card_content, measured
from dashboard.methods.facts import facts_of, gather
from dashboard.methods.measuring import Measurements, usual_case
from dashboard.methods.rows import table_csv, table_rows
from dashboard.service.jacobians import JacobianService

_log = logging.getLogger(__name__)
Known = dict[str, Any]


def register(app: Dash, service: JacobianService) -> None:
    """Connect the page to a service."""
    store = getattr(service, "store_path", None)
    measurements = Measurements(service, None if store is None else store / "measurements")
    _register_contents(app, service, measurements)
    _register_measuring(app, service, measurements)
    # counting takes long: were its store an output here, Dash would hold back all that depends on both
    for function, source in (
        ("countFrames", Input(ids.MEASURED, "data")),
        ("showCard", Input(ids.GRID, "cellClicked")),
    ):
        named = ClientsideFunction(namespace="fusevis_methods", function_name=function)
        app.clientside_callback(named, source, prevent_initial_call=True)
    app.clientside_callback(
        ClientsideFunction(namespace="fusevis_methods", function_name="open"),
        Output(ids.PAGE, "data-open"),
        Input(ids.OPEN, "data"),
    )


def _register_contents(app: Dash, service: JacobianService, measurements: Measurements) -> None:
    @app.callback(
        Output({"type": ids.CARD, "method": MATCH}, "children"),
        Input({"type": ids.NEAR, "method": MATCH}, "data"),
        prevent_initial_call=True,
    )
    def show_card(_near: bool) -> list[Any]:
        return card_of(service, measurements, ctx.outputs_list["id"]["method"])

    @app.callback(
        Output(ids.GRID, "rowData"),
        Input(ids.FOLDER, "value"),
        Input(ids.MEASURED, "data"),
        Input(ids.NOTED, "data"),
    )
    def fill_table(folder: str, _measured: Known | None, _noted: Any) -> list[Known]:
        return table_rows(gather(service, measurements), folder)

    @app.callback(
        Output(ids.DOWNLOAD, "data"),
        Input(ids.EXPORT, "n_clicks"),
        State(ids.GRID, "virtualRowData"),
        State(ids.GRID, "rowData"),
        prevent_initial_call=True,
    )
    def export(_n: int, shown: list[Known] | None, rows: list[Known] | None) -> Known:
        return {"content": table_csv(shown or rows or []), "filename": "methods.csv", "type": "text/csv"}


def _register_measuring(app: Dash, service: JacobianService, measurements: Measurements) -> None:
    @app.callback(
        Output(ids.MEASURED, "data"),
        Output(ids.POLL, "disabled"),
        Output(ids.MEASURE, "disabled"),
        Output(ids.STATUS, "children"),
        Output(ids.PROGRESS, "value"),
        Output(ids.PROGRESS, "hidden"),
        Input(ids.OPEN, "data"),
        Input(ids.MEASURE, "n_clicks"),
        Input(ids.POLL, "n_intervals"),
        State(ids.MEASURED, "data"),
    )
    def follow(_open: Any, _n: int, _tick: int, before: Known | None) -> tuple:
        if ctx.triggered_id == ids.MEASURE:
            before = {"since": measurements.start()}
        elif before is None:  # the page was opened, perhaps while methods are measured
            before = {"since": measurements.under_way()}
        return progress_of(service, measurements, before)

    @app.callback(
        Output(ids.NOTED, "data"),
        Input(ids.FRAMES, "data"),
        prevent_initial_call=True,
    )
    def note_frames(rates: Any) -> list[str]:
        return measurements.note_frames(rates if isinstance(rates, dict) else {})

    @app.callback(
        Output({"type": ids.MEASURED_BLOCK, "method": ALL}, "children"),
        Input(ids.MEASURED, "data"),
        Input(ids.NOTED, "data"),
        prevent_initial_call=True,
    )
    def show_measured(known: Known | None, noted: list[str] | None) -> list[Any]:
        news = {*(noted or ()), *((known or {}).get("fresh") or ())}
        places = [place["id"]["method"] for place in ctx.outputs_list]
        specs = {spec.id: spec for spec in service.list_methods()}
        return [
            measured(facts_of(service, measurements, specs[method])) if method in news else no_update
            for method in places
        ]


def card_of(service: JacobianService, measurements: Measurements, method_id: str) -> list[Any]:
    """The content of a method's card; a card that cannot be drawn says so and harms no other."""
    spec = next((spec for spec in service.list_methods() if spec.id == method_id), None)
    if spec is None:
        return [f"There is no method {method_id!r} any more; load the page again."]
    try:
        return card_content(facts_of(service, measurements, spec))
    except Exception as error:  # cards of foreign weights may hold anything
        _log.exception("the card of %s cannot be drawn", method_id)
        return broken_card(spec, f"This card cannot be drawn: {type(error).__name__}: {error}")


def progress_of(service: JacobianService, measurements: Measurements, before: Known) -> tuple:
    """What the page is told while the methods are measured: store, poll off, button off, status, bar, no bar.

    Args:
        before: `since`, the start of the run ("" where there is none), and what the page was told last.
    """
    since = before.get("since")
    if not since:
        return no_update, True, False, "", "0", True
    progress = measurements.progress(since)
    done = measurements.done(since)
    running = progress is not None and not progress.error
    before_that = before.get("done", ()) if running else ()  # at the end all are news
    known = {
        "since": since,
        "done": done,
        "fresh": [method for method in done if method not in before_that],
        "running": running,
        "count": _countable(service, measurements) if progress is None else [],
    }
    changed = "done" not in before or known["fresh"] or running != before.get("running")
    share = "1" if progress is None else f"{progress.share:.3f}"
    if progress is None:
        status = "Counting frames …" if known["count"] else "Measured."
    else:
        status = progress.error or f"Measuring, {100 * progress.share:.0f} % …"
    bar = running or bool(known["count"])
    return known if changed else no_update, not running, bar, status, share, not bar


def _countable(service: JacobianService, measurements: Measurements) -> list[Known]:
    """Which Jacobians the browser counts frames of: method, case study, height and width."""
    found = []
    for spec in service.list_methods():
        measurement = measurements.of(spec.id)
        case = usual_case(service.list_cases(), spec.sources)
        if measurement is not None and not measurement.problem and case is not None:
            height, width = case.shape
            found.append({"method": spec.id, "case": case.id, "height": height, "width": width})
    return found
