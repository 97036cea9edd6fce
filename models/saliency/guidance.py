"""Guidance images: ∂y(i)/∂x_k(i) for every pixel i, the diagonal of the Jacobian, exactly.

Kumar & Gumhold 2020, eq. (2). Three ways with one answer: the cone engine; ones on a lattice of
stride R+1, whose backward passes cannot touch each other's diagonal entry (Curtis, Powell & Reid
1974; Coleman & Moré 1983); one backward pass per pixel for methods without a window. Pixels whose
windows hold the same constant values, as the background does, share one answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.saliency.engine.analysis import analyse
from models.saliency.engine.cones import ConeNetwork
from models.saliency.engine.guard import (
    MOST_REFUSED,
    Windows,
    count,
    count_untrusted,
    differing,
    windowed_values,
    windows_on,
)
from models.saliency.engine.rows import placement
from models.saliency.engine.slope_maps import Progress, Watch, gradients_at
from models.saliency.engine.whole_image import WholeImage, whole_image
from models.saliency.engine.windows import check_sources
from models.saliency.jacobian import full_windows, fuse


def guidance(
    model: nn.Module,
    sources: NDArray[np.floating],
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> NDArray[np.floating]:
    """The guidance images (Kumar & Gumhold 2020, eq. 2).

    Args:
        model: a method in evaluation mode; its device and float type are used.
        sources: (K, H, W), floating, in [0, 1].
        progress: called now and then with the number of finished and of all steps.
        cancelled: asked now and then; when it returns True, `Cancelled` is raised.

    Returns:
        (K, H, W), signed, fused intensity per source intensity.
    """
    check_sources(sources)
    windows, cones = windows_on(model, sources), analyse(model, len(sources)).cones
    if windows is None:
        count_untrusted(model, sources, sources[0].size)
        return _one_by_one(model, sources, progress, cancelled)
    if cones is None:
        return _by_lattice(model, sources, windows, progress, cancelled)
    representative = shared_windows(sources, windows.radius)
    found = _by_cones(model, cones, sources, representative, progress, cancelled)
    return found.reshape(len(sources), -1)[:, representative].reshape(sources.shape)


def shared_windows(sources: NDArray[np.floating], radius: int) -> NDArray[np.intp]:
    """For every pixel (flattened), the pixel whose window holds the same values; mostly itself.

    Only constant windows are compared, among those cut alike by the border.
    """
    count, height, width = sources.shape
    images = torch.tensor(sources)
    constant = (_highest(images, radius) == -_highest(-images, radius)).all(0).numpy().ravel()
    size = 2 * radius + 1
    rows, columns = np.arange(height), np.arange(width)
    sides_y = np.minimum(rows, radius) * size + np.minimum(height - 1 - rows, radius)
    sides_x = np.minimum(columns, radius) * size + np.minimum(width - 1 - columns, radius)
    cut = (sides_y[:, None] * size**2 + sides_x).ravel()
    keys = np.column_stack([cut, *sources.reshape(count, -1)])[constant]
    _, first, inverse = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    representative = np.arange(height * width)
    positions = np.flatnonzero(constant)
    representative[positions] = positions[first][inverse.ravel()]
    return representative


def _highest(images: Tensor, radius: int) -> Tensor:
    """The largest value in every pixel's window, (K, H, W); rows, then columns."""
    size = 2 * radius + 1
    rows = torch.nn.functional.max_pool2d(images[:, None], (1, size), 1, (0, radius))
    return torch.nn.functional.max_pool2d(rows, (size, 1), 1, (radius, 0))[:, 0]


def _by_cones(
    model: nn.Module,
    cones: ConeNetwork,
    sources: NDArray[np.floating],
    representative: NDArray[np.intp],
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> NDArray[np.floating]:
    """The diagonal at every pixel that represents itself; others stay 0."""
    device, dtype = placement(model, sources)
    wanted = (representative == np.arange(len(representative))).reshape(sources.shape[1:])
    images = torch.tensor(sources, device=device, dtype=dtype)
    result = images.new_zeros(images.shape)
    values = images.new_zeros(images.shape[1:])
    watch = Watch(int(wanted.sum()), progress, cancelled)
    for pixels, gradients, fused in gradients_at(cones, images, wanted, cones.diagonal_reach, watch):
        ys, xs = torch.from_numpy(pixels).to(device).unbind(1)
        values[ys, xs] = fused
        for k, part in enumerate(gradients):
            result[k, ys, xs] = part[:, 0, 0, 0]
    found: NDArray[np.floating] = result.cpu().numpy()
    wrong = np.zeros(wanted.shape, bool)
    wrong[wanted] = differing(values.cpu().numpy()[wanted], fuse(model, sources)[wanted])
    count(model, wrong[wanted])
    if wrong.any():
        _answer_one_by_one(whole_image(model, sources), found, wrong, None)
    return found


def _by_lattice(
    model: nn.Module,
    sources: NDArray[np.floating],
    windows: Windows,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> NDArray[np.floating]:
    """(R+1)² backward passes, each with ones on a shifted lattice of stride R+1.

    Pixels whose window lacks something that they depend on are left out of the lattices, which they would
    spoil, and answered one by one; where they are many, all pixels are.
    """
    stride = windows.radius + 1
    graph = whole_image(model, sources)
    wrong = differing(windowed_values(model, sources, windows.radius, windows.period), graph.fused)
    if windows.untrusted is not None:
        wrong |= windows.untrusted
    count(model, wrong)
    if wrong.mean() > MOST_REFUSED:
        return _one_by_one(model, sources, progress, cancelled)
    result = np.zeros(sources.shape, graph.fused.dtype)
    watch = Watch(stride * stride + int(wrong.sum()), progress, cancelled)
    right = torch.from_numpy(~wrong).to(graph.weights())
    for top in range(stride):
        for left in range(stride):
            weights = graph.weights()
            weights[top::stride, left::stride] = right[top::stride, left::stride]
            gradient = graph.weighted(weights)
            result[:, top::stride, left::stride] = gradient[:, top::stride, left::stride]
            watch.step(1)
    _answer_one_by_one(graph, result, wrong, watch)
    return result


def _one_by_one(
    model: nn.Module,
    sources: NDArray[np.floating],
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> NDArray[np.floating]:
    """One backward pass per pixel through one forward pass, for methods without a window."""
    graph = whole_image(model, sources)
    result = np.zeros(sources.shape, graph.fused.dtype)
    every = np.ones(sources.shape[1:], bool)
    _answer_one_by_one(graph, result, every, Watch(every.size, progress, cancelled))
    return result


def _answer_one_by_one(
    graph: WholeImage, result: NDArray[np.floating], wanted: NDArray[np.bool_], watch: Watch | None
) -> None:
    """Write the diagonal at the wanted pixels (H, W) into a result (K, H, W)."""
    for y, x in zip(*np.nonzero(wanted), strict=True):
        result[:, y, x] = graph.row((int(y), int(x)))[:, y, x]
        if watch is not None:
            watch.step(1)


def whole_jacobian(
    model: nn.Module,
    sources: NDArray[np.floating],
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[tuple[NDArray[np.intp], NDArray[np.floating]]]:
    """Every row of the Jacobian, in blocks, for methods with a window.

    Yields:
        Pixels (B, 2) as (y, x) and their rows (B, K, 2R+1, 2R+1), zero outside the image.

    Raises:
        ValueError: the method has no window to confine a row to.
    """
    check_sources(sources)
    if windows_on(model, sources) is None:
        raise ValueError("The method has no window; expected one with a local receptive field.")
    height, width = sources.shape[1:]
    watch = Watch(height * width, progress, cancelled)
    every = np.stack(np.meshgrid(np.arange(height), np.arange(width), indexing="ij"), -1)
    for row in every:
        for start in range(0, width, 64):
            pixels = row[start : start + 64]
            yield pixels, full_windows(model, sources, [(int(y), int(x)) for y, x in pixels])
            watch.step(len(pixels))
