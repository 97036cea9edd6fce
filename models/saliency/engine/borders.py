"""What a convolution sees beyond the image's border, on patches that reach there.

Owns zero, reflection and replication padding and their adjoints. The pixel that a position beyond the
border shows is never farther from the patch's middle than that position, so it lies in the patch.
"""

from __future__ import annotations

import torch
from torch import Tensor


def filled(patch: Tensor, inside: Tensor, border: str) -> Tensor:
    """A patch (B, C, h, w) with what the padding puts outside the image.

    Args:
        inside: (B or 1, 1, h, w), not 0 inside the image.
        border: "zeros", "reflect" or "replicate"; reflection holds up to the image's size.
    """
    if border == "zeros":
        return patch * inside
    rows, columns = _shown(inside, border)
    taken = patch.gather(2, rows[:, None, :, None].expand(len(patch), patch.shape[1], -1, patch.shape[3]))
    return taken.gather(3, columns[:, None, None, :].expand(len(patch), patch.shape[1], patch.shape[2], -1))


def folded(gradient: Tensor, inside: Tensor, border: str) -> Tensor:
    """The adjoint of `filled` for reflection and replication: nothing is left outside the image."""
    batch = max(len(gradient), len(inside))
    gradient = gradient.expand(batch, -1, -1, -1)
    for axis, shown in zip((2, 3), _shown(inside, border), strict=True):
        index = shown[:, None, :, None] if axis == 2 else shown[:, None, None, :]
        gradient = torch.zeros_like(gradient).scatter_add(axis, index.expand(gradient.shape), gradient)
    return gradient


def _shown(inside: Tensor, border: str) -> tuple[Tensor, Tensor]:
    """The row and the column (B, h), (B, w) that each row and column of a patch shows."""
    return _along(inside[:, 0].amax(2) > 0, border), _along(inside[:, 0].amax(1) > 0, border)


def _along(inside: Tensor, border: str) -> Tensor:
    """Of positions (B, n), true inside the image: the position inside whose value each one has."""
    size = inside.shape[1]
    first = inside.int().argmax(1, keepdim=True)
    last = size - 1 - inside.int().flip(1).argmax(1, keepdim=True)
    here = torch.arange(size, device=inside.device).expand(len(inside), -1)
    if border == "reflect":
        here = torch.where(here < first, 2 * first - here, here)
        here = torch.where(here > last, 2 * last - here, here)
    return torch.minimum(torch.maximum(here, first), last)
