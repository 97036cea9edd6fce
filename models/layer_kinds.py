"""What is known of a single layer: its kind, how it is called, how far it looks.

Owns the reading of torch's own layers. Knows nothing of how layers are connected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from torch import Tensor, fx, nn

_NORMS = (nn.BatchNorm2d, nn.InstanceNorm2d, nn.GroupNorm, nn.LayerNorm)
_NORM_NAMES = {
    nn.BatchNorm2d: "batch norm",
    nn.InstanceNorm2d: "instance norm",
    nn.GroupNorm: "group norm",
    nn.LayerNorm: "layer norm",
}
_ACTIVATION_NAMES = {
    nn.ReLU: "ReLU",
    nn.LeakyReLU: "leaky ReLU",
    nn.PReLU: "PReLU",
    nn.ELU: "ELU",
    nn.GELU: "GELU",
    nn.SiLU: "SiLU",
    nn.Softplus: "softplus",
    nn.Tanh: "tanh",
    nn.Sigmoid: "sigmoid",
    nn.Hardtanh: "hard tanh",
    nn.ReLU6: "ReLU6",
}
_SILENT = (nn.Identity, nn.Dropout, nn.Dropout2d)
_POOLS = (nn.MaxPool2d, nn.AvgPool2d)
_UPSAMPLING = (nn.Upsample, nn.ConvTranspose2d, nn.PixelShuffle)


@dataclass(frozen=True)
class Facts:
    """A layer by itself; `reach` is what it adds to the receptive field, None where that is no window."""

    kind: str
    label: str
    detail: str
    channels_in: int | None = None
    channels: int | None = None
    reach: int | None = None


def is_normalisation(module: nn.Module) -> bool:
    """Whether a module is a norm with statistics."""
    return isinstance(module, _NORMS)


def text_of(module: nn.Module) -> str:
    """How a norm or an activation that works pixel by pixel is called; "" for every other module."""
    if isinstance(module, nn.BatchNorm2d):
        return _NORM_NAMES[nn.BatchNorm2d]
    if isinstance(module, nn.LeakyReLU):
        return f"leaky ReLU {module.negative_slope:g}"
    if isinstance(module, _SILENT):
        return type(module).__name__.lower()
    return _ACTIVATION_NAMES.get(type(module), "")


def module_facts(module: nn.Module) -> Facts:
    """What is known of a module of any class."""
    if isinstance(module, nn.Conv2d):
        return _convolution(module)
    text = text_of(module)
    if text:
        kind = "normalisation" if is_normalisation(module) else "activation"
        return Facts(kind, text.split(" ")[0], text, reach=0)
    if isinstance(module, _NORMS):
        return Facts("normalisation", "norm", _NORM_NAMES.get(type(module), "norm"))
    name = type(module).__name__
    if isinstance(module, _POOLS):
        size = _pair(module.kernel_size)
        return Facts("pooling", f"{size[0]}×{size[1]}", f"{name} {size[0]}×{size[1]}")
    return Facts("upsampling" if isinstance(module, _UPSAMPLING) else "other", name[:8], name)


def weighted_facts(name: str, weights: Sequence[Tensor], node: fx.Node) -> Facts:
    """A function of a graph: a convolution with its weights as an argument, or whatever its name says."""
    weight = next((tensor for tensor in weights if tensor.dim() == 4), None)
    if "conv" in name and "transpose" not in name and weight is not None:
        outputs, inputs, height, width = weight.shape
        # stride, padding and dilation are positional or named; without them the reach is left open
        plain = node.kwargs.get("stride", 1) in (1, (1, 1), [1, 1]) and _stride_argument(node) == 1
        same = height == width and height % 2 == 1 and plain and not _dilated(node)
        reach = height // 2 if same else None
        label = f"{height}×{width}"
        return Facts("convolution", label, f"convolution {label}", int(inputs), int(outputs), reach)
    return Facts("other", name[:8] or "?", name or str(node.target))


def _convolution(module: nn.Conv2d) -> Facts:
    height, width = _pair(module.kernel_size)
    label, words = f"{height}×{width}", []
    if module.groups > 1:
        words.append(f"{module.groups} groups")
    if _pair(module.dilation) != (1, 1):
        words.append(f"dilation {_pair(module.dilation)[0]}")
    if _pair(module.stride) != (1, 1):
        words.append(f"stride {_pair(module.stride)[0]}")
    detail = ", ".join([f"convolution {label}", *words])
    reach = None if _pair(module.stride) != (1, 1) else _reach(module)
    return Facts("convolution", label, detail, module.in_channels, module.out_channels, reach)


def _reach(module: nn.Conv2d) -> int:
    """How many pixels a stride-1 convolution looks to its further side."""
    furthest = 0
    for axis in range(2):
        extent = _pair(module.dilation)[axis] * (_pair(module.kernel_size)[axis] - 1)
        padding = extent // 2 if isinstance(module.padding, str) else _pair(module.padding)[axis]
        furthest = max(furthest, padding, extent - padding)
    return furthest


def _stride_argument(node: fx.Node) -> int:
    stride = node.args[3] if len(node.args) > 3 else 1
    return stride if isinstance(stride, int) else max(cast(Sequence[int], stride))


def _dilated(node: fx.Node) -> bool:
    dilation: Any = node.args[5] if len(node.args) > 5 else node.kwargs.get("dilation", 1)
    return dilation not in (1, (1, 1), [1, 1])


def _pair(value: Any) -> tuple[int, int]:
    return (value, value) if isinstance(value, int) else (int(value[0]), int(value[1]))
