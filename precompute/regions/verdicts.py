"""The four requirements of the paper's clinical application, each as a measure with a verdict.

Kumar & Gumhold, *Computers* 9(4):98, 2020, section 5.3. The paper judges them by eye; here each is a
formula with a threshold, so that a reader can disagree with a number. None of them proves that a method may
be used on a patient, and `Requirement.unproven` says of each what it leaves open.

One source is the *relevant* one of a region (FDG-PET in the necrotic core, whose dark features must not be
corrupted); which one is the reader's choice, for modality names are data. Pure, numpy only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from precompute.regions.numbers import Mask, RegionAnalysis

Floats = NDArray[np.floating]
Pixel = tuple[int, int]
Judgement = Literal["met", "not met", "cannot be judged here"]
MET: Judgement = "met"
NOT_MET: Judgement = "not met"
UNJUDGED: Judgement = "cannot be judged here"

RING = 8
"""Pixels around a region that count as its surroundings: several times the width of a smoothed edge."""
BACKGROUND = 0.02
"""At or below this in every source a pixel is background and takes no part."""
VISIBLE_CONTRAST = 0.1
"""The relevant source itself must be this much darker in the region: 25 of 255 grey levels."""
DARK_KEPT = 0.5
"""The plain average of two sources keeps half of a contrast that only one of them has."""
BRIGHT_SHARE = 0.1
"""The brightest tenth of the relevant source is its "very bright features"."""
BRIGHT_KEPT = 0.75
"""Half way between the plain average with a source that is black there (0.5) and no loss at all (1)."""
OTHERS_SHARE = 0.5
"""Above one half the less relevant source has more say in the region than the relevant one."""
LEAKAGE = 0.1
""""Negligible": what comes from outside is a tenth of all influence, an order of magnitude less."""


@dataclass(frozen=True)
class Requirement:
    """A requirement in words. `{r}` stands for the relevant source's name, `{o}` for the other sources'.

    `sense` is "at least" or "at most" the `threshold`; `why` gives the reason of the threshold.
    """

    id: str
    title: str
    asks: str
    formula: str
    sense: Literal["at least", "at most"]
    threshold: float
    why: str
    unproven: str

    def said(self, text: str, modalities: Sequence[str], relevant: int) -> str:
        """One of its texts with the names of the sources in place."""
        others = " and ".join(name for k, name in enumerate(modalities) if k != relevant)
        return text.replace("{r}", modalities[relevant]).replace("{o}", others)

    @property
    def rule(self) -> str:
        """Its threshold, as "≥ 0.5"."""
        return f"{'≥' if self.sense == 'at least' else '≤'} {self.threshold:g}"


REQUIREMENTS: tuple[Requirement, ...] = (
    Requirement(
        id="dark_visible",
        title="Dark {r} core visible",
        asks="The extent of dark {r} features, such as a necrotic core, can be seen in the fused image.",
        formula="kept contrast = (mean of y around the region − mean of y in it) ÷ the same of {r}; "
        f"“around” is up to {RING} pixels from the region, without background",
        sense="at least",
        threshold=DARK_KEPT,
        why="The plain average of two sources keeps half of a contrast that only one of them has.",
        unproven="A kept mean contrast does not prove that the border is at the right place, nor that a "
        "reader finds it; and the contrast may partly come from {o}.",
    ),
    Requirement(
        id="bright_kept",
        title="Bright {r} kept",
        asks="Very bright {r} features, such as healthy active tissue, stay bright in the fused image.",
        formula="kept brightness = mean of y ÷ mean of {r}, over the brightest tenth of {r} among the pixels "
        "of the whole image where {r} is brighter than {o}",
        sense="at least",
        threshold=BRIGHT_KEPT,
        why="Half way between the plain average with a source that is black there (0.5) and no loss (1).",
        unproven="It does not prove that bright {r} can be told from what {o} makes bright, nor that small "
        "hot spots survive. It looks at the whole image, not at the chosen region.",
    ),
    Requirement(
        id="others_quiet",
        title="Little sensitivity to {o}",
        asks="Changes of the less relevant {o} in and around the region hardly change the fused region.",
        formula="share of {o} = Σ |G| of {o} ÷ Σ |G| of all sources, with G the gradient of the sum of the "
        "region's fused pixels",
        sense="at most",
        threshold=OTHERS_SHARE,
        why="Above one half the less relevant source has more say in the region than {r} has.",
        unproven="A gradient speaks of small changes only, and a share says nothing of its size: a method "
        "that hardly reacts to any source may fail here and still be stable (see the mean guidance).",
    ),
    Requirement(
        id="outside_negligible",
        title="Negligible influence from outside",
        asks="Source pixels outside the region, such as the enhancing rim, hardly change the fused region.",
        formula="leakage = Σ |G| outside the region ÷ Σ |G| everywhere, all sources",
        sense="at most",
        threshold=LEAKAGE,
        why="What comes from outside is then an order of magnitude less than all influence.",
        unproven="A small region leaks more than a large one with the same method, since more of its pixels "
        "lie at the rim: compare methods on one region, not regions. Opposite signs may cancel in G.",
    ),
)


@dataclass(frozen=True)
class Verdict:
    """What came of a requirement for one method.

    Attributes:
        requirement: its id.
        judgement: `MET`, `NOT_MET` or `UNJUDGED`.
        value: the measure; NaN where it cannot be taken.
        pixel: (y, x), where to look: the pixel that speaks most against the requirement.
        reason: one sentence where it cannot be judged, else empty.
    """

    requirement: str
    judgement: Judgement
    value: float
    pixel: Pixel
    reason: str = ""


def judge(
    sources: Floats,
    modalities: Sequence[str],
    mask: Mask,
    relevant: int,
    fused: Floats,
    guidance: Floats,
    analysis: RegionAnalysis,
) -> tuple[Verdict, ...]:
    """All four requirements for one method on one region, in the order of `REQUIREMENTS`.

    Args:
        sources, guidance: (K, H, W). fused: (H, W). mask: (H, W) bool, at least one pixel.
        relevant: the index of the relevant source, 0 to K − 1.
        analysis: of the same region and method.

    Raises:
        ValueError: there is no such source.
    """
    if not 0 <= relevant < len(sources):
        raise ValueError(f"The relevant source is {relevant}; expected 0 to {len(sources) - 1}.")
    name = modalities[relevant]
    return (
        _dark_visible(sources, name, mask, relevant, fused),
        _bright_kept(sources, name, mask, relevant, fused),
        _others_quiet(mask, relevant, guidance, analysis),
        _outside_negligible(mask, analysis),
    )


def plain_average(sources: Floats, mask: Mask, relevant: int) -> tuple[float, ...]:
    """The four measures for y = mean of the K sources, to compare with; NaN where they cannot be taken.

    Its gradient is 1/K for every source at the pixel itself, so that the last two are (K − 1)/K and 0.
    """
    average, count = sources.mean(axis=0, dtype=np.float64), len(sources)
    dark = _dark_visible(sources, "", mask, relevant, average).value
    bright = _bright_kept(sources, "", mask, relevant, average).value
    return dark, bright, (count - 1) / count, 0.0


def kept_contrast(source: Floats, fused: Floats, mask: Mask, around: Mask) -> tuple[float, float]:
    """How much darker a source (H, W) is in a region than around it, and which share of that y keeps."""
    own = float(source[around].mean(dtype=np.float64) - source[mask].mean(dtype=np.float64))
    kept = float(fused[around].mean(dtype=np.float64) - fused[mask].mean(dtype=np.float64))
    return own, kept / own if own else float("nan")


def surroundings(sources: Floats, mask: Mask, reach: int = RING) -> Mask:
    """The pixels within `reach` of a region and not in it, background left out; (H, W) bool."""
    height, width = mask.shape
    padded = np.pad(mask, reach)
    near = np.zeros_like(mask)
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            if dy * dy + dx * dx <= reach * reach:
                near |= padded[reach + dy : reach + dy + height, reach + dx : reach + dx + width]
    return near & ~mask & (sources > BACKGROUND).any(axis=0)


def bright_features(sources: Floats, relevant: int) -> Mask:
    """The brightest tenth of the relevant source where it is brighter than the others; (H, W) bool."""
    own = sources[relevant]
    others = np.delete(sources, relevant, axis=0).max(axis=0)
    candidates = (own > others) & (own > BACKGROUND)
    if not candidates.any():
        return candidates
    return candidates & (own >= np.quantile(own[candidates], 1 - BRIGHT_SHARE))


def _dark_visible(sources: Floats, name: str, mask: Mask, relevant: int, fused: Floats) -> Verdict:
    requirement, source = REQUIREMENTS[0], sources[relevant]
    pixel = _worst(fused - source, mask)
    around = surroundings(sources, mask)
    if not around.any():
        return Verdict(
            requirement.id,
            UNJUDGED,
            float("nan"),
            pixel,
            "There is nothing around the region but background.",
        )
    own, kept = kept_contrast(source, fused, mask, around)
    if own < VISIBLE_CONTRAST:
        darker = f"only {own:.2f} darker" if own > 0 else "not darker"
        reason = (
            f"{name} is {darker} in the region than around it; "
            f"at least {VISIBLE_CONTRAST:g} is needed to speak of a dark feature."
        )
        return Verdict(requirement.id, UNJUDGED, float("nan"), pixel, reason)
    return _verdict(requirement, kept, pixel)


def _bright_kept(sources: Floats, name: str, mask: Mask, relevant: int, fused: Floats) -> Verdict:
    requirement, source = REQUIREMENTS[1], sources[relevant]
    bright = bright_features(sources, relevant)
    if not bright.any():
        reason = f"{name} is nowhere brighter than the other source."
        return Verdict(requirement.id, UNJUDGED, float("nan"), _worst(source, mask), reason)
    kept = float(fused[bright].mean(dtype=np.float64) / source[bright].mean(dtype=np.float64))
    return _verdict(requirement, kept, _worst(source - fused, bright))


def _others_quiet(mask: Mask, relevant: int, guidance: Floats, analysis: RegionAnalysis) -> Verdict:
    requirement, numbers = REQUIREMENTS[2], analysis.numbers
    mass = numbers.mass_inside + numbers.mass_outside
    pixel = _worst(np.abs(np.delete(guidance, relevant, axis=0)).max(axis=0), mask)
    if not mass.sum() > 0:
        return Verdict(requirement.id, UNJUDGED, float("nan"), pixel, "No source has any gradient here.")
    return _verdict(requirement, float(1 - mass[relevant] / mass.sum()), pixel)


def _outside_negligible(mask: Mask, analysis: RegionAnalysis) -> Verdict:
    requirement, leakage = REQUIREMENTS[3], analysis.numbers.leakage
    outside = np.where(mask, 0, np.abs(analysis.gradient).sum(axis=0))
    pixels = np.argwhere(mask)
    origin = np.unravel_index(int(outside.argmax()), mask.shape) if outside.any() else pixels.mean(axis=0)
    # the fused pixel of the region that is nearest to the strongest influence from outside
    y, x = pixels[((pixels - np.asarray(origin)) ** 2).sum(axis=1).argmin()]
    pixel = int(y), int(x)
    if not np.isfinite(leakage):
        return Verdict(requirement.id, UNJUDGED, float("nan"), pixel, "No source has any gradient here.")
    return _verdict(requirement, leakage, pixel)


def _verdict(requirement: Requirement, value: float, pixel: Pixel) -> Verdict:
    met = (
        value >= requirement.threshold if requirement.sense == "at least" else value <= requirement.threshold
    )
    return Verdict(requirement.id, MET if met else NOT_MET, value, pixel)


def _worst(badness: Floats, mask: Mask) -> Pixel:
    """The pixel (y, x) of a mask where an image (H, W) is largest."""
    y, x = np.unravel_index(int(np.where(mask, badness, -np.inf).argmax()), mask.shape)
    return int(y), int(x)
