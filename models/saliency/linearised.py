"""A network linearised on one image: its Jacobians there without further forward passes.

The slopes of all pointwise nodes are computed once for the whole image; a Jacobian is then only the
pull-back through the slopes in the pixel's cone. For many pixels of one image, as under a pointer.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.devices import one_thread
from models.saliency.engine.analysis import analyse, window_rows
from models.saliency.engine.cones import ConeNetwork
from models.saliency.engine.rows import placement
from models.saliency.engine.slope_maps import SlopeMaps
from models.saliency.engine.windows import Pixel, check_pixel, check_sources
from models.saliency.jacobian import WORTH_THREADS, Jacobian, batch_size, clipped

_LARGEST = 150_000_000
"""How many slopes an image may need; 256×256 pixels of DeepPedestrian need 65 million."""


class Linearised:
    """A local network's slopes on one image; made by `linearise`.

    Attributes:
        fused: the fused image (H, W), in the model's float type.
        nbytes: memory that the slopes take.
    """

    def __init__(self, cones: ConeNetwork, maps: SlopeMaps, radius: int) -> None:
        self._cones, self._maps, self._radius = cones, maps, radius
        self.fused: NDArray[np.floating] = maps.fused.cpu().numpy()
        self.nbytes = maps.nbytes

    @torch.no_grad()
    def jacobians(self, pixels: Sequence[Pixel]) -> list[Jacobian]:
        """The Jacobian images of fused pixels (y, x); equal to `models.jacobians` of the same image.

        Raises:
            PixelError: a pixel is outside the image.
        """
        shape = self.fused.shape
        for pixel in pixels:
            check_pixel(pixel, shape)
        found: list[Jacobian] = []
        batch = batch_size(self._cones)
        for start in range(0, len(pixels), batch):
            part = list(pixels[start : start + batch])
            with one_thread() if len(part) < WORTH_THREADS else nullcontext():
                gradients, inside = self._maps.gradients(np.asarray(part))
                rows = window_rows(gradients, len(part), self._radius, inside)
            found += [
                clipped(row, pixel, shape, self._radius, float(self.fused[pixel]))
                for pixel, row in zip(part, rows, strict=True)
            ]
        return found

    @torch.no_grad()
    def responses(
        self, changes: NDArray[np.floating], origin: Pixel
    ) -> tuple[NDArray[np.floating], tuple[int, int]]:
        """Changes of the fused image for changes of the sources, to first order: J times the changes.

        Args:
            changes: (B, K, h, w), B changes of a box of the sources, nothing changes around it.
            origin: (y0, x0) of the box, which lies in the image.

        Returns:
            (B, h', w') on the box and all pixels that it reaches, cut at the border, and their origin.
        """
        maps, radius = self._maps, self._radius
        tangents = torch.from_numpy(changes).to(maps.fused)
        with one_thread():
            found = maps.responses(tangents, origin)
        margin = (found.shape[-1] - changes.shape[-1]) // 2
        if margin > radius:
            raise RuntimeError(f"A change reached {margin} pixels; expected at most {radius}.")
        (y0, x0), (height, width) = origin, self.fused.shape
        top, left = max(y0 - margin, 0), max(x0 - margin, 0)
        bottom = min(y0 + changes.shape[-2] + margin, height)
        right = min(x0 + changes.shape[-1] + margin, width)
        rows = slice(top - y0 + margin, bottom - y0 + margin)
        columns = slice(left - x0 + margin, right - x0 + margin)
        return np.ascontiguousarray(found[:, rows, columns].cpu().numpy()), (top, left)


@torch.no_grad()
def linearise(model: nn.Module, sources: NDArray[np.floating]) -> Linearised | None:
    """The network linearised on one image (Kumar & Gumhold 2020, eq. 1, for every pixel at once).

    Args:
        model: a method in evaluation mode; its device and float type are used.
        sources: (K, H, W), floating, in [0, 1].

    Returns:
        None for a network without cones, or an image whose slopes would not fit in memory:
        `models.jacobians` has the same answers there.

    Raises:
        ValueError: as `models.jacobian`.
    """
    check_sources(sources)
    analysis = analyse(model, len(sources))
    cones, radius = analysis.cones, analysis.field.radius
    if cones is None or radius is None or cones.slopes_per_pixel() * sources[0].size > _LARGEST:
        return None
    device, dtype = placement(model, sources)
    halo = max(cones.value_reach(cones.backward_reach))
    images = torch.tensor(sources, device=device, dtype=dtype)
    padded = nn.functional.pad(images, (halo,) * 4)
    inside = nn.functional.pad(torch.ones_like(images[:1]), (halo,) * 4)
    return Linearised(cones, SlopeMaps(cones, padded, inside, cones.backward_reach), radius)
