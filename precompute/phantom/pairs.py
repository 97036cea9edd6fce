"""Random MRI + PET pairs for training: every pair another subject, slice, lesion and contrast.

Owns the distribution that the pairs are drawn from. The bundled case studies are `cases.py`.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm import tqdm

from precompute.phantom.anatomy import Head, make_head
from precompute.phantom.contrasts import FLAIR, PET, T1GD, T2, Modality, render_mri, render_pet, signal
from precompute.phantom.fields import Field
from precompute.phantom.lesions import Lesion
from precompute.phantom.template import Template, load_template


def _random_lesion(rng: np.random.Generator) -> Lesion | None:
    """Nothing (a third), a glioma, a ring-shaped metastasis, a solid nodule or a bland oedema."""
    kind = rng.choice(["none", "none", "glioma", "metastasis", "nodule", "oedema"])
    if kind == "none":
        return None
    side = rng.choice([-1.0, 1.0])
    centre = (float(rng.uniform(-55, 55)), float(side * rng.uniform(14, 44)))
    radius, rim, oedema = {
        "glioma": (rng.uniform(10, 20), rng.uniform(2.5, 5), rng.uniform(8, 22)),
        "metastasis": (rng.uniform(5, 11), rng.uniform(1.8, 3.5), rng.uniform(8, 22)),
        "nodule": (rng.uniform(3, 8), 9.0, rng.uniform(2, 14)),
        "oedema": (rng.uniform(2, 4), 5.0, rng.uniform(12, 24)),
    }[str(kind)]
    return Lesion(
        centre,
        float(radius),
        float(rim),
        float(oedema),
        roughness=float(rng.uniform(0.12, 0.35)),
        mass=float(rng.uniform(0.2, 0.7)),
        stretch=float(rng.uniform(1.0, 1.6)),
        angle=float(rng.uniform(0, np.pi)),
    )


def _jittered(modality: Modality, rng: np.random.Generator) -> Modality:
    """The modality with signals, noise and bias varied as between scanners and protocols."""
    signals = {
        name: level * float(np.exp(0.12 * rng.standard_normal())) for name, level in modality.signals.items()
    }
    return replace(
        modality,
        signals=signals,
        noise=modality.noise * float(rng.uniform(0.4, 1.5)),
        bias=modality.bias * float(rng.uniform(0.3, 2.0)),
        texture=modality.texture * float(rng.uniform(0.5, 1.5)),
    )


def _random_head(template: Template, rng: np.random.Generator, lesion: Lesion | None) -> Head:
    return make_head(
        template,
        rng,
        float(rng.uniform(-2, 58)),
        strength=float(rng.uniform(0.6, 1.4)),
        atrophy=float(np.clip(rng.normal(0.3, 0.35), 0.0, 1.0)),
        push=lesion.push if lesion else None,
    )


def random_pair(template: Template, seed: int, index: int) -> tuple[Field, Field]:
    """Pair `index` of the endless list that `seed` stands for: (mri, pet), each (256, 256) in [0, 1].

    Two pairs in three have T2 contrast, the others FLAIR or contrast-enhanced T1.
    """
    rng = np.random.default_rng([seed, index])
    lesion = _random_lesion(rng)
    head = _random_head(template, rng, lesion)
    parts = lesion.fractions(head, rng) if lesion else {}
    mri = _jittered((T2, T2, T2, T2, FLAIR, T1GD)[rng.integers(6)], rng)
    pet = _jittered(PET, rng)
    gamma = rng.uniform(0.8, 1.15)
    first = render_mri(head, signal(head, parts, mri), mri, rng) ** gamma
    second = render_pet(head, signal(head, parts, pet), pet, rng, fwhm=float(rng.uniform(4.5, 7.5)))
    return first, second


def save_grey16(image: Field, path: Path) -> None:
    """Write an image in [0, 1] as a 16-bit grey PNG."""
    levels = np.rint(np.clip(image, 0.0, 1.0) * 65535.0).astype(np.uint16)
    Image.fromarray(levels).save(path, optimize=False)


def write_training_pairs(out: Path, count: int, seed: int) -> None:
    """Write `count` random pairs as out/mri/NNNN.png and out/pet/NNNN.png (256×256, 16-bit grey).

    Pair n depends on (`seed`, n) only, so a longer run begins with the shorter one.

    Raises:
        TemplateError: nilearn, which carries the template, is not installed.
        ValueError: `count` is not positive or `seed` is negative.
    """
    if count < 1:
        raise ValueError(f"count is {count}; expected at least 1.")
    if seed < 0:
        raise ValueError(f"seed is {seed}; expected 0 or more.")
    template = load_template()
    for name in ("mri", "pet"):
        (out / name).mkdir(parents=True, exist_ok=True)
    for index in tqdm(range(count), desc="phantom", unit="pair", disable=not sys.stderr.isatty()):
        for name, image in zip(("mri", "pet"), random_pair(template, seed, index), strict=True):
            save_grey16(image, out / name / f"{index:04d}.png")
