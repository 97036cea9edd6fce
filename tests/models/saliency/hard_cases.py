"""Small modules for which an engine of windows gives wrong numbers, refuses, or crashes without need.

Each is a fusion of two images (B, 1, H, W). `path` is how it must be differentiated, None where any exact way
will do.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class MeanDecision(nn.Module):
    """A hard decision by the whole image's mean."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return torch.where(x1 > x1.mean(), 0.8 * x1 + 0.2 * x2, x2 * x2)


class SmoothedDecision(nn.Module):
    """A decision map, smoothed afterwards: its gradient does not show how far it looks."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        wide = (F.avg_pool2d(x1, 9, 1, 4) > F.avg_pool2d(x2, 9, 1, 4)).to(x1.dtype)
        weight = F.avg_pool2d(wide, 5, 1, 2)
        return weight * x1 + (1 - weight) * x2


class ArgmaxOfActivity(nn.Module):
    """The source with more activity wins, by argmax."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        both = torch.cat((x1, x2), 1)
        activity = F.avg_pool2d((both - F.avg_pool2d(both, 3, 1, 1)).abs(), 7, 1, 3)
        return both.gather(1, activity.argmax(1, keepdim=True)) * 0.9 + 0.05 * (x1 + x2)


class AdaptivePooling(nn.Module):
    """Weights from a pooled image of a fixed size: windows that grow with the image."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        pooled = F.adaptive_avg_pool2d(x1, 4)
        return F.interpolate(pooled, x1.shape[-2:], mode="nearest") * x2 + 0.3 * x1


class PositionalTable(nn.Module):
    """A table of positions, repeated over the image: the same under shifts by 32 pixels only."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("table", torch.rand((1, 1, 32, 32), generator=torch.Generator().manual_seed(1)))

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        height, width = x1.shape[-2:]
        table = self.table.repeat(1, 1, height // 32 + 1, width // 32 + 1)[..., :height, :width]
        return x1 * table + x2 * (1 - table)


class FromTheBorder(nn.Module):
    """Something that depends on the distance to the lower border."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        height = x1.shape[-2]
        rows = torch.arange(height, dtype=x1.dtype, device=x1.device).flip(0)[:, None] % 7
        return x1 * rows / 7 + x2 * (1 - rows / 7)


class LateTable(nn.Module):
    """A weight that depends on the position from row 145 on, where no probe looks."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        rows = torch.arange(x1.shape[-2], dtype=x1.dtype, device=x1.device)[:, None]
        weight = torch.where(rows >= 145, 1 + (rows - 144) / 20, torch.ones_like(rows))
        return 0.5 * weight * x1 + F.avg_pool2d(x2, 3, 1, 1)


class FewPixels(nn.Module):
    """Another weight at ten pixels of row 150: too few to give up all windows."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        rows, columns = (torch.arange(size, device=x1.device) for size in x1.shape[-2:])
        few = (rows[:, None] == 150) & (columns < 10)
        return torch.where(few, 0.9 * x1, 0.5 * x1) + F.avg_pool2d(x2 * x2, 3, 1, 1)


class BorderMask(nn.Module):
    """Another rule within three pixels of the border."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        inner = torch.zeros_like(x1)
        inner[..., 3:-3, 3:-3] = 1
        return inner * x1 * x1 + (1 - inner) * torch.sin(x2)


class VerticalPooling(nn.Module):
    """Pooled to half the rows and brought back linearly over the whole height."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        pooled = F.max_pool2d(x1 * x2 + x1, (2, 1), (2, 1), ceil_mode=True)
        return F.interpolate(pooled, size=x1.shape[-2:], mode="bilinear", align_corners=True) * x2


class LargeImages(nn.Module):
    """Another rule on images of more than 200 pixels, where no probe looks."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        if x1.shape[-1] <= 200:
            return 0.5 * x1 + 0.5 * x2
        return 0.5 * x1 + 0.5 * x2 + 0.1 * (x1.mean() - x1).square()


class VerticalStride(nn.Module):
    """A vertical stride of 2 with a window of odd radius."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(4)
        self.down = nn.Conv2d(2, 4, 3, stride=(2, 1), padding=1)
        self.up = nn.ConvTranspose2d(4, 1, (2, 1), stride=(2, 1))

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return torch.sigmoid(self.up(torch.tanh(self.down(torch.cat((x1, x2), 1)))))


class Checkerboard(nn.Module):
    """Other weights at every second pixel."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        height, width = x1.shape[-2:]
        board = (torch.arange(height)[:, None] + torch.arange(width)) % 2
        return torch.where(board.bool(), F.avg_pool2d(x1, 3, 1, 1), x2)


class FlatRegions(nn.Module):
    """Another rule where a region is flat."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        spread = F.max_pool2d(x1, 5, 1, 2) + F.max_pool2d(-x1, 5, 1, 2)
        return torch.where(spread > 1e-3, 0.7 * x1 + 0.3 * x2, x2)


class Squeeze(nn.Module):
    """Two-by-two blocks to channels, a coupling, and back: the same under shifts by two pixels."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(5)
        self.one = nn.Conv2d(4, 4, 3, padding=1)
        self.two = nn.Conv2d(4, 4, 3, padding=1)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        a, b = F.pixel_unshuffle(x1, 2), F.pixel_unshuffle(x2, 2)
        a = a + torch.tanh(self.one(b))
        b = b + torch.tanh(self.two(a))
        return torch.sigmoid(F.pixel_shuffle(a + b, 2))


class Pooled(nn.Module):
    """Two poolings and two transposed convolutions with a skip: the same under shifts by four pixels."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(6)
        self.first = nn.Conv2d(2, 4, 3, padding=1)
        self.second = nn.Conv2d(4, 6, 3, padding=1)
        self.up = nn.ModuleList([nn.ConvTranspose2d(6, 4, 2, 2), nn.ConvTranspose2d(4, 4, 2, 2)])
        self.last = nn.Conv2d(8, 1, 3, padding=1)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        a = F.silu(self.first(torch.cat((x1, x2), 1)))
        b = F.silu(self.second(F.avg_pool2d(a, 2)))
        c = self.up[1](self.up[0](F.avg_pool2d(b, 2)))
        return torch.sigmoid(self.last(torch.cat((a, c), 1)))


class SpatialAttention(nn.Module):
    """Features times a map of one channel: a broadcast between layers."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(7)
        self.features = nn.Conv2d(2, 6, 3, padding=1)
        self.attention = nn.Conv2d(6, 1, 3, padding=1)
        self.last = nn.Conv2d(6, 1, 3, padding=1)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        f = torch.relu(self.features(torch.cat((x1, x2), 1)))
        return torch.tanh(self.last(f * torch.sigmoid(self.attention(f))))


class SharedMask(nn.Module):
    """A boolean mask with two users."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(8)
        self.conv = nn.Conv2d(1, 1, 3, padding=1)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        mask = x1 > x2
        return torch.where(mask, self.conv(x1), x2) + 0.1 * self.conv(torch.where(mask, x2, x1))


class Detached(nn.Module):
    """A weight that carries no gradient."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(9)
        self.conv = nn.Conv2d(2, 1, 3, padding=1)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        weight = torch.sigmoid(self.conv(torch.cat((x1, x2), 1))).detach()
        return weight * x1 + (1 - weight) * torch.tanh(self.conv(torch.cat((x2, x1), 1)))


class KeepsActivations(nn.Module):
    """Keeps what it computed, which has a history and cannot be copied."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(10)
        self.conv = nn.Conv2d(2, 1, 5, padding=2)
        self.seen = self.conv(torch.rand((1, 2, 8, 8)))

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        self.seen = self.conv(torch.cat((x1, x2), 1))
        return torch.tanh(self.seen)


class FloatConstants(nn.Module):
    """A filter in float32 that the forward pass makes."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        blur = torch.full((1, 1, 3, 3), 1 / 9, dtype=torch.float32).to(x1.device)
        low = F.conv2d(x1, blur, padding=1)
        return 0.5 * low + 0.5 * x2


class ChecksItsSize(nn.Module):
    """Refuses sizes in its own way."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(11)
        self.conv = nn.Conv2d(8, 4, 3, padding=1)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        assert x1.shape[-1] % 2 == 0, "even, please"
        if x1.shape[-2] % 2:
            raise ValueError("even, please")
        both = torch.cat((F.pixel_unshuffle(x1, 2), F.pixel_unshuffle(x2, 2)), 1)
        return torch.sigmoid(F.pixel_shuffle(self.conv(both), 2))


class FarCones(nn.Module):
    """A stack of dilated convolutions that looks further than any probe's canvas."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(12)
        self.layers = nn.Sequential(
            nn.Conv2d(2, 2, 3, padding=40, dilation=40),
            nn.Tanh(),
            nn.Conv2d(2, 1, 3, padding=30, dilation=30),
        )

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return torch.tanh(self.layers(torch.cat((x1, x2), 1)))


@dataclass(frozen=True)
class HardCase:
    """A kind of module: how it must be differentiated, its image's size, whether it knows float32 only."""

    build: type[nn.Module]
    path: str | None = None
    size: tuple[int, int] = (48, 52)
    single: bool = False

    @property
    def name(self) -> str:
        return self.build.__name__


HARD_CASES = (
    HardCase(MeanDecision, "whole image"),
    HardCase(SmoothedDecision),
    HardCase(ArgmaxOfActivity),
    HardCase(AdaptivePooling, "whole image"),
    HardCase(PositionalTable, "whole image"),
    HardCase(FromTheBorder, "whole image"),
    HardCase(LargeImages, size=(40, 210)),
    HardCase(LateTable, size=(170, 40)),
    HardCase(FewPixels, size=(170, 40)),
    HardCase(BorderMask),
    HardCase(VerticalPooling),
    HardCase(VerticalStride, "periodic crops"),
    HardCase(Checkerboard),
    HardCase(FlatRegions),
    HardCase(Squeeze, "periodic crops"),
    HardCase(Pooled, "periodic crops"),
    HardCase(SpatialAttention),
    HardCase(SharedMask),
    HardCase(Detached),
    HardCase(KeepsActivations),
    HardCase(FloatConstants, "crops", single=True),
    HardCase(ChecksItsSize, "periodic crops"),
    HardCase(FarCones, "cones"),
)
