"""Gradient × input: the Jacobian times how far each source pixel is from a baseline.

Its sum is y(i) − y_baseline(i) for a network that is linear between the two, and what is missing elsewhere is
the error that is stated with it.
"""

from __future__ import annotations

from torch import nn

from models.saliency.attributions.spec import Attribution, AttributionKind, Floats, Pixel
from models.saliency.jacobian import jacobian


def _compute(model: nn.Module, sources: Floats, pixel: Pixel, baseline: Floats | None) -> Attribution:
    if baseline is None:
        raise ValueError("Gradient × input got no baseline; expected one of the sources' shape.")
    found = jacobian(model, sources, pixel)
    (y0, x0), (height, width) = found.origin, found.values.shape[1:]
    window = (slice(None), slice(y0, y0 + height), slice(x0, x0 + width))
    values = found.values * (sources - baseline)[window].astype(found.values.dtype)
    before = jacobian(model, baseline, pixel).fused
    error = abs(float(values.sum()) - (found.fused - before))
    return Attribution(values, found.origin, found.fused, before, error)


KIND = AttributionKind(
    id="gradient_times_input",
    title="Gradient × input",
    paper="Shrikumar, Greenside & Kundaje, ICML 2017, https://arxiv.org/abs/1704.02685",
    description="∂y(i)/∂x · (x − baseline): the part of the fused value that each source pixel would bring, "
    "if the network were linear.",
    compute=_compute,
    baselines=("black", "mean"),
)
