"""What is known of a fusion metric without computing it: its name, paper, range and convention.

The table that pages and command lines show. Knows nothing of tensors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Form = Literal["released", "clean", "standard"]


@dataclass(frozen=True)
class MetricSpec:
    """A fusion metric.

    `form` tells whose definition it is: "released", the authors' published code with its quirks;
    "clean", the paper's or a quirk-free form beside it; "standard", one that is not in dispute.
    `range` holds the least and the greatest value (greatest infinite: no bound). `smallest` is the least
    height and width of an image. `local` metrics have a map, `local_metric_map`.
    """

    id: str
    symbol: str
    title: str
    paper: str
    form: Form
    range: tuple[float, float]
    convention: str
    smallest: int
    local: bool = False
    higher_is_better: bool = True


_SSIM_PAPER = "Wang et al., IEEE TIP 13(4), 2004, https://doi.org/10.1109/TIP.2003.819861"
_SSIM_WINDOW = "11×11 Gaussian window, σ 1.5, inside the image only; L = 255, K = (0.01, 0.03)."
_FMI_PAPER = "Haghighat & Razian, AICT 2014, https://doi.org/10.1109/ICAICT.2014.7036000"
_FMI_WINDOW = "3×3 windows inside the image, no feature transform."
_XY_PAPER = "Xydeas & Petrović, Electronics Letters 36(4), 2000, https://doi.org/10.1049/el:20000267"
_XY_GRADIENT = "Sobel gradients with zeros outside the image, every pixel"
_PIELLA_PAPER = "Piella & Heijmans, ICIP 2003, https://doi.org/10.1109/ICIP.2003.1247209"
_STRETCH = "Each image stretched to the integers 0…255 by its own minimum and maximum; 256 bins"
# A pixel whose gradient is kept exactly: both sigmoids at their right end, 1/(1 + e⁻⁵)².
_XY_MOST = (1 / (1 + math.exp(-5))) ** 2

SPECS: tuple[MetricSpec, ...] = (
    MetricSpec(
        id="q_ssim",
        symbol="Q_SSIM",
        title="Structural similarity, mean of both sources",
        paper=_SSIM_PAPER,
        form="standard",
        range=(-1.0, 1.0),
        convention=_SSIM_WINDOW,
        smallest=11,
        local=True,
    ),
    MetricSpec(
        id="ssim_1",
        symbol="SSIM_1",
        title="Structural similarity with source 1",
        paper=_SSIM_PAPER,
        form="standard",
        range=(-1.0, 1.0),
        convention=_SSIM_WINDOW,
        smallest=11,
        local=True,
    ),
    MetricSpec(
        id="ssim_2",
        symbol="SSIM_2",
        title="Structural similarity with source 2",
        paper=_SSIM_PAPER,
        form="standard",
        range=(-1.0, 1.0),
        convention=_SSIM_WINDOW,
        smallest=11,
        local=True,
    ),
    MetricSpec(
        id="q_fmi",
        symbol="Q_FMI",
        title="Feature mutual information, as released",
        paper=_FMI_PAPER,
        form="released",
        range=(0.0, 1.0),
        convention=f"{_FMI_WINDOW} Not symmetric in its sources (up to 0.017), as the released code is not.",
        smallest=3,
        local=True,
    ),
    MetricSpec(
        id="q_fmi_symmetric",
        symbol="Q_FMI, symmetric",
        title="Feature mutual information, symmetric and without the released code's quirks",
        paper=_FMI_PAPER,
        form="clean",
        range=(0.0, 1.0),
        convention=f"{_FMI_WINDOW} The same when the sources are exchanged, or all mirrored or rotated.",
        smallest=3,
        local=True,
    ),
    MetricSpec(
        id="q_ncie",
        symbol="Q_NCIE",
        title="Nonlinear correlation information entropy (Q_IE)",
        paper="Wang, Shen & Jin, in Image Fusion: Algorithms and Applications, 2008, "
        "ISBN 978-0-12-372529-5, pp. 469–492",
        form="released",
        range=(1 - math.log(3, 256), 1.0),
        convention=f"{_STRETCH}, logarithms to base 256. The least value is 0.802: expect small differences.",
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
    MetricSpec(
        id="q_xy",
        symbol="Q_XY",
        title="Edges kept, mean of the pixels, as released (Q_G)",
        paper=_XY_PAPER,
        form="released",
        range=(0.0, _XY_MOST),
        convention=f"{_XY_GRADIENT}; a pixel flat in all images scores 0.987: background raises the value.",
        smallest=1,
    ),
    MetricSpec(
        id="q_xy_sums",
        symbol="Q_XY, ratio of sums",
        title="Edges kept, ratio of sums as in the paper",
        paper=_XY_PAPER,
        form="clean",
        range=(0.0, _XY_MOST),
        convention=f"{_XY_GRADIENT}, weighted by its gradient, so that flat background does not count.",
        smallest=1,
    ),
    MetricSpec(
        id="q_p_sw1",
        symbol="Q_P",
        title="Piella's quality index, mean of the windows (sw1, the published one)",
        paper=_PIELLA_PAPER,
        form="released",
        range=(-1.0, 1.0),
        convention=f"SSIM in the place of the universal index. {_SSIM_WINDOW}",
        smallest=11,
    ),
    MetricSpec(
        id="q_p_sw2",
        symbol="Q_P, weighted",
        title="Piella's quality index, windows weighted by variance (sw2)",
        paper=_PIELLA_PAPER,
        form="released",
        range=(-1.0, 1.0),
        convention=f"SSIM in the place of the universal index. {_SSIM_WINDOW}",
        smallest=11,
    ),
    MetricSpec(
        id="q_viff",
        symbol="Q_VIFF",
        title="Visual information fidelity",
        paper="Han et al., Information Fusion 14(2), 2013, https://doi.org/10.1016/j.inffus.2011.08.002",
        form="released",
        range=(0.0, math.inf),
        convention="Values 0…255; four scales, Gaussian windows of 17, 9, 5 and 3 pixels inside the image "
        "only. Above 1 where contrast was raised.",
        smallest=41,
    ),
)


def list_metrics() -> tuple[MetricSpec, ...]:
    """All fusion metrics, in the order in which they are shown."""
    return SPECS
