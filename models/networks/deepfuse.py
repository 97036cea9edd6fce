"""DeepFuse: one encoder with tied weights for both sources, features added.

Prabhakar, Srikar & Babu, "DeepFuse", ICCV 2017, https://doi.org/10.1109/ICCV.2017.505, as
configured by Kumar & Gumhold 2020, Figure A1 (leaky ReLU slope 0.01, tanh output).
"""

from __future__ import annotations

from torch import Tensor, nn

from models.networks.layers import conv_block
from models.registry import MethodSpec, register


class DeepFuse(nn.Module):
    """89,155 parameters; receptive field 25×25."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Sequential(
            conv_block(5, 1, 16, nn.LeakyReLU(0.01)), conv_block(7, 16, 32, nn.ReLU())
        )
        self.decode = nn.Sequential(
            conv_block(7, 32, 32, nn.LeakyReLU(0.01)),
            conv_block(5, 32, 16, nn.LeakyReLU(0.01)),
            conv_block(5, 16, 1, nn.Tanh()),
        )

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return self.decode(self.encode(x1) + self.encode(x2))


register(
    MethodSpec(
        id="deepfuse",
        title="DeepFuse",
        paper="Prabhakar et al. 2017 (DeepFuse)",
        description="The same encoder reads both sources; their features are added and decoded.",
        parameters=89_155,
        factory=DeepFuse,
        deviations=(
            "Layer sizes and the tanh output follow Kumar & Gumhold 2020, not the original exposure fusion.",
        ),
    )
)
