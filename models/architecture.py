"""What a module is made of: its layers, how they feed each other, and how far each looks.

Owns the description of an architecture as plain data, read from the module itself by `torch.fx`; a
module that cannot be traced is watched while it runs, and its layers stand in the order of their calls.
Knows nothing of how it is drawn. Batch norm and activations stand with the layer in front of them, as
in the figures of papers; neighbouring pointwise operations become one rule with its formula.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.fx.passes.shape_prop import ShapeProp

from models.formulas import ACTIVATIONS, formula, function_name, is_pointwise
from models.layer_kinds import Facts, is_normalisation, module_facts, text_of, weighted_facts
from models.saliency.engine.tracing import symbolic_trace

_SIZES = (32, 64)


@dataclass(frozen=True)
class Layer:
    """One box of an architecture.

    Attributes:
        name: path of the module; `x₁`, `x₂`, … for the sources; "" for a rule.
        kind: source, convolution, addition, concatenation, rule, normalisation, activation, pooling,
            upsampling or other.
        label: what a small box says: `3×3`, `+`.
        detail: the layer in words, or the formula of a rule.
        then: norms and activations that follow and belong to no other layer, in their order.
        channels_in, channels: before and after; None where that is not known.
        parameters: of the layer and of `then`; 0 for a layer whose weights were counted before.
        tied: whether the same weights were applied before.
        reach: radius of the receptive field in source pixels up to here; None where it is not a window
            that the layers add up to (strides, norms over the image, attention).
        inputs: numbers of the layers that feed it.
    """

    name: str
    kind: str
    label: str
    detail: str = ""
    then: tuple[str, ...] = ()
    channels_in: int | None = None
    channels: int | None = None
    parameters: int = 0
    tied: bool = False
    reach: int | None = 0
    inputs: tuple[int, ...] = ()


@dataclass(frozen=True)
class Architecture:
    """Layers in evaluation order, sources first; the last one makes the fused image.

    `traced` says whether `inputs` were read from the module; otherwise they follow the order of calls.
    """

    layers: tuple[Layer, ...]
    traced: bool

    @property
    def edges(self) -> tuple[tuple[int, int], ...]:
        """(from, to) of every connection, as numbers of layers."""
        return tuple((source, number) for number, layer in enumerate(self.layers) for source in layer.inputs)

    @property
    def reach(self) -> int | None:
        """Radius of the receptive field that the layers add up to; None as in `Layer`."""
        return self.layers[-1].reach


def describe(model: nn.Module, count: int = 2) -> Architecture:
    """The architecture of a module in evaluation mode on the CPU that takes `count` sources (B, 1, H, W).

    Raises:
        ValueError: the module can neither be traced nor run.
    """
    try:
        traced = symbolic_trace(model)
        traced.graph.eliminate_dead_code()
    except Exception:  # fx raises whatever the traced code raises
        return _watched(model, count)
    _propagate(traced, count)
    return Architecture(tuple(_Walk(traced).layers), True)


def _propagate(traced: fx.GraphModule, count: int) -> None:
    """Note the shapes of all nodes; networks that accept none of the sizes go without."""
    for size in _SIZES:
        try:
            with torch.no_grad():
                ShapeProp(traced).propagate(*_blanks(traced, count, size))
        except Exception:  # whatever the module raises on this size
            continue
        return


def _blanks(model: nn.Module, count: int, size: int) -> list[Tensor]:
    tensors = [t for t in (*model.parameters(), *model.buffers()) if t.is_floating_point()]
    kind = tensors[0].dtype if tensors else torch.float32
    return [torch.zeros((1, 1, size, size), dtype=kind) for _ in range(count)]


class _Walk:
    """Walks an fx graph once and collects `layers`."""

    def __init__(self, traced: fx.GraphModule) -> None:
        self.modules = dict(traced.named_modules())
        self.tensors = {**dict(traced.named_parameters()), **dict(traced.named_buffers())}
        self.layers: list[Layer] = []
        self.index: dict[fx.Node, int] = {}
        self.counted: set[int] = set()
        self.applied: set[str] = set()
        nodes = list(traced.graph.nodes)
        self.roots = _group_roots(nodes)
        for node in nodes:
            self._add(node)

    def _add(self, node: fx.Node) -> None:
        if node.op == "placeholder":
            number = sum(layer.kind == "source" for layer in self.layers) + 1
            name = f"x{_subscript(number)}"
            self._append(node, Layer(name, "source", name, f"source {number}", channels=1))
        elif node.op in ("output", "get_attr") or _is_no_tensor(node):
            return
        elif node.op == "call_module":
            self._module(node)
        elif function_name(node) in ("cat", "concat"):
            self._append(node, self._joined(node, "concatenation", "‖", "concatenation"))
        elif node in self.roots:
            if self.roots[node] is node:
                self._rule(node)
        else:
            self._other(node)

    def _append(self, node: fx.Node, layer: Layer) -> None:
        self.index[node] = len(self.layers)
        self.layers.append(replace(layer, channels=_channels(node) or layer.channels))

    def _module(self, node: fx.Node) -> None:
        path = str(node.target)
        module = self.modules[path]
        own = sum(self._count(tensor) for tensor in module.parameters())
        text = text_of(module)
        if text and self._follows(node):
            self._follow(node, text, own)
            return
        facts = module_facts(module)
        layer = self._joined(node, facts.kind, facts.label, facts.detail)
        tied = path in self.applied and facts.kind == "convolution"
        self.applied.add(path)
        self._append(node, self._reaching(replace(layer, name=path, parameters=own, tied=tied), facts))

    def _rule(self, node: fx.Node) -> None:
        members = {member for member, root in self.roots.items() if root is node}
        name = ACTIVATIONS.get(function_name(node))
        if len(members) == 1 and name and self._follows(node):
            self._follow(node, name, 0)
            return
        names = {source: self._short(number) for source, number in self.index.items()}
        text = formula(node, members, names)
        adds = all(function_name(member) == "add" for member in members)
        kind, label = ("addition", "+") if adds else ("activation", name) if name else ("rule", "ƒ")
        outside = dict.fromkeys(s for m in self.roots if m in members for s in m.all_input_nodes)
        layer = self._joined(node, kind, label, text, [source for source in outside if source not in members])
        self._append(node, layer)

    def _other(self, node: fx.Node) -> None:
        constants = [part for part in node.all_input_nodes if part.op == "get_attr"]
        found = [self.tensors[str(part.target)] for part in constants if str(part.target) in self.tensors]
        facts = weighted_facts(function_name(node), found, node)
        own = sum(self._count(tensor) for tensor in found if isinstance(tensor, nn.Parameter))
        layer = self._joined(node, facts.kind, facts.label, facts.detail)
        self._append(node, self._reaching(replace(layer, parameters=own), facts))

    def _joined(
        self, node: fx.Node, kind: str, label: str, detail: str, sources: Iterable[fx.Node] | None = None
    ) -> Layer:
        """A layer that looks as far as the furthest of what feeds it."""
        feeding = node.all_input_nodes if sources is None else sources
        known = [source for source in feeding if source in self.index]
        inputs = tuple(dict.fromkeys(self.index[source] for source in known))
        reaches = [self.layers[number].reach for number in inputs]
        reach = None if None in reaches else max((r for r in reaches if r is not None), default=0)
        before = [_channels(source) or self.layers[self.index[source]].channels for source in known]
        same = before[0] if before and len(set(before)) == 1 and len(inputs) == 1 else None
        return Layer("", kind, label, detail, channels_in=same, channels=same, reach=reach, inputs=inputs)

    def _reaching(self, layer: Layer, facts: Facts) -> Layer:
        lost = layer.reach is None or facts.reach is None
        reach = None if lost else (layer.reach or 0) + (facts.reach or 0)
        before = layer.channels_in if facts.channels_in is None else facts.channels_in
        after = layer.channels if facts.channels is None else facts.channels
        return replace(layer, reach=reach, channels_in=before, channels=after)

    def _follows(self, node: fx.Node) -> bool:
        """Whether a norm or an activation is all that happens to what the layer before it gives."""
        (before, *more) = node.all_input_nodes or (None,)
        if more or before not in self.index or len(before.users) > 1:
            return False
        return self.layers[self.index[before]].kind not in ("source", "concatenation")

    def _follow(self, node: fx.Node, text: str, parameters: int) -> None:
        number = self.index[node.all_input_nodes[0]]
        layer = self.layers[number]
        self.index[node] = number
        self.layers[number] = replace(
            layer, then=(*layer.then, text), parameters=layer.parameters + parameters
        )

    def _count(self, tensor: Tensor) -> int:
        fresh = id(tensor) not in self.counted
        self.counted.add(id(tensor))
        return tensor.numel() if fresh else 0

    def _short(self, number: int) -> str:
        """How formulas call a layer: its path without the places of its innermost block."""
        name = self.layers[number].name or f"layer {number}"
        return name.removesuffix(".0")


def _group_roots(nodes: list[fx.Node]) -> dict[fx.Node, fx.Node]:
    """Pointwise node → the last node of its group: all users of a member are members."""
    roots: dict[fx.Node, fx.Node] = {}
    for node in reversed(nodes):
        if is_pointwise(node):
            users = {roots.get(user) for user in node.users}
            roots[node] = users.pop() or node if len(users) == 1 else node
    return {node: roots[node] for node in nodes if node in roots}


def _is_no_tensor(node: fx.Node) -> bool:
    """Whether a node is known to give a size or nothing, as checks of shapes do."""
    return "type" in node.meta and "tensor_meta" not in node.meta


def _channels(node: fx.Node) -> int | None:
    shape = getattr(node.meta.get("tensor_meta"), "shape", None)
    return int(shape[1]) if shape is not None and len(shape) == 4 else None


def _subscript(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def _watched(model: nn.Module, count: int) -> Architecture:
    """The leaves of a module in the order in which a forward pass calls them."""
    sources = [f"x{_subscript(k + 1)}" for k in range(count)]
    layers = [Layer(name, "source", name, f"source {k + 1}", channels=1) for k, name in enumerate(sources)]
    counted: set[int] = set()

    def note(path: str) -> Any:
        def hook(module: nn.Module, _inputs: Any, output: Any) -> None:
            facts = module_facts(module)
            fresh = [p for p in module.parameters() if id(p) not in counted]
            counted.update(map(id, fresh))
            own, text = sum(p.numel() for p in fresh), text_of(module)
            last = layers[-1]
            if text and last.kind != "source" and (is_normalisation(module) or not own):
                then = (*last.then, text)
                layers[-1] = replace(last, then=then, parameters=last.parameters + own)
                return
            after = int(output.shape[1]) if isinstance(output, Tensor) and output.dim() == 4 else None
            feeding = tuple(range(count)) if last.kind == "source" else (len(layers) - 1,)
            layer = Layer(path, facts.kind, facts.label, facts.detail, channels=after, parameters=own)
            layers.append(replace(layer, channels_in=facts.channels_in, reach=None, inputs=feeding))

        return hook

    leaves = [(path, module) for path, module in model.named_modules() if not list(module.children())]
    handles = [module.register_forward_hook(note(path)) for path, module in leaves]
    try:
        with torch.no_grad():
            model(*_blanks(model, count, _SIZES[-1]))
    except Exception as error:  # whatever the module raises
        raise ValueError(f"The module can neither be traced nor run: {error}") from error
    finally:
        for handle in handles:
            handle.remove()
    return Architecture(tuple(layers), False)
