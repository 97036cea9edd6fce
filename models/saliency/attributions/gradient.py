"""The Jacobian image itself as an attribution: how strongly the fused pixel answers to each source pixel."""

from __future__ import annotations

from torch import nn

from models.saliency.attributions.spec import Attribution, AttributionKind, Floats, Pixel
from models.saliency.jacobian import jacobian


def _compute(model: nn.Module, sources: Floats, pixel: Pixel, _baseline: Floats | None) -> Attribution:
    found = jacobian(model, sources, pixel)
    return Attribution(found.values, found.origin, found.fused)


KIND = AttributionKind(
    id="gradient",
    title="Gradient",
    paper="Kumar & Gumhold, Computers 9(4):98, 2020, eq. 1, https://doi.org/10.3390/computers9040098",
    description="∂y(i)/∂x: fused intensity per source intensity.",
    compute=_compute,
)
