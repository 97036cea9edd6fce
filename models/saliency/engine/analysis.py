"""Which way of differentiating is exact for a module; decided by trying, once per module.

`analyse` probes the receptive field, traces the network for the cone engine, and then proves the
choice: on a small random image in float64, whole-image autograd at corners, borders and inside must
agree with it. A module that fails falls back, from cones to plain crops to the whole image, so the
answer never depends on the path, only the time does.
"""

from __future__ import annotations

import copy
import inspect
import logging
import threading
import weakref
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.saliency.engine.cones import ConeNetwork
from models.saliency.engine.graph import UnsupportedNetworkError, trace
from models.saliency.engine.windows import crops, inside_mask
from models.saliency.receptive_field import ReceptiveField, probe

_log = logging.getLogger(__name__)
_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Analysis:
    """What is known of a module: its receptive field, and its cones when it has a traceable structure.

    `difference` is the largest deviation of the chosen path from whole-image autograd that the proof
    met, in float64, relative to the largest entry of the pixel's Jacobian; 0 on the whole-image path.
    """

    field: ReceptiveField
    cones: ConeNetwork | None
    difference: float = 0.0

    @property
    def path(self) -> str:
        """How the module is differentiated: "cones", "crops" or "whole image"."""
        return "cones" if self.cones else "crops" if self.field.local else "whole image"


_known: weakref.WeakKeyDictionary[nn.Module, tuple[object, Analysis]] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def analyse(model: nn.Module, count: int) -> Analysis:
    """The analysis of a module that takes `count` sources; kept until its weights, type or device change.

    Raises:
        ValueError: see `check_model`.
    """
    check_model(model, count)
    tensors = [*model.parameters(), *model.buffers()]
    mark = (count, tuple((t.data_ptr(), t._version, t.dtype, t.device) for t in tensors))
    with _lock:
        known = _known.get(model)
        if known is None or known[0] != mark:
            known = (mark, _analyse(model, count))
            _known[model] = known
    return known[1]


def check_model(model: nn.Module, count: int) -> None:
    """Raise ValueError unless the model is in evaluation mode and takes `count` sources.

    In training mode batch norm mixes the pixels of a batch.
    """
    if model.training:
        raise ValueError("The model is in training mode; expected evaluation mode (call .eval()).")
    try:
        inspect.signature(model.forward).bind(*range(count))
    except TypeError:
        taken = len(inspect.signature(model.forward).parameters)
        raise ValueError(f"There are {count} sources; expected the {taken} that the method takes.") from None


def receptive_field(model: nn.Module, count: int = 2) -> ReceptiveField:
    """The receptive field of a module in evaluation mode that takes `count` sources."""
    return analyse(model, count).field


@torch.enable_grad()  # also for a caller who computes without
def _analyse(model: nn.Module, count: int) -> Analysis:
    check = copy.deepcopy(model).cpu().double()
    cones = _cones(check, count)
    field = probe(check, count, None if cones is None else cones.radius)
    if field.radius is None:
        return Analysis(field, None)
    if cones is not None and cones.radius <= field.radius:
        difference = _difference(check, count, field.radius, cones)
        if difference <= _TOLERANCE:
            return Analysis(field, _cones(model, count), difference)
    difference = _difference(check, count, field.radius, None)
    if difference <= _TOLERANCE:
        return Analysis(field, None, difference)
    _log.warning("crops of %s disagree with the whole image; using the whole image", type(model).__name__)
    return Analysis(ReceptiveField(None), None)


def _cones(model: nn.Module, count: int) -> ConeNetwork | None:
    """The traced network, None when it holds what the cone engine does not know."""
    try:
        return ConeNetwork.of(trace(model, count), count)
    except UnsupportedNetworkError as error:
        _log.info("%s has no cones: %s", type(model).__name__, error)
        return None


def _difference(model: nn.Module, count: int, radius: int, cones: ConeNetwork | None) -> float:
    """How far windows are from the whole-image Jacobian at corners, borders and inside a random image.

    Relative to the largest entry of each Jacobian, the largest over the pixels; infinite where one
    side is not finite.
    """
    largest = 0.0
    height, width = 2 * radius + 4, 2 * radius + 7
    sources = np.random.default_rng(radius).random((count, height, width))
    pixels = [(0, 0), (height - 1, width - 2), (1, width // 2), (height // 2, width // 2 + 1)]
    if cones is None:
        rows = np.stack([crop_row(model, sources, pixel, radius)[1] for pixel in pixels])
    else:
        rows = cone_rows(cones, sources, pixels, radius, torch.device("cpu"), torch.float64)[1]
    leaves = leaves_of(model, sources)
    with torch.enable_grad():
        fused = model(*leaves)[0, 0]
    for (y, x), window in zip(pixels, rows, strict=True):
        whole = gradients_of(fused[y, x], leaves, keep=True)
        padded = np.zeros((count, height + 2 * radius, width + 2 * radius))
        padded[:, y : y + 2 * radius + 1, x : x + 2 * radius + 1] = window
        embedded = padded[:, radius : radius + height, radius : radius + width]
        error, scale = np.abs(embedded - whole).max(), np.abs(whole).max()
        if not np.isfinite(error):
            return float("inf")
        if error > 0:
            largest = max(largest, float(error / scale) if scale > 0 else float("inf"))
    return largest


def whole_image_row(
    model: nn.Module, sources: NDArray[np.floating], pixel: tuple[int, int]
) -> tuple[float, NDArray[np.floating]]:
    """Fused value of a pixel and its Jacobian over the whole image, (K, H, W), by autograd."""
    leaves = leaves_of(model, sources)
    y, x = pixel
    with torch.enable_grad():
        value = model(*leaves)[0, 0, y, x]
        return float(value.detach()), gradients_of(value, leaves)


def crop_row(
    model: nn.Module, sources: NDArray[np.floating], pixel: tuple[int, int], radius: int
) -> tuple[float, NDArray[np.floating]]:
    """As `whole_image_row`, from the window alone: (K, 2R+1, 2R+1), zero outside the image."""
    y, x = pixel
    height, width = sources.shape[1:]
    top, left = max(y - radius, 0), max(x - radius, 0)
    bottom, right = min(y + radius + 1, height), min(x + radius + 1, width)
    value, row = whole_image_row(model, sources[:, top:bottom, left:right], (y - top, x - left))
    window = np.zeros((sources.shape[0], 2 * radius + 1, 2 * radius + 1), row.dtype)
    window[:, top - y + radius : bottom - y + radius, left - x + radius : right - x + radius] = row
    return value, window


@torch.no_grad()
def cone_rows(
    cones: ConeNetwork,
    sources: NDArray[np.floating],
    pixels: list[tuple[int, int]],
    radius: int,
    device: torch.device,
    dtype: torch.dtype,
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Fused values (B,) and Jacobians (B, K, 2R+1, 2R+1) of several pixels, zero outside the image."""
    reach = cones.backward_reach
    patches = torch.from_numpy(crops(sources, pixels, cones.radius)).to(device, dtype)
    mask = inside_mask(sources.shape[1:], pixels, cones.radius)
    inside = None if mask is None else torch.from_numpy(mask).to(device, dtype)
    fused, slopes = cones.linearise(patches, reach, inside)
    parts = cones.pull_back(patches.new_ones((1, 1, 1, 1)), slopes, reach, inside)
    return fused.reshape(-1).cpu().numpy(), window_rows(parts, len(pixels), radius, inside)


def window_rows(parts: list[Tensor], batch: int, radius: int, inside: Tensor | None) -> NDArray[np.floating]:
    """Gradients per source, each of its own reach, as Jacobians (B, K, 2R+1, 2R+1).

    `inside` (B, 1, 2r+1, 2r+1), r the largest reach, is 1 inside the image; None when all is.
    """
    rows = parts[0].new_zeros((batch, len(parts), 2 * radius + 1, 2 * radius + 1))
    for k, part in enumerate(parts):
        _middle(rows, part.shape[-1])[:, k] = part[:, 0]
    if inside is not None:
        _middle(rows, inside.shape[-1]).mul_(inside)
    return rows.cpu().numpy()


def _middle(windows: Tensor, size: int) -> Tensor:
    margin = (windows.shape[-1] - size) // 2
    return windows[..., margin : margin + size, margin : margin + size]


def leaves_of(model: nn.Module, sources: NDArray[np.floating]) -> list[Tensor]:
    """The sources as (1, 1, H, W) leaves in the model's type and on its device."""
    device, dtype = placement(model, sources)
    return [torch.tensor(image, device=device, dtype=dtype)[None, None].requires_grad_() for image in sources]


def gradients_of(value: Tensor, leaves: list[Tensor], keep: bool = False) -> NDArray[np.floating]:
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


def placement(model: nn.Module, sources: NDArray[np.floating]) -> tuple[torch.device, torch.dtype]:
    """Device and floating type of a module; the CPU and the sources' type for one without parameters."""
    for tensor in (*model.parameters(), *model.buffers()):
        if tensor.is_floating_point():
            return tensor.device, tensor.dtype
    return torch.device("cpu"), torch.from_numpy(np.empty(0, sources.dtype)).dtype
