"""The five bundled case studies: which subject, lesion, modalities and regions of interest.

Owns their recipes and seeds. Every mask comes from the simulated tissue fractions, so region
statistics have a ground truth.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from precompute.cases.case_study import BUNDLED, CaseStudy, Region, quantise, save_case
from precompute.phantom.anatomy import Head, make_head
from precompute.phantom.contrasts import FLAIR, PET, T1GD, T2, Modality, render_mri, render_pet, signal
from precompute.phantom.fields import FINE, GRID, Field, Mask, block_mean, soft_step
from precompute.phantom.lesions import Lesion
from precompute.phantom.template import load_template

PROVENANCE = (
    "Simulated by precompute/phantom from the ICBM 152 2009a average brain; no patient's image. "
    "ICBM 152 2009: © 1993–2009 Louis Collins, McConnell Brain Imaging Centre, Montreal Neurological "
    "Institute, McGill University; full notice in precompute/case_studies/NOTICE.md."
)

REGION_TEXTS = {
    "necrotic-core": ("Necrotic core", "Fluid-like dead tissue inside the tumour: no metabolism."),
    "enhancing-rim": ("Enhancing rim", "Living tumour around the core: high metabolism, takes up contrast."),
    "oedema": ("Oedema", "Swollen white matter around the tumour: much water, low metabolism."),
    "healthy-grey-matter": ("Healthy grey matter", "Cortex of the hemisphere without the lesion."),
    "white-matter": ("White matter", "Normal-appearing white matter of the hemisphere without the lesion."),
    "csf": ("Cerebrospinal fluid", "Ventricles and sulci."),
    "cortex": ("Cortex", "The cortical ribbon of both hemispheres."),
    "deep-grey-matter": ("Deep grey matter", "Thalamus and basal ganglia of both hemispheres."),
    "hypometabolic-cortex": (
        "Hypometabolic cortex",
        "Temporo-parietal and posterior cingulate cortex, with the metabolism lowered by up to a half.",
    ),
    "preserved-cortex": ("Preserved cortex", "Frontal cortex, with normal metabolism."),
}  # fmt: skip


LESION_PARTS = ("core", "rim", "oedema")


@dataclass(frozen=True)
class Recipe:
    """One bundled case study: everything that its images depend on."""

    id: str
    title: str
    description: str
    modalities: tuple[Modality, ...]
    seed: int
    z: float
    lesion: Lesion | None = None
    atrophy: float = 0.15
    ventricles: float = 0.0
    hypometabolism: float = 0.0


_GLIOMA = Lesion(centre=(4.0, -27.0), radius=16.5, rim=5.0, oedema=17.0, roughness=0.3, mass=0.45, angle=0.4)
_METASTASIS = Lesion(
    centre=(-18.0, 30.0), radius=10.0, rim=3.4, oedema=18.0, roughness=0.16, mass=0.4, stretch=1.1
)

RECIPES = (
    Recipe(
        "glioma-t2-fdg",
        "Glioma: T2-MRI + FDG-PET",
        "Simulated high-grade glioma of the right hemisphere: a necrotic core without metabolism, a rim with "
        "high metabolism, and oedema that is bright on T2 and dark on FDG-PET. Simulated, not a patient.",
        (T2, PET),
        seed=11,
        z=20.0,
        lesion=_GLIOMA,
    ),
    Recipe(
        "metastasis-t2-fdg",
        "Ring-shaped metastasis: T2-MRI + FDG-PET",
        "Simulated single brain metastasis of the left frontal lobe: a small ring with a necrotic centre and "
        "much oedema for its size. Simulated, not a patient.",
        (T2, PET),
        seed=28,
        z=32.0,
        lesion=_METASTASIS,
        atrophy=0.3,
    ),
    Recipe(
        "alzheimer-t2-fdg",
        "Alzheimer-like hypometabolism: T2-MRI + FDG-PET",
        "Simulated Alzheimer-like pattern: temporo-parietal and posterior cingulate cortex with lowered "
        "metabolism, more on the left, with wide sulci and ventricles; the frontal cortex is spared. "
        "Simulated, not a patient.",
        (T2, PET),
        seed=37,
        z=23.0,
        atrophy=0.9,
        ventricles=1.0,
        hypometabolism=0.6,
    ),
    Recipe(
        "control-t2-fdg",
        "Healthy control: T2-MRI + FDG-PET",
        "Simulated healthy subject at the level of the basal ganglia and thalamus. Simulated, not a person.",
        (T2, PET),
        seed=41,
        z=12.0,
    ),
    Recipe(
        "glioma-t1gd-flair",
        "Glioma: contrast-enhanced T1 + FLAIR",
        "The same simulated glioma as in “Glioma: T2-MRI + FDG-PET”: the rim takes up the contrast agent on "
        "T1, the oedema is bright on FLAIR, where fluid is dark. Simulated, not a patient.",
        (T1GD, FLAIR),
        seed=11,
        z=20.0,
        lesion=_GLIOMA,
    ),
)  # fmt: skip


def _posterior(head: Head) -> Field:
    """Where Alzheimer-like hypometabolism sits, 0 to 1: temporo-parietal and posterior cingulate."""
    x, y = head.x, head.y
    lateral = soft_step(-((np.abs(np.abs(x) - 52) / 30) ** 2 + ((y + 52) / 32) ** 2), -1.0, 0.15)
    medial = soft_step(-((x / 12) ** 2 + ((y + 48) / 17) ** 2), -1.0, 0.15)
    return np.clip(lateral * np.where(x < 0, 1.0, 0.75) + 0.9 * medial, 0.0, 1.0)


def _mask(fraction: Field, level: float) -> Mask:
    """The pixels (256, 256) that hold at least `level` of the tissue, without specks."""
    mask = block_mean(fraction, FINE) > level
    labels, count = ndimage.label(mask)
    if count == 0:
        return mask
    sizes = np.bincount(labels.ravel())
    return np.asarray((sizes >= 6)[labels] & mask)


def _regions(head: Head, parts: Mapping[str, Field], recipe: Recipe) -> tuple[Region, ...]:
    tissue = head.fractions
    sick = sum((parts[name] for name in LESION_PARTS if name in parts), np.zeros(GRID))
    cortex = tissue["grey"] * (1.0 - tissue["deep"]) * (1.0 - sick)
    masks: dict[str, Mask] = {}
    if recipe.lesion is not None:
        masks |= {"necrotic-core": _mask(parts["core"], 0.7), "enhancing-rim": _mask(parts["rim"], 0.6)}
        masks["oedema"] = _mask(parts["oedema"], 0.45)
        healthy = (head.x * np.sign(recipe.lesion.centre[1]) > 4.0).astype(np.float64)
        masks["healthy-grey-matter"] = _mask(cortex * healthy, 0.75)
    else:
        healthy = np.ones(GRID)
        if recipe.hypometabolism:
            masks["hypometabolic-cortex"] = _mask(cortex * (_posterior(head) > 0.6), 0.7)
            masks["preserved-cortex"] = _mask(cortex * (head.y > 5.0), 0.75)
        else:
            masks["cortex"] = _mask(cortex, 0.75)
            nuclei = tissue["thalamus"] + tissue["putamen"] + tissue["caudate"] + tissue["pallidum"]
            masks["deep-grey-matter"] = _mask(np.clip(nuclei, 0.0, 1.0), 0.75)
    white = tissue["white"] * healthy * (1.0 - sick)
    masks["white-matter"] = _mask(white, 0.9)
    masks["csf"] = _mask(tissue["csf"] * (1.0 - sick), 0.8)
    return tuple(Region(key, REGION_TEXTS[key][0], mask, REGION_TEXTS[key][1]) for key, mask in masks.items())


def make_case(recipe: Recipe) -> CaseStudy:
    """Simulate one case study; the same recipe gives the same images and masks.

    Raises:
        TemplateError: nilearn, which carries the template, is not installed.
    """
    rng = np.random.default_rng(recipe.seed)
    lesion = recipe.lesion
    head = make_head(
        load_template(),
        rng,
        recipe.z,
        atrophy=recipe.atrophy,
        ventricles=recipe.ventricles,
        push=lesion.push if lesion else None,
    )
    parts = lesion.fractions(head, rng) if lesion else {}
    images = []
    for modality in recipe.modalities:
        value = signal(head, parts, modality)
        noise = np.random.default_rng([recipe.seed, *modality.name.encode()])
        if modality is PET:
            value = value * (1.0 - recipe.hypometabolism * _posterior(head) * head.fractions["grey"])
            images.append(render_pet(head, value, modality, noise))
        else:
            images.append(render_mri(head, value, modality, noise))
    return CaseStudy(
        id=recipe.id,
        title=recipe.title,
        description=recipe.description,
        modalities=tuple(modality.name for modality in recipe.modalities),
        sources=quantise(np.stack(images)),
        regions=_regions(head, parts, recipe),
        provenance=PROVENANCE,
        synthetic=True,
    )


def write_bundle(folder: Path = BUNDLED) -> None:
    """Make all bundled case studies anew, each replaced as a whole.

    Raises:
        TemplateError: nilearn, which carries the template, is not installed.
    """
    for recipe in RECIPES:
        save_case(make_case(recipe), folder / recipe.id, replace=True)
