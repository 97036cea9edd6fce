"""The forward view: what a change of the sources does to the fused image, to first order and exactly.

A Jacobian image is a row of the Jacobian, Jᵀ times a unit vector of the fused image (Kumar & Gumhold 2020,
eq. 1). Here are its columns, the fused pixels that one source pixel influences, and J times any change of the
sources. A network that was linearised on the image carries the change forward through the slopes it has;
elsewhere the transpose of autograd's own backward pass does, on the part of the image that matters: Jᵀu is
linear in u, so its derivative along the change is J times the change, by the same rules at kinks and
frozen parts as every Jacobian.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.saliency.engine.guard import windows_on
from models.saliency.engine.rows import leaves_of, placement, span
from models.saliency.engine.windows import Pixel, check_pixel, check_sources
from models.saliency.linearised import Linearised

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Influence:
    """One column of the Jacobian per source, on the fused pixels that the source pixel can reach.

    Attributes:
        values: (K, h, w), signed, ∂y(i)/∂x_k(pixel) for the fused pixels i, in the model's float type.
        origin: (y0, x0), the image position of values[:, 0, 0].
        pixel: (y, x), the source pixel.
    """

    values: Floats
    origin: Pixel
    pixel: Pixel


@dataclass(frozen=True)
class Response:
    """First-order change of the fused image: `values` (h, w) at `origin` (y0, x0), none elsewhere."""

    values: Floats
    origin: Pixel


@dataclass(frozen=True)
class Box:
    """Rows top … bottom − 1 and columns left … right − 1 of an image."""

    top: int
    left: int
    bottom: int
    right: int

    def slices(self, within: Box | None = None) -> tuple[slice, slice]:
        """The box as slices of an image, or of a part of one."""
        y, x = (within.top, within.left) if within else (0, 0)
        return slice(self.top - y, self.bottom - y), slice(self.left - x, self.right - x)

    def grown(self, radius: int | None, shape: tuple[int, ...], period: int = 1) -> Box:
        """The box and all pixels within a radius, cut at the border; None: the whole image.

        With a period it begins and ends at multiples of it, or at the border.
        """
        height, width = shape[-2:]
        if radius is None:
            return Box(0, 0, height, width)
        top, bottom = span(self.top, self.bottom, radius, period, height)
        left, right = span(self.left, self.right, radius, period, width)
        return Box(top, left, bottom, right)


def influence(
    model: nn.Module, sources: Floats, pixel: Pixel, linearised: Linearised | None = None
) -> Influence:
    """Which fused pixels a pixel of each source influences, and how much.

    Args:
        model: a method in evaluation mode; its device and float type are used.
        sources: (K, H, W), floating, in [0, 1].
        pixel: the source pixel (y, x), row first.
        linearised: `linearise(model, sources)` where it was made already.

    Raises:
        PixelError: the pixel is outside the image.
        ValueError: as `jacobian`.
    """
    check_sources(sources)
    check_pixel(pixel, sources.shape)
    y, x = pixel
    units = np.eye(len(sources), dtype=sources.dtype)[:, :, None, None]
    values, origin = _pushed(model, sources, units, Box(y, x, y + 1, x + 1), linearised)
    return Influence(values, origin, pixel)


def response(
    model: nn.Module, sources: Floats, changes: Floats, linearised: Linearised | None = None
) -> Response:
    """What the Jacobian predicts for a change of the sources: Σ_k Σ_j ∂y(i)/∂x_k(j) · change_k(j).

    Args:
        model, sources, linearised: as for `influence`.
        changes: (K, H, W), what is added to the sources.

    Raises:
        ValueError: as `jacobian`; another shape, or nothing changes.
    """
    check_sources(sources)
    if changes.shape != sources.shape:
        raise ValueError(
            f"The changes have shape {changes.shape}; expected that of the sources {sources.shape}."
        )
    box = bounds((changes != 0).any(axis=0, keepdims=True)[0])
    part = np.ascontiguousarray(changes[(slice(None), *box.slices())])[None]
    values, origin = _pushed(model, sources, part, box, linearised)
    return Response(values[0], origin)


def bounds(mask: NDArray[np.bool_]) -> Box:
    """The smallest box around the true pixels of (H, W); raises ValueError where there are none."""
    rows, columns = mask.nonzero()
    if not len(rows):
        raise ValueError("Nothing changes; expected a change of at least one pixel.")
    return Box(int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1)


def _pushed(
    model: nn.Module, sources: Floats, changes: Floats, box: Box, linearised: Linearised | None
) -> tuple[Floats, Pixel]:
    """J times changes (B, K, h, w) of a box: (B, h', w') and its origin."""
    if linearised is not None:
        return linearised.responses(changes, (box.top, box.left))
    windows = windows_on(model, sources, everywhere=True)
    radius, period = (windows.radius, windows.period) if windows else (None, 1)
    reached = box.grown(radius, sources.shape, period)
    # the derivative at the rim of what is reached needs the sources as far again
    context = reached.grown(radius, sources.shape, period)
    crop = np.ascontiguousarray(sources[(slice(None), *context.slices())])
    rows, columns = box.slices(context)
    found = []
    for change in changes:
        directions = np.zeros_like(crop)
        directions[:, rows, columns] = change
        found.append(transposed(model, crop, directions)[reached.slices(context)])
    return np.stack(found), (reached.top, reached.left)


@torch.enable_grad()
def transposed(model: nn.Module, sources: Floats, directions: Floats) -> Floats:
    """J times directions (K, h, w) as (h, w), by differentiating Jᵀu along them with respect to u."""
    device, dtype = placement(model, sources)
    leaves = leaves_of(model, sources)
    fused = model(*leaves)
    if not fused.requires_grad:
        raise ValueError("The fused image carries no gradient; expected a differentiable method.")
    weights = torch.zeros_like(fused, requires_grad=True)
    parts = torch.autograd.grad(fused, leaves, weights, create_graph=True, allow_unused=True)
    total = fused.new_zeros(())
    for part, direction in zip(parts, torch.from_numpy(directions).to(device, dtype), strict=True):
        if part is not None:
            total = total + (part[0, 0] * direction).sum()
    (found,) = torch.autograd.grad(total, weights, allow_unused=True)
    if found is None:
        return np.zeros(sources.shape[1:], fused.detach().cpu().numpy().dtype)
    result: Floats = found[0, 0].cpu().numpy()
    return result
