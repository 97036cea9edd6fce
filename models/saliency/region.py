"""Gradients of a sum of fused pixels with respect to the sources, by one backward pass.

The sum over the whole image is FunFuseAn's summed gradient (Kumar et al. 2019, eq. 5).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models.saliency.engine.analysis import analyse
from models.saliency.engine.rows import gradients_of, leaves_of
from models.saliency.engine.windows import check_sources


def summed_gradient(model: nn.Module, sources: NDArray[np.floating]) -> NDArray[np.floating]:
    """Σ_i ∂y(i)/∂x_k over all fused pixels i (Kumar et al. 2019, eq. 5).

    Args:
        model: a method in evaluation mode.
        sources: (K, H, W), floating, in [0, 1].

    Returns:
        (K, H, W), signed.
    """
    check_sources(sources)
    return region_gradient(model, sources, np.ones(sources.shape[1:], bool))


def region_gradient(
    model: nn.Module, sources: NDArray[np.floating], mask: NDArray[np.bool_]
) -> NDArray[np.floating]:
    """Σ_i ∂y(i)/∂x_k over the fused pixels i of a region.

    Args:
        model: a method in evaluation mode.
        sources: (K, H, W), floating, in [0, 1].
        mask: (H, W), true in the region.

    Returns:
        (K, H, W), signed; non-zero also outside the region, where its pixels look.

    Raises:
        ValueError: the mask is not a boolean (H, W), or is empty.
    """
    check_sources(sources)
    if mask.dtype != np.bool_ or mask.shape != sources.shape[1:] or not mask.any():
        raise ValueError(
            f"The region is a {mask.dtype} mask {mask.shape} with {int(mask.sum())} pixels; "
            f"expected a non-empty boolean mask {sources.shape[1:]}."
        )
    analyse(model, len(sources))
    leaves = leaves_of(model, sources)
    with torch.enable_grad():
        fused = model(*leaves)[0, 0]
        return gradients_of(fused[torch.from_numpy(mask).to(fused.device)].sum(), leaves)
