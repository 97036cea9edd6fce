"""Whether a module is a fusion method that can be interpreted; tried, not believed.

Owns what is asked of a module before it is offered. Everything is run on small random, black and
white images on the CPU. Nothing is raised for a module that fails: the answer says why.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.checkpoints import state_digest
from models.plugins.reasons import RefusedError, explain
from models.saliency.engine.analysis import analyse, check_model
from models.saliency.engine.doubled import doubled
from models.saliency.engine.rows import placement, whole_image_row
from models.saliency.engine.windows import Pixel
from models.saliency.jacobian import jacobian, jacobians

SIZE = (64, 96)
"""Height and width of the images that are tried; divisible by 32, as U-Nets like it."""

RANGE = (-1.5, 2.5)
"""What a fused image may hold. Sources are in [0, 1]; a tanh reaches −1, a linear output may overshoot by
about as much as the sources span. Beyond that the images were scaled to 0 … 255, or the weights are not the
network's."""

_SAME = 1e-4
_SAMPLED = 96
_FLAT = 0.02
_UNSTABLE = 0.01
_EXACT = 1e-6


@dataclass(frozen=True)
class MethodCheck:
    """What the checks found.

    Attributes:
        accepted: whether the method can be used.
        reason: one sentence that says why not; empty when it can.
        sources: K, the number of source images that were given.
        radii: half-width of the receptive field in pixels for each source; None when it is not local
            (or was refused before that was measured).
        path: how it is differentiated: "cones", "crops" or "whole image"; "" when refused.
        difference: largest deviation of the Jacobians from whole-image autograd in float64, relative to
            the largest entry; None when refused before the test.
        smallest, largest: extremes of the fused images.
        unstable: share of the pixels of an image with a flat background whose guidance in float32 is off that
            in float64 by more than 1 % of the maximum; None when refused before the test.
        note: what is odd though not refused, in one sentence; mostly empty.
        milliseconds: of one Jacobian on that image of 64×96 pixels, one of many; None as above.
    """

    accepted: bool
    reason: str
    sources: int
    radii: tuple[int, ...] | None = None
    path: str = ""
    difference: float | None = None
    smallest: float | None = None
    largest: float | None = None
    unstable: float | None = None
    milliseconds: float | None = None
    note: str = ""

    @property
    def local(self) -> bool:
        """Whether the Jacobian of a pixel is confined to a window."""
        return self.radii is not None

    @property
    def window(self) -> int | None:
        """Side of the window that covers every source, in pixels; None when it is not local."""
        return None if self.radii is None else 2 * max(self.radii) + 1


def check_method(model: nn.Module, count: int, source: Path | None = None) -> MethodCheck:
    """Run a module in evaluation mode on K sources and say what it is, or why it is refused.

    Asked for, in this order: it takes K tensors (B, 1, H, W) and returns one of the same shape, finite,
    within `RANGE`, the same each time and independent of the rest of the batch, and changes none of its
    tensors; its gradient exists, is finite, also on black images, and is not zero everywhere; its Jacobians
    agree with whole-image autograd in float64. For how many pixels float32 is too coarse is said only.

    Args:
        model: on the CPU, its weights loaded.
        count: number of sources K.
        source: the file that is named with a line number when the module raises.
    """
    found, path = MethodCheck(False, "", count), ""
    try:
        check_model(model, count)
        before = state_digest(model)
        low, high = _extremes(model, count)
        found = replace(found, note=_flat(model, count))
        if state_digest(model) != before:
            raise RefusedError(
                "It changes its own weights or buffers in evaluation mode, as a layer does that initialises "
                "itself on the first batch; expected the initialised state among the weights: run it once on "
                "a typical pair, then save them."
            )
        found = replace(found, smallest=low, largest=high)
        double = doubled(model, count)
        _check_gradient(double, count)
        analysis = analyse(double, count)
        path = analysis.path
        difference = max(analysis.difference, _difference(double, count))
        found = replace(found, radii=analysis.field.radii)
        if difference <= _EXACT:
            unstable, milliseconds = _unstable(model, double, count)
            found = replace(found, difference=difference, unstable=unstable, milliseconds=milliseconds)
        else:
            raise RefusedError(
                f"Its Jacobians differ from whole-image autograd by {difference:.1e}; expected {_EXACT:.0e}."
            )
    except RefusedError as refusal:
        return replace(found, reason=str(refusal))
    except Exception as error:  # whatever a foreign module raises is its reason
        return replace(found, reason=explain(error, source))
    return replace(found, accepted=True, path=path)


def _images(count: int, kind: str, batch: int = 1) -> list[Tensor]:
    shape = (batch, 1, *SIZE)
    if kind != "random":
        return [torch.full(shape, 0.0 if kind == "black" else 1.0) for _ in range(count)]
    generator = torch.Generator().manual_seed(20)
    return [torch.rand(shape, generator=generator) for _ in range(count)]


def _extremes(model: nn.Module, count: int) -> tuple[float, float]:
    """Smallest and largest fused value, after checking shape, numbers, range and repeatability."""
    low, high = float("inf"), float("-inf")
    for kind in ("random", "black", "white"):
        fused = _fused(model, _images(count, kind, 2), kind)
        low, high = min(low, float(fused.min())), max(high, float(fused.max()))
        if low < RANGE[0] or high > RANGE[1]:
            raise RefusedError(
                f"It fuses {kind} images in [0, 1] to values from {low:.3g} to {high:.3g}; expected "
                f"{RANGE[0]:g} to {RANGE[1]:g}: a card's `range` says which values it was made for."
            )
        if kind == "random":
            images = _images(count, kind, 2)
            if not torch.allclose(_fused(model, images, kind), fused, rtol=_SAME, atol=_SAME):
                raise RefusedError("It fuses the same images differently each time; expected no randomness.")
            alone = _fused(model, [image[1:] for image in images], kind)
            if not torch.allclose(alone, fused[1:], rtol=_SAME, atol=_SAME):
                raise RefusedError("Images of one batch influence each other; expected them independent.")
    return low, high


def _flat(model: nn.Module, count: int) -> str:
    """A sentence where fused images hardly differ while their sources do."""
    images = _images(count, "random")
    spread = float(_fused(model, images, "random").std())
    if spread > _FLAT * float(torch.cat(images).std()):
        return ""
    return (
        f"Fused images hardly differ (standard deviation {spread:.1e} for sources with "
        f"{float(torch.cat(images).std()):.1e}): where it was made for other values than 0 to 1, a card's "
        "`range` says so."
    )


def _fused(model: nn.Module, images: list[Tensor], kind: str) -> Tensor:
    _, dtype = placement(model, np.empty(0, np.float32))
    with torch.no_grad():
        fused = model(*(image.to(dtype) for image in images))
    if not isinstance(fused, Tensor) or fused.shape != images[0].shape or not fused.is_floating_point():
        shape = tuple(fused.shape) if isinstance(fused, Tensor) else type(fused).__name__
        raise RefusedError(f"It returns {shape} for images {tuple(images[0].shape)}; expected their shape.")
    if not fused.isfinite().all():
        raise RefusedError(
            f"The fused image of {kind} images is not finite everywhere; expected no NaN or infinity."
        )
    return fused


def _check_gradient(model: nn.Module, count: int) -> None:
    for kind in ("random", "black"):
        leaves = [image.double().requires_grad_() for image in _images(count, kind)]
        with torch.enable_grad():
            fused = model(*leaves)
        if not fused.requires_grad:
            raise RefusedError(
                "Its fused image carries no gradient (argmax, detach or numpy on the way); expected a "
                "differentiable method."
            )
        weights = torch.linspace(1.0, 2.0, fused.numel(), dtype=fused.dtype).reshape(fused.shape)
        parts = torch.autograd.grad((fused * weights).sum(), leaves, allow_unused=True)
        gradients = [part for part in parts if part is not None]
        if not all(part.isfinite().all() for part in gradients):
            raise RefusedError(
                f"Its gradient on {kind} images is not finite everywhere; expected no NaN or infinity."
            )
        if kind == "random" and not any(part.any() for part in gradients):
            raise RefusedError("Its gradient is zero everywhere; expected that the sources influence it.")


def _difference(model: nn.Module, count: int) -> float:
    """How far the engine's Jacobians are from whole-image autograd, in float64, at the border and inside."""
    height, width = SIZE
    sources = np.stack([image[0, 0].numpy() for image in _images(count, "random")]).astype(np.float64)
    sources[:, : height // 3, : width // 3] = 0
    largest = 0.0
    for y, x in ((0, 0), (height // 2, width // 2 + 3), (height - 1, width - 2)):
        found = jacobian(model, sources, (y, x))
        whole = whole_image_row(model, sources, (y, x))[1]
        embedded = np.zeros_like(whole)
        top, left = found.origin
        h, w = found.values.shape[1:]
        embedded[:, top : top + h, left : left + w] = found.values
        error, scale = np.abs(embedded - whole).max(), np.abs(whole).max()
        if error > 0 or not np.isfinite(error):
            largest = max(largest, float(error / scale) if scale > 0 else float("inf"))
    return largest if np.isfinite(largest) else float("inf")


def _unstable(model: nn.Module, double: nn.Module, count: int) -> tuple[float, float]:
    """Share of sampled pixels whose float32 guidance is off, and milliseconds per Jacobian in float32.

    On an image with a flat black background, where rules with a kink (|Sobel|, max) are decided by noise.
    """
    height, width = SIZE
    sources = np.stack([image[0, 0].numpy() for image in _images(count, "random")])
    y, x = np.mgrid[0:height, 0:width]
    sources *= ((y - height / 2) ** 2 + (x - width / 2) ** 2 < (height / 3) ** 2).astype(np.float32)
    places = np.random.default_rng(0).integers(SIZE, size=(_SAMPLED, 2))
    pixels: list[Pixel] = [(int(row), int(column)) for row, column in places]
    jacobians(model, sources, pixels[:1])  # the analysis, and the graph of the image
    start = time.perf_counter()
    single = _own_entries(model, sources, pixels)
    milliseconds = 1000 * (time.perf_counter() - start) / len(pixels)
    exact = _own_entries(double, sources.astype(np.float64), pixels)
    wrong = (np.abs(single - exact) > _UNSTABLE * np.abs(exact).max()).any(1)
    return float(wrong.mean()), milliseconds


def _own_entries(model: nn.Module, sources: NDArray[np.floating], pixels: list[Pixel]) -> NDArray[np.float64]:
    """∂y(i)/∂x_k(i) of some pixels, (B, K)."""
    rows = jacobians(model, sources, pixels)
    own = [
        row.values[:, y - row.origin[0], x - row.origin[1]] for row, (y, x) in zip(rows, pixels, strict=True)
    ]
    return np.asarray(own, np.float64)
