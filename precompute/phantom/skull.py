"""Everything around the brain: dura, skull, muscle, scalp and air, and what floats in the fluid.

Owns the layers outwards from the brain's envelope, and vessels, falx and choroid plexus. Knows
nothing of the template.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from precompute.phantom.fields import GRID, MM, Field, Mask, band_noise, smooth_noise, soft_step

RAYS = 360


def dura_distance(brain: Mask) -> Field:
    """Distance in mm outwards from the dura: the brain's smooth envelope, a little outside of it.

    Measured along rays from the centre, with the envelope's first harmonics only: a skull is
    rounder than the brain in it.
    """
    rows, cols = np.nonzero(brain)
    down, right = np.indices(GRID, dtype=np.float64)
    down, right = down - (rows.min() + rows.max()) / 2, right - (cols.min() + cols.max()) / 2
    radius, angle = np.hypot(down, right), np.arctan2(down, right)
    rays = np.floor((angle[brain] + np.pi) / (2 * np.pi) * RAYS).astype(int) % RAYS
    reach = np.zeros(RAYS)
    np.maximum.at(reach, rays, radius[brain])
    reach = ndimage.maximum_filter1d(reach, 9, mode="wrap")
    waves = np.fft.rfft(reach)
    waves *= np.exp(-((np.arange(waves.size) / 7.0) ** 2))
    envelope = np.fft.irfft(waves, RAYS)
    position = (angle + np.pi) / (2 * np.pi) * RAYS - 0.5
    dura = ndimage.map_coordinates(envelope, [position], order=1, mode="grid-wrap")
    return np.asarray((radius - dura) * MM - 0.1, dtype=np.float64)


def skull_and_scalp(rng: np.random.Generator, depth: Field, x: Field, y: Field, z: float) -> dict[str, Field]:
    """Skull, muscle and scalp, in layers of smoothly varying thickness outwards from the dura."""
    edge = 0.28
    bone = 5.4 + 0.8 * smooth_noise(rng, GRID, 20.0 / MM)
    temple = np.exp(-(((y - 22) / 24) ** 2)) * soft_step(np.abs(x), 45.0, 5.0)
    muscle = bone + 6.5 * temple * np.clip(1.0 - z / 45.0, 0.0, 1.0)
    scalp = muscle + 4.4 + 0.7 * smooth_noise(rng, GRID, 30.0 / MM)
    out, past_bone = soft_step(depth, 0.0, edge), soft_step(depth, bone, edge)
    past_muscle, past_skin = soft_step(depth, muscle, edge), soft_step(depth, scalp, 0.2)
    spongy = np.clip(0.75 + 0.5 * smooth_noise(rng, GRID, 4.0 / MM), 0.1, 1.0)
    diploe = spongy * soft_step(depth, 0.34 * bone, 0.3) * (1.0 - soft_step(depth, 0.72 * bone, 0.3))
    skin = soft_step(depth, scalp - 1.4, 0.25) * past_muscle * (1.0 - past_skin)
    return {
        "bone": out * (1.0 - past_bone) * (1.0 - diploe),
        "marrow": out * (1.0 - past_bone) * diploe,
        "muscle": past_bone * (1.0 - past_muscle),
        "fat": past_muscle * (1.0 - past_skin) - skin,
        "skin": skin,
        "air": past_skin,
    }


def in_the_fluid(
    rng: np.random.Generator, x: Field, y: Field, depth: Field, fluid: Field, deep: Field
) -> dict[str, Field]:
    """What lies in the fluid: falx, dura, sagittal sinus, vessels of the sulci, choroid plexus."""
    middle = np.abs(x + 0.4 * smooth_noise(rng, GRID, 10.0 / MM))
    behind = soft_step(-y, 17.0, 3.0)
    sinus = soft_step(4.2 * behind + 0.38 * depth * behind + 1.3 * (1 - behind) - middle, 0.0, 0.35)
    sinus = sinus * soft_step(depth, -9.0 * behind - 4.0 * (1.0 - behind), 0.5) * soft_step(-depth, 0.4, 0.2)
    front = soft_step(depth, -26.0, 2.0)
    falx = np.exp(-((middle / 0.55) ** 2)) * soft_step(-depth, 0.5, 0.3) * front * np.clip(fluid * 1.5, 0, 1)
    dots = soft_step(band_noise(rng, GRID, 0.65 / MM), 2.1, 0.15)
    arteries = dots * fluid * soft_step(-depth, 3.0, 0.5)
    plexus = soft_step(smooth_noise(rng, GRID, 3.0 / MM), 0.7, 0.15) * deep * fluid
    plexus = plexus * soft_step(-y, 8.0, 4.0) * soft_step(np.abs(x), 5.0, 0.8)
    return {
        "choroid": plexus,
        "falx": falx,
        "vessel": np.maximum(sinus, 0.9 * arteries * (1.0 - deep)),
        "dura": np.exp(-(((depth - 0.2) / 0.6) ** 2)),
    }
