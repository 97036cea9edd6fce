"""DeepPedestrian: a deep residual network without batch normalisation or output activation.

The infrared-visible pedestrian fusion network that Kumar & Gumhold 2020 evaluate (their ref. 51,
Figure A1): a stem of four convolutions, then two stages of ReLU-led blocks of four.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.networks.layers import conv
from models.registry import MethodSpec, register


def _block() -> nn.Sequential:
    return nn.Sequential(*(layer for _ in range(4) for layer in (nn.ReLU(), conv(3, 48, 48))))


class DeepPedestrian(nn.Module):
    """313,105 parameters; receptive field 35×35."""

    def __init__(self) -> None:
        super().__init__()
        relu_convs = (layer for _ in range(3) for layer in (nn.ReLU(), conv(3, 48, 48)))
        self.stem = nn.Sequential(conv(3, 2, 48), *relu_convs)
        self.residual1 = _block()
        self.bridge = _block()
        self.residual2 = _block()
        self.output = nn.Sequential(nn.ReLU(), conv(3, 48, 1))

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        features = self.stem(torch.cat((x1, x2), 1))
        features = self.bridge(features + self.residual1(features))
        return self.output(features + self.residual2(features))


register(
    MethodSpec(
        id="deeppedestrian",
        title="DeepPedestrian",
        paper="Kumar & Gumhold 2020, ref. 51 (DeepPedestrian)",
        description="Both sources enter together; seventeen 3×3 convolutions with two residual connections.",
        parameters=313_105,
        factory=DeepPedestrian,
    )
)
