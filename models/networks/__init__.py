"""The fusion methods, one file each. Importing this package registers them, in display order."""

from models.networks import (
    weighted_averaging,  # noqa: F401  (imported to register)
    weighted_averaging_fixed,  # noqa: F401
    funfusean,  # noqa: F401
    funfusean_sum,  # noqa: F401
    masknet,  # noqa: F401
    deepfuse,  # noqa: F401
    deeppedestrian,  # noqa: F401
)  # isort: skip
