"""Pointwise parts of a traced network as formulas: `max(a, b) · (a + b) / (a² + 0.01)`.

Owns which functions of an fx graph work pixel by pixel, and how each is written. Knows nothing of
layers, and nothing of derivatives (`models/saliency/engine/graph.py` has its own list: those it can prove).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor, fx

# name -> (sign, precedence)
_INFIX: dict[str, tuple[str, int]] = {
    **{"add": ("+", 1), "sub": ("−", 1), "mul": ("·", 2), "div": ("/", 2), "truediv": ("/", 2)},
    **{"lt": ("<", 0), "le": ("≤", 0), "gt": (">", 0), "ge": ("≥", 0), "eq": ("=", 0), "ne": ("≠", 0)},
}
_ATOM = 4
_CALLS = {
    *("maximum", "minimum", "max", "min", "where", "abs", "sign", "clamp", "exp", "log", "sqrt", "square"),
    *("neg", "pow", "zeros_like", "ones_like", "full_like", "detach", "contiguous", "clone"),
}
ACTIVATIONS = {
    **{"relu": "ReLU", "leaky_relu": "leaky ReLU", "elu": "ELU", "gelu": "GELU", "silu": "SiLU"},
    **{"softplus": "softplus", "tanh": "tanh", "sigmoid": "sigmoid", "hardtanh": "hard tanh"},
}
_SILENT = {"detach": "frozen", "contiguous": "", "clone": ""}


def function_name(node: fx.Node) -> str:
    """The bare name of what a node calls: `add`, `relu`, `cat`; "" for modules, inputs and constants.

    In-place forms and the operators of exported graphs (`aten.add.Tensor`) have the same name.
    """
    if node.op == "call_method":
        name = str(node.target)
    elif node.op == "call_function":
        target: Any = node.target
        packet = getattr(target, "overloadpacket", None)
        name = str(getattr(packet, "__name__", "") or getattr(target, "__name__", ""))
    else:
        return ""
    return name.strip("_")


def is_pointwise(node: fx.Node) -> bool:
    """Whether a node is a function of the values at one pixel."""
    name = function_name(node)
    if name in ("max", "min"):  # of two images; of one they reduce it
        return len(node.args) == 2 and all(isinstance(part, fx.Node) for part in node.args)
    return name in _INFIX or name in _CALLS or name in ACTIVATIONS


def formula(root: fx.Node, members: set[fx.Node], names: Mapping[fx.Node, str]) -> str:
    """A pointwise group as text.

    Args:
        root: the node that the group ends in.
        members: all nodes of the group.
        names: how what comes from outside is called.
    """

    def write(value: Any) -> tuple[str, int]:
        if not isinstance(value, fx.Node):
            return _number(value), _ATOM
        if value not in members:
            return names.get(value, str(value.target)), _ATOM
        return _write_call(value, write)

    return write(root)[0]


def _write_call(node: fx.Node, write: Callable[[Any], tuple[str, int]]) -> tuple[str, int]:
    name = function_name(node)
    if name in _INFIX and len(node.args) >= 2:
        sign, level = _INFIX[name]
        left, right = write(node.args[0]), write(node.args[1])
        if sign == "·" and node.args[0] is node.args[1]:
            return f"{_inside(left, _ATOM)}²", 3
        # the right side of − and / keeps its brackets at the same level
        return f"{_inside(left, level)} {sign} {_inside(right, level + (sign in '−/'))}", level
    if name == "neg":
        return f"−{_inside(write(node.args[0]), 3)}", 3
    if name == "zeros_like":
        return "0", _ATOM
    if name == "ones_like":
        return "1", _ATOM
    if name == "full_like":
        return write(node.args[1])
    if name in _SILENT:
        text = write(node.args[0])
        return (f"{_SILENT[name]}({text[0]})", _ATOM) if _SILENT[name] else text
    short = {"maximum": "max", "minimum": "min"}.get(name, ACTIVATIONS.get(name, name))
    return f"{short}({', '.join(write(part)[0] for part in node.args)})", _ATOM


def _inside(part: tuple[str, int], level: int) -> str:
    text, own = part
    return text if own >= level else f"({text})"


def _number(value: Any) -> str:
    if isinstance(value, Tensor):
        return f"{value.item():g}" if value.numel() == 1 else "constant"
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else str(value)
    return str(value)
