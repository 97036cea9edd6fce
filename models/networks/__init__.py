"""The fusion methods, one file each. Importing this package registers them, in display order."""

# isort: off
from models.networks import (
    weighted_averaging,
    weighted_averaging_fixed,
    funfusean,
    funfusean_sum,
    masknet,
    deepfuse,
    deeppedestrian,
)
# isort: on

__all__ = [
    "deepfuse",
    "deeppedestrian",
    "funfusean",
    "funfusean_sum",
    "masknet",
    "weighted_averaging",
    "weighted_averaging_fixed",
]
