"""Mixed precision: the network in half precision, its loss, weights and statistics in float32.

Micikevicius et al., "Mixed precision training", ICLR 2018. `bf16` has the range of float32 and needs
nothing else; `fp16` is for GPUs without bf16 and scales the loss, so that small gradients survive.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import torch
from torch import Tensor, nn, optim

_TYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


class Precision:
    """How a training step computes: in float32 (`off`, then nothing changes), `bf16` or `fp16`.

    Runs on a CPU too, where it saves no time.
    """

    def __init__(self, amp: str, device: torch.device) -> None:
        self._type, self._device = _TYPES.get(amp), device.type
        self._scaler = torch.amp.GradScaler(device.type, init_scale=2.0**12) if amp == "fp16" else None

    def context(self) -> AbstractContextManager[Any]:
        """Where the forward pass of the network runs."""
        if self._type is None:
            return nullcontext()
        return torch.autocast(self._device, self._type)

    def step(self, loss: Tensor, model: nn.Module, optimizer: optim.Optimizer, clip: float) -> None:
        """Differentiate, bound the gradient norm by `clip` and move the weights, in place.

        With fp16, a step whose gradient overflowed is left out and the scale halved.
        """
        if self._scaler is None:
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), clip)
            optimizer.step()
            return
        self._scaler.scale(loss).backward()
        self._scaler.unscale_(optimizer)
        nn.utils.clip_grad_norm_(model.parameters(), clip)
        self._scaler.step(optimizer)
        self._scaler.update()

    def state(self) -> dict[str, Any]:
        """What an exact resume needs (JSON); empty without a loss scale."""
        return {} if self._scaler is None else self._scaler.state_dict()

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from `state()`."""
        if self._scaler is not None and state:
            self._scaler.load_state_dict(state)
