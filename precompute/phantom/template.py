"""The ICBM 152 2009a average brain, read from inside the installed nilearn package.

The only module that imports nilearn (a development dependency), and only when asked: the bundled
case studies are made once and read ever after without it. No network is used.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray


class TemplateError(RuntimeError):
    """The template cannot be read; the message says what to install."""


@dataclass(frozen=True, eq=False)
class Template:
    """Three volumes on the 1 mm MNI grid, shape (197, 233, 189), float32 in [0, 1].

    Axes are x (left to right), y (posterior to anterior), z (inferior to superior). `origin` is
    the voxel of the anterior commissure (0, 0, 0) mm, so that a millimetre coordinate plus
    `origin` is a voxel coordinate. Outside the skull-stripped brain everything is 0.
    """

    t1: NDArray[np.float32]
    grey: NDArray[np.float32]
    white: NDArray[np.float32]
    origin: tuple[float, float, float]

    @property
    def maps(self) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
        """(T1, grey matter, white matter)."""
        return self.t1, self.grey, self.white


@cache
def load_template() -> Template:
    """The template's T1, grey and white matter maps.

    Raises:
        TemplateError: nilearn is not installed.
    """
    try:
        from nilearn import datasets
    except ImportError:
        raise TemplateError(
            "The phantom needs the ICBM 152 template inside the nilearn package, which is not "
            "installed; expected the packages of requirements-dev.txt."
        ) from None
    t1 = datasets.load_mni152_template(resolution=1)
    offset = -t1.affine[:3, 3]
    return Template(
        t1=_volume(t1),
        grey=_volume(datasets.load_mni152_gm_template(resolution=1)),
        white=_volume(datasets.load_mni152_wm_template(resolution=1)),
        origin=(float(offset[0]), float(offset[1]), float(offset[2])),
    )


def _volume(image: Any) -> NDArray[np.float32]:
    return np.asarray(image.get_fdata(), dtype=np.float32)
