"""SSIM between a fused image and its sources, and the moments under a window that Q_P needs too.

Wang, Bovik, Sheikh & Simoncelli, "Image quality assessment: from error visibility to structural
similarity", IEEE TIP 13(4), 2004, https://doi.org/10.1109/TIP.2003.819861.

Convention: values 0…255 (L = 255), K = (0.01, 0.03), an 11×11 Gaussian window with σ = 1.5, only
positions where it lies inside the image: (H−10)×(W−10). A region takes the windows whose centre lies
in it.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from models.metrics.specs import Family, MetricSpec
from models.metrics.windows import centres, gaussian_weights, local_moments, pick

WINDOW = 11
WEIGHTS = gaussian_weights(WINDOW, 1.5)
C1, C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2


def rounded_weights() -> list[float]:
    """The window as pytorch-msssim builds it, in float32, so that the values agree with that library's."""
    axis = torch.arange(WINDOW, dtype=torch.float32) - WINDOW // 2
    values = torch.exp(-axis.square() / (2 * 1.5**2))
    return (values / values.sum()).tolist()


def similarity(sources: Tensor, fused: Tensor, weights: Sequence[float] = WEIGHTS) -> tuple[Tensor, Tensor]:
    """SSIM of every fused image (B, H, W) with both sources (2, H, W), and the sources' variances.

    Returns:
        Maps (2, B, H−10, W−10) and local variances (2, H−10, W−10).
    """
    m = local_moments(sources, fused, weights)
    mx, mf = m.source_mean, m.fused_mean
    luminance = (2 * mx * mf + C1) / (mx.square() + mf.square() + C1)
    contrast = (2 * m.covariance + C2) / (m.source_variance + m.fused_variance + C2)
    return luminance * contrast, m.source_variance[:, 0]


def ssim_maps(sources: Tensor, fused: Tensor) -> Tensor:
    """(2, B, H−10, W−10): SSIM of every fused image (B, H, W) with both sources (2, H, W), float64."""
    return similarity(sources, fused, rounded_weights())[0]


def ssim_metrics(sources: Tensor, fused: Tensor, mask: Tensor | None = None) -> dict[str, Tensor]:
    """Mean SSIM of the fused image with either source, and the mean of the two, Q_SSIM.

    Args:
        sources: (2, H, W) float64, 0…255, H and W at least 11.
        fused: (B, H, W) float64, 0…255.
        mask: (H, W) bool, the region; None for the whole image.

    Returns:
        "q_ssim", "ssim_1", "ssim_2", (B,) each; NaN where no window has its centre in the region.
    """
    one, two = pick(ssim_maps(sources, fused), centres(mask, WINDOW)).mean(-1)
    return {"q_ssim": (one + two) / 2, "ssim_1": one, "ssim_2": two}


_PAPER = "Wang et al., IEEE TIP 13(4), 2004, https://doi.org/10.1109/TIP.2003.819861"
CONVENTION = "11×11 Gaussian window, σ 1.5, inside the image only; L = 255, K = (0.01, 0.03)."


def _local_map(metric_id: str, sources: Tensor, fused: Tensor) -> Tensor:
    """The map of one of this family's metrics (H−10, W−10) for one fused image (1, H, W)."""
    both = ssim_maps(sources, fused)[:, 0]
    return both.mean(0) if metric_id == "q_ssim" else both[int(metric_id == "ssim_2")]


FAMILY = Family(
    specs=(
        MetricSpec(
            id="q_ssim",
            symbol="Q_SSIM",
            title="Structural similarity, mean of both sources",
            paper=_PAPER,
            form="standard",
            range=(-1.0, 1.0),
            convention=CONVENTION,
            smallest=11,
            local=True,
        ),
        MetricSpec(
            id="ssim_1",
            symbol="SSIM_1",
            title="Structural similarity with source 1",
            paper=_PAPER,
            form="standard",
            range=(-1.0, 1.0),
            convention=CONVENTION,
            smallest=11,
            local=True,
        ),
        MetricSpec(
            id="ssim_2",
            symbol="SSIM_2",
            title="Structural similarity with source 2",
            paper=_PAPER,
            form="standard",
            range=(-1.0, 1.0),
            convention=CONVENTION,
            smallest=11,
            local=True,
        ),
    ),
    measure=ssim_metrics,
    local_map=_local_map,
)
