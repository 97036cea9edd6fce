"""How far a fused pixel looks, found by probing the module.

Two probes in float64 on a small canvas, their union taken: a NaN put into one source pixel shows
every fused pixel that can depend on it, whatever the weights; the gradient of the central fused
pixel for random sources shows what a NaN would not (values that are replaced on the way). A module
whose reach does not fit on the largest canvas is not local.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

_LIMITS = (16, 32, 64)


@dataclass(frozen=True)
class ReceptiveField:
    """Half-widths of the receptive field, in pixels.

    Attributes:
        radii: one per source, or None when the method's support is not a small window.
    """

    radii: tuple[int, ...] | None

    @property
    def local(self) -> bool:
        """Whether the Jacobian of a pixel is confined to a window around it."""
        return self.radii is not None

    @property
    def radius(self) -> int | None:
        """Half-width that covers every source; the window is 2·radius + 1 pixels wide."""
        return None if self.radii is None else max(self.radii)


def probe(model: nn.Module, count: int = 2, guess: int | None = None) -> ReceptiveField:
    """Measure the receptive field of a module in evaluation mode, on the CPU, in float64.

    Args:
        model: takes `count` tensors (1, 1, H, W); its parameters must be float64.
        count: number of sources K.
        guess: a radius to try first, on a canvas one pixel larger; the answer does not depend on it.
    """
    for limit in (
        _LIMITS if guess is None else (guess + 1, *(limit for limit in _LIMITS if limit > guess + 1))
    ):
        try:
            radii = tuple(_reach(model, count, k, limit) for k in range(count))
        except RuntimeError:
            # Networks that only accept certain sizes are not windows over the image.
            return ReceptiveField(None)
        if max(radii) < limit:
            return ReceptiveField(radii)
    return ReceptiveField(None)


def _reach(model: nn.Module, count: int, source: int, limit: int) -> int:
    """Largest offset at which `source` touches the fused image; `limit` when it leaves the canvas."""
    size = 2 * limit + 1
    generator = torch.Generator().manual_seed(limit)
    images = [torch.rand((1, 1, size, size), generator=generator, dtype=torch.float64) for _ in range(count)]
    gradient_images = [image.clone().requires_grad_() for image in images]
    fused = model(*gradient_images)
    (gradient,) = (
        torch.autograd.grad(fused[0, 0, limit, limit], gradient_images[source], allow_unused=True)
        if fused.requires_grad
        else (None,)
    )
    touched = torch.zeros((size, size), dtype=torch.bool) if gradient is None else gradient[0, 0] != 0
    images[source][0, 0, limit, limit] = float("nan")
    with torch.no_grad():
        touched = touched | model(*images)[0, 0].isnan()
    return _largest_offset(touched, limit)


def _largest_offset(touched: Tensor, middle: int) -> int:
    positions = touched.nonzero()
    return 0 if not len(positions) else int((positions - middle).abs().max())
