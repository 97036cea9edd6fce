"""`torch.fx` tracing that leaves other threads alone.

While fx traces a module it replaces methods of all modules of the process, so that a forward pass in another
thread would be recorded too, or fail. Here one module is traced at a time, and what other threads call in
the meantime does what it always does.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from typing import Any, cast

import torch
from torch import fx, nn

_one_at_a_time = threading.RLock()


class _OwnThreadTracer(fx.Tracer):
    """Records the calls of the thread it was made in."""

    def __init__(self) -> None:
        super().__init__()
        self._thread = threading.get_ident()

    def call_module(
        self, m: nn.Module, forward: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        if threading.get_ident() != self._thread:
            return forward(*args, **kwargs)
        return super().call_module(m, forward, args, kwargs)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        if threading.get_ident() != self._thread:
            return attr_val
        return super().getattr(attr, attr_val, parameter_proxy_cache)


def symbolic_trace(model: nn.Module) -> fx.GraphModule:
    """`torch.fx.symbolic_trace` among other threads, on a copy that shares the weights.

    What `forward` keeps on the module is kept on the copy. Raises whatever the traced code raises.
    """
    with _one_at_a_time:
        tracer = _OwnThreadTracer()
        graph = tracer.trace(_shell(model))
        return fx.GraphModule(tracer.root, graph, type(model).__name__)


class Recorder(fx.Interpreter):
    """What every node of a traced network gives on a small random image; see `channels` and `constant`.

    Args:
        module: the traced network, in evaluation mode.
        count: number of sources, K.
    """

    SHAPE = (67, 71)

    def __init__(self, module: fx.GraphModule, count: int) -> None:
        super().__init__(module)
        self.results: dict[fx.Node, Any] = {}
        self._modules = dict(module.named_modules())
        tensors = (*module.parameters(), *module.buffers())
        like = next((tensor for tensor in tensors if tensor.is_floating_point()), torch.zeros(()))
        generator = torch.Generator().manual_seed(0)
        images = [torch.rand((1, 1, *self.SHAPE), generator=generator).to(like) for _ in range(count)]
        with torch.no_grad():
            self.run(*images)

    def run_node(self, n: fx.Node) -> Any:
        result = self.results[n] = super().run_node(n)
        return result

    def channels(self, node: fx.Node) -> int:
        """The number of channels of a node that is an image; raises TypeError where it is none."""
        shape = self.shape(node)
        if len(shape) != 4 or shape[0] != 1 or shape[2:] != self.SHAPE:
            raise TypeError(f"{node} is no image of the sources' size (shape {shape})")
        return int(shape[1])

    def shape(self, node: fx.Node) -> tuple[int, ...]:
        """The shape of a node that is a tensor, empty for anything else."""
        result = self.results[node]
        return tuple(result.shape) if isinstance(result, torch.Tensor) else ()

    def constant(self, node: fx.Node) -> torch.Tensor:
        """The tensor that a `get_attr` node reads; raises TypeError where it is none."""
        if node.op != "get_attr" or not isinstance(self.results[node], torch.Tensor):
            raise TypeError(f"{node} is no tensor of the network")
        return cast(torch.Tensor, self.results[node].detach())

    def layer(self, node: fx.Node) -> nn.Module | None:
        """The layer that a node calls, None for other nodes."""
        return self._modules[str(node.target)] if node.op == "call_module" else None


def _shell(module: nn.Module) -> nn.Module:
    """A module that shares the weights of another one, and whose attributes are its own to change."""
    made: nn.Module = object.__new__(type(module))  # the class's own way may make another class
    made.__dict__.update(
        {
            name: copy.copy(value) if type(value) in (list, dict, set) else value
            for name, value in module.__dict__.items()
        }
    )
    # The same layer under two names stays one layer where it matters: its weights are shared.
    children = module._modules.items()
    made.__dict__["_modules"] = {name: None if child is None else _shell(child) for name, child in children}
    return made
