"""Attributions of a fused pixel beside its Jacobian; see `models.list_attributions`."""

from __future__ import annotations

import time

import numpy as np
from flask import Blueprint, Response, request

import models
from dashboard.api.answers import BadRequestError, answering, choice, integer, npz, required, timed
from dashboard.service.attributions import attribution_of
from dashboard.service.jacobians import JacobianService


def add_routes(api: Blueprint, service: JacobianService) -> None:
    """Add the routes of a service to the blueprint."""

    @api.get("/api/v1/attribution")
    @answering
    def attribution() -> Response:
        choice("format", ("npz",), "npz")
        case, method, y, x = required("case", "method", "y", "x")
        service.check_fit(case, method)
        pixel = (integer("y", y), integer("x", x))
        kind, baseline = request.args.get("kind", "gradient"), request.args.get("baseline", "black")
        start = time.perf_counter()
        try:
            found = attribution_of(service, case, method, pixel, kind, baseline)
        except models.AttributionError as error:
            raise BadRequestError(str(error), list(error.valid)) from None
        numbers = {"value": found.value, "baseline_value": found.baseline_value, "error": found.error}
        known = {name: np.float32(number) for name, number in numbers.items() if number is not None}
        return timed(npz(values=found.values, origin=np.array(found.origin), **known), start)
