"""From a selection to the tables of the Metrics page, and to the files that its buttons save.

Asks for what is missing, and makes tables of what is there. Knows nothing of Dash.
"""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.metrics import ids
from dashboard.metrics.exports import long_csv, table_csv, table_latex
from dashboard.metrics.tables import RELEASED, Known, Named, Table, columns, make_table
from dashboard.metrics.values import WHOLE, MetricValues, areas, has_area
from dashboard.service.background import Progress
from dashboard.service.jacobians import JacobianService
from models import list_metrics
from precompute.build.fusion_scores import SOURCES


@dataclass(frozen=True)
class Selection:
    """What is chosen: ids of the case study and the area, the form of the metrics, the column that sorts."""

    case: str
    area: str
    form: str
    sort: str


@dataclass(frozen=True)
class View:
    """What the page shows of a selection.

    Attributes:
        summary, one, whole: all case studies that have the area; the chosen one; all of them, whole images
            and metrics as released.
        area_title: the area in words.
        modalities: of the chosen case study.
        left_out: which case studies the summary cannot cover, in words, or "".
        progress: of the computation; None when all is there.
        done, total: fused images measured in the area, and how many there are.
        done_whole, total_whole: the same for whole images.
    """

    summary: Table
    one: Table
    whole: Table
    area_title: str
    modalities: tuple[str, ...]
    left_out: str
    progress: Progress | None
    done: int
    total: int
    done_whole: int
    total_whole: int


def look(service: JacobianService, values: MetricValues, chosen: Selection) -> View:
    """The tables as far as they are known; what is missing is asked for.

    Raises:
        UnknownCaseError: no such case study.
    """
    case = service.case(chosen.case)
    area = chosen.area if has_area(case, chosen.area) else WHOLE
    progress = values.ask(case.id, area)
    if progress is None and area != WHOLE:
        progress = values.ask(case.id, WHOLE)  # the papers' tables compare whole images
    specs = columns(list_metrics(), chosen.form)
    cases, known = values.cases(), values.known(values.cases(), area)
    whole = known if area == WHOLE else values.known(cases, WHOLE)
    covered = [Named(each.id, each.title) for each in cases if has_area(each, area)]
    methods = _methods(service)
    return View(
        summary=make_table(specs, methods, covered, known),
        one=make_table(specs, _fitting(service, case.id), [Named(case.id, case.title)], known),
        whole=make_table(
            columns(list_metrics(), RELEASED), methods, [Named(each.id, each.title) for each in cases], whole
        ),
        area_title=dict(areas(case))[area],
        modalities=case.modalities,
        left_out=_left_out(service, len(cases), len(covered)),
        progress=progress,
        done=_count(known),
        total=len(known),
        done_whole=_count(whole),
        total_whole=len(whole),
    )


def exported(
    service: JacobianService, values: MetricValues, chosen: Selection, button: str
) -> dict[str, str]:
    """What a button of the page saves: content, filename and type, as `dcc.Download` takes it."""
    found = look(service, values, chosen)
    what = {"area": chosen.area, "form": chosen.form}
    name = chosen.area.replace(":", "-")
    if button == ids.ALL_CSV:
        cases = values.cases()
        known = values.known(cases, chosen.area)
        titles = [Named(case.id, case.title) for case in cases if has_area(case, chosen.area)]
        content = long_csv(found.summary.columns, _methods(service), titles, known, what)
        return _file(content, f"metrics-all-{name}.csv")
    of_one = button in (ids.TABLE_CSV, ids.TABLE_LATEX)
    table = found.one if of_one else found.summary
    stem = f"metrics-{chosen.case if of_one else 'summary'}-{name}"
    if button in (ids.TABLE_CSV, ids.SUMMARY_CSV):
        case = {"case": chosen.case} if of_one else {}
        return _file(table_csv(table, chosen.sort, {**case, **what}), f"{stem}.csv")
    return _file(table_latex(table, chosen.sort, _caption(found, table, of_one)), f"{stem}.tex")


def _file(content: str, name: str) -> dict[str, str]:
    return {
        "content": content,
        "filename": name,
        "type": "text/csv" if name.endswith("csv") else "text/plain",
    }


def _caption(found: View, table: Table, of_one: bool) -> str:
    if of_one:
        return f"Fusion metrics: {table.cases[0].title}, {found.area_title}. Best in bold."
    count = len(table.cases)
    return (
        f"Fusion metrics, {found.area_title}: mean and standard deviation over {count} case "
        f"stud{'y' if count == 1 else 'ies'}. Best in bold."
    )


def _methods(service: JacobianService) -> list[Named]:
    return [Named(spec.id, spec.title) for spec in service.list_methods() if spec.sources == SOURCES]


def _fitting(service: JacobianService, case_id: str) -> list[Named]:
    return [Named(spec.id, spec.title) for spec in service.methods_for(case_id)]


def _count(known: Known) -> int:
    return sum(scores is not None for scores in known.values())


def _left_out(service: JacobianService, usable: int, covered: int) -> str:
    parts = []
    if without := usable - covered:
        parts.append(f"{without} without this area left out")
    if others := len(service.list_cases()) - usable:
        parts.append(f"{others} left out, for the metrics are defined for two sources")
    return "".join(f"; {part}" for part in parts)
