"""Q_FMI: the mutual information between windows of the fused image and of its sources.

Haghighat & Razian, "Fast-FMI: non-reference image fusion metric", AICT 2014,
https://doi.org/10.1109/ICAICT.2014.7036000; here without a feature transform ("none"), windows of 3×3.

Convention: values 0…255 (their range does not matter, their equality does); only positions where the
window lies inside the image, (H−2)×(W−2). A window becomes a density over its nine positions: min-max
to [0, 1] (a flat one: ones), divided by its sum. Two densities a and f with the distribution functions
A and F, the Pearson correlation c and the standard deviations σ of the index 1…9 get the joint density

    φ · (mixed difference of min(F, A)) + (1 − φ) · f a,   φ = c σ_F σ_A / Σ [min(F, A) − F A],

for c < 0 with max(F + A − 1, 0); the score of a window is 2 (H_a + H_f − H_af)/(H_a + H_f).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import torch
from torch import Tensor

from models.metrics.specs import Family, MetricSpec
from models.metrics.windows import centres, pick

WINDOW = 3
CELLS = WINDOW**2
COLUMN_MAJOR = tuple(range(CELLS))
# Four ways to read a window, as positions of its column-major order: down the columns, along the rows,
# and both from the other side. With these, no mirroring or rotation of the images changes the value.
ALL_ORDERS = (
    COLUMN_MAJOR,
    tuple(WINDOW * column + row for row, column in product(range(WINDOW), repeat=2)),
    tuple(WINDOW * column + row for column, row in product(range(WINDOW), reversed(range(WINDOW)))),
    tuple(WINDOW * column + row for row, column in product(range(WINDOW), reversed(range(WINDOW)))),
)
# Windows at a time: their 81-cell joint densities should stay in the processor's cache.
_CHUNK = {"cpu": 2048, "cuda": 1 << 18}


def _windows(images: Tensor) -> Tensor:
    """(9, N, H−2, W−2): the windows of (N, H, W) images in column-major order."""
    height, width = images.shape[-2] - WINDOW + 1, images.shape[-1] - WINDOW + 1
    corners = ((row, column) for column in range(WINDOW) for row in range(WINDOW))
    return torch.stack([images[:, r : r + height, c : c + width] for r, c in corners])


def _normalised(windows: Tensor) -> tuple[Tensor, Tensor]:
    """(9, …) windows between 0 and 1, flat ones as ones, and where they are flat (…)."""
    low = windows.amin(0)
    span = windows.amax(0) - low
    flat = span == 0
    return torch.where(flat, 1.0, (windows - low) / torch.where(flat, 1.0, span)), flat


def _deviation(density: Tensor) -> Tensor:
    """(n,) standard deviations of the index 1…9 under (9, n) densities."""
    index = torch.arange(1, CELLS + 1, dtype=density.dtype, device=density.device)[:, None]
    mean = (index * density).sum(0)
    return (density * (index - mean).square()).sum(0).sqrt()


def _entropy(density: Tensor) -> Tensor:
    """(n,) entropies in nats of (9, n) densities; 0 log 0 = 0."""
    return -torch.special.xlogy(density, density).sum(0)


def _joint_entropy(f: Tensor, a: Tensor, c: Tensor) -> Tensor:
    """(n,) entropies in nats of the joint densities of (9, n) densities with correlations c (n,)."""
    # The coupling for c < 0 is the one for c > 0 of the other density read backwards.
    a = torch.where(c < 0, a.flip(0), a)
    upper_f, upper_a = f.cumsum(0), a.cumsum(0)
    cells = torch.minimum(upper_f[:, None], upper_a)
    excess = cells.sum((0, 1)) - upper_f.sum(0) * upper_a.sum(0)
    deviations = _deviation(f) * _deviation(a)
    linked = (c != 0) & (deviations != 0)
    phi = torch.where(linked, c.abs() * deviations / torch.where(linked, excess, 1.0), 0.0)
    # The mixed difference of min(F, A): the overlap of the steps of the two distribution functions.
    cells.sub_(torch.maximum((upper_f - f)[:, None], upper_a - a)).clamp_min_(0).mul_(phi)
    cells.addcmul_(((1 - phi) * f)[:, None], a.expand(CELLS, -1, -1))
    # φ may exceed 1 and a cell be below 0: the logarithm is of its magnitude, and 0 log 0 = 0.
    return -cells.abs().clamp_min_(1e-300).log_().mul_(cells).sum((0, 1))


def _scores(a: Tensor, f: Tensor, orders: Sequence[Sequence[int]]) -> Tensor:
    """(n,) scores of (9, n) densities that are not uniform: mean over the orders of reading a window."""
    da, df = a - 1 / CELLS, f - 1 / CELLS
    c = (da * df).sum(0) / (da.square().sum(0) * df.square().sum(0)).sqrt()
    both = _entropy(a) + _entropy(f)
    joint = torch.stack([_joint_entropy(f[list(order)], a[list(order)], c) for order in orders]).mean(0)
    shared = both - joint
    return torch.where(shared == 0, 0.0, 2 * shared / torch.where(both == 0, 1.0, both))


def _compare(
    source: Tensor, fused: Tensor, equal: Tensor, flat: Tensor, orders: Sequence[Sequence[int]]
) -> Tensor:
    """Scores (B, h, w) of normalised windows (9, B, h, w), given where they are equal and how many are flat.

    Equal windows and two flat ones score 1, a flat one against one that is not scores 0.
    """
    result = (equal | (flat == 2)).to(fused.dtype).flatten()
    todo = (~equal & (flat == 0)).flatten().nonzero()[:, 0]
    a, f = source.flatten(1), fused.flatten(1)
    for part in todo.split(_CHUNK.get(fused.device.type, 2048)):
        windows_a, windows_f = a[:, part], f[:, part]
        result[part] = _scores(windows_a / windows_a.sum(0), windows_f / windows_f.sum(0), orders)
    return result.view(equal.shape)


def fmi_maps(sources: Tensor, fused: Tensor, released: bool = True) -> Tensor:
    """The score of every window, the mean of both sources.

    The released form has four quirks:

    1. The fused window is overwritten by its normalised version while source 1 is treated, unless
       source 1 equals it. Source 2 is then compared with the normalised window for equality, so that the
       value changes when the sources are exchanged (by up to 0.017).
    2. Two flat windows that are not found equal score 1 (there by rounding, here a rule).
    3. A flat window against one that is not scores 0.
    4. Windows are read in column-major order, which changes the value by about 0.001.

    The symmetric form has none of them: windows of equal density score 1, whichever source they are
    from (two flat ones among them; a flat one against another scores 0, the limit of c = 0), and the
    joint entropy is the mean over four orders of reading a window. Exchanging the sources, mirroring
    and rotating all images leave it as it is.

    Args:
        sources: (2, H, W) float64, 0…255, H and W at least 3.
        fused: (B, H, W) float64, 0…255.
        released: the released form, else the symmetric one.

    Returns:
        (B, H−2, W−2), 0…1 but for few windows: where φ exceeds 1, a window may score 2 and more.
    """
    raw_x, raw_f = _windows(sources), _windows(fused)
    (unit_x, flat_x), (unit_f, flat_f) = _normalised(raw_x), _normalised(raw_f)
    if released:
        equal1 = (raw_x[:, :1] == raw_f).all(0)
        left_over = torch.where(equal1, raw_f, unit_f)
        equals, orders = [equal1, (raw_x[:, 1:] == left_over).all(0)], [COLUMN_MAJOR]
    else:
        equals, orders = [(unit_x[:, k : k + 1] == unit_f).all(0) for k in (0, 1)], list(ALL_ORDERS)
    one, two = (
        _compare(
            unit_x[:, k].unsqueeze(1).expand_as(unit_f), unit_f, equals[k], flat_x[k].long() + flat_f, orders
        )
        for k in (0, 1)
    )
    return (one + two) / 2


def _mean(sources: Tensor, fused: Tensor, mask: Tensor | None, released: bool) -> Tensor:
    """(B,) means of the window scores, over the windows with their centre in the mask."""
    return pick(fmi_maps(sources, fused, released), centres(mask, WINDOW)).mean(-1)


def fmi_metrics(sources: Tensor, fused: Tensor, mask: Tensor | None = None) -> dict[str, Tensor]:
    """Q_FMI as released: the mean of `fmi_maps` over the windows.

    Args:
        sources: (2, H, W) float64, 0…255, H and W at least 3.
        fused: (B, H, W) float64, 0…255.
        mask: (H, W) bool, the region: windows whose centre lies in it; None for the whole image.

    Returns:
        "q_fmi", (B,); NaN where no window has its centre in the region.
    """
    return {"q_fmi": _mean(sources, fused, mask, released=True)}


def symmetric_fmi_metrics(sources: Tensor, fused: Tensor, mask: Tensor | None = None) -> dict[str, Tensor]:
    """Q_FMI in its symmetric, quirk-free form: "q_fmi_symmetric"; otherwise as `fmi_metrics`."""
    return {"q_fmi_symmetric": _mean(sources, fused, mask, released=False)}


_PAPER = "Haghighat & Razian, AICT 2014, https://doi.org/10.1109/ICAICT.2014.7036000"
_WINDOWS = "3×3 windows inside the image, no feature transform."
FAMILY = Family(
    specs=(
        MetricSpec(
            id="q_fmi",
            symbol="Q_FMI",
            title="Feature mutual information, as released",
            paper=_PAPER,
            form="released",
            range=(0.0, 1.0),
            convention=f"{_WINDOWS} Not symmetric in its sources (up to 0.017), as the released code is not.",
            smallest=3,
            local=True,
        ),
    ),
    measure=fmi_metrics,
    local_map=lambda _, sources, fused: fmi_maps(sources, fused, released=True)[0],
)
SYMMETRIC_FAMILY = Family(
    specs=(
        MetricSpec(
            id="q_fmi_symmetric",
            symbol="Q_FMI, symmetric",
            title="Feature mutual information, symmetric and without the released code's quirks",
            paper=_PAPER,
            form="clean",
            range=(0.0, 1.0),
            convention=f"{_WINDOWS} The same when the sources are exchanged, or all mirrored or rotated.",
            smallest=3,
            local=True,
        ),
    ),
    measure=symmetric_fmi_metrics,
    local_map=lambda _, sources, fused: fmi_maps(sources, fused, released=False)[0],
)
