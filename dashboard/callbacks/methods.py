"""Flow of the Methods page: facts → table and cards; a button → measurements → table and cards.

    page opened                        → cards, links to them
    page opened, folder, measurements  → rows of the table
    button, poll                       → measurements, one method after the other in the background
    measurements                       → the cards whose method is new among them; frames, in the browser
    frames                             → table and cards
    CSV button, shown rows             → file

What is measured is kept by `dashboard.measure`; a page that is opened later shows it at once.
"""

from __future__ import annotations

from typing import Any

from dash import ALL, ClientsideFunction, Dash, Input, Output, State, ctx, no_update

from dashboard import ids
from dashboard.components.method_card import measured, method_card, navigation
from dashboard.measure import Measurements, usual_case
from dashboard.method_facts import gather
from dashboard.method_rows import table_csv, table_rows

Known = dict[str, Any]


def register(app: Dash, service: Any) -> None:
    """Connect the page to a service."""
    measurements = Measurements(service)
    _register_contents(app, service, measurements)
    _register_measuring(app, service, measurements)
    app.clientside_callback(
        ClientsideFunction(namespace="fusevis_methods", function_name="countFrames"),
        Output(ids.METHODS_FRAMES, "data"),
        Input(ids.METHODS_MEASURED, "data"),
        prevent_initial_call=True,
    )
    app.clientside_callback(
        ClientsideFunction(namespace="fusevis_methods", function_name="showCard"),
        Input(ids.METHODS_GRID, "cellClicked"),
        prevent_initial_call=True,
    )


def _register_contents(app: Dash, service: Any, measurements: Measurements) -> None:
    @app.callback(
        Output(ids.METHODS_CARDS, "children"),
        Output(ids.METHODS_NAV, "children"),
        Input(ids.METHODS_OPEN, "data"),
    )
    def show_cards(_open: bool) -> tuple:
        facts = gather(service, measurements)
        return [method_card(each) for each in facts], navigation(facts)

    @app.callback(
        Output(ids.METHODS_GRID, "rowData"),
        Input(ids.METHODS_FOLDER, "value"),
        Input(ids.METHODS_MEASURED, "data"),
        Input(ids.METHODS_FRAMES, "data"),
    )
    def fill_table(folder: str, _measured: Known | None, frames: dict[str, float] | None) -> list[Known]:
        return table_rows(gather(service, measurements), folder, frames)

    @app.callback(
        Output(ids.METHODS_DOWNLOAD, "data"),
        Input(ids.METHODS_EXPORT, "n_clicks"),
        State(ids.METHODS_GRID, "virtualRowData"),
        State(ids.METHODS_GRID, "rowData"),
        prevent_initial_call=True,
    )
    def export(_n: int, shown: list[Known] | None, rows: list[Known] | None) -> Known:
        return {"content": table_csv(shown or rows or []), "filename": "methods.csv", "type": "text/csv"}


def _register_measuring(app: Dash, service: Any, measurements: Measurements) -> None:
    @app.callback(
        Output(ids.METHODS_MEASURED, "data"),
        Output(ids.METHODS_POLL, "disabled"),
        Output(ids.METHODS_MEASURE, "disabled"),
        Output(ids.METHODS_STATUS, "children"),
        Input(ids.METHODS_MEASURE, "n_clicks"),
        Input(ids.METHODS_POLL, "n_intervals"),
        State(ids.METHODS_MEASURED, "data"),
        prevent_initial_call=True,
    )
    def follow(_n: int, _tick: int, before: Known | None) -> tuple:
        # asked at every poll: with several workers the next answer may come from another process
        return progress_of(service, measurements, before)

    @app.callback(
        Output({"type": ids.METHODS_MEASURED_BLOCK, "method": ALL}, "children"),
        Input(ids.METHODS_MEASURED, "data"),
        prevent_initial_call=True,
    )
    def show_measured(known: Known | None) -> list[Any]:
        fresh = (known or {}).get("fresh", ())
        facts = {each.spec.id: each for each in gather(service, measurements) if each.spec.id in fresh}
        places = [place["id"]["method"] for place in ctx.outputs_list]
        return [measured(facts[method]) if method in facts else no_update for method in places]

    @app.callback(
        Output({"type": ids.METHODS_FRAMES_CELL, "method": ALL}, "children"),
        Input(ids.METHODS_FRAMES, "data"),
        prevent_initial_call=True,
    )
    def show_frames(frames: dict[str, float] | None) -> list[Any]:
        places = [place["id"]["method"] for place in ctx.outputs_list]
        return [f"{frames[method]:.0f}" if frames and method in frames else no_update for method in places]


def progress_of(service: Any, measurements: Measurements, before: Known | None) -> tuple:
    """What the page is told while the methods are measured: store, poll off, button off, status."""
    progress = measurements.ask()
    methods = service.list_methods()
    done = [spec.id for spec in methods if measurements.of(spec.id) is not None]
    running = progress is not None and not progress.error
    known = {
        "done": done,
        "fresh": [method for method in done if method not in (before or {}).get("done", ())],
        "running": running,
        "frames": [] if running else _timed(service, measurements),
    }
    changed = before is None or known["fresh"] or running != before.get("running")
    if progress is not None and progress.error:
        status = progress.error
    elif progress is not None:
        status = f"Measuring, {100 * progress.share:.0f} % …"
    else:
        status = "Counting frames …" if known["frames"] else ""
    return known if changed else no_update, not running, running, status


def _timed(service: Any, measurements: Measurements) -> list[Known]:
    """Which Jacobians the browser counts frames of: method, case study, height and width."""
    found = []
    for spec in service.list_methods():
        measurement = measurements.of(spec.id)
        case = usual_case(service.list_cases(), spec.sources)
        if measurement is not None and not measurement.problem and case is not None:
            height, width = case.shape
            found.append({"method": spec.id, "case": case.id, "height": height, "width": width})
    return found
