"""Guidance with a stated error, for methods that see the whole image: probing with random signs.

One backward pass with random signs v on a lattice of stride s gives at its pixels J(i, i) and, with random
signs, what the other pixels of the lattice contribute there; these are s pixels away and more, where a
Jacobian is small (Bekas, Kokiopoulou & Saad, Appl. Numer. Math. 57, 2007, doi:10.1016/j.apnum.2007.01.003;
Tang & Saad, Numer. Linear Algebra Appl. 19, 2012, doi:10.1002/nla.779). The s² shifts of the lattice give
every pixel, for all sources at once. The same passes give every pixel's neighbourhood. Guidance is exact
where the radius of the window is less than the stride.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.saliency.engine.analysis import analyse
from models.saliency.engine.rows import Floats, Pixel
from models.saliency.engine.slope_maps import Progress, Watch
from models.saliency.engine.whole_image import WholeImage, whole_image
from models.saliency.engine.windows import check_pixel, check_sources, clip

CHECKED_PIXELS = 64
"""At how many random foreground pixels an estimate is compared with exact derivatives."""


@dataclass(frozen=True)
class GuidanceEstimate:
    """Guidance images (Kumar & Gumhold 2020, eq. 2), estimated.

    Attributes:
        values: (K, H, W), signed, in the model's float type.
        rms: root mean square of the error at `CHECKED_PIXELS` foreground pixels, of all sources together,
            relative to the root mean square of the exact guidance there.
        largest: the largest error there, relative to the largest absolute exact value there.
        passes: number of backward passes.
        stride: of the lattice.
    """

    values: Floats
    rms: float
    largest: float
    passes: int
    stride: int


@dataclass(frozen=True)
class NeighbourhoodEstimate:
    """The Jacobian near its pixel, estimated for every pixel.

    Attributes:
        values: (H, W, K, 2r+1, 2r+1) float16, 0 outside the image.
        radius: r.
        rms: root mean square of the error over the windows of `CHECKED_PIXELS` foreground pixels, relative
            to that of their exact values.
        passes: number of backward passes.
    """

    values: NDArray[np.float16]
    radius: int
    rms: float
    passes: int

    def window(self, pixel: Pixel) -> tuple[Floats, Pixel]:
        """The estimate (K, h, w) around a pixel, cut at the border, float32, and its origin (y0, x0).

        Raises:
            PixelError: the pixel is outside the image.
        """
        shape = self.values.shape[:2]
        check_pixel(pixel, shape)
        rows, columns, origin = clip(pixel, shape, self.radius)
        return self.values[pixel][:, rows, columns].astype(np.float32), origin


def estimate_guidance(
    model: nn.Module,
    sources: Floats,
    stride: int = 8,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> GuidanceEstimate:
    """The guidance images, estimated by stride² backward passes, with the error that was measured.

    Args:
        model: a method in evaluation mode; its device and float type are used.
        sources: (K, H, W), floating, in [0, 1].
        stride: of the lattice, at least 2; more is more exact and slower.
        seed: of the random signs and of the pixels that are checked.
        progress: called now and then with the number of finished and of all steps.
        cancelled: asked now and then; when it returns True, `Cancelled` is raised.

    Raises:
        ValueError: a stride below 2; as `models.guidance`.
    """
    graph = _graph(model, sources, stride)
    values = np.zeros(sources.shape, graph.fused.dtype)
    checked = checked_pixels(sources, seed)
    watch = Watch(stride * stride + len(checked), progress, cancelled)
    for top, left, gradient, signs in _passes(graph, stride, seed, watch):
        part = (slice(None), slice(top, None, stride), slice(left, None, stride))
        values[part] = gradient[part] * signs[part[1:]]
    exact = np.array([_watched(graph, pixel, watch)[(slice(None), *pixel)] for pixel in checked])
    found = np.array([values[(slice(None), *pixel)] for pixel in checked])
    rms, largest = _errors(found, exact)
    return GuidanceEstimate(values, rms, largest, stride * stride, stride)


def estimate_neighbourhoods(
    model: nn.Module,
    sources: Floats,
    stride: int = 16,
    radius: int = 8,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> NeighbourhoodEstimate:
    """The Jacobian within `radius` of every pixel, from the passes of `estimate_guidance`.

    Where a source pixel is as far from two pixels of a lattice, both get what they share: the error that is
    stated covers it. 256² pixels, two sources and a radius of 8 take 76 MB.

    Args:
        model, sources, seed, progress, cancelled: as `estimate_guidance`.
        stride: of the lattice.
        radius: at most half of the stride.

    Raises:
        ValueError: a stride below 2, a radius that is negative or above half of it; as `models.guidance`.
    """
    if not 0 <= radius <= stride // 2:
        raise ValueError(f"The radius is {radius} at a stride of {stride}; expected 0 to {stride // 2}.")
    graph = _graph(model, sources, stride)
    count, height, width = sources.shape
    side = 2 * radius + 1
    values = np.zeros((height, width, count, side, side), np.float16)
    checked = checked_pixels(sources, seed)
    watch = Watch(stride * stride + len(checked), progress, cancelled)
    for top, left, gradient, signs in _passes(graph, stride, seed, watch):
        padded = np.pad(gradient, ((0, 0), (radius, radius), (radius, radius)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (side, side), (1, 2))
        part = windows[:, top::stride, left::stride]
        own = signs[top::stride, left::stride][None, :, :, None, None]
        values[top::stride, left::stride] = (part * own).transpose(1, 2, 0, 3, 4)
    found, exact = [], []
    for pixel in checked:
        row = np.pad(_watched(graph, pixel, watch), ((0, 0), (radius, radius), (radius, radius)))
        y, x = pixel
        exact.append(row[:, y : y + side, x : x + side])
        found.append(values[pixel].astype(row.dtype))
    rms, _ = _errors(np.array(found), np.array(exact))
    return NeighbourhoodEstimate(values, radius, rms, stride * stride)


def checked_pixels(sources: Floats, seed: int) -> list[Pixel]:
    """Random pixels where a source is above 0, `CHECKED_PIXELS` of them or all there are."""
    where = np.argwhere((sources > 0).any(0))
    if not len(where):
        where = np.argwhere(np.ones(sources.shape[1:], bool))
    chosen = np.random.default_rng(seed).permutation(len(where))[:CHECKED_PIXELS]
    return [(int(y), int(x)) for y, x in where[chosen]]


def _graph(model: nn.Module, sources: Floats, stride: int) -> WholeImage:
    check_sources(sources)
    if stride < 2:
        raise ValueError(f"The stride is {stride}; expected at least 2.")
    analyse(model, len(sources))
    return whole_image(model, sources)


def _passes(
    graph: WholeImage, stride: int, seed: int, watch: Watch
) -> Iterator[tuple[int, int, Floats, Floats]]:
    """For every shift (top, left) of the lattice Jᵀ times its signs, (K, H, W), and the signs (H, W)."""
    generator = np.random.default_rng(seed)
    signs = generator.choice(np.array([-1, 1], graph.fused.dtype), graph.fused.shape)
    whole: Tensor = torch.from_numpy(signs).to(graph.weights())
    for top in range(min(stride, signs.shape[0])):
        for left in range(min(stride, signs.shape[1])):
            weights = graph.weights()
            weights[top::stride, left::stride] = whole[top::stride, left::stride]
            yield top, left, graph.weighted(weights), signs
            watch.step(1)


def _watched(graph: WholeImage, pixel: Pixel, watch: Watch) -> Floats:
    row = graph.row(pixel)
    watch.step(1)
    return row


def _errors(found: Floats, exact: Floats) -> tuple[float, float]:
    """Root mean square and largest error, relative to those of the exact values; 0 where both are 0."""
    error = np.abs(found.astype(np.float64) - exact)
    size = np.abs(exact.astype(np.float64))
    return _ratio(np.sqrt((error**2).mean()), np.sqrt((size**2).mean())), _ratio(error.max(), size.max())


def _ratio(part: float, whole: float) -> float:
    if whole > 0:
        return float(part / whole)
    return 0.0 if part == 0 else float("inf")
