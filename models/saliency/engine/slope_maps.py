"""Gradients at many pixels of one image by the cone engine, from slopes that they share.

The slopes of all pointwise nodes are computed once per tile; every pixel then gathers the few that
lie in its cones. Memory is that of one tile, whatever the size of the image.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.saliency.engine.cones import ConeNetwork
from models.saliency.engine.derivatives import Slopes, centre

_TILE = 64
_CHUNK_VALUES = 700_000
"""How many numbers the largest layer of one chunk of pixels may hold; it should fit the caches."""


class Cancelled(Exception):  # noqa: N818 (not an error: the caller asked for it)
    """The computation was stopped by its `cancelled` callback."""


Progress = Callable[[int, int], None]
"""Called with the number of finished pixels and of all pixels."""


class Watch:
    """Reports progress and stops when asked, between chunks."""

    def __init__(self, total: int, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
        self.total, self.done = total, 0
        self._progress, self._cancelled = progress, cancelled

    def step(self, pixels: int) -> None:
        """Count finished pixels; raises `Cancelled`."""
        self.done += pixels
        if self._progress is not None:
            self._progress(self.done, self.total)
        if self._cancelled is not None and self._cancelled():
            raise Cancelled


@torch.no_grad()
def gradients_at(
    cones: ConeNetwork, sources: Tensor, wanted: NDArray[np.bool_], reach: Sequence[int], watch: Watch
) -> Iterator[tuple[NDArray[np.intp], list[Tensor], Tensor]]:
    """Gradients of every wanted fused pixel, and its fused value.

    Args:
        sources: (K, H, W) on the device and in the type to compute with.
        wanted: (H, W).
        reach: `cones.diagonal_reach` for the diagonal, `cones.backward_reach` for whole rows.
        watch: progress and cancellation.

    Yields:
        Pixels (B, 2) as (y, x), per source the gradients (B, 1, 2r+1, 2r+1), r the source's reach, and the
        fused values (B,). Gradients outside the image are not meaningful.
    """
    height, width = wanted.shape
    chunk = max(1, _CHUNK_VALUES // cones.largest_patch(reach))
    halo = max(cones.value_reach(reach))
    padded = torch.nn.functional.pad(sources, (halo,) * 4)
    image = torch.nn.functional.pad(sources.new_ones((1, height, width)), (halo,) * 4)
    for top in range(0, height, _TILE):
        for left in range(0, width, _TILE):
            ys, xs = np.nonzero(wanted[top : top + _TILE, left : left + _TILE])
            if not len(ys):
                continue
            high, wide = min(_TILE, height - top), min(_TILE, width - left)
            area = (..., slice(top, top + high + 2 * halo), slice(left, left + wide + 2 * halo))
            tile = SlopeMaps(cones, padded[area], image[area], reach)
            for part in _chunks(ys + top, xs + left, reach, wanted.shape, chunk):
                rows, columns = torch.from_numpy(part - (top, left)).to(tile.fused.device).unbind(1)
                yield part, tile.gradients(part - (top, left))[0], tile.fused[rows, columns]
                watch.step(len(part))


def _chunks(
    ys: NDArray[np.intp], xs: NDArray[np.intp], reach: Sequence[int], shape: tuple[int, ...], size: int
) -> Iterator[NDArray[np.intp]]:
    """Pixels in chunks, those whose cones leave the image apart: only they need a mask."""
    margin, (height, width) = max(reach), shape
    inner = (ys >= margin) & (ys < height - margin) & (xs >= margin) & (xs < width - margin)
    for group in (inner, ~inner):
        pixels = np.stack([ys[group], xs[group]], 1)
        for start in range(0, len(pixels), size):
            yield pixels[start : start + size]


class SlopeMaps:
    """The slopes of a part of an image, laid out so that a pixel's patch is a gather of channel rows.

    Args:
        cones: the network.
        sources: (K, h + 2R, w + 2R) around a core of h×w pixels, zero outside the image, R the
            sources' value reach.
        image: (1, h + 2R, w + 2R), 1 inside the image and 0 outside.
        reach: as in `gradients_at`.

    Attributes:
        fused: (h, w).
    """

    def __init__(self, cones: ConeNetwork, sources: Tensor, image: Tensor, reach: Sequence[int]) -> None:
        self.cones, self.reach, self.margin = cones, reach, max(reach)
        whole = bool(image.all())
        fused, slopes = cones.linearise(sources[None], reach, None if whole else image[None])
        self.fused = fused[0, 0]
        self._maps = {number: tuple(map(_channels_last, part)) for number, part in slopes.items()}
        halo = max(cones.value_reach(reach))
        self._image = None if whole else centre(image, halo, self.margin)[0, :, :, None].contiguous()

    @property
    def nbytes(self) -> int:
        """Bytes of memory."""
        return sum(slope.nbytes for part in self._maps.values() for slope in part)

    def gradients(self, pixels: NDArray[np.intp]) -> tuple[list[Tensor], Tensor | None]:
        """Gradients per source, (B, 1, 2r+1, 2r+1), of pixels (B, 2) in the core's coordinates.

        Also where their patches of the largest reach lie in the image, None when they do.
        """
        where = torch.from_numpy(pixels).to(self.fused.device)
        slopes: dict[int, Slopes] = {
            number: tuple(_gather(slope, where, self.reach[number]) for slope in part)
            for number, part in self._maps.items()
        }
        inside = None
        if self._image is not None:
            mask = _gather(self._image, where, self.margin)
            inside = None if bool(mask.all()) else mask
        found = self.cones.pull_back(self.fused.new_ones((1, 1, 1, 1)), slopes, self.reach, inside)
        return [part.expand(len(pixels), -1, -1, -1) for part in found], inside

    def responses(self, tangents: Tensor, origin: tuple[int, int]) -> Tensor:
        """Changes of the fused image for changes of the sources, to first order.

        Args:
            tangents: (B, K, h, w), the changes; they and their forward cones may leave the core.
            origin: (y, x) of their first pixel in the core's coordinates.

        Returns:
            (B, h + 2R, w + 2R) around the same pixels, not meaningful outside the core's image.
        """
        size = tuple(tangents.shape[-2:])

        def slopes(number: int, wide: int) -> Slopes:
            kept = self._maps[number]
            return tuple(_area(slope, origin, size, self.reach[number], wide) for slope in kept)

        def inside(wide: int) -> Tensor | None:
            return None if self._image is None else _area(self._image, origin, size, self.margin, wide)

        return self.cones.push_forward(tangents, slopes, inside)[:, 0]


def _area(values: Tensor, origin: tuple[int, int], size: Sequence[int], margin: int, wide: int) -> Tensor:
    """A map (H + 2m, W + 2m, C) on a box of the core and `wide` pixels around it, 0 beyond the map.

    As (1, C, h + 2·wide, w + 2·wide); one number stays one number, (1, 1, 1, 1).
    """
    if values.numel() == 1:
        return values[None]
    starts = [at + margin - wide for at in origin]
    ends = [start + length + 2 * wide for start, length in zip(starts, size, strict=True)]
    part = values[max(0, starts[0]) : max(0, ends[0]), max(0, starts[1]) : max(0, ends[1])]
    padding = [
        amount
        for axis in (1, 0)
        for amount in (max(0, -starts[axis]), max(0, ends[axis] - values.shape[axis]))
    ]
    return torch.nn.functional.pad(part.permute(2, 0, 1)[None], padding)


def _channels_last(slope: Tensor) -> Tensor:
    """One map (1, C, h, w) as (h, w, C); (1, 1, 1) when it is the same number everywhere."""
    lowest, highest = slope.aminmax()
    if lowest == highest:
        return lowest.reshape(1, 1, 1)
    return slope[0].permute(1, 2, 0).contiguous()


def _gather(values: Tensor, where: Tensor, reach: int) -> Tensor:
    """Patches (B, C, 2r+1, 2r+1) of a map (h + 2r, w + 2r, C) around core pixels (B, 2).

    One number stays one number, (1, 1, 1, 1).
    """
    if values.numel() == 1:
        return values[None]
    size, columns = 2 * reach + 1, values.shape[1]
    steps = torch.arange(size, device=values.device)
    index = (where[:, 0, None, None] + steps[:, None]) * columns + where[:, 1, None, None] + steps
    patches = values.view(-1, values.shape[-1]).index_select(0, index.view(-1))
    return patches.view(len(where), size, size, -1).permute(0, 3, 1, 2)
