"""`torch.fx` tracing that leaves other threads alone.

While fx traces a module it replaces methods of all modules of the process, so that a forward pass in another
thread would be recorded too, or fail. Here one module is traced at a time, and what other threads call in
the meantime does what it always does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

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
    """`torch.fx.symbolic_trace` among other threads; raises whatever the traced code raises."""
    with _one_at_a_time:
        tracer = _OwnThreadTracer()
        graph = tracer.trace(model)
        return fx.GraphModule(tracer.root, graph, type(model).__name__)
