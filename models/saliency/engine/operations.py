"""What single operations of a traced network are to the cone engine.

Owns the lists of operations: of the values at one pixel, over the channels of a pixel, convolutions in
all spellings with the padding in front of them, and the choice of channels.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, fx, nn
from torch.nn import functional as F

from models.saliency.engine.tracing import Recorder


class UnsupportedNetworkError(Exception):
    """The module holds an operation that the cone engine does not know."""


_IN_PLACE: dict[Any, Callable[..., Any]] = {
    operator.iadd: operator.add,
    operator.isub: operator.sub,
    operator.imul: operator.mul,
    operator.itruediv: operator.truediv,
}
_FUNCTIONS = {
    *_IN_PLACE,
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pow),
    *(operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne),
    *(operator.and_, operator.or_, operator.invert, operator.abs),
    *(torch.add, torch.sub, torch.mul, torch.div, torch.neg, torch.pow, torch.abs, torch.sign),
    *(torch.lt, torch.le, torch.gt, torch.ge, torch.eq, torch.ne, torch.rsqrt, torch.reciprocal),
    *(torch.logical_and, torch.logical_or, torch.logical_not, torch.sin, torch.cos, torch.log1p),
    *(torch.maximum, torch.minimum, torch.where, torch.clamp, torch.exp, torch.log, torch.square),
    *(torch.sqrt, torch.tanh, torch.sigmoid, torch.relu, torch.zeros_like, torch.ones_like),
    *(torch.full_like, torch.detach, F.relu, F.relu6, F.leaky_relu, F.elu, F.selu, F.celu, F.gelu),
    *(F.silu, F.mish, F.softplus, F.softsign, F.hardtanh, F.hardsigmoid, F.hardswish, F.logsigmoid),
    *(F.tanh, F.sigmoid),
}
_METHODS = {
    *("add", "sub", "mul", "div", "neg", "pow", "abs", "sign", "clamp", "exp", "log", "sqrt", "square"),
    *("rsqrt", "reciprocal", "tanh", "sigmoid", "relu", "detach", "contiguous", "clone"),
    *("lt", "le", "gt", "ge", "eq", "ne", "maximum", "minimum", "where", "logical_not"),
}
_CASTS = {"float", "double", "to", "type", "type_as"}
_MODULES = (
    *(nn.ReLU, nn.ReLU6, nn.LeakyReLU, nn.PReLU, nn.ELU, nn.SELU, nn.CELU, nn.GELU, nn.SiLU, nn.Mish),
    *(nn.Softplus, nn.Softsign, nn.Tanh, nn.Sigmoid, nn.LogSigmoid, nn.Hardtanh, nn.Hardsigmoid),
    *(nn.Hardswish, nn.Identity, nn.Dropout, nn.Dropout2d),
)
_EXTREMA = {torch.max, torch.min, "max", "min"}
_NORMS = {torch.norm, "norm", torch.linalg.vector_norm}
_REDUCTIONS = {
    *_EXTREMA,
    *_NORMS,
    torch.amax,
    torch.amin,
    torch.mean,
    torch.sum,
    "amax",
    "amin",
    "mean",
    "sum",
}
_MOVES = {
    *("repeat", "expand", "expand_as", "narrow", "flip", "chunk", "split", "unbind", "view", "reshape"),
    *("permute", "transpose", "squeeze", "unsqueeze", torch.flip, torch.narrow, torch.chunk, torch.split),
    *(torch.unbind, torch.reshape, torch.permute, torch.transpose, torch.squeeze, torch.unsqueeze),
    operator.getitem,
}
_PADS = (nn.ZeroPad2d, nn.ReflectionPad2d, nn.ReplicationPad2d, nn.ConstantPad2d)


def is_pointwise(node: fx.Node, record: Recorder) -> bool:
    """Whether a node is a function of the values at one pixel, in each channel by itself or of all."""
    layer = record.layer(node)
    if isinstance(layer, nn.BatchNorm2d):
        return layer.running_mean is not None
    if layer is not None:
        return isinstance(layer, _MODULES)
    if is_channel_reduction(node, record) or _reduces_stack(node) or _is_stack(node):
        return True
    if node.target in _EXTREMA:  # of two images; of one they reduce it
        return len(node.args) == 2 and all(isinstance(source, fx.Node) for source in node.args)
    if _is_first(node):
        source = cast(fx.Node, node.args[0])
        return is_channel_reduction(source, record) or _reduces_stack(source)
    if node.op == "call_method" and node.target in _CASTS:
        return _is_mask(node.args[0], record)
    return node.op in ("call_function", "call_method") and node.target in _FUNCTIONS | _METHODS


def is_inner(node: fx.Node, record: Recorder) -> bool:
    """Whether a node is no image but a step inside a pointwise group: a mask, a stack, a maximum's pair."""
    if not is_pointwise(node, record):
        return False
    return _is_mask(node, record) or _is_stack(node) or isinstance(record.results[node], tuple)


def is_channel_reduction(node: fx.Node, record: Recorder) -> bool:
    """Whether a node takes the channels of an image together into one, by maximum, mean or the like."""
    axis, source = _axis(node), node.args[0] if node.args else None
    if axis not in (1, -3) or not isinstance(source, fx.Node) or _is_stack(source):
        return False
    return len(record.shape(source)) == 4


def _is_mask(node: Any, record: Recorder) -> bool:
    result = record.results.get(node) if isinstance(node, fx.Node) else None
    return isinstance(result, Tensor) and result.dtype == torch.bool


def _is_stack(node: Any) -> bool:
    return isinstance(node, fx.Node) and node.target is torch.stack and all(map(_reduces_stack, node.users))


def _reduces_stack(node: fx.Node) -> bool:
    source = node.args[0] if node.args else None
    if not isinstance(source, fx.Node) or source.target is not torch.stack:
        return False
    axis = source.args[1] if len(source.args) > 1 else source.kwargs.get("dim", 0)
    return isinstance(axis, int) and _axis(node) in (axis, axis - 5 if axis >= 0 else axis + 5)


def _axis(node: fx.Node) -> int | None:
    """The axis that a reduction takes together."""
    if node.op not in ("call_function", "call_method") or node.target not in _REDUCTIONS:
        return None
    place = 2 if node.target in _NORMS else 1
    said = node.kwargs.get("dim", node.kwargs.get("axis"))
    axis: Any = node.args[place] if len(node.args) > place else said
    axis = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
    return axis if isinstance(axis, int) else None


def _is_first(node: fx.Node) -> bool:
    """Whether a node is the first of a maximum's pair: the value."""
    values = node.target is operator.getitem and node.args[1] == 0
    values = values or (node.target is getattr and node.args[1] == "values")
    return bool(values) and isinstance(node.args[0], fx.Node) and node.args[0].target in _EXTREMA


def run(node: fx.Node, known: dict[fx.Node, Any], record: Recorder) -> Any:
    """Evaluate a pointwise node; what it would do in place is done beside."""
    args: Any = fx.map_arg(node.args, lambda source: known[source])
    kwargs: Any = fx.map_arg(node.kwargs, lambda source: known[source])
    layer = record.layer(node)
    if layer is not None:
        # An in-place activation would overwrite the value that its derivative is taken at.
        return layer(args[0].clone() if getattr(layer, "inplace", False) else args[0])
    if node.op == "call_method":
        return getattr(args[0], str(node.target))(*args[1:], **kwargs)
    target = cast(Callable[..., Any], node.target)
    if args and (kwargs.get("inplace") or any(arg is True for arg in args)):
        args = (args[0].clone(), *args[1:])
    return _IN_PLACE.get(target, target)(*args, **kwargs)


@dataclass(frozen=True)
class Kernel:
    """A stride-1, same-size convolution of `image`; the names are those of `graph.Convolution`."""

    image: Any
    weight: Tensor
    bias: Tensor | None
    reach: int
    dilation: int
    groups: int
    border: str


def kernel_of(node: fx.Node, record: Recorder) -> Kernel | None:
    """A node as a convolution, with the padding in front of it; None where it is none.

    Raises:
        UnsupportedNetworkError: a convolution that strides, changes the size or is not square.
    """
    layer = record.layer(node)
    if isinstance(layer, nn.Conv2d):
        given = (layer.weight, layer.bias, layer.stride, layer.padding, layer.dilation, layer.groups)
        return _kernel(node.args[0], *given, layer.padding_mode, record)
    if isinstance(layer, nn.AvgPool2d):
        return _mean(node, layer, record)
    if node.target in (F.conv2d, torch.conv2d):
        names = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")
        defaults = {"bias": None, "stride": 1, "padding": 0, "dilation": 1, "groups": 1}
        said: dict[str, Any] = {**defaults, **dict(zip(names, node.args, strict=False)), **node.kwargs}
        weight = record.constant(said["weight"])
        bias = None if said["bias"] is None else record.constant(said["bias"])
        given = (weight, bias, said["stride"], said["padding"], said["dilation"], said["groups"])
        return _kernel(said["input"], *given, "zeros", record)
    return None


def _mean(node: fx.Node, layer: nn.AvgPool2d, record: Recorder) -> Kernel:
    """Average pooling as a convolution of each channel by itself."""
    size, padding = _pair(layer.kernel_size), _pair(layer.padding)
    if (padding != (0, 0) and not layer.count_include_pad) or layer.divisor_override or layer.ceil_mode:
        raise UnsupportedNetworkError(f"{layer} counts other pixels at the border than inside")
    image: Any = node.args[0]
    channels, like = record.results[image].shape[1], record.results[image]
    weight = like.new_full((channels, 1, *size), 1 / (size[0] * size[1]))
    return _kernel(image, weight, None, layer.stride, padding, 1, channels, "zeros", record)


def _kernel(
    image: Any,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
    border: str,
    record: Recorder,
) -> Kernel:
    size, (spread, *_) = tuple(weight.shape[2:]), _pair(dilation)
    reach = spread * (size[0] - 1) // 2
    before = padding_of(image, record)
    own = (reach, reach) if padding == "same" else (0, 0) if padding == "valid" else _pair(padding)
    if before is not None and own == (0, 0):
        (image, border, amount) = before
    else:
        amount = own
    if (
        size != (size[0], size[0])
        or size[0] % 2 == 0
        or _pair(dilation) != (spread, spread)
        or _pair(stride) != (1, 1)
        or amount != (reach, reach)
        or border not in ("zeros", "reflect", "replicate")
    ):
        raise UnsupportedNetworkError(
            f"a convolution of size {size}, stride {_pair(stride)}, padding {amount} ({border}) is not a "
            "square one that keeps the size"
        )
    bias = None if bias is None else bias.detach()
    return Kernel(image, weight.detach(), bias, reach, spread, groups, border)


def padding_of(node: Any, record: Recorder) -> tuple[fx.Node, str, tuple[int, int]] | None:
    """What a node pads, its border and how far, (rows, columns); None where it pads nothing evenly."""
    if not isinstance(node, fx.Node) or not node.args:
        return None
    layer = record.layer(node)
    if isinstance(layer, _PADS):
        amount: Any = layer.padding
        modes = {nn.ReflectionPad2d: "reflect", nn.ReplicationPad2d: "replicate"}
        mode, value = modes.get(type(layer), "constant"), getattr(layer, "value", 0)
    elif node.target is F.pad:
        said: dict[str, Any] = {
            **{"mode": "constant", "value": 0},
            **dict(zip(("input", "pad", "mode", "value"), node.args, strict=False)),
            **node.kwargs,
        }
        amount, mode, value = said["pad"], said["mode"], said["value"]
    else:
        return None
    if len(amount) != 4 or amount[0] != amount[1] or amount[2] != amount[3] or value not in (0, None):
        return None
    return cast(fx.Node, node.args[0]), "zeros" if mode == "constant" else mode, (amount[2], amount[0])


def _pair(values: Any) -> tuple[int, int]:
    """One or two sizes as two."""
    return (values[0], values[-1]) if isinstance(values, (list, tuple)) else (values, values)


def softmax_of(node: fx.Node, record: Recorder) -> Any:
    """The image that a node takes the softmax over the channels of; None where it does something else."""
    layer = record.layer(node)
    axis: Any = None
    if isinstance(layer, nn.Softmax2d):
        axis = 1
    elif isinstance(layer, nn.Softmax):
        axis = layer.dim
    elif node.target in (F.softmax, torch.softmax, "softmax"):
        axis = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim")
    return node.args[0] if axis in (1, -3) and node.args and len(record.shape(node)) == 4 else None


def is_step(node: fx.Node, record: Recorder) -> bool:
    """Whether a node only moves values and gives no image: `selected_channels` reads it on the way."""
    return node.target in _MOVES and not _is_image(node, record)


def _is_image(node: Any, record: Recorder) -> bool:
    shape = record.shape(node) if isinstance(node, fx.Node) else ()
    return len(shape) == 4 and shape[0] == 1 and shape[2:] == record.SHAPE


def selected_channels(node: fx.Node, record: Recorder) -> tuple[fx.Node, Tensor] | None:
    """The image that a node takes channels of, and their numbers; None where it does something else."""
    chain: list[fx.Node] = []
    source: Any = node
    while (
        isinstance(source, fx.Node) and source.target in _MOVES and not (chain and _is_image(source, record))
    ):
        chain.insert(0, source)
        source = source.args[0]
    if not chain or not _is_image(source, record):
        return None
    image = record.results[source]
    # What is done to numbered pixels tells which channel goes where, and that no pixel moves.
    area = image.shape[-2:].numel()
    known = {**record.results, source: torch.arange(image.numel()).view(image.shape)}
    for step in chain:
        known[step] = run(step, known, record)
    moved = known[node]
    if not _is_image(node, record):
        return None
    channels = moved[0, :, 0, 0] // area
    expected = channels[:, None] * area + torch.arange(area)
    return (source, channels.to(image.device)) if torch.equal(moved[0].flatten(1), expected) else None
