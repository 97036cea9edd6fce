"""How far a fused pixel looks, found by probing the module.

Three probes in float64 on a small canvas, their union taken. A NaN put into one source pixel shows every
fused pixel that can depend on it, whatever the weights. The pixel set to other values (0, 5, ±1000, a
million) shows what a NaN would not: hard decisions, for which a comparison with NaN is just false. The
gradient of the central fused pixel shows values that are replaced on the way. A module whose reach does not
fit on the largest canvas is not local.

A network that halves and doubles (pooling, strided and transposed convolutions, squeezing) is the same under
shifts by its period only, so that the probes are repeated at every phase of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor, nn

_LIMITS = (16, 32, 64)
PERIODS = (1, 2, 4, 8, 16)
"""The periods that are tried, in this order."""
_NOISE = 1e-12
"""Relative change of a fused value that is float noise: a batch is not rounded as one image is."""
_VALUES = (float("nan"), 0.0, 5.0, 1e3, -1e3, 1e6)


@dataclass(frozen=True)
class ReceptiveField:
    """Half-widths of the receptive field, in pixels.

    Attributes:
        radii: one per source, or None when the method's support is not a small window.
        period: the module is the same under shifts by this many pixels: a window is cut at multiples of it.
    """

    radii: tuple[int, ...] | None
    period: int = 1

    @property
    def local(self) -> bool:
        """Whether the Jacobian of a pixel is confined to a window around it."""
        return self.radii is not None

    @property
    def radius(self) -> int | None:
        """Half-width that covers every source; the window is 2·radius + 1 pixels wide."""
        return None if self.radii is None else max(self.radii)


def probe(model: nn.Module, count: int = 2, guess: int | None = None, period: int = 1) -> ReceptiveField:
    """Measure the receptive field of a module in evaluation mode, on the CPU, in float64.

    Args:
        model: takes `count` tensors (B, 1, H, W); its parameters must be float64.
        count: number of sources K.
        guess: a radius to try first, on a canvas one pixel larger; the answer does not depend on it.
        period: of the module.

    Raises:
        Exception: whatever the module raises for a canvas whose sides are multiples of its period.
    """
    limits = _LIMITS if guess is None else (guess + 1, *(limit for limit in _LIMITS if limit > guess + 1))
    for limit in limits:
        radii = tuple(_reach(model, count, k, limit, period) for k in range(count))
        if max(radii) < limit:
            return ReceptiveField(radii, period)
    return ReceptiveField(None, period)


def _reach(model: nn.Module, count: int, source: int, limit: int, period: int) -> int:
    """Largest offset at which `source` touches the fused image; `limit` when it leaves the canvas."""
    size = 2 * limit + max(period, 1)
    middles = range(limit, limit + period)
    generator = torch.Generator().manual_seed(limit)
    images = [torch.rand((1, 1, size, size), generator=generator, dtype=torch.float64) for _ in range(count)]
    largest = 0
    for touched, middle in (
        *_by_values(model, images, source, middles),
        *_by_gradient(model, images, source, middles),
    ):
        largest = max(largest, _largest_offset(touched, middle))
        if largest >= limit:
            return limit
    return largest


@torch.no_grad()
def _by_values(
    model: nn.Module, images: list[Tensor], source: int, middles: range
) -> Iterator[tuple[Tensor, int]]:
    """Where the fused image changes when a pixel on the diagonal has another value."""
    before = model(*images)[0, 0]
    for middle in middles:
        changed = [image.expand(len(_VALUES), -1, -1, -1) for image in images]
        changed[source] = changed[source].clone()
        changed[source][:, 0, middle, middle] = torch.tensor(_VALUES, dtype=torch.float64)
        after = model(*changed)[:, 0]
        yield ~((after - before).abs() <= _NOISE * before.abs().clamp(min=1)).all(0), middle


def _by_gradient(
    model: nn.Module, images: list[Tensor], source: int, middles: range
) -> Iterator[tuple[Tensor, int]]:
    """Where the gradient of a fused pixel on the diagonal is not zero."""
    leaves = [image.clone().requires_grad_() for image in images]
    fused = model(*leaves)
    if not fused.requires_grad:
        return
    for middle in middles:
        (found,) = torch.autograd.grad(
            fused[0, 0, middle, middle], leaves[source], retain_graph=True, allow_unused=True
        )
        if found is not None:
            yield found[0, 0] != 0, middle


def _largest_offset(touched: Tensor, middle: int) -> int:
    positions = touched.nonzero()
    return 0 if not len(positions) else int((positions - middle).abs().max())
