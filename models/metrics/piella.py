"""Q_P: the structural similarity of a fused image to its sources, each where it has more contrast.

Piella & Heijmans, "A new quality metric for image fusion", ICIP 2003,
https://doi.org/10.1109/ICIP.2003.1247209; as released, with SSIM in the place of their universal
quality index. Window, range and boundary are those of `models.metrics.structure`.
"""

from __future__ import annotations

import torch
from torch import Tensor

from models.metrics.specs import Family, MetricSpec
from models.metrics.structure import CONVENTION, WINDOW, similarity
from models.metrics.windows import centres, pick

# A hundredth of the variance of one grey level at one corner of the window (1e-6): zero but for rounding.
FLAT = 1e-8


def piella_metrics(sources: Tensor, fused: Tensor, mask: Tensor | None = None) -> dict[str, Tensor]:
    """Q_P in the two of its three released forms that run.

    At every window S = λ SSIM_1 + (1 − λ) SSIM_2, λ = σ1²/(σ1² + σ2²) from the sources' local
    variances; where both are 0, 0.5 is added to each. "q_p_sw1", the published form, is the mean of
    S; "q_p_sw2" weighs S by max(σ1², σ2²), after that addition. A region takes the windows whose
    centre lies in it, and the weights of the second form are normalised there.

    Args:
        sources: (2, H, W) float64, 0…255, H and W at least 11.
        fused: (B, H, W) float64, 0…255.
        mask: (H, W) bool, the region; None for the whole image.

    Returns:
        "q_p_sw1" and "q_p_sw2", (B,) each; NaN where no window has its centre in the region.
    """
    maps, variances = similarity(sources, fused)
    inside = centres(mask, WINDOW)
    maps, variances = pick(maps, inside), pick(variances, inside)
    variances = torch.where(variances < FLAT, 0.0, variances)
    variances = variances + 0.5 * (variances.sum(0) == 0)
    share = variances[0] / variances.sum(0)
    local = share * maps[0] + (1 - share) * maps[1]
    salience = torch.maximum(variances[0], variances[1])
    return {
        "q_p_sw1": local.mean(-1),
        "q_p_sw2": (local * salience).sum(-1) / salience.sum(),
    }


_PAPER = "Piella & Heijmans, ICIP 2003, https://doi.org/10.1109/ICIP.2003.1247209"
FAMILY = Family(
    specs=(
        MetricSpec(
            id="q_p_sw1",
            symbol="Q_P",
            title="Piella's quality index, mean of the windows (sw1, the published one)",
            paper=_PAPER,
            form="released",
            range=(-1.0, 1.0),
            convention=f"SSIM in the place of the universal index. {CONVENTION}",
            smallest=11,
        ),
        MetricSpec(
            id="q_p_sw2",
            symbol="Q_P, weighted",
            title="Piella's quality index, windows weighted by variance (sw2)",
            paper=_PAPER,
            form="released",
            range=(-1.0, 1.0),
            convention=f"SSIM in the place of the universal index. {CONVENTION}",
            smallest=11,
        ),
    ),
    measure=piella_metrics,
)
