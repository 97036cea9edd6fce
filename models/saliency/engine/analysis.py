"""Which way of differentiating is exact for a module; decided by trying, once per module.

`analyse` traces the network for the cone engine, probes its receptive field, and then proves the choice
(see `proof.py`). A module that fails, at whatever step, falls back: from cones to plain crops, to crops at
multiples of a period, to the whole image. The answer never depends on the path, only the time does.
"""

from __future__ import annotations

import inspect
import logging
import threading
import weakref
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from models.saliency.engine.cones import ConeNetwork
from models.saliency.engine.doubled import copied, doubled
from models.saliency.engine.graph import UnsupportedNetworkError, trace
from models.saliency.engine.proof import TOLERANCE, difference
from models.saliency.engine.rows import Floats, Pixel, crop_row, mark_of
from models.saliency.engine.windows import crops, inside_mask
from models.saliency.receptive_field import PERIODS, ReceptiveField, probe

_log = logging.getLogger(__name__)
_CANVAS = 160
_CYCLE = max(PERIODS)
"""Crops are tried at so many phases, whatever period was found: a stride shows at some of them."""


@dataclass(frozen=True)
class Analysis:
    """What is known of a module: its receptive field, and its cones when it has a traceable structure.

    `difference` is the largest deviation of the chosen path from whole-image autograd that the proof
    met, in float64, relative to the largest entry of the pixel's Jacobian; 0 on the whole-image path.
    `any_size` tells whether crops are exact on images whose sides are no multiples of the period.
    """

    field: ReceptiveField
    cones: ConeNetwork | None
    difference: float = 0.0
    any_size: bool = True

    @property
    def path(self) -> str:
        """How the module is differentiated: "cones", "crops", "periodic crops" or "whole image"."""
        if self.cones:
            return "cones"
        if not self.field.local:
            return "whole image"
        return "crops" if self.field.period == 1 else "periodic crops"

    def radius_on(self, shape: tuple[int, ...]) -> int | None:
        """The radius of the windows on images (…, H, W); None where the whole image must be taken."""
        even = all(size % self.field.period == 0 for size in shape[-2:])
        return self.field.radius if even or self.any_size else None


WHOLE_IMAGE = Analysis(ReceptiveField(None), None)

_Known = tuple[object, Analysis]
_known: weakref.WeakKeyDictionary[nn.Module, _Known] = weakref.WeakKeyDictionary()
_locks: weakref.WeakKeyDictionary[nn.Module, threading.Lock] = weakref.WeakKeyDictionary()
_lock = threading.Lock()


def analyse(model: nn.Module, count: int) -> Analysis:
    """The analysis of a module that takes `count` sources; kept until its weights, type or device change.

    Of several threads that ask first, one analyses and the others wait for that module alone.

    Raises:
        ValueError: see `check_model`.
    """
    check_model(model, count)
    mark = (count, mark_of(model))
    known = _known.get(model)
    if known is not None and known[0] == mark:
        return known[1]
    with _lock:
        own = _locks.setdefault(model, threading.Lock())
    with own:
        known = _known.get(model)
        if known is None or known[0] != mark:
            known = (mark, _analyse(model, count))
            with _lock:
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
    try:
        check = doubled(model, count)
    except Exception as error:  # whatever a foreign module raises; the whole image needs no check
        _log.warning("%s cannot be checked in float64: %s", type(model).__name__, error)
        return WHOLE_IMAGE
    found = _with_cones(model, check, count)
    if found is not None:
        return found
    declared = getattr(model, "period", None)
    for period in (declared,) if declared in PERIODS else PERIODS:
        if not _keeps_under_shifts(check, count, period):
            continue
        try:
            field = probe(check, count, period=period)
            if not field.local:
                return WHOLE_IMAGE
            found = _with_crops(check, count, field)
        except Exception as error:  # a size that the module refuses, in whatever way it says so
            _log.info("%s has no period of %d: %s", type(model).__name__, period, error)
            found = None
        if found is not None:
            return found
    _log.warning("crops of %s disagree with the whole image; using the whole image", type(model).__name__)
    return WHOLE_IMAGE


def _with_cones(model: nn.Module, check: nn.Module, count: int) -> Analysis | None:
    """The analysis by cones; None for a module that has none, or whose cones do not prove exact."""
    cones = _cones(check, count)
    if cones is None:
        return None
    try:
        field = probe(check, count, cones.radius)
        if not field.local:  # further than the probes' canvases: the structure knows how far
            field = ReceptiveField(cones.radii)
        radius = field.radius
        if radius is None or radius < cones.radius:
            return None

        def rows(sources: Floats, pixels: list[Pixel]) -> tuple[Floats, Floats]:
            return cone_rows(cones, sources, pixels, radius, torch.device("cpu"), torch.float64)

        largest = difference(check, count, radius, rows)
        return Analysis(field, _cones(model, count), largest) if largest <= TOLERANCE else None
    except Exception as error:  # what the engine does not foresee costs time, never the answer
        _log.info("%s has no cones: %s", type(model).__name__, error)
    return None


def _keeps_under_shifts(check: nn.Module, count: int, period: int) -> bool:
    """Whether the middle of an image keeps its fused values when a period of its upper left rim is cut off.

    Two forward passes, which spare the probes of modules that look further or have another period.
    """
    side = -(-_CANVAS // period) * period
    images = torch.rand((count, 1, 1, side, side), generator=torch.Generator().manual_seed(period)).double()
    here, there = (slice(side // 2 - 2 - cut, side // 2 + 2 - cut) for cut in (0, period))
    try:
        with torch.no_grad():
            whole = check(*images)[0, 0]
            part = check(*images[..., period:, period:])[0, 0]
        return bool((whole[here, here] - part[there, there]).abs().max() <= TOLERANCE * whole.abs().max())
    except Exception as error:  # a size that the module refuses, in whatever way it says so
        _log.info("%s refuses about %d pixels: %s", type(check).__name__, side, error)
        return False


def _with_crops(check: nn.Module, count: int, field: ReceptiveField) -> Analysis | None:
    """The analysis by crops; None where they do not prove exact."""
    radius, period = field.radius, field.period
    if radius is None:
        return None

    def rows(sources: Floats, pixels: list[Pixel]) -> tuple[Floats, Floats]:
        found = [crop_row(check, sources, pixel, radius, period) for pixel in pixels]
        return np.array([value for value, _ in found]), np.stack([row for _, row in found])

    largest = difference(check, count, radius, rows, period, _CYCLE)
    if largest > TOLERANCE:
        return None
    any_size = True
    if period > 1:
        try:
            any_size = difference(check, count, radius, rows, period, _CYCLE, uneven=True) <= TOLERANCE
        except Exception as error:  # the module takes no such size, which then is never asked for
            _log.debug("%s takes multiples of %d only: %s", type(check).__name__, period, error)
            any_size = False
    return Analysis(field, None, largest, any_size)


def _cones(model: nn.Module, count: int) -> ConeNetwork | None:
    """The traced network, None when it holds what the cone engine does not know."""
    try:
        # traced in a copy: a module that keeps its activations would keep the tracer's placeholders
        return ConeNetwork.of(trace(copied(model), count), count)
    except UnsupportedNetworkError as error:
        _log.info("%s has no cones: %s", type(model).__name__, error)
        return None


@torch.no_grad()
def cone_rows(
    cones: ConeNetwork,
    sources: Floats,
    pixels: list[Pixel],
    radius: int,
    device: torch.device,
    dtype: torch.dtype,
) -> tuple[Floats, Floats]:
    """Fused values (B,) and Jacobians (B, K, 2R+1, 2R+1) of several pixels, zero outside the image."""
    reach = cones.backward_reach
    patches = torch.from_numpy(crops(sources, pixels, cones.radius)).to(device, dtype)
    mask = inside_mask(sources.shape[1:], pixels, cones.radius)
    inside = None if mask is None else torch.from_numpy(mask).to(device, dtype)
    fused, slopes = cones.linearise(patches, reach, inside)
    parts = cones.pull_back(patches.new_ones((1, 1, 1, 1)), slopes, reach, inside)
    return fused.reshape(-1).cpu().numpy(), window_rows(parts, len(pixels), radius, inside)


def window_rows(parts: list[Tensor], batch: int, radius: int, inside: Tensor | None) -> Floats:
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
