"""MaskNet: densely connected encoder, plain decoder.

Fan, Ma, Tian, Huang & others, "MaskNet", as configured by Kumar & Gumhold 2020, Figure A1. The
figure ends with a ninth convolution `3: 1→1`; the released code has none, and neither has this.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.networks.layers import conv_block
from models.registry import MethodSpec, register


def _block(inputs: int, outputs: int) -> nn.Sequential:
    return conv_block(3, inputs, outputs, nn.LeakyReLU(0.2))


class MaskNet(nn.Module):
    """754,275 parameters; receptive field 17×17."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.ModuleList([_block(2, 48), _block(48, 48), _block(96, 48), _block(144, 48)])
        self.decode = nn.Sequential(_block(192, 192), _block(192, 128), _block(128, 64), _block(64, 1))

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        features = self.encode[0](torch.cat((x1, x2), 1))
        for block in self.encode[1:]:
            features = torch.cat((features, block(features)), 1)
        return torch.tanh(self.decode(features))


register(
    MethodSpec(
        id="masknet",
        title="MaskNet",
        paper="MaskNet, as configured in Kumar & Gumhold 2020",
        description="Both sources enter together; four densely connected layers, then four plain ones.",
        parameters=754_275,
        factory=MaskNet,
        deviations=("The ninth layer 3×3, 1→1 of the paper's figure is left out, as in the released code.",),
    )
)
