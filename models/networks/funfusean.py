"""FunFuseAn: low- and high-frequency branches for an anatomical and a functional image.

Kumar, Hoffmann, Oelschlägel, Koch, Kirsch & Gumhold, "Structural similarity based anatomical and
functional brain imaging fusion", MBIA 2019, https://doi.org/10.1007/978-3-030-33226-6_14.

The high-frequency rule of the paper, max(H1, H2)/(H1 + H2), has poles: a leaky ReLU makes the sum
zero or negative. Here the denominator s = H1 + H2 is replaced by s + ε²/s with ε = 0.1, which
keeps the sign of s and stays at least 2ε away from zero; the rule becomes the smooth
max(H1, H2)·s/(s² + ε²). For |s| ≫ ε it is the paper's.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.networks.layers import conv, conv_block
from models.registry import MethodSpec, register

PAPER = "Kumar et al. 2019 (FunFuseAn)"
_GUARD = 0.1


def _block(kernel: int, inputs: int, outputs: int) -> nn.Sequential:
    return conv_block(kernel, inputs, outputs, nn.LeakyReLU(0.2))


class FunFuseAn(nn.Module):
    """122,209 parameters; reaches 19×19 pixels of x_1 and 23×23 of x_2."""

    def __init__(self) -> None:
        super().__init__()
        self.low1 = _block(9, 1, 16)
        self.low2 = _block(7, 1, 16)
        self.high1 = nn.Sequential(_block(3, 1, 16), _block(3, 16, 32), _block(3, 32, 64))
        self.high2 = nn.Sequential(_block(5, 1, 16), _block(5, 16, 32), _block(3, 32, 64))
        self.reconstruct = nn.Sequential(_block(5, 64, 32), _block(5, 32, 16))
        self.output = conv(5, 16, 1)

    def combine(self, h1: Tensor, h2: Tensor) -> Tensor:
        """The rule that joins the high-frequency features, each (B, 64, H, W)."""
        total = h1 + h2
        return torch.maximum(h1, h2) * total / (total * total + _GUARD**2)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        high = self.reconstruct(self.combine(self.high1(x1), self.high2(x2)))
        return torch.tanh(self.output((self.low1(x1) + self.low2(x2) + high) / 3))


register(
    MethodSpec(
        id="funfusean",
        title="FunFuseAn",
        paper=PAPER,
        description=(
            "Separate low- and high-frequency branches per source; high frequencies are joined by "
            "the paper's ratio max(H1, H2)/(H1 + H2), its poles removed."
        ),
        parameters=122_209,
        factory=FunFuseAn,
        deviations=(
            "The denominator of the high-frequency rule is s + 0.01/s instead of s = H1 + H2: same sign, "
            "never nearer to zero than 0.2.",
            "The released notebooks add H1 + H2 instead, as funfusean_sum does: weights that were trained "
            "with them belong there, and fuse to another image here.",
        ),
    )
)
