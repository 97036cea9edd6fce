"""Q_VIFF: how much of the sources' visual information the fused image carries, over four scales.

Han, Cai, Cao & Xu, "A new image fusion performance metric based on visual information fidelity",
Information Fusion 14(2), 2013, https://doi.org/10.1016/j.inffus.2011.08.002.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from models.metrics.specs import Family, MetricSpec
from models.metrics.windows import Moments, centres, filter_valid, gaussian_weights, local_moments, pick

WINDOWS = (17, 9, 5, 3)
# Share of each scale in the score, over their sum.
SCALE_WEIGHTS = (1.0, 0.0, 0.15, 1.0)
# The visual noise of the model; it presumes values 0…255.
NOISE = 0.005 * 255**2
NEGLIGIBLE = 1e-10
OFFSET = 1e-7
SMALLEST = 41


def _information(moments: Moments) -> tuple[Tensor, Tensor, Tensor]:
    """Gain, and information with and without distortion, (2, B, h, w), for both sources."""
    vx, vf, covariance = moments.source_variance, moments.fused_variance, moments.covariance
    gain = covariance / (vx + NEGLIGIBLE)
    rest = vf - gain * covariance
    # The order of these rules is part of the definition.
    dark = vx < NEGLIGIBLE
    gain, rest = torch.where(dark, 0.0, gain), torch.where(dark, vf, rest)
    vx = torch.where(dark, 0.0, vx)
    flat = vf < NEGLIGIBLE
    gain, rest = torch.where(flat, 0.0, gain), torch.where(flat, 0.0, rest)
    inverted = gain < 0
    rest, gain = torch.where(inverted, vf, rest), gain.clamp_min(0)
    rest = rest.clamp_min(NEGLIGIBLE)
    kept = torch.log10(1 + gain.square() * vx / (rest + NOISE))
    return gain, kept, torch.log10(1 + vx / NOISE).expand_as(kept)


def _scale_score(sources: Tensor, fused: Tensor, weights: Sequence[float], mask: Tensor | None) -> Tensor:
    """(B,) share of the information that the fused images keep at one scale."""
    gain, kept, whole = _information(local_moments(sources, fused, weights))
    first = gain[0] < gain[1]
    inside = centres(mask, len(weights))
    kept = pick(torch.where(first, kept[0], kept[1]), inside) + OFFSET
    whole = pick(torch.where(first, whole[0], whole[1]), inside) + OFFSET
    return kept.sum(-1) / whole.sum(-1)


def viff_metrics(sources: Tensor, fused: Tensor, mask: Tensor | None = None) -> dict[str, Tensor]:
    """Q_VIFF, as released.

    Values 0…255 (the noise variance 0.005·255² presumes them). Scales 1…4 with Gaussian windows of 17,
    9, 5 and 3 pixels, σ = size/5, without padding; each scale after the first is the one before,
    filtered with its own window, every second pixel from the first. At every position the source with
    the smaller gain counts (ties: source 2), so the source that is carried worse. The scales'
    weights are 1, 0, 0.15 and 1. The value is about 0…1 and exceeds 1 where contrast was raised.
    In a region, every scale takes the positions whose window centre lies in it.

    Args:
        sources: (2, H, W) float64, 0…255, H and W at least 41.
        fused: (B, H, W) float64, 0…255.
        mask: (H, W) bool, the region; None for the whole image.

    Returns:
        "q_viff", (B,); NaN where a scale has no window with its centre in the region.
    """
    images = torch.cat([sources, fused])
    score = torch.zeros(len(fused), dtype=fused.dtype, device=fused.device)
    for scale, (size, share) in enumerate(zip(WINDOWS, SCALE_WEIGHTS, strict=True)):
        weights = gaussian_weights(size, size / 5)
        if scale:
            images = filter_valid(images, weights)[:, ::2, ::2]
            inside = centres(mask, size)
            mask = None if inside is None else inside[::2, ::2]
        if share:
            score = score + share * _scale_score(images[:2], images[2:], weights, mask)
    return {"q_viff": score / sum(SCALE_WEIGHTS)}


FAMILY = Family(
    specs=(
        MetricSpec(
            id="q_viff",
            symbol="Q_VIFF",
            title="Visual information fidelity",
            paper="Han et al., Information Fusion 14(2), 2013, https://doi.org/10.1016/j.inffus.2011.08.002",
            form="released",
            range=(0.0, math.inf),
            convention="Values 0…255; four scales, Gaussian windows of 17, 9, 5 and 3 pixels inside the "
            "image only. Above 1 where contrast was raised.",
            smallest=41,
        ),
    ),
    measure=viff_metrics,
)
