"""Flow of the Metrics page: selection → tables as their values come; selection → local map; buttons → files.

    case                               → areas and methods that can be chosen
    case, area, form, sort, map, poll  → both tables, the papers', progress
    case, method, metric, range        → map over the fused image, colours, means of the regions
    opacity, pointer, keys, address    → browser (`assets/js/metrics/page.js`)
    buttons                            → CSV and LaTeX of what is shown

What is computed is kept by `dashboard.metrics.values`; a page that is opened later shows it at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from dash import ClientsideFunction, Dash, Input, Output, State, ctx, html, no_update, set_props

from dashboard.metrics import bar as metrics_bar
from dashboard.metrics import ids
from dashboard.metrics.figures import extent, grey_png, map_figure
from dashboard.metrics.map_panel import colour_bar, images, region_means
from dashboard.metrics.notes import paper_tables
from dashboard.metrics.papers import PAPERS
from dashboard.metrics.table import metrics_table, split
from dashboard.metrics.values import WHOLE, MetricValues, areas, has_area
from dashboard.metrics.view import Selection, View, exported, look
from dashboard.service.errors import EXPECTED
from dashboard.service.jacobians import JacobianService
from dashboard.shared import heatmaps
from dashboard.shared.failures import log_failure
from dashboard.shared.notices import notice
from models import list_metrics

_SELECTION = (
    Input(ids.CASE, "value"),
    Input(ids.AREA, "value"),
    Input(ids.FORM, "value"),
    Input(ids.SORT, "data"),
)
_BUTTONS = (
    ids.SUMMARY_CSV,
    ids.SUMMARY_LATEX,
    ids.ALL_CSV,
    ids.TABLE_CSV,
    ids.TABLE_LATEX,
)


def register(app: Dash, service: JacobianService) -> None:
    """Connect the page to a service."""
    values = MetricValues(service)
    _register_choices(app, service)
    _register_tables(app, service, values)
    _register_map(app, service, values)
    _register_browser(app)

    @app.callback(
        Output(ids.DOWNLOAD, "data"),
        *[Input(button, "n_clicks") for button in _BUTTONS],
        *[State(each.component_id, each.component_property) for each in _SELECTION],
        prevent_initial_call=True,
        on_error=_report,
    )
    def save(*arguments: Any) -> dict[str, str]:
        return exported(service, values, Selection(*arguments[len(_BUTTONS) :]), str(ctx.triggered_id))


def _register_choices(app: Dash, service: JacobianService) -> None:
    @app.callback(
        Output(ids.AREA, "options"),
        Output(ids.AREA, "value"),
        Output(ids.METHOD, "options"),
        Output(ids.METHOD, "value"),
        Input(ids.CASE, "value"),
        State(ids.AREA, "value"),
        State(ids.METHOD, "value"),
        prevent_initial_call=True,
        on_error=_report,
    )
    def offer(case_id: str, area: str, method: str) -> tuple:
        case = service.case(case_id)
        methods = [(spec.id, spec.title) for spec in service.methods_for(case_id)]
        kept = area if has_area(case, area) else WHOLE
        fits = method in [name for name, _ in methods]
        return _options(areas(case)), kept, _options(methods), method if fits else methods[0][0]


def _register_tables(app: Dash, service: JacobianService, values: MetricValues) -> None:
    @app.callback(
        Output(ids.SUMMARY, "children"),
        Output(ids.SUMMARY_HEAD, "children"),
        Output(ids.TABLE, "children"),
        Output(ids.TABLE_HEAD, "children"),
        Output(ids.PAPERS, "children"),
        Output(ids.STATUS, "children"),
        Output(ids.POLL, "disabled"),
        Output(ids.KNOWN, "data"),
        *_SELECTION,
        Input(ids.METHOD, "value"),
        Input(ids.POLL, "n_intervals"),
        State(ids.KNOWN, "data"),
        on_error=_report,
    )
    def show(case_id: str, area: str, form: str, sort: str, method: str, _n: int, before: Any) -> tuple:
        found = look(service, values, Selection(case_id, area, form, sort))
        status = metrics_bar.status(found)
        idle = found.progress is None or bool(found.progress.error)
        known = [case_id, area, form, sort, method, found.done, found.done_whole, idle]
        if known == before:
            return (*[no_update] * 5, status, idle, no_update)
        return (*_tables(found, sort, method), status, idle, known)


def _tables(found: View, sort: str, method: str) -> tuple:
    summary, one = found.summary, found.one
    count = f"{len(summary.cases)} case studies" if len(summary.cases) != 1 else "1 case study"
    said = f"{count}, {found.area_title}"
    head = [html.H2("All case studies"), html.P(said + found.left_out, className="muted")]
    title = one.cases[0].title
    one_head = [html.H2(title), html.P(found.area_title, className="muted")]
    return (
        metrics_table(summary, sort, method, f"Fusion metrics, {said}"),
        head,
        metrics_table(one, sort, method, f"Fusion metrics, {title}, {found.area_title}", found.modalities),
        one_head,
        paper_tables(PAPERS, found.whole),
    )


def _register_map(app: Dash, service: JacobianService, values: MetricValues) -> None:
    @app.callback(
        Output(ids.MAP, "figure"),
        Output(ids.MAP_FRAME, "style"),
        Output(ids.MAP_PROBLEM, "children"),
        Output(ids.MAP_BAR, "children"),
        Output(ids.MAP_REGIONS, "children"),
        Output(ids.MAP_IMAGES, "children"),
        Input(ids.CASE, "value"),
        Input(ids.METHOD, "value"),
        Input(ids.METRIC, "value"),
        Input(ids.RANGE, "value"),
        State(ids.OPACITY, "value"),
        on_error=_report,
    )
    def draw(case_id: str, method: str, metric: str, covers: str, opacity: float) -> tuple:
        try:
            case = service.case(case_id)
            found = values.local_map(case, method, metric)
            fused = values.fused(case, method)
        except EXPECTED as error:
            return failed(str(error))
        except Exception as error:  # a plug-in's own code
            log_failure(error)
            return failed(f"The method {method} failed: {error}")
        shown = extent(found, covers)
        height, width = case.shape
        names = (*case.modalities, "fused")
        spec = next(spec for spec in list_metrics() if spec.id == metric)
        return (
            map_figure(fused, found, shown, (opacity or 0) / 100),
            {"aspectRatio": f"{width} / {height}"},
            None,
            colour_bar(shown),
            region_means(means(case, found), split(spec.symbol)[0]),
            images(
                [(name, grey_png(image)) for name, image in zip(names, (*case.sources, fused), strict=True)]
            ),
        )


def failed(sentence: str) -> tuple:
    """No map, and the sentence that says why."""
    said = html.Span(sentence, className="metric-problem")
    return heatmaps.empty_figure(), no_update, said, *[None] * 3


def means(case: Any, values: np.ndarray) -> list[tuple[str, float | None]]:
    """The mean of a map (H, W), NaN at its rim, in the image and in every region of a case study."""
    areas = [("whole image", np.ones(values.shape, bool)), *((r.title, r.mask) for r in case.regions)]
    inside = [(title, values[mask & np.isfinite(values)]) for title, mask in areas]
    return [(title, float(part.mean()) if part.size else None) for title, part in inside]


def _register_browser(app: Dash) -> None:
    of_the_map = (ids.METHOD, ids.METRIC, ids.RANGE, ids.OPACITY)
    told = [*_SELECTION, *[Input(control, "value") for control in of_the_map]]
    app.clientside_callback(_function("note"), *told, prevent_initial_call=True)
    # Dash calls nothing at first that has no output, unless another callback brings an input of it
    app.clientside_callback(
        _function("begin"),
        Input(ids.KNOWN, "data"),
        *[State(each.component_id, each.component_property) for each in told],
    )
    app.clientside_callback(
        _function("fade"),
        Input(ids.OPACITY, "value"),
        Input(ids.MAP, "figure"),
    )


def _options(choices: list[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"label": title, "value": name} for name, title in choices]


def _report(error: Exception) -> None:
    if not isinstance(error, EXPECTED):
        log_failure(error)
    said = str(error) if isinstance(error, EXPECTED) else "The server failed on this; its log says why."
    set_props(ids.NOTICE, {"children": notice(said)})


def _function(name: str) -> ClientsideFunction:
    return ClientsideFunction(namespace="fusevis_metrics", function_name=name)
