"""A network as convolutions, concatenations and pointwise groups.

Owns the translation of a module (by `torch.fx`) into the few kinds of nodes that the cone engine
differentiates by hand. Batch norm behind a convolution is folded into it; neighbouring pointwise
operations become one group, so that a whole fusion rule has one derivative per input. A module
that is made of anything else raises `UnsupportedNetworkError`, and the caller takes another path.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, fx, nn
from torch.nn import functional as F
from torch.nn.utils.fusion import fuse_conv_bn_eval

from models.saliency.engine.tracing import symbolic_trace


class UnsupportedNetworkError(Exception):
    """The module holds an operation that the cone engine does not know."""


@dataclass(frozen=True)
class Source:
    """Source image number `index`."""

    index: int
    inputs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Convolution:
    """A stride-1 convolution with zero padding that keeps the size.

    `weight` is (C_out, C_in, k, k); `transposed` is the weight of the convolution that computes
    its adjoint (flipped, channels exchanged), None for grouped convolutions. Both lie in memory
    with the channels last, which makes small patches about twice as fast on a CPU.
    """

    inputs: tuple[int, ...]
    weight: Tensor
    bias: Tensor | None
    transposed: Tensor | None
    reach: int
    dilation: int
    groups: int


@dataclass(frozen=True)
class Concatenation:
    """Concatenation along the channels; `channels` of each input."""

    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Pointwise:
    """A function of the values at one pixel; `kind` names the one-operation groups with a closed form."""

    inputs: tuple[int, ...]
    evaluate: Callable[[Sequence[Tensor]], Tensor]
    kind: str = ""
    slope: float = 0.0


Node = Source | Convolution | Concatenation | Pointwise

_POINTWISE_FUNCTIONS = {
    *(operator.add, operator.sub, operator.mul, operator.truediv, operator.neg, operator.pow),
    *(operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne),
    *(torch.add, torch.sub, torch.mul, torch.div, torch.neg, torch.pow, torch.abs, torch.sign),
    *(torch.maximum, torch.minimum, torch.where, torch.clamp, torch.exp, torch.log),
    *(torch.sqrt, torch.square, torch.tanh, torch.sigmoid, torch.relu, torch.zeros_like, torch.ones_like),
    *(
        torch.full_like,
        torch.detach,
        F.relu,
        F.leaky_relu,
        F.elu,
        F.gelu,
        F.silu,
        F.softplus,
        F.tanh,
        F.sigmoid,
    ),
}
_POINTWISE_METHODS = {
    *("add", "sub", "mul", "div", "neg", "pow", "abs", "sign", "clamp", "exp", "log", "sqrt", "square"),
    *("tanh", "sigmoid", "relu", "detach", "contiguous", "clone"),
}
_POINTWISE_MODULES = (
    *(nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Softplus, nn.Tanh, nn.Sigmoid, nn.Hardtanh),
    *(nn.Identity, nn.Dropout, nn.Dropout2d, nn.BatchNorm2d),
)


def trace(model: nn.Module, count: int) -> list[Node]:
    """The nodes of `model` in evaluation order; the last one is the fused image.

    Args:
        model: module in evaluation mode whose `forward` takes `count` source tensors.
        count: number of sources, K.

    Raises:
        UnsupportedNetworkError: an operation, shape or control flow the cone engine does not know.
    """
    try:
        graph_module = symbolic_trace(model)
    except Exception as error:  # fx raises whatever the traced code raises
        raise UnsupportedNetworkError(f"cannot be traced: {error}") from error
    graph_module.graph.eliminate_dead_code()
    return _Translator(graph_module, count).nodes


class _Translator:
    """Walks an fx graph once and collects `nodes`."""

    def __init__(self, module: fx.GraphModule, count: int) -> None:
        self.module = module
        self.modules = dict(module.named_modules())
        self.nodes: list[Node] = []
        self.index: dict[fx.Node, int] = {}
        graph = list(module.graph.nodes)
        placeholders = [node for node in graph if node.op == "placeholder"]
        if len(placeholders) != count:
            raise UnsupportedNetworkError(f"takes {len(placeholders)} inputs, expected {count}")
        self.folded = self._batch_norms_behind_convolutions(graph)
        self.roots = self._group_roots(graph)
        for node in graph:
            self._add(node, placeholders)

    def _module(self, node: fx.Node) -> nn.Module | None:
        return self.modules[str(node.target)] if node.op == "call_module" else None

    def _batch_norms_behind_convolutions(self, graph: list[fx.Node]) -> dict[fx.Node, fx.Node]:
        """Convolution node → the batch norm that is its only user."""
        found: dict[fx.Node, fx.Node] = {}
        for node in graph:
            users = list(node.users)
            if (
                isinstance(self._module(node), nn.Conv2d)
                and len(users) == 1
                and isinstance(self._module(users[0]), nn.BatchNorm2d)
            ):
                found[node] = users[0]
        return found

    def _is_pointwise(self, node: fx.Node) -> bool:
        if node in self.folded.values():
            return False
        if node.op == "call_module":
            return isinstance(self._module(node), _POINTWISE_MODULES)
        if node.target in (torch.max, torch.min):  # of two images; of one they reduce it
            return len(node.args) == 2 and all(isinstance(source, fx.Node) for source in node.args)
        if node.op == "call_function":
            return node.target in _POINTWISE_FUNCTIONS
        return node.op == "call_method" and node.target in _POINTWISE_METHODS

    def _group_roots(self, graph: list[fx.Node]) -> dict[fx.Node, fx.Node]:
        """Pointwise node → the last node of its group: all users of a member are members."""
        roots: dict[fx.Node, fx.Node] = {}
        for node in reversed(graph):
            if self._is_pointwise(node):
                users = {roots.get(user) for user in node.users}
                roots[node] = users.pop() or node if len(users) == 1 else node
        return roots

    def _add(self, node: fx.Node, placeholders: list[fx.Node]) -> None:
        if node.op == "placeholder":
            self._append(node, Source(placeholders.index(node)))
        elif node.op == "output":
            result = node.args[0]
            if not isinstance(result, fx.Node) or self.index.get(result) != len(self.nodes) - 1:
                raise UnsupportedNetworkError("does not return one image")
        elif node in self.roots:
            if self.roots[node] is node:
                self._append(node, self._pointwise(node))
        elif isinstance(self._module(node), nn.Conv2d):
            self._append(self.folded.get(node, node), self._convolution(node))
        elif node.op == "call_function" and node.target in (torch.cat, torch.concat):
            self._append(node, self._concatenation(node))
        elif node.op != "get_attr" and node not in self.folded.values():
            raise UnsupportedNetworkError(f"operation {node.target!r} is not known")

    def _append(self, node: fx.Node, translated: Node) -> None:
        self.index[node] = len(self.nodes)
        self.nodes.append(translated)

    def _convolution(self, node: fx.Node) -> Convolution:
        layer = cast(nn.Conv2d, self._module(node))
        kernel, dilation = layer.kernel_size[0], layer.dilation[0]
        same = dilation * (kernel - 1) // 2
        padding = layer.padding if isinstance(layer.padding, str) else tuple(layer.padding)
        if (
            layer.kernel_size != (kernel, kernel)
            or layer.dilation != (dilation, dilation)
            or kernel % 2 == 0
            or tuple(layer.stride) != (1, 1)
            or layer.padding_mode != "zeros"
            or padding not in ("same", (same, same))
        ):
            raise UnsupportedNetworkError(
                f"{layer} is not a stride-1, same-size, zero-padded square convolution"
            )
        if node in self.folded:
            layer = fuse_conv_bn_eval(layer, cast(nn.BatchNorm2d, self._module(self.folded[node])))
        weight = layer.weight.detach().contiguous(memory_format=torch.channels_last)
        transposed = None
        if layer.groups == 1:
            transposed = weight.flip(2, 3).transpose(0, 1).contiguous(memory_format=torch.channels_last)
        bias = None if layer.bias is None else layer.bias.detach()
        return Convolution(
            (self._input(node.args[0]),), weight, bias, transposed, same, dilation, layer.groups
        )

    def _concatenation(self, node: fx.Node) -> Concatenation:
        parts = node.args[0]
        axis = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", 0)
        if axis != 1 or not isinstance(parts, (list, tuple)):
            raise UnsupportedNetworkError("concatenates along another axis than the channels")
        return Concatenation(tuple(self._input(part) for part in parts))

    def _input(self, node: Any) -> int:
        if not isinstance(node, fx.Node) or node not in self.index:
            raise UnsupportedNetworkError(f"{node!r} is not an image")
        return self.index[node]

    def _pointwise(self, root: fx.Node) -> Pointwise:
        members = [node for node in self.module.graph.nodes if self.roots.get(node) is root]
        outside: dict[fx.Node, None] = {}
        constants: dict[fx.Node, Tensor] = {}
        for member in members:
            for source in member.all_input_nodes:
                if source.op == "get_attr":
                    constants[source] = self._constant(source)
                elif source not in members:
                    outside[source] = None
        inputs = tuple(self._input(node) for node in outside)
        if not inputs:
            raise UnsupportedNetworkError(f"{root} does not depend on an image")

        def evaluate(values: Sequence[Tensor]) -> Tensor:
            known: dict[fx.Node, Any] = {**constants, **dict(zip(outside, values, strict=True))}
            for member in members:
                known[member] = self._run(member, known)
            return known[root]

        layer = self._module(root) if len(members) == 1 else None
        if isinstance(layer, nn.ReLU | nn.LeakyReLU):
            return Pointwise(inputs, evaluate, "rectifier", getattr(layer, "negative_slope", 0.0))
        return Pointwise(inputs, evaluate)

    def _constant(self, node: fx.Node) -> Tensor:
        value: Any = self.module
        for name in str(node.target).split("."):
            value = getattr(value, name)
        if not isinstance(value, Tensor) or (value.dim() > 2 and value.shape[-2:].numel() != 1):
            raise UnsupportedNetworkError(f"constant {node.target!r} differs from pixel to pixel")
        return value.detach()

    def _run(self, node: fx.Node, known: dict[fx.Node, Any]) -> Any:
        args: Any = fx.map_arg(node.args, lambda source: known[source])
        kwargs: Any = fx.map_arg(node.kwargs, lambda source: known[source])
        layer = self._module(node)
        if layer is not None:
            # An in-place activation would overwrite the value that its derivative is taken at.
            return layer(args[0].clone() if getattr(layer, "inplace", False) else args[0])
        if node.op == "call_method":
            return getattr(args[0], str(node.target))(*args[1:], **kwargs)
        return cast(Callable[..., Any], node.target)(*args, **kwargs)
