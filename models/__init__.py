"""Fusion networks, their exact saliency, their metrics and their training; needs torch and numpy only.

Owns everything that touches torch. Must not know of files other than weights, of case studies, or
of the web: what leaves this package is numpy and plain dataclasses.
"""

import os

# Threads that spin while they wait take the cores from the browser and from each other; torch reads this
# when it is first imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

import models.networks  # noqa: F401  (registers the methods)
from models.architecture import Architecture, Layer, describe
from models.checkpoints import WeightsError, weights_digest
from models.colour_coding import colour_coded, functional_source
from models.devices import device_name, limit_threads, select_device
from models.metrics import MetricSpec, fusion_metrics, fusion_metrics_batch, list_metrics, local_metric_map
from models.registry import (
    MethodSpec,
    UnknownMethodError,
    create_model,
    get_method,
    list_models,
    method_card,
    method_digest,
)
from models.saliency.attributions import AttributionError, attribute, list_attributions
from models.saliency.attributions.spec import Attribution, AttributionKind
from models.saliency.effective import effective_field, inner_pixels, mass_radius
from models.saliency.engine.analysis import receptive_field
from models.saliency.engine.guard import GuardReport, guard_report, windows_on
from models.saliency.engine.slope_maps import Cancelled
from models.saliency.engine.whole_image import whole_image_memory
from models.saliency.engine.windows import PixelError
from models.saliency.estimate import (
    CHECKED_PIXELS,
    GuidanceEstimate,
    NeighbourhoodEstimate,
    estimate_guidance,
    estimate_neighbourhoods,
)
from models.saliency.guidance import guidance, whole_jacobian
from models.saliency.influence import Influence, Response, influence, response
from models.saliency.jacobian import Jacobian, fuse, jacobian, jacobians
from models.saliency.linearised import Linearised, linearise
from models.saliency.receptive_field import ReceptiveField
from models.saliency.region import region_gradient, summed_gradient
from models.saliency.row_sums import row_sums
from models.saliency.whatif import WhatIf, painted, shifted, what_if

__all__ = [
    "CHECKED_PIXELS",
    "Architecture",
    "Attribution",
    "AttributionError",
    "AttributionKind",
    "Cancelled",
    "GuardReport",
    "GuidanceEstimate",
    "Influence",
    "Jacobian",
    "Layer",
    "Linearised",
    "MethodSpec",
    "MetricSpec",
    "NeighbourhoodEstimate",
    "PixelError",
    "ReceptiveField",
    "Response",
    "UnknownMethodError",
    "WeightsError",
    "WhatIf",
    "attribute",
    "colour_coded",
    "create_model",
    "describe",
    "device_name",
    "effective_field",
    "estimate_guidance",
    "estimate_neighbourhoods",
    "functional_source",
    "fuse",
    "fusion_metrics",
    "fusion_metrics_batch",
    "get_method",
    "guard_report",
    "guidance",
    "influence",
    "inner_pixels",
    "jacobian",
    "jacobians",
    "limit_threads",
    "linearise",
    "list_attributions",
    "list_metrics",
    "list_models",
    "local_metric_map",
    "mass_radius",
    "method_card",
    "method_digest",
    "painted",
    "receptive_field",
    "region_gradient",
    "response",
    "row_sums",
    "select_device",
    "shifted",
    "summed_gradient",
    "weights_digest",
    "what_if",
    "whole_image_memory",
    "whole_jacobian",
    "windows_on",
]
