"""Rows of the Jacobian by autograd: on the whole image, or on the crop that holds a pixel's window."""

from __future__ import annotations

import hashlib

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

Floats = NDArray[np.floating]
Pixel = tuple[int, int]


def whole_image_row(model: nn.Module, sources: Floats, pixel: Pixel) -> tuple[float, Floats]:
    """Fused value of a pixel and its Jacobian over the whole image, (K, H, W), by autograd."""
    leaves = leaves_of(model, sources)
    y, x = pixel
    with torch.enable_grad():
        value = model(*leaves)[0, 0, y, x]
        return float(value.detach()), gradients_of(value, leaves)


def crop_row(
    model: nn.Module, sources: Floats, pixel: Pixel, radius: int, period: int = 1
) -> tuple[float, Floats]:
    """As `whole_image_row`, from the window alone: (K, 2R+1, 2R+1), zero outside the image.

    The crop begins and ends at multiples of the period, or at the image's border.
    """
    y, x = pixel
    height, width = sources.shape[1:]
    top, bottom = span(y, y + 1, radius, period, height)
    left, right = span(x, x + 1, radius, period, width)
    value, row = whole_image_row(model, sources[:, top:bottom, left:right], (y - top, x - left))
    window = np.zeros((sources.shape[0], 2 * radius + 1, 2 * radius + 1), row.dtype)
    rows = slice(max(y - radius, top), min(y + radius + 1, bottom))
    columns = slice(max(x - radius, left), min(x + radius + 1, right))
    into = (slice(None), shifted(rows, radius - y), shifted(columns, radius - x))
    window[into] = row[:, shifted(rows, -top), shifted(columns, -left)]
    return value, window


def shifted(part: slice, by: int) -> slice:
    """A slice moved along its axis."""
    return slice(part.start + by, part.stop + by)


def span(start: int, stop: int, radius: int, period: int, size: int) -> tuple[int, int]:
    """Rows start … stop − 1 of `size`, grown by a radius and then to multiples of a period."""
    first = max(start - radius, 0) // period * period
    last = -(-(stop + radius) // period) * period
    return first, min(last, size)


def leaves_of(model: nn.Module, sources: Floats) -> list[Tensor]:
    """The sources as (1, 1, H, W) leaves in the model's type and on its device."""
    device, dtype = placement(model, sources)
    return [torch.tensor(image, device=device, dtype=dtype)[None, None].requires_grad_() for image in sources]


def gradients_of(value: Tensor, leaves: list[Tensor], keep: bool = False) -> Floats:
    """∂value/∂leaves as (K, H, W); zero for a source that the value does not depend on.

    Raises:
        ValueError: the value carries no gradient at all (argmax, detach on the way).
    """
    if not value.requires_grad:
        raise ValueError("The fused image carries no gradient; expected a differentiable method.")
    found = torch.autograd.grad(value, leaves, allow_unused=True, retain_graph=keep)
    parts = [
        torch.zeros_like(leaf) if part is None else part for leaf, part in zip(leaves, found, strict=True)
    ]
    return torch.cat(parts)[:, 0].cpu().numpy()


def placement(model: nn.Module, sources: Floats) -> tuple[torch.device, torch.dtype]:
    """Device and floating type of a module; the CPU and the sources' type for one without parameters."""
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor.is_floating_point():
            return tensor.device, tensor.dtype
    return torch.device("cpu"), torch.from_numpy(np.empty(0, sources.dtype)).dtype


def digest_of(sources: Floats) -> str:
    """What identifies an image: its numbers, shape and type."""
    digest = hashlib.sha256(np.ascontiguousarray(sources).data).hexdigest()
    return f"{digest} {sources.shape} {sources.dtype}"


def mark_of(model: nn.Module) -> object:
    """What changes when a module's weights, type or device do."""
    tensors = [*model.parameters(), *model.buffers()]
    return tuple((t.data_ptr(), t._version, t.dtype, t.device) for t in tensors)
