"""The report on a region as one file."""

from __future__ import annotations

from flask import Blueprint, Response, request

from dashboard.api.answers import answering, choice, integer, required
from dashboard.regions.report_route import FORMATS, report_answer
from dashboard.regions.view import Wanted
from dashboard.service.jacobians import JacobianService
from precompute.report.contents import usual_source


def add_routes(api: Blueprint, service: JacobianService) -> None:
    """Add the routes of a service to the blueprint."""

    @api.get("/api/v1/report")
    @answering
    def report() -> Response:
        form = choice("format", FORMATS, "html")
        case, region = required("case", "region")
        given = request.args.get
        relevant = integer("relevant", given("relevant") or str(usual_source(service.case(case))))
        place = [integer(name, given(name, "")) for name in ("y", "x")] if given("y") or given("x") else None
        wanted = Wanted(case, region, relevant, (place[0], place[1]) if place else None, given("plane", ""))
        methods = list(dict.fromkeys(given("methods", "").split(","))) if given("methods") else None
        return report_answer(service, wanted, methods, form, request.url_root.rstrip("/"))
