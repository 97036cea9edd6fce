"""Images of a case study and a method: sources, fused, guidance, summed gradients."""

from __future__ import annotations

import numpy as np
from flask import Blueprint, Response, request

import models
from dashboard.api.answers import answering, binary, choice, npz, required
from dashboard.service.background import Progress
from dashboard.service.jacobians import JacobianService
from dashboard.service.summed import Derived
from dashboard.service.wire import pack_images


def add_routes(api: Blueprint, service: JacobianService) -> None:
    """Add the routes of a service to the blueprint."""

    derived = Derived(service)

    @api.get("/api/v1/images")
    @answering
    def images() -> Response:
        form = choice("format", ("npz", "bin"), "npz")
        (case_id,) = required("case")
        case, method = service.case(case_id), request.args.get("method")
        if form == "bin":
            return binary(pack_images(service.fused(case_id, method)[None] if method else case.sources))
        fused = {"fused": service.fused(case_id, method)} if method else {}
        return npz(sources=case.sources, **fused)

    @api.get("/api/v1/guidance")
    @answering
    def guidance() -> Response:
        form = choice("format", ("npz", "bin"), "npz")
        case, method = required("case", "method")
        found = service.guidance(case, method, wait=True)
        if isinstance(found, Progress):
            raise RuntimeError("waiting for guidance gave progress")
        if form == "bin":
            return binary(pack_images(found))
        entry = service.entry(case, method)  # array and error of one stage
        estimated, stage = (None, {}) if entry is None else (entry.estimated, {})
        if estimated is not None:
            stage = {
                "stage": np.array(f"estimated, stride {estimated.stride}"),
                "error": np.array([estimated.rms, estimated.largest]),
            }
        sources, fused = service.case(case).sources, service.fused(case, method)
        found = found if entry is None else entry.guidance
        return npz(guidance=found, fused=fused, sources=sources, **stage)

    @api.get("/api/v1/summed")
    @answering
    def summed() -> Response:
        form = choice("format", ("npz", "bin"), "npz")
        case, method = required("case", "method")
        found = derived.summed_gradient(case, method)
        if form == "bin":
            return binary(pack_images(found))
        functional, _ = models.functional_source(service.case(case).modalities)
        return npz(summed=found, functional=np.int64(functional))
