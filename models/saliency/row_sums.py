"""Row sums of the Jacobian: how a fused pixel answers when a whole source becomes brighter."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from models.saliency.engine.analysis import analyse
from models.saliency.engine.rows import Floats, leaves_of
from models.saliency.engine.windows import check_sources
from models.saliency.influence import transposed


def row_sums(model: nn.Module, sources: Floats) -> Floats:
    """Σ_j ∂y(i)/∂x_k(j) over all source pixels j, of every fused pixel i; exact, one pass per source.

    The pass is in forward mode; where an operation has none, by the transpose of the backward pass. The sums
    over the fused pixels are `models.summed_gradient`.

    Args:
        model: a method in evaluation mode; its device and float type are used.
        sources: (K, H, W), floating, in [0, 1].

    Returns:
        (K, H, W), signed.
    """
    check_sources(sources)
    analyse(model, len(sources))
    found = []
    for k in range(len(sources)):
        try:
            found.append(_forward(model, sources, k))
        except NotImplementedError:  # an operation without a rule for forward mode
            directions = np.zeros_like(sources)
            directions[k] = 1
            found.append(transposed(model, sources, directions))
    return np.stack(found)


def _forward(model: nn.Module, sources: Floats, k: int) -> Floats:
    """J times ones in source k, by one pass in forward mode."""
    images = [leaf.detach() for leaf in leaves_of(model, sources)]
    with torch.autograd.forward_ad.dual_level():
        images[k] = torch.autograd.forward_ad.make_dual(images[k], torch.ones_like(images[k]))
        tangent = torch.autograd.forward_ad.unpack_dual(model(*images)).tangent
    if tangent is None:
        raise NotImplementedError("The pass in forward mode lost its tangent.")
    result: Floats = tangent[0, 0].detach().cpu().numpy()
    return result
