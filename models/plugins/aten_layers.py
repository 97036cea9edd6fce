"""From a graph of ATen operators back to layers, so that the cone engine can read an exported network.

Owns the translation only. What it does not know stays the operator that it was: the module then
computes the same, but is differentiated on crops or on the whole image.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn import functional as F

_ATEN = torch.ops.aten

# Operators of the values at one pixel, as the functions that `models.saliency.engine.graph` knows.
_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    _ATEN.add.Tensor: torch.add,
    _ATEN.add.Scalar: torch.add,
    _ATEN.sub.Tensor: torch.sub,
    _ATEN.sub.Scalar: torch.sub,
    _ATEN.mul.Tensor: operator.mul,
    _ATEN.mul.Scalar: operator.mul,
    _ATEN.div.Tensor: operator.truediv,
    _ATEN.div.Scalar: operator.truediv,
    _ATEN.pow.Tensor_Scalar: operator.pow,
    _ATEN.pow.Tensor_Tensor: operator.pow,
    _ATEN.neg.default: operator.neg,
    _ATEN.lt.Scalar: operator.lt,
    _ATEN.le.Scalar: operator.le,
    _ATEN.gt.Scalar: operator.gt,
    _ATEN.ge.Scalar: operator.ge,
    _ATEN.eq.Scalar: operator.eq,
    _ATEN.lt.Tensor: operator.lt,
    _ATEN.gt.Tensor: operator.gt,
    _ATEN.abs.default: torch.abs,
    _ATEN.maximum.default: torch.maximum,
    _ATEN.minimum.default: torch.minimum,
    _ATEN.max.other: torch.maximum,
    _ATEN.min.other: torch.minimum,
    _ATEN.where.self: torch.where,
    _ATEN.clamp.default: torch.clamp,
    _ATEN.exp.default: torch.exp,
    _ATEN.log.default: torch.log,
    _ATEN.sqrt.default: torch.sqrt,
    _ATEN.square.default: torch.square,
    _ATEN.tanh.default: torch.tanh,
    _ATEN.sigmoid.default: torch.sigmoid,
    _ATEN.detach.default: torch.detach,
    _ATEN.zeros_like.default: torch.zeros_like,
    _ATEN.ones_like.default: torch.ones_like,
    _ATEN.full_like.default: torch.full_like,
    _ATEN.gelu.default: F.gelu,
    _ATEN.silu.default: F.silu,
    _ATEN.silu_.default: F.silu,
    _ATEN.softplus.default: F.softplus,
    _ATEN.cat.default: torch.cat,
}
_PLACES = ("pin_memory", "device", "dtype", "layout")


class PerImage(nn.Module):
    """A network that was exported for one image at a time, for a batch of any size."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *sources: Tensor) -> Tensor:
        return torch.cat(
            [self.network(*(part[i : i + 1] for part in sources)) for i in range(len(sources[0]))]
        )


def raise_graph(
    graph: fx.Graph, tensors: Mapping[str, Tensor], images: Sequence[str], one_image: bool
) -> nn.Module:
    """A module that computes what an exported graph computes.

    Args:
        graph: ATen operators; its placeholders are `tensors` and `images`.
        tensors: parameters, buffers and constants by placeholder name.
        images: names of the placeholders that are sources, in order.
        one_image: whether the batch of the exported network is fixed at 1.
    """
    raised = _Raiser(graph, tensors, images)
    return PerImage(raised.module) if one_image and not raised.complete else raised.module


class _Raiser:
    """Walks the exported graph once; `complete` tells whether every operator found its layer."""

    def __init__(self, graph: fx.Graph, tensors: Mapping[str, Tensor], images: Sequence[str]) -> None:
        self.root, self.graph, self.tensors = nn.Module(), fx.Graph(), tensors
        self.complete = True
        self.made: dict[fx.Node, fx.Node] = {}
        for node in graph.nodes:
            if node.op == "placeholder" and node.name in images:
                self.made[node] = self.image = self.graph.placeholder(node.name)
                self.kind = node.meta["val"].dtype
        self.graph.output(self._walk(graph, gradients=True)[0])
        self.module = fx.GraphModule(self.root, self.graph)
        self.module.graph.eliminate_dead_code()
        self.module.recompile()

    def _walk(self, graph: fx.Graph, gradients: bool) -> list[fx.Node]:
        """Make a graph's nodes, those of its parts with and without gradients included; its outputs."""
        parts: dict[fx.Node, list[fx.Node]] = {}
        for node in graph.nodes:
            if node.op == "output":
                return [self._value(result) for result in node.args[0]]
            if node.op != "call_function":
                continue
            if node.target is torch.ops.higher_order.wrap_with_set_grad_enabled:
                enabled, part, *given = node.args
                inner = getattr(graph.owning_module, part.target).graph
                placeholders = [inside for inside in inner.nodes if inside.op == "placeholder"]
                values = map(self._value, given)
                self.made.update(zip(placeholders, values, strict=True))
                parts[node] = self._walk(inner, enabled)
            elif node.target is operator.getitem and node.args[0] in parts:
                self.made[node] = parts[node.args[0]][node.args[1]]
            else:
                self.made[node] = self._call(node)
                if not gradients and isinstance(node.meta.get("val"), Tensor):
                    self.made[node] = self.graph.call_function(torch.detach, (self.made[node],))
        return []

    def _call(self, node: fx.Node) -> fx.Node:
        layer = self._layer(node)
        if layer is not None:
            name = f"layer{len(self.made)}"
            self.root.add_module(name, layer)
            return self.graph.call_module(name, (self._value(node.args[0]),))
        if node.target == _ATEN.rsub.Scalar and len(node.args) == 2:  # 1 - x
            return self.graph.call_function(operator.sub, (node.args[1], self._value(node.args[0])))
        if node.target in (_ATEN.to.dtype, _ATEN._to_copy.default):
            made = self._cast(node)
            if made is not None:
                return made
        target: Any = _FUNCTIONS.get(node.target)
        if target is None:
            self.complete = False
            target = node.target
        args: Any = fx.map_arg(node.args, self._value)
        # zeros_like and its kin say where they make it; the image that they are like knows better.
        said = {k: v for k, v in node.kwargs.items() if k not in _PLACES or node.target not in _FUNCTIONS}
        kwargs: Any = fx.map_arg(said, self._value)
        return self.graph.call_function(target, args, kwargs)

    def _cast(self, node: fx.Node) -> fx.Node | None:
        """A cast to the images' type, whichever they have later; None for a cast to another one."""
        kind = arguments_of(node)["dtype"]
        if kind != self.kind:
            return None
        given: Any = node.args[0]
        value = self._value(given)
        if isinstance(given.meta.get("val"), Tensor) and given.meta["val"].dtype == kind:
            return value
        return self.graph.call_method("type_as", (value, self.image))

    def _value(self, node: Any) -> Any:
        """The new graph's node for an image, or one that fetches a tensor."""
        if node not in self.made:
            name = f"tensor_{len(self.made)}"
            self._keep(name, self.tensors[node.name])
            self.made[node] = self.graph.get_attr(name)
        return self.made[node]

    def _keep(self, name: str, tensor: Tensor) -> None:
        if isinstance(tensor, nn.Parameter):
            self.root.register_parameter(name, tensor)
        else:
            self.root.register_buffer(name, tensor)

    def _layer(self, node: fx.Node) -> nn.Module | None:
        """The layer that an operator was before the export; None where it was not one."""
        bound = arguments_of(node)
        if node.target in (_ATEN.conv2d.default, _ATEN.conv2d.padding):
            return self._convolution(bound)
        if node.target == _ATEN.batch_norm.default and not bound["training"]:
            return self._batch_norm(bound)
        if node.target in (_ATEN.relu.default, _ATEN.relu_.default):
            return nn.ReLU()
        if node.target in (_ATEN.leaky_relu.default, _ATEN.leaky_relu_.default):
            return nn.LeakyReLU(bound["negative_slope"])
        if node.target in (_ATEN.dropout.default, _ATEN.feature_dropout.default) and not bound["train"]:
            return nn.Identity()
        return None

    def _tensor(self, node: Any) -> Tensor | None:
        return self.tensors.get(node.name) if isinstance(node, fx.Node) else None

    def _convolution(self, bound: dict[str, Any]) -> nn.Module | None:
        weight, bias = self._tensor(bound["weight"]), self._tensor(bound["bias"])
        if weight is None or (bound["bias"] is not None and bias is None):
            return None
        layer = nn.Conv2d(
            weight.shape[1] * bound["groups"],
            weight.shape[0],
            tuple(weight.shape[2:]),  # type: ignore[arg-type]  # two sizes
            stride=_pair(bound["stride"]),
            padding=bound["padding"] if isinstance(bound["padding"], str) else _pair(bound["padding"]),
            dilation=_pair(bound["dilation"]),
            groups=bound["groups"],
            bias=bias is not None,
            device="meta",
        )
        layer.weight = _parameter(weight)
        layer.bias = None if bias is None else _parameter(bias)
        return layer

    def _batch_norm(self, bound: dict[str, Any]) -> nn.Module | None:
        names = ("weight", "bias", "running_mean", "running_var")
        tensors = {name: self._tensor(bound[name]) for name in names}
        mean, affine = tensors["running_mean"], tensors["weight"] is not None
        if mean is None or tensors["running_var"] is None or affine != (tensors["bias"] is not None):
            return None
        layer = nn.BatchNorm2d(len(mean), eps=bound["eps"], affine=affine)
        if tensors["weight"] is not None and tensors["bias"] is not None:
            layer.weight, layer.bias = _parameter(tensors["weight"]), _parameter(tensors["bias"])
        layer.running_mean, layer.running_var = mean, tensors["running_var"]
        return layer


def arguments_of(node: fx.Node) -> dict[str, Any]:
    """A node's arguments by the names of its operator's schema, defaults filled in."""
    schema = getattr(node.target, "_schema", None)
    if schema is None:
        return {}
    names = [argument.name for argument in schema.arguments]
    defaults = {a.name: a.default_value for a in schema.arguments if a.has_default_value()}
    return {**defaults, **dict(zip(names, node.args, strict=False)), **node.kwargs}


def _pair(values: Any) -> tuple[int, int]:
    """One or two sizes as two."""
    return (values[0], values[-1]) if isinstance(values, (list, tuple)) else (values, values)


def _parameter(tensor: Tensor) -> nn.Parameter:
    return tensor if isinstance(tensor, nn.Parameter) else nn.Parameter(tensor, requires_grad=False)
