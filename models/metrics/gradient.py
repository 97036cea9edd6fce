"""Q_XY: how much of the sources' edges the fused image keeps, in strength and in direction.

Xydeas & Petrović, "Objective image fusion performance measure", Electronics Letters 36(4), 2000,
https://doi.org/10.1049/el:20000267 ("Q_G", "Q_AB/F").
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from models.metrics.specs import Family, MetricSpec
from models.metrics.windows import pick

# What the released code puts for an exact zero: a gradient along x, a denominator, a weight.
TINY = 1e-5


def _gradients(images: Tensor) -> tuple[Tensor, Tensor]:
    """Sobel strength and angle (−π/2…π/2) of (N, H, W) images; zeros outside the image, same size."""
    padded = F.pad(images, (1, 1, 1, 1))
    down = padded[:, 2:] - padded[:, :-2]
    smooth = padded[:, 2:] + 2 * padded[:, 1:-1] + padded[:, :-2]
    along_x = smooth[..., 2:] - smooth[..., :-2]
    along_y = down[..., 2:] + 2 * down[..., 1:-1] + down[..., :-2]
    angle = torch.atan(along_y / torch.where(along_x == 0, TINY, along_x))
    return torch.hypot(along_x, along_y), angle


def _kept(source: tuple[Tensor, Tensor], fused: tuple[Tensor, Tensor]) -> Tensor:
    """(B, H, W) share of the edges of one source (1, H, W) that fused images (B, H, W) keep, 0…0.987."""
    low, high = torch.minimum(source[0], fused[0]), torch.maximum(source[0], fused[0])
    strength = torch.where(high == 0, 1.0, low / torch.where(high == 0, 1.0, high))
    direction = ((source[1] - fused[1]).abs() - math.pi / 2).abs() * (2 / math.pi)
    return torch.sigmoid(10 * (strength - 0.5)) * torch.sigmoid(20 * (direction - 0.75))


def gradient_metrics(sources: Tensor, fused: Tensor, mask: Tensor | None = None) -> dict[str, Tensor]:
    """Q_XY as released, and as a ratio of sums like the paper's.

    Per pixel and source, Q = 1/(1 + e^(−10 (G − 0.5))) · 1/(1 + e^(−20 (A − 0.75))), with G the ratio
    of the weaker to the stronger gradient and A the agreement of the angles; the weight is the
    source's gradient g. Sobel by correlation with zeros outside the image, all H×W pixels.

    - "q_xy", released: the mean over pixels of (Q_1 g_1 + Q_2 g_2)/(g_1 + g_2), an exact zero g being
      1e-5. A pixel that is flat in all three images scores 0.987, so that the value grows with the
      share of background.
    - "q_xy_sums", the paper's form: Σ (Q_1 g_1 + Q_2 g_2) / Σ (g_1 + g_2), where flat pixels weigh
      nothing. The constants of the sigmoids stay those of the released code.

    In a region both take the region's pixels; the gradients still see one pixel beyond its rim.

    Args:
        sources: (2, H, W) float64, 0…255.
        fused: (B, H, W) float64, 0…255.
        mask: (H, W) bool, the region; None for the whole image.

    Returns:
        "q_xy" and "q_xy_sums", (B,) each. The second is NaN where both sources are flat throughout.
    """
    strengths, angles = _gradients(sources)
    found = _gradients(fused)
    kept = [_kept((strengths[k], angles[k]), found) for k in (0, 1)]
    w1, w2 = torch.where(strengths == 0, TINY, strengths)
    per_pixel = (kept[0] * w1 + kept[1] * w2) / (w1 + w2)
    weighted = pick(kept[0] * strengths[0] + kept[1] * strengths[1], mask).sum(-1)
    return {
        "q_xy": pick(per_pixel, mask).mean(-1),
        "q_xy_sums": weighted / pick(strengths.sum(0), mask).sum(-1),
    }


_PAPER = "Xydeas & Petrović, Electronics Letters 36(4), 2000, https://doi.org/10.1049/el:20000267"
_GRADIENT = "Sobel gradients with zeros outside the image, every pixel"
# A pixel whose gradient is kept exactly: both sigmoids at their right end, 1/(1 + e⁻⁵)².
_MOST = (1 / (1 + math.exp(-5))) ** 2
FAMILY = Family(
    specs=(
        MetricSpec(
            id="q_xy",
            symbol="Q_XY",
            title="Edges kept, mean of the pixels, as released (Q_G)",
            paper=_PAPER,
            form="released",
            range=(0.0, _MOST),
            convention=f"{_GRADIENT}; a pixel flat in all images scores 0.987: background raises the value.",
            smallest=1,
        ),
        MetricSpec(
            id="q_xy_sums",
            symbol="Q_XY, ratio of sums",
            title="Edges kept, ratio of sums as in the paper",
            paper=_PAPER,
            form="clean",
            range=(0.0, _MOST),
            convention=f"{_GRADIENT}, weighted by its gradient, so that flat background does not count.",
            smallest=1,
        ),
    ),
    measure=gradient_metrics,
)
