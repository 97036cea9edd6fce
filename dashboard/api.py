"""The HTTP routes that scripts and the browser use; JSON, npz and a binary form.

A bad request answers 400 or 404 with `{"error": sentence, "valid": […]}`; weights that cannot be
used answer 503 in the same form.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import wraps
from typing import Any

import numpy as np
from flask import Blueprint, Response, jsonify, request

import models
from dashboard.background import Progress
from dashboard.cases import MisfitError, UnknownCaseError
from dashboard.derived import Derived
from dashboard.region_view import Wanted
from dashboard.report_route import FORMATS, SourceError, report_answer
from dashboard.service import JacobianService
from dashboard.whatif_view import Question, WhatIfError, check_source, influence_of, what_if_of
from dashboard.wire import csv_lines, pack_images, pack_jacobian, pack_jacobians
from models import PixelError, UnknownMethodError, WeightsError
from models.plugins import PluginReport
from precompute.region_masks import FORMS, RegionTextError
from precompute.report import usual_source


class BadRequestError(ValueError):
    """A parameter is missing or makes no sense; `valid` lists what was expected."""

    def __init__(self, sentence: str, valid: list[str]) -> None:
        super().__init__(sentence)
        self.valid = valid


def create_api(service: JacobianService) -> Blueprint:
    """The routes of a service, to be registered on the Flask server."""
    api = Blueprint("api", __name__)
    for add in (_add_lists, _add_jacobians, _add_images, _add_questions, _add_report):
        add(api, service)
    return api


def _add_lists(api: Blueprint, service: JacobianService) -> None:
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


def _add_jacobians(api: Blueprint, service: JacobianService) -> None:
    @api.get("/api/v1/jacobian")
    @_answering
    def jacobian() -> Response:
        form = _choice("format", ("npz", "csv", "bin"), "npz")
        case, method, y, x = _required("case", "method", "y", "x")
        service.check_fit(case, method)
        start = time.perf_counter()
        found = service.jacobian(case, method, (_integer("y", y), _integer("x", x)))
        if form == "bin":
            response = _binary(pack_jacobian(found))
        elif form == "csv":
            response = Response(csv_lines(found), mimetype="text/csv")
        else:
            response = _npz(
                jacobian=found.values, origin=np.array(found.origin), value=np.float32(found.fused)
            )
        return _timed(response, start)

    @api.get("/api/v1/jacobians")
    @_answering
    def jacobians() -> Response:
        form = _choice("format", ("npz", "bin"), "npz")
        case, listed, y, x = _required("case", "methods", "y", "x")
        service.case(case)
        methods = list(dict.fromkeys(listed.split(",")))
        for method in methods:
            service.check_fit(case, method)
        start = time.perf_counter()
        found = service.jacobians_of_methods(case, methods, (_integer("y", y), _integer("x", x)))
        if form == "bin":
            return _timed(_binary(pack_jacobians(found.values())), start)
        arrays: dict[str, Any] = {}
        for method, each in found.items():
            arrays[f"jacobian_{method}"] = each.values
            arrays[f"origin_{method}"] = np.array(each.origin)
            arrays[f"value_{method}"] = np.float32(each.fused)
        return _timed(_npz(**arrays), start)


def _add_images(api: Blueprint, service: JacobianService) -> None:
    derived = Derived(service)

    @api.get("/api/v1/images")
    @_answering
    def images() -> Response:
        form = _choice("format", ("npz", "bin"), "npz")
        (case_id,) = _required("case")
        case, method = service.case(case_id), request.args.get("method")
        if form == "bin":
            return _binary(pack_images(service.fused(case_id, method)[None] if method else case.sources))
        fused = {"fused": service.fused(case_id, method)} if method else {}
        return _npz(sources=case.sources, **fused)

    @api.get("/api/v1/guidance")
    @_answering
    def guidance() -> Response:
        form = _choice("format", ("npz", "bin"), "npz")
        case, method = _required("case", "method")
        found = service.guidance(case, method, wait=True)
        if isinstance(found, Progress):
            raise RuntimeError("waiting for guidance gave progress")
        if form == "bin":
            return _binary(pack_images(found))
        return _npz(guidance=found, fused=service.fused(case, method), sources=service.case(case).sources)

    @api.get("/api/v1/summed")
    @_answering
    def summed() -> Response:
        form = _choice("format", ("npz", "bin"), "npz")
        case, method = _required("case", "method")
        found = derived.summed_gradient(case, method)
        if form == "bin":
            return _binary(pack_images(found))
        functional, _ = models.functional_source(service.case(case).modalities)
        return _npz(summed=found, functional=np.int64(functional))


def _add_questions(api: Blueprint, service: JacobianService) -> None:
    @api.get("/api/v1/influence")
    @_answering
    def influence() -> Response:
        form = _choice("format", ("npz", "csv", "bin"), "npz")
        case, method, y, x = _required("case", "method", "y", "x")
        service.check_fit(case, method)
        source = _integer("source", request.args["source"]) if request.args.get("source") else None
        if source is not None:
            check_source(service, case, source)
        start = time.perf_counter()
        found = influence_of(service, case, method, (_integer("y", y), _integer("x", x)))
        if form == "npz":
            values = found.values if source is None else found.values[source]
            return _timed(_npz(influence=values, origin=np.array(found.origin)), start)
        y0, x0 = found.pixel
        value = 0.0 if source is None else float(service.case(case).sources[source, y0, x0])
        kept = found.values if source is None else found.values[[source]]
        packed = models.Jacobian(kept, found.origin, found.pixel, value)
        if form == "csv":
            return _timed(Response(csv_lines(packed), mimetype="text/csv"), start)
        return _timed(_binary(pack_jacobian(packed)), start)

    @api.get("/api/v1/whatif")
    @_answering
    def whatif() -> Response:
        form = _choice("format", ("npz", "bin"), "npz")
        case, method, source, y, x, change = _required("case", "method", "source", "y", "x", "change")
        service.check_fit(case, method)
        pixel = (_integer("y", y), _integer("x", x))
        region = request.args.get("region", "")
        question = Question(case, method, _integer("source", source), pixel, region, change)
        start = time.perf_counter()
        found = what_if_of(service, question)
        names = ("source", "change", "before", "after", "predicted")
        arrays = {name: getattr(found, name) for name in names}
        if form == "npz":
            return _timed(_npz(**arrays, origin=np.array(found.origin)), start)
        planes = np.stack(list(arrays.values()))  # five planes in the form of a Jacobian
        return _timed(_binary(pack_jacobian(models.Jacobian(planes, found.origin, pixel, 0.0))), start)


def _add_report(api: Blueprint, service: JacobianService) -> None:
    @api.get("/api/v1/report")
    @_answering
    def report() -> Response:
        form = _choice("format", FORMATS, "html")
        case, region = _required("case", "region")
        given = request.args.get
        relevant = _integer("relevant", given("relevant") or str(usual_source(service.case(case))))
        place = [_integer(name, given(name, "")) for name in ("y", "x")] if given("y") or given("x") else None
        wanted = Wanted(case, region, relevant, (place[0], place[1]) if place else None, given("plane", ""))
        methods = list(dict.fromkeys(given("methods", "").split(","))) if given("methods") else None
        return report_answer(service, wanted, methods, form, request.host_url.rstrip("/"))


def _answering(route: Callable[[], Response]) -> Callable[[], Response]:
    """Turn what a route raises into the answer that the module's docstring describes."""

    @wraps(route)
    def answer() -> Response:
        try:
            return route()
        except (UnknownCaseError, UnknownMethodError) as error:
            return _error(404, str(error), list(error.valid))
        except (BadRequestError, MisfitError) as error:
            return _error(400, str(error), list(error.valid))
        except (PixelError, SourceError, WhatIfError) as error:
            return _error(400, str(error), list(error.valid))
        except RegionTextError as error:
            return _error(400, str(error), [FORMS])
        except WeightsError as error:
            return _error(503, str(error), [])

    return answer


def _error(status: int, sentence: str, valid: list[str]) -> Response:
    response = jsonify(error=sentence, valid=valid)
    response.status_code = status
    return response


def _required(*names: str) -> list[str]:
    """The values of parameters that must be there."""
    for name in names:
        if not request.args.get(name):
            raise BadRequestError(f"Parameter {name!r} is missing; expected {', '.join(names)}.", list(names))
    return [request.args[name] for name in names]


def _integer(name: str, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise BadRequestError(f"Parameter {name!r} is {text[:40]!r}; expected an integer.", ["an integer"])
    return int(text)


def _choice(name: str, valid: tuple[str, ...], default: str) -> str:
    value = request.args.get(name, default)
    if value not in valid:
        raise BadRequestError(
            f"Parameter {name!r} is {value[:40]!r}; expected one of: {', '.join(valid)}.", list(valid)
        )
    return value


def _binary(data: bytes) -> Response:
    return Response(data, mimetype="application/octet-stream")


def _timed(response: Response, start: float) -> Response:
    """Say how long the Jacobians took since `start`, in milliseconds."""
    milliseconds = 1000 * (time.perf_counter() - start)
    response.headers["Server-Timing"] = f"jacobian;dur={milliseconds:.2f}"
    return response


def _npz(**arrays: Any) -> Response:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return Response(buffer.getvalue(), mimetype="application/zip")


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
