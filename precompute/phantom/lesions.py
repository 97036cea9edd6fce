"""Simulated focal lesions: where their core, rim and oedema lie, and how they push the brain.

Owns the shapes. How they look in a modality is `contrasts.py`. A lesion is made in two steps,
because its mass effect has to be known before the tissue that the oedema creeps into:
`Lesion.push` displaces the anatomy, `Lesion.fractions` then fills the head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from precompute.phantom.anatomy import Head
from precompute.phantom.fields import GRID, MM, Field, blur, image_millimetres, smooth_noise, soft_step


@dataclass(frozen=True)
class Lesion:
    """One lesion, in millimetres of the image: centre (down, right) from the image's centre.

    `radius` is that of the outer edge of the rim, `rim` its thickness (a rim as thick as the
    radius is a solid lesion), `oedema` how far the oedema reaches beyond the rim, `roughness` the
    irregularity of the border (0 is an ellipse), `mass` the displaced share of its volume (0 to 1).
    """

    centre: tuple[float, float]
    radius: float
    rim: float
    oedema: float
    roughness: float = 0.25
    mass: float = 0.5
    stretch: float = 1.25
    angle: float = 0.0

    def distance(self, down: Field, right: Field) -> Field:
        """Elliptic distance in mm from the centre, of points given as `centre` is."""
        down, right = down - self.centre[0], right - self.centre[1]
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        along, across = cos * down + sin * right, cos * right - sin * down
        return np.asarray(np.hypot(along / np.sqrt(self.stretch), across * np.sqrt(self.stretch)))

    def push(self, x: Field, y: Field, depth: Field) -> tuple[Field, Field]:
        """Template coordinates after the mass effect: tissue moves away from the centre.

        Backward map r' -> (r'³ − m R³)^(1/3), as an incompressible medium around a growing ball,
        fading out towards the skull, which does not move.
        """
        down, right = image_millimetres()
        down, right = down - self.centre[0], right - self.centre[1]
        distance = np.hypot(down, right) + 1e-6
        volume = self.mass * (self.radius + 0.25 * self.oedema) ** 3
        origin = np.cbrt(np.maximum(distance**3 - volume, (0.25 * distance) ** 3))
        share = (distance - origin) / distance * np.clip(-depth / 14.0, 0.0, 1.0)
        share = blur(share, 1.5 / MM)
        return x + share * right, y + share * down

    def fractions(self, head: Head, rng: np.random.Generator) -> dict[str, Field]:
        """`core`, `rim` and `oedema`, each (512, 512) in [0, 1], inside the brain only.

        `grain` is their inner unevenness, of mean 0: living tumour and debris are never uniform.
        Oedema follows the white matter in fingers and spares the cortex and the other hemisphere.
        """
        distance = self.distance(head.down, head.right)
        coarse = smooth_noise(rng, GRID, 0.45 * self.radius / MM)
        fine = smooth_noise(rng, GRID, 0.14 * self.radius / MM)
        distance = distance + self.radius * self.roughness * (0.6 * coarse + 0.25 * fine)
        inside = soft_step(-head.depth, 1.5, 0.3)
        tumour = soft_step(-distance, -self.radius, 0.35) * inside
        wall = self.rim * np.clip(1.0 + 0.55 * smooth_noise(rng, GRID, 0.35 * self.radius / MM), 0.45, 2.2)
        core = soft_step(-distance, -(self.radius - wall), 0.35) * inside
        reach = self.oedema * np.clip(1.0 + 0.3 * smooth_noise(rng, GRID, 6.0 / MM), 0.2, 2.0)
        white = blur(head.fractions["white"], 0.6 / MM)
        same_side = soft_step(head.x * np.sign(-self.centre[1]), -1.0, 1.0)
        spread = soft_step(reach - (distance - self.radius), 0.0, 1.1)
        spread = spread * np.clip(1.15 - 0.5 * (distance - self.radius) / self.oedema, 0.5, 1.0)
        oedema = spread * same_side * np.clip(1.25 * white - 0.1, 0.0, 1.0) * (1.0 - tumour)
        grain = 0.8 * smooth_noise(rng, GRID, 2.0 / MM) + 0.5 * smooth_noise(rng, GRID, 0.8 / MM)
        rim = np.clip(tumour - core, 0.0, 1.0)
        return {"core": core, "rim": rim, "oedema": oedema * inside, "grain": grain}
