"""Structural similarity and mean squared error between a fused image and each of its sources.

Wang, Bovik, Sheikh & Simoncelli, "Image quality assessment: from error visibility to structural
similarity", IEEE TIP 13(4), 2004, https://doi.org/10.1109/TIP.2003.819861.
"""

from __future__ import annotations

import numpy as np
import pytorch_msssim
import torch
from numpy.typing import NDArray
from torch import Tensor

WINDOW = 11
SIGMA = 1.5
STABILISERS = (0.01, 0.03)


def ssim(x: Tensor, y: Tensor) -> Tensor:
    """SSIM of each image pair of two (B, 1, H, W) tensors in [0, 1]; (B,), 1 is identity.

    Gaussian window 11×11, σ = 1.5, K = (0.01, 0.03), data range 1, no padding.

    Raises:
        ValueError: an image is smaller than the window.
    """
    if min(x.shape[-2:]) < WINDOW:
        raise ValueError(
            f"SSIM of images of {x.shape[-2]}×{x.shape[-1]} pixels; expected at least {WINDOW}×{WINDOW}."
        )
    return pytorch_msssim.ssim(
        x, y, data_range=1.0, size_average=False, win_size=WINDOW, win_sigma=SIGMA, K=STABILISERS
    )


def mse(x: Tensor, y: Tensor) -> Tensor:
    """Mean squared error of each image pair of two (B, 1, H, W) tensors; (B,)."""
    return (x - y).square().mean(dim=(1, 2, 3))


def source_similarity(sources: NDArray[np.floating], fused: NDArray[np.floating]) -> dict[str, list[float]]:
    """SSIM and mean squared error of the fused image with every source.

    SSIM has an 11×11 Gaussian window (σ = 1.5), K = (0.01, 0.03) and data range 1, averaged over
    the positions where the window lies inside the image; 1 is identity. Computed in float64.

    Args:
        sources: (K, H, W) in [0, 1], H and W at least 11.
        fused: (H, W).

    Returns:
        `{"ssim": [K floats], "mse": [K floats]}`, in the order of the sources.

    Raises:
        ValueError: the shapes do not fit each other or the image is smaller than the window.
    """
    if sources.ndim != 3 or sources.shape[1:] != fused.shape:
        raise ValueError(
            f"Sources of shape {sources.shape} and a fused image of shape {fused.shape}; "
            "expected (K, H, W) and (H, W)."
        )
    stack = torch.from_numpy(np.ascontiguousarray(sources, dtype=np.float64))[:, None]
    image = torch.from_numpy(np.ascontiguousarray(fused, dtype=np.float64))[None, None].expand_as(stack)
    return {"ssim": ssim(stack, image).tolist(), "mse": mse(stack, image).tolist()}
