"""The Jacobian of a pixel by one method, or by several."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
from flask import Blueprint, Response

from dashboard.api.answers import answering, binary, choice, integer, npz, required, timed
from dashboard.service.jacobians import JacobianService
from dashboard.service.wire import csv_lines, pack_jacobian, pack_jacobians


def add_routes(api: Blueprint, service: JacobianService) -> None:
    """Add the routes of a service to the blueprint."""

    @api.get("/api/v1/jacobian")
    @answering
    def jacobian() -> Response:
        form = choice("format", ("npz", "csv", "bin"), "npz")
        case, method, y, x = required("case", "method", "y", "x")
        service.check_fit(case, method)
        start = time.perf_counter()
        found = service.jacobian(case, method, (integer("y", y), integer("x", x)))
        if form == "bin":
            response = binary(pack_jacobian(found))
        elif form == "csv":
            response = Response(csv_lines(found), mimetype="text/csv")
        else:
            response = npz(
                jacobian=found.values, origin=np.array(found.origin), value=np.float32(found.fused)
            )
        return timed(response, start)

    @api.get("/api/v1/jacobians")
    @answering
    def jacobians() -> Response:
        form = choice("format", ("npz", "bin"), "npz")
        case, listed, y, x = required("case", "methods", "y", "x")
        service.case(case)
        methods = list(dict.fromkeys(listed.split(",")))
        for method in methods:
            service.check_fit(case, method)
        start = time.perf_counter()
        found = service.jacobians_of_methods(case, methods, (integer("y", y), integer("x", x)))
        if form == "bin":
            return timed(binary(pack_jacobians(found.values())), start)
        arrays: dict[str, Any] = {}
        for method, each in found.items():
            arrays[f"jacobian_{method}"] = each.values
            arrays[f"origin_{method}"] = np.array(each.origin)
            arrays[f"value_{method}"] = np.float32(each.fused)
        return timed(npz(**arrays), start)
