"""Tracing a network while other threads use networks: neither may notice the other."""

from __future__ import annotations

import threading

import torch
from torch import nn

from models.saliency.engine.tracing import symbolic_trace


class Gated(nn.Module):
    """A network whose forward pass waits, while it is traced, for another thread."""

    def __init__(self, gate: threading.Event, reached: threading.Event) -> None:
        super().__init__()
        self.convolution, self.gate, self.reached = nn.Conv2d(1, 1, 3), gate, reached
        self.factor = nn.Parameter(torch.ones(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if isinstance(x, torch.fx.Proxy):
            self.reached.set()
            assert self.gate.wait(20)
        return torch.tanh(self.convolution(x) * self.factor)


def test_a_forward_pass_in_another_thread_is_neither_recorded_nor_broken() -> None:
    gate, reached, found = threading.Event(), threading.Event(), []
    model = Gated(gate, reached).eval()
    thread = threading.Thread(target=lambda: found.append(symbolic_trace(model)))
    thread.start()
    assert reached.wait(20)
    image = torch.ones(1, 1, 5, 5)
    other = nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())
    assert isinstance(other(image), torch.Tensor)
    assert isinstance(model(image), torch.Tensor)
    gate.set()
    thread.join(20)
    operations = [node.op for node in found[0].graph.nodes]
    assert operations == [
        "placeholder",
        "call_module",
        "get_attr",
        "call_function",
        "call_function",
        "output",
    ]
    torch.testing.assert_close(found[0](image), model(image))
