"""A network as convolutions, concatenations and pointwise groups.

Owns the translation of a module (by `torch.fx`) into the few kinds of nodes that the cone engine
differentiates by hand. Batch norm behind a convolution is folded into it; neighbouring pointwise
operations become one group, so that a whole fusion rule has one derivative per input. What the
single operations are is `operations`' knowledge. A module that is made of anything else raises
`UnsupportedNetworkError`, and the caller takes another path.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import torch
from torch import Tensor, fx, nn
from torch.nn.utils.fusion import fuse_conv_bn_weights

from models.saliency.engine.operations import (
    Kernel,
    UnsupportedNetworkError,
    is_channel_reduction,
    is_inner,
    is_pointwise,
    is_step,
    kernel_of,
    padding_of,
    run,
    selected_channels,
    softmax_of,
)
from models.saliency.engine.tracing import Recorder, symbolic_trace

__all__ = ["UnsupportedNetworkError", "trace"]


@dataclass(frozen=True)
class Source:
    """Source image number `index`."""

    index: int
    inputs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Convolution:
    """A stride-1 convolution that keeps the size; `border` is what lies beyond the image.

    `border` is "zeros", "reflect" or "replicate".

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
    border: str = "zeros"


@dataclass(frozen=True)
class Concatenation:
    """Concatenation along the channels; `channels` of each input."""

    inputs: tuple[int, ...]


@dataclass(frozen=True)
class Selection:
    """Some channels of one input, in an order, perhaps more than once: `channels` are their numbers."""

    inputs: tuple[int, ...]
    channels: Tensor


@dataclass(frozen=True)
class Pointwise:
    """A function of the values at one pixel; `kind` names the one-operation groups with a closed form.

    It has `channels` channels. An input has as many, and matters to the channel of its own number alone;
    or it has one, which matters to all; or the result has one channel, and any of the input's matter to it.
    """

    inputs: tuple[int, ...]
    evaluate: Callable[[Sequence[Tensor]], Tensor]
    channels: int
    kind: str = ""
    slope: float = 0.0


_TRAITS = (torch.dtype, torch.device, torch.Size, int)
"""What a network may ask of an image; sizes are of use for the choice of channels alone."""

Node = Source | Convolution | Concatenation | Selection | Pointwise


def trace(model: nn.Module, count: int) -> list[Node]:
    """The nodes of `model` in evaluation order; the last one is the fused image.

    The module is left as it is; a copy that shares its weights is traced.

    Args:
        model: module in evaluation mode whose `forward` takes `count` source tensors.
        count: number of sources, K.

    Raises:
        UnsupportedNetworkError: an operation, shape or control flow the cone engine does not know.
    """
    try:
        graph_module = symbolic_trace(model)
        graph_module.graph.eliminate_dead_code()
        record = Recorder(graph_module, count)
    except Exception as error:  # fx and the traced code raise whatever they like
        raise UnsupportedNetworkError(f"cannot be traced: {error}") from error
    try:
        return _Translator(graph_module, count, record).nodes
    except UnsupportedNetworkError:
        raise
    except Exception as error:  # an operation with arguments that nobody thought of
        raise UnsupportedNetworkError(f"cannot be translated: {type(error).__name__}: {error}") from error


class _Translator:
    """Walks an fx graph once and collects `nodes`."""

    def __init__(self, module: fx.GraphModule, count: int, record: Recorder) -> None:
        self.module, self.record = module, record
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

    def _batch_norms_behind_convolutions(self, graph: list[fx.Node]) -> dict[fx.Node, fx.Node]:
        """Convolution node → the batch norm that is its only user."""
        found: dict[fx.Node, fx.Node] = {}
        for node in graph:
            users = list(node.users)
            if (
                isinstance(self.record.layer(node), nn.Conv2d)
                and len(users) == 1
                and isinstance(self.record.layer(users[0]), nn.BatchNorm2d)
            ):
                found[node] = users[0]
        return found

    def _group_roots(self, graph: list[fx.Node]) -> dict[fx.Node, fx.Node]:
        """Pointwise node → the last node of its group: all users of a member are members.

        All members have as many channels. Masks and stacks belong to the group of every user instead.
        """
        roots: dict[fx.Node, fx.Node] = {}
        behind = set(self.folded.values())
        for node in reversed(graph):
            if is_pointwise(node, self.record) and node not in behind and not is_inner(node, self.record):
                users = {root for user in node.users for root in self._roots_of(user, roots)}
                root = users.pop() if len(users) == 1 else None
                same = root is not None and self.record.channels(root) == self.record.channels(node)
                roots[node] = root if root is not None and same else node
        return roots

    def _roots_of(self, user: fx.Node, roots: dict[fx.Node, fx.Node]) -> set[fx.Node | None]:
        """The groups that a user belongs to; None is no group."""
        if is_inner(user, self.record):
            return {root for further in user.users for root in self._roots_of(further, roots)}
        return {None if is_channel_reduction(user, self.record) else roots.get(user)}

    def _add(self, node: fx.Node, placeholders: list[fx.Node]) -> None:
        if node.op == "placeholder":
            self._append(node, Source(placeholders.index(node)))
        elif node.op == "output":
            result = node.args[0]
            if not isinstance(result, fx.Node) or self.index.get(result) != len(self.nodes) - 1:
                raise UnsupportedNetworkError("does not return one image")
            if self.record.channels(result) != 1:
                raise UnsupportedNetworkError(f"returns {self.record.channels(result)} channels, expected 1")
        elif node in self.roots:
            if self.roots[node] is node:
                self._append(node, self._pointwise(node))
        elif (kernel := kernel_of(node, self.record)) is not None:
            self._append(self.folded.get(node, node), self._convolution(node, kernel))
        elif node.op == "call_function" and node.target in (torch.cat, torch.concat):
            self._append(node, self._concatenation(node))
        elif (selected := selected_channels(node, self.record)) is not None:
            self._append(node, Selection((self._input(selected[0]),), selected[1]))
        elif (image := softmax_of(node, self.record)) is not None:
            self._add_softmax(node, image)
        elif not self._is_read_elsewhere(node):
            raise UnsupportedNetworkError(f"operation {node.target!r} is not known")

    def _is_read_elsewhere(self, node: fx.Node) -> bool:
        """Whether the nodes that use this one read what they need of it."""
        return (
            node.op == "get_attr"
            or node in self.folded.values()
            or is_inner(node, self.record)
            or is_step(node, self.record)
            or isinstance(self.record.results[node], _TRAITS)
            or padding_of(node, self.record) is not None
        )

    def _append(self, node: fx.Node, translated: Node) -> None:
        self.record.channels(node)  # raises where it is no image of the sources' size
        self.index[node] = len(self.nodes)
        self.nodes.append(translated)

    def _convolution(self, node: fx.Node, kernel: Kernel) -> Convolution:
        weight, bias = kernel.weight, kernel.bias
        if node in self.folded:
            norm = cast(nn.BatchNorm2d, self.record.layer(self.folded[node]))
            if norm.running_mean is None or norm.running_var is None:
                raise UnsupportedNetworkError("normalises by the image's own statistics")
            weight, bias = fuse_conv_bn_weights(
                weight, bias, norm.running_mean, norm.running_var, norm.eps, norm.weight, norm.bias
            )
            bias = bias.detach()
        weight = weight.detach().contiguous(memory_format=torch.channels_last)
        transposed = None
        if kernel.groups == 1:
            transposed = weight.flip(2, 3).transpose(0, 1).contiguous(memory_format=torch.channels_last)
        return Convolution(
            (self._input(kernel.image),),
            weight,
            bias,
            transposed,
            kernel.reach,
            kernel.dilation,
            kernel.groups,
            kernel.border,
        )

    def _add_softmax(self, node: fx.Node, image: Any) -> None:
        """A softmax over the channels, in steps of which each has one slope per channel."""
        given, channels, start = self._input(image), self.record.channels(node), len(self.nodes)
        # The largest value only keeps the exponentials finite; the result does not depend on it.
        self.nodes += [
            Pointwise((given,), lambda values: values[0].amax(1, keepdim=True).detach(), 1),
            Pointwise((given, start), lambda values: torch.exp(values[0] - values[1]), channels),
            Pointwise((start + 1,), lambda values: values[0].sum(1, keepdim=True), 1),
        ]
        self._append(node, Pointwise((start + 1, start + 2), lambda values: values[0] / values[1], channels))

    def _concatenation(self, node: fx.Node) -> Concatenation:
        parts: Any = node.args[0] if node.args else node.kwargs.get("tensors")
        axis = node.args[1] if len(node.args) > 1 else node.kwargs.get("dim", node.kwargs.get("axis", 0))
        if axis not in (1, -3) or not isinstance(parts, (list, tuple)):
            raise UnsupportedNetworkError("concatenates along another axis than the channels")
        return Concatenation(tuple(self._input(part) for part in parts))

    def _input(self, node: Any) -> int:
        if not isinstance(node, fx.Node) or node not in self.index:
            raise UnsupportedNetworkError(f"{node!r} is not an image")
        return self.index[node]

    def _members(self, root: fx.Node) -> list[fx.Node]:
        """The nodes of a group in order, with the masks and stacks that they read."""
        found = {node for node in self.roots if self.roots[node] is root}
        order = list(self.module.graph.nodes)
        for node in reversed(order):
            if is_inner(node, self.record) and not found.isdisjoint(node.users):
                found.add(node)
        return [node for node in order if node in found]

    def _pointwise(self, root: fx.Node) -> Pointwise:
        members = self._members(root)
        outside: dict[fx.Node, None] = {}
        constants: dict[fx.Node, Any] = {}
        for member in members:
            for source in member.all_input_nodes:
                if source.op == "get_attr":
                    constants[source] = self._constant(source)
                elif isinstance(self.record.results[source], torch.dtype | torch.device):
                    constants[source] = self.record.results[source]
                elif source not in members:
                    outside[source] = None
        inputs = tuple(self._input(node) for node in outside)
        if not inputs:
            raise UnsupportedNetworkError(f"{root} does not depend on an image")

        def evaluate(values: Sequence[Tensor]) -> Tensor:
            known: dict[fx.Node, Any] = {**constants, **dict(zip(outside, values, strict=True))}
            for member in members:
                known[member] = run(member, known, self.record)
            return cast(Tensor, known[root])

        channels = self.record.channels(root)
        layer = self.record.layer(root) if len(members) == 1 else None
        if isinstance(layer, nn.ReLU | nn.LeakyReLU):
            return Pointwise(inputs, evaluate, channels, "rectifier", getattr(layer, "negative_slope", 0.0))
        return Pointwise(inputs, evaluate, channels)

    def _constant(self, node: fx.Node) -> Tensor:
        value = self.record.constant(node)
        if value.shape[-2:].numel() != 1:
            raise UnsupportedNetworkError(f"constant {node.target!r} differs from pixel to pixel")
        return value
