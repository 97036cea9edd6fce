"""One subject's axial slice: tissue fractions on a fine grid, from the deformed template.

Owns the geometry of the head. Knows nothing of how a tissue looks in any modality, and of lesions
only the displacement that a mass gives its surroundings.

The template is an average of 152 people: smooth, and symmetric. What makes it one person here:
a smooth random displacement at three scales (asymmetric gyri, tilted slice); white matter
blades and sulci drawn into the cortical ribbon where the average has washed them out; a thin
ribbon of grey matter of random thickness along the white matter, with the valley between two
banks as the sulcus. Skull, scalp and air are built outwards from the brain's hull.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from precompute.phantom.fields import (
    GRID,
    MM,
    Field,
    Mask,
    band_noise,
    blur,
    image_millimetres,
    smooth_noise,
    soft_step,
)
from precompute.phantom.skull import dura_distance, in_the_fluid, skull_and_scalp
from precompute.phantom.template import Template

Triple = tuple[float, float, float]
Displacement = Callable[[Field, Field, Field], tuple[Field, Field]]

NUCLEI: tuple[tuple[str, Triple, Triple], ...] = (
    ("pallidum", (18.5, -4.0, 0.0), (5.0, 8.0, 6.0)),
    ("putamen", (26.0, 3.0, 3.0), (5.5, 14.0, 10.0)),
    ("caudate", (12.5, 14.0, 9.0), (5.5, 9.0, 12.0)),
    ("thalamus", (11.0, -18.0, 8.0), (9.0, 12.0, 9.0)),
)
"""Deep grey nuclei: centre (at both ±x) and semi-axes in template mm."""


@dataclass(frozen=True, eq=False)
class Head:
    """Tissue fractions of one slice, each (512, 512) float64 in [0, 1].

    csf, white, grey, bone, marrow, muscle, fat, skin and air share each pixel (their sum is 1); the
    other fractions are laid over these: the deep nuclei over grey and white matter, vessels, falx,
    dura and choroid plexus over fluid, gliosis over white matter. `deep` is 1 in the brain's middle.
    `x`, `y` are template millimetres of each pixel (x to the right ear, y to the nose), after
    deformation; `down`, `right` undeformed millimetres from the image centre.
    `myelin` is 1 in the densest white matter, -1 in the least dense.
    `depth` is the distance in mm outwards from the dura (negative inside the skull).
    """

    fractions: dict[str, Field]
    x: Field
    y: Field
    z: float
    down: Field
    right: Field
    depth: Field
    myelin: Field
    inside: Mask


def _coordinates(rng: np.random.Generator, z: float, strength: float) -> tuple[Field, Field, Field]:
    """Template millimetres (x, y, z) of every fine pixel, after the random deformation."""
    down, right = image_millimetres()
    x, y, height = -right, -17.0 - down, np.full(GRID, float(z))
    height += np.tan(np.radians(rng.uniform(-4, 4))) * (y + 17) + np.tan(np.radians(rng.uniform(-3, 3))) * x
    shear = rng.uniform(-0.03, 0.03)
    x, y = x * rng.uniform(0.97, 1.03) + shear * (y + 17), (y + 17) * rng.uniform(0.97, 1.03) - 17
    for sigma_mm, amplitude in ((38.0, 2.0), (14.0, 1.6), (6.5, 0.8)):
        x = x + strength * amplitude * smooth_noise(rng, GRID, sigma_mm / MM)
        y = y + strength * amplitude * smooth_noise(rng, GRID, sigma_mm / MM)
        height = height + strength * amplitude * smooth_noise(rng, GRID, sigma_mm / MM)
    return x, y, height


def _sample(volume: np.ndarray, template: Template, x: Field, y: Field, z: Field) -> Field:
    points = [x + template.origin[0], y + template.origin[1], z + template.origin[2]]
    values = ndimage.map_coordinates(volume, points, order=1, mode="constant")
    return np.asarray(values, dtype=np.float64)


def _deep(x: Field, y: Field, z: Field) -> Field:
    """1 in the deep grey nuclei and around the ventricles, 0 in the cortex."""
    radius = np.sqrt((x / 33) ** 2 + ((y + 4) / 40) ** 2 + ((z - 8) / 28) ** 2)
    return soft_step(-radius, -1.0, 0.04)


def _blob(x: Field, y: Field, z: Field, centre: Triple, size: Triple) -> Field:
    """A soft ellipsoid at ±centre (both hemispheres), 1 inside."""
    radius = ((np.abs(x) - centre[0]) / size[0]) ** 2 + ((y - centre[1]) / size[1]) ** 2
    return soft_step(-np.sqrt(radius + ((z - centre[2]) / size[2]) ** 2), -1.0, 0.08)


def _third_ventricle(x: Field, y: Field, z: Field) -> Field:
    """The slit between the thalami, which the average of 152 people has closed."""
    slit = soft_step(-np.abs(x), -0.8, 0.2) * soft_step(-np.abs(y + 10), -11.0, 1.2)
    return np.asarray(slit * soft_step(-z, -14.0, 1.0))


def _ribbon(
    rng: np.random.Generator, white: Field, csf: Field, deep: Field, atrophy: float
) -> tuple[Field, Field]:
    """White matter and sulcal fluid of the cortex, sharp, from the smooth template maps."""
    cortical = (1.0 - deep) * np.clip(1.6 * (1.0 - white), 0.0, 1.0)
    blades = band_noise(rng, GRID, 2.1 / MM)
    local = blur(white, 6.0 / MM)
    sharp = white + 0.12 * blades * cortical + 0.05 * smooth_noise(rng, GRID, 1.5 / MM)
    sharp_white = soft_step(sharp, 0.30 + 0.28 * local, 0.05)
    depth = ndimage.distance_transform_edt(sharp_white < 0.5) * MM
    depth = blur(depth, 0.7 / MM)
    slope = np.hypot(*np.gradient(depth, MM))
    valley = soft_step(-slope, -0.62, 0.06) * soft_step(depth, 1.9, 0.15)
    thickness = 5.4 - 1.2 * atrophy + 0.5 * smooth_noise(rng, GRID, 8.0 / MM) - 3.6 * blur(csf, 1.0 / MM)
    islands = csf + (0.22 - 0.1 * atrophy) * band_noise(rng, GRID, 2.4 / MM)
    beyond = soft_step(depth, thickness, 0.22) * soft_step(islands, 0.36 - 0.1 * atrophy, 0.03)
    opened = np.clip(0.55 + 1.1 * csf + 0.5 * atrophy + 0.25 * smooth_noise(rng, GRID, 5.0 / MM), 0.0, 1.0)
    sulci = np.maximum(valley * opened, beyond) * (1.0 - deep)
    widened = soft_step(blur(sulci, 0.9 / MM), 0.26, 0.05)
    return sharp_white, np.maximum(sulci, atrophy * widened * (1.0 - deep))


def _brain(
    rng: np.random.Generator,
    t1: Field,
    grey: Field,
    white: Field,
    deep: Field,
    third: Field,
    atrophy: float,
) -> dict[str, Field]:
    """Fluid and white matter; what is left of the brain is grey matter."""
    brain = soft_step(blur((t1 > 0.1).astype(np.float64), 0.8 / MM), 0.5, 0.12)
    csf = np.clip(1.0 - grey - white, 0.0, 1.0)
    sharp_white, sulci = _ribbon(rng, white, csf, deep, atrophy)
    lakes = deep * soft_step(csf, 0.45 - 0.15 * atrophy, 0.07) + (1.0 - deep) * soft_step(csf, 0.62, 0.06)
    fluid = np.maximum(np.clip(lakes + sulci, 0.0, 1.0), third)
    fluid = 1.0 - brain * (1.0 - fluid)
    white_part = (deep * white + (1.0 - deep) * sharp_white) * (1.0 - fluid)
    return {"csf": fluid, "white": white_part, "deep": deep}


def make_head(
    template: Template,
    rng: np.random.Generator,
    z: float,
    *,
    strength: float = 1.0,
    atrophy: float = 0.0,
    ventricles: float = 0.0,
    push: Displacement | None = None,
) -> Head:
    """The head of one simulated subject at `z` millimetres above the commissures.

    Args:
        template: the average brain.
        rng: the only source of randomness.
        z: slice height in template mm; -2 to 60 gives whole-brain slices without cerebellum.
        strength: of the random deformation (1 is a normal subject).
        atrophy: 0 (young) to 1 (wide sulci, thin cortex).
        ventricles: 0 (normal) to 1 (twice as wide): their enlargement.
        push: a lesion's mass effect: (x, y, depth) in mm -> displaced (x, y).
    """
    x, y, height = _coordinates(rng, z, strength)
    depth = dura_distance(_sample(template.t1, template, x, y, height) > 0.12)
    x = x * (1.0 - 0.5 * ventricles * np.exp(-((x / 32) ** 2) - ((y + 15) / 55) ** 2))
    if push is not None:
        x, y = push(x, y, depth)
    t1, grey, white = (_sample(map_, template, x, y, height) for map_ in template.maps)
    inner = 1.0 - soft_step(depth, 0.0, 0.28)
    tissue = _brain(rng, t1, grey, white, _deep(x, y, height), _third_ventricle(x, y, height), atrophy)
    fractions = {name: inner * part for name, part in tissue.items()}
    fractions["grey"] = np.clip(inner - fractions["csf"] - fractions["white"], 0.0, 1.0)
    for name, centre, size in NUCLEI:
        fractions[name] = _blob(x, y, height, centre, size) * (inner - fractions["csf"])
    fractions |= skull_and_scalp(rng, depth, x, y, z)
    fractions |= in_the_fluid(rng, x, y, depth, fractions["csf"], fractions["deep"])
    halo = blur(tissue["deep"] * tissue["csf"], 3.0 / MM)
    halo = halo * np.clip(0.6 + 0.7 * smooth_noise(rng, GRID, 5.0 / MM), 0.0, 1.5)
    fractions["gliosis"] = np.clip(2.2 * atrophy * halo, 0.0, 1.0) * fractions["white"]
    myelin = np.clip((blur(t1, 1.0 / MM) - 0.865) / 0.05, -1.0, 1.0)
    return Head(fractions, x, y, z, *image_millimetres(), depth, myelin, fractions["air"] < 0.5)
