"""Attributions of a case study's fused pixels, computed when they are asked for."""

from __future__ import annotations

import models
from dashboard.service.jacobians import JacobianService
from models.saliency.engine.windows import Pixel, check_pixel
from precompute.build.prepared import prepared_model


def attribution_of(
    service: JacobianService, case_id: str, method_id: str, pixel: Pixel, kind: str, baseline: str
) -> models.Attribution:
    """An attribution of the fused pixel (y, x); see `models.attribute`.

    Raises:
        UnknownCaseError, UnknownMethodError, MisfitError, WeightsError, PixelError, AttributionError.
    """
    case = service.case(case_id)
    service.check_fit(case_id, method_id)
    check_pixel(pixel, case.shape)
    return models.attribute(prepared_model(method_id, service.device), case.sources, pixel, kind, baseline)
