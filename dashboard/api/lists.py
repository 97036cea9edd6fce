"""What there is: health, case studies, methods."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify

import models
from dashboard.service.jacobians import JacobianService
from models import WeightsError
from models.plugins import PluginReport


def add_routes(api: Blueprint, service: JacobianService) -> None:
    """Add the routes of a service to the blueprint."""

    @api.get("/health")
    def health() -> Response:
        counts = {"cases": len(service.list_cases()), "methods": len(service.list_methods())}
        return jsonify(status="ok", **counts, memory=service.memory())

    @api.get("/api/v1/cases")
    def cases() -> Response:
        return jsonify([_case(case) for case in service.list_cases()])

    @api.get("/api/v1/methods")
    def methods() -> Response:
        refused = [report for report in service.plugins if not report.accepted]
        found = [_method(service, spec) for spec in service.list_methods()]
        return jsonify(found + [_refused(report) for report in refused])


def _case(case: Any) -> dict[str, Any]:
    return {
        "id": case.id,
        "title": case.title,
        "description": case.description,
        "modalities": list(case.modalities),
        "shape": list(case.shape),
        "regions": [{"id": region.id, "title": region.title} for region in case.regions],
        "synthetic": case.synthetic,
        "provenance": case.provenance,
    }


def _method(service: JacobianService, spec: models.MethodSpec) -> dict[str, Any]:
    try:
        window, problem = service.window(spec.id), None
    except WeightsError as error:
        window, problem = None, str(error)
    return {
        "id": spec.id,
        "title": spec.title,
        "paper": spec.paper,
        "description": spec.description,
        "deviations": list(spec.deviations),
        "parameters": spec.parameters,
        "sources": spec.sources,
        "window": None if window is None else list(window),
        "problem": problem,
        "plugin": next((_plugin(report) for report in service.plugins if report.method == spec.id), None)
        if spec.provided
        else None,
    }


def _refused(report: PluginReport) -> dict[str, Any]:
    """A plug-in that is no method: its file's name is its id, and `problem` says why."""
    return {"id": report.file, "title": report.title, "problem": report.reason, "plugin": _plugin(report)}


def _plugin(report: PluginReport) -> dict[str, Any]:
    """What the checks of a plug-in found; see `models.plugins.PluginReport`."""
    return {**asdict(report), "accepted": report.accepted}
