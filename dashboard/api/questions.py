"""The forward view: what a source pixel influences, and what a change of a source does."""

from __future__ import annotations

import time

import numpy as np
from flask import Blueprint, Response, request

import models
from dashboard.api.answers import answering, binary, choice, integer, npz, required, timed
from dashboard.service.jacobians import JacobianService
from dashboard.service.wire import csv_lines, pack_jacobian
from dashboard.whatif.questions import Question, check_source, influence_of, what_if_of


def add_routes(api: Blueprint, service: JacobianService) -> None:
    """Add the routes of a service to the blueprint."""

    @api.get("/api/v1/influence")
    @answering
    def influence() -> Response:
        form = choice("format", ("npz", "csv", "bin"), "npz")
        case, method, y, x = required("case", "method", "y", "x")
        service.check_fit(case, method)
        source = integer("source", request.args["source"]) if request.args.get("source") else None
        if source is not None:
            check_source(service, case, source)
        start = time.perf_counter()
        found = influence_of(service, case, method, (integer("y", y), integer("x", x)))
        if form == "npz":
            values = found.values if source is None else found.values[source]
            return timed(npz(influence=values, origin=np.array(found.origin)), start)
        y0, x0 = found.pixel
        value = 0.0 if source is None else float(service.case(case).sources[source, y0, x0])
        kept = found.values if source is None else found.values[[source]]
        packed = models.Jacobian(kept, found.origin, found.pixel, value)
        if form == "csv":
            return timed(Response(csv_lines(packed), mimetype="text/csv"), start)
        return timed(binary(pack_jacobian(packed)), start)

    @api.get("/api/v1/whatif")
    @answering
    def whatif() -> Response:
        form = choice("format", ("npz", "bin"), "npz")
        case, method, source, y, x, change = required("case", "method", "source", "y", "x", "change")
        service.check_fit(case, method)
        pixel = (integer("y", y), integer("x", x))
        region = request.args.get("region", "")
        question = Question(case, method, integer("source", source), pixel, region, change)
        start = time.perf_counter()
        found = what_if_of(service, question)
        names = ("source", "change", "before", "after", "predicted")
        arrays = {name: getattr(found, name) for name in names}
        if form == "npz":
            return timed(npz(**arrays, origin=np.array(found.origin)), start)
        planes = np.stack(list(arrays.values()))  # five planes in the form of a Jacobian
        return timed(binary(pack_jacobian(models.Jacobian(planes, found.origin, pixel, 0.0))), start)
