"""Colour-coded fusion: two summed-gradient images as one colour image. Needs numpy only.

Kumar et al. 2019 (FunFuseAn), section 2.2: the functional source's summed gradient (eq. 5) gives hue and
saturation by the JET colours, the anatomical one's gives the value; Ω scales the saturation. The result is
RGB; the released code hands OpenCV's BGR on as RGB, so that its colours run the other way.
`assets/js/shared/colour_coding.js` has the same formula for the browser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

OMEGA = 0.6
"""The Ω that scored best in the paper (section 3.2)."""

_FUNCTIONAL = frozenset(
    ("pet", "spect", "scintigraphy", "fmri", "bold", "asl", "perfusion", "cbf", "cbv", "functional")
)


def colour_coded(
    functional: NDArray[np.floating], anatomical: NDArray[np.floating], omega: float = OMEGA
) -> NDArray[np.uint8]:
    """The colour-coded fused image.

    Args:
        functional: (H, W), the summed gradient of the functional source, signed; see `summed_gradient`.
        anatomical: (H, W), that of the anatomical source.
        omega: Ω, the share of the saturation that is kept, 0 (grey) to 1.

    Returns:
        uint8 (H, W, 3), red first. Each gradient is min-max scaled over its image; a constant one is 0.

    Raises:
        ValueError: two shapes, values that are not finite, or Ω outside 0 … 1.
    """
    if functional.ndim != 2 or functional.shape != anatomical.shape:
        raise ValueError(
            f"The gradients have shapes {functional.shape} and {anatomical.shape}; expected the same (H, W)."
        )
    if not (np.isfinite(functional).all() and np.isfinite(anatomical).all()):
        raise ValueError("The gradients hold NaN or infinity; expected finite numbers.")
    if not 0 <= omega <= 1:
        raise ValueError(f"Omega is {omega!r}; expected a number from 0 to 1.")
    colours = jet(_min_max(functional))
    # With V the value and S = 1 − min/max the saturation, HSV → RGB gives V (1 − Ω S (1 − h)) for each pure
    # hue component h = (c − min)/(max − min), and S (1 − h) is 1 − c/max.
    pale = 1 - omega * (1 - colours / colours.max(axis=-1, keepdims=True))
    return np.floor(255 * _min_max(anatomical)[..., None] * pale + 0.5).astype(np.uint8)


def jet(levels: NDArray[np.floating]) -> NDArray[np.float64]:
    """The JET colours of levels in [0, 1]: dark blue, blue, cyan, yellow, red, dark red; (…, 3) in [0, 1]."""
    middles = np.array([3.0, 2.0, 1.0])
    return np.clip(1.5 - np.abs(4 * np.asarray(levels, np.float64)[..., None] - middles), 0, 1)


def functional_source(modalities: Sequence[str]) -> tuple[int, bool]:
    """Which source is the functional one, by the names of the modalities.

    A name such as "FDG-PET" or "Tc-99m SPECT" is functional when one of its words is: PET, SPECT,
    scintigraphy, fMRI, BOLD, ASL, perfusion, CBF, CBV.

    Returns:
        Its number, and whether the names say so: where none or several are functional, the last one is taken.

    Raises:
        ValueError: no modality.
    """
    if not modalities:
        raise ValueError("There is no modality; expected the names of the sources.")
    found = [k for k, name in enumerate(modalities) if _FUNCTIONAL & set(re.split(r"[^a-z]+", name.lower()))]
    return (found[0], True) if len(found) == 1 else (len(modalities) - 1, False)


def _min_max(values: NDArray[np.floating]) -> NDArray[np.float64]:
    wide = values.astype(np.float64)
    low, high = wide.min(), wide.max()
    return (wide - low) / (high - low) if high > low else np.zeros_like(wide)
