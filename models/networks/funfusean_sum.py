"""FunFuseAn with the high-frequency rule of the released training notebooks, H1 + H2.

Paper as in `funfusean`. The sum has no poles and is what the authors' PyTorch notebooks train.
"""

from __future__ import annotations

from torch import Tensor

from models.networks.funfusean import PAPER, FunFuseAn
from models.registry import MethodSpec, register


class FunFuseAnSum(FunFuseAn):
    """FunFuseAn whose high-frequency features are added."""

    def combine(self, h1: Tensor, h2: Tensor) -> Tensor:
        return h1 + h2


register(
    MethodSpec(
        id="funfusean_sum",
        title="FunFuseAn (sum rule)",
        paper=f"{PAPER}, released notebooks",
        description="FunFuseAn as its authors' notebooks train it: high frequencies are added.",
        parameters=122_209,
        factory=FunFuseAnSum,
        deviations=(
            "The high-frequency rule is H1 + H2, as in the released notebooks, not the paper's ratio.",
        ),
    )
)
