"""Q_NCIE and Q_MI: what the grey-level histograms of a fused image and its two sources share.

Q_NCIE: Wang, Shen & Jin, "Performance evaluation of image fusion techniques", in Image Fusion:
Algorithms and Applications, 2008, ISBN 978-0-12-372529-5, pp. 469–492 ("Q_IE").
Q_MI: Hossny, Nahavandi & Creighton, "Comments on 'Information measure for performance of image
fusion'", Electronics Letters 44(18), 2008, https://doi.org/10.1049/el:20081754.

Convention of both: every image is first stretched to the integers 0…255 by its own minimum and
maximum, round(255 (x − min)/(max − min)); histograms have 256 bins (joint: 256×256) and no smoothing.
There is no window and no boundary. In a region the histograms count its pixels only, while the
stretch stays that of the whole image, so that a grey level keeps its bin.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

from models.metrics.specs import Family, MetricSpec

LEVELS = 256


def stretch(images: Tensor) -> Tensor:
    """(…, H, W) images as integers 0…255 between their own minimum and maximum (halves up); int64.

    A constant image has no stretch (0/0); `models.metrics.fusion` refuses it before.
    """
    low = images.amin(dim=(-2, -1), keepdim=True)
    high = images.amax(dim=(-2, -1), keepdim=True)
    return torch.floor((LEVELS - 1) * (images - low) / (high - low) + 0.5).long()


def _counts(bins: Tensor, size: int) -> Tensor:
    """(B, size) counts of the (B, n) bin numbers of every row."""
    rows = torch.arange(len(bins), device=bins.device)[:, None] * size
    return torch.bincount((bins + rows).flatten(), minlength=len(bins) * size).reshape(-1, size)


def _entropy(bins: Tensor, size: int) -> Tensor:
    """(B,) entropies in nats of the (B, n) bin numbers of every row; 0 log 0 = 0."""
    share = _counts(bins, size).double() / bins.shape[-1]
    return -torch.special.xlogy(share, share).sum(-1)


def _entropies(sources: Tensor, fused: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Entropies in nats: sources (2,), fused (B,), shared by source and fused (2, B), by the sources ()."""
    x, f = stretch(sources), stretch(fused)
    x, f = (x.flatten(1), f.flatten(1)) if mask is None else (x[:, mask], f[:, mask])
    own, fused_own = _entropy(x, LEVELS), _entropy(f, LEVELS)
    joint = torch.stack([_entropy(LEVELS * source + f, LEVELS**2) for source in x])
    between = own[0] + own[1] - _entropy(LEVELS * x[:1] + x[1:], LEVELS**2)[0]
    return own, fused_own, own[:, None] + fused_own - joint, between


def histogram_metrics(sources: Tensor, fused: Tensor, mask: Tensor | None = None) -> dict[str, Tensor]:
    """Q_NCIE and Q_MI, as released.

    Q_NCIE = 1 + Σ (r_i/3) log_256(r_i/3), r_i the eigenvalues of the 3×3 matrix of the mutual
    informations of (source 1, source 2, fused) to base 256, ones on its diagonal. It lies between
    1 + log_256(1/3) = 0.802 and 1, and so varies in its second or third decimal only.
    Q_MI = 2 [I(x1, f)/(H(x1) + H(f)) + I(x2, f)/(H(x2) + H(f))], between 0 and 2.

    Args:
        sources: (2, H, W) float64, 0…255, not constant.
        fused: (B, H, W) float64, 0…255, not constant.
        mask: (H, W) bool, the region; None for the whole image.

    Returns:
        "q_ncie" and "q_mi", (B,) each. Q_MI is NaN in a region where the fused image and a source
        have one grey level each.
    """
    own, fused_own, shared, between = _entropies(sources, fused, mask)
    relation = torch.eye(3, dtype=fused.dtype, device=fused.device).repeat(len(fused), 1, 1)
    nats = math.log(LEVELS)
    for (row, column), information in zip(((0, 1), (0, 2), (1, 2)), (between, *shared), strict=True):
        relation[:, row, column] = relation[:, column, row] = information / nats
    # A matrix of three mutual informations has no negative eigenvalue but by rounding.
    parts = torch.linalg.eigvalsh(relation).clamp_min(0) / 3
    ncie = 1 + torch.special.xlogy(parts, parts).sum(-1) / nats
    return {"q_ncie": ncie, "q_mi": 2 * (shared / (own[:, None] + fused_own)).sum(0)}


_STRETCH = "Each image stretched to the integers 0…255 by its own minimum and maximum; 256 bins"
FAMILY = Family(
    specs=(
        MetricSpec(
            id="q_ncie",
            symbol="Q_NCIE",
            title="Nonlinear correlation information entropy (Q_IE)",
            paper="Wang, Shen & Jin, in Image Fusion: Algorithms and Applications, 2008, "
            "ISBN 978-0-12-372529-5, pp. 469–492",
            form="released",
            range=(1 - math.log(3, 256), 1.0),
            convention=f"{_STRETCH}, logarithms to base 256. The least value is 0.802: expect small "
            "differences.",
            smallest=1,
        ),
        MetricSpec(
            id="q_mi",
            symbol="Q_MI",
            title="Normalised mutual information",
            paper="Hossny, Nahavandi & Creighton, Electronics Letters 44(18), 2008, "
            "https://doi.org/10.1049/el:20081754",
            form="released",
            range=(0.0, 2.0),
            convention=f"{_STRETCH}, logarithms to base 2.",
            smallest=1,
        ),
    ),
    measure=histogram_metrics,
    stretched=True,
)
