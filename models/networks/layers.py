"""Building blocks that several networks share."""

from __future__ import annotations

from torch import nn


def conv(kernel: int, inputs: int, outputs: int) -> nn.Conv2d:
    """A stride-1 convolution whose zero padding keeps the image size (odd `kernel`)."""
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)


def conv_block(kernel: int, inputs: int, outputs: int, activation: nn.Module) -> nn.Sequential:
    """Convolution, batch normalisation, activation."""
    return nn.Sequential(conv(kernel, inputs, outputs), nn.BatchNorm2d(outputs), activation)
