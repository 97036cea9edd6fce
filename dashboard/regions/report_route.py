"""The report as the answer of a route: HTML, CSV or NPZ; everything in it is computed before it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from flask import Response

from dashboard.regions.view import Wanted, analyses_of, subject_of
from dashboard.service.background import Progress
from dashboard.service.jacobians import JacobianService
from models import WeightsError
from models.saliency.engine.windows import check_pixel
from precompute.report.contents import MethodReport, Report
from precompute.report.files import report_csv, report_npz
from precompute.report.html import report_html

FORMATS = ("html", "csv", "npz")
_KINDS: dict[str, tuple[str, Callable[[Report], str | bytes]]] = {
    "html": ("text/html", report_html),
    "csv": ("text/csv", report_csv),
    "npz": ("application/zip", report_npz),
}
# As the file itself says: nothing is loaded, no script runs.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


class SourceError(ValueError):
    """The relevant source does not exist. `valid` lists the numbers that do."""

    def __init__(self, number: int, count: int) -> None:
        super().__init__(f"Parameter 'relevant' is {number}; expected 0 to {count - 1}.")
        self.valid = tuple(str(k) for k in range(count))


def report_answer(
    service: JacobianService, wanted: Wanted, methods: Sequence[str] | None, form: str, home: str
) -> Response:
    """The report on a region; waits until it is computed.

    Args:
        service: a JacobianService.
        wanted: what it is about.
        methods: ids; None for all that fit.
        form: one of `FORMATS`.
        home: the dashboard's address, without a slash at its end.

    Raises:
        UnknownCaseError, UnknownMethodError, MisfitError, PixelError, SourceError, RegionTextError: as the
            names say. WeightsError: no method could be computed; a single one is named in the report.
    """
    case = service.case(wanted.case)
    if not 0 <= wanted.relevant < len(case.sources):
        raise SourceError(wanted.relevant, len(case.sources))
    if wanted.pixel is not None:
        check_pixel(wanted.pixel, case.shape)
    chosen = list(methods or (method.id for method in service.methods_for(case.id)))
    for method in (*chosen, *([wanted.plane] if wanted.plane else [])):
        service.check_fit(case.id, method)
    analyses = analyses_of(service)
    subject = subject_of(service, analyses, wanted, wait=True)
    if isinstance(subject, Progress):
        raise RuntimeError("waiting for a region gave progress")
    titles = {method.id: method.title for method in service.methods_for(case.id)}
    parts: list[MethodReport] = []
    problems: list[tuple[str, str]] = []
    for method in chosen:
        try:
            parts.append(analyses.report(subject, method))
        except WeightsError as error:
            problems.append((titles[method], str(error)))
    if not parts:
        raise WeightsError(f"No method could be computed: {problems[0][1]}")
    kind, make = _KINDS[form]
    answer = Response(make(Report(subject, tuple(parts), tuple(problems), home)), mimetype=kind)
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", f"{case.id}_{subject.region[:40]}_report")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.{form}"'
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer
