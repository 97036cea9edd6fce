"""Which device the numbers are computed on; asked once, at start."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch


def limit_threads(count: int | None = None) -> None:
    """Let the calling thread compute with at most `count` CPU threads; None: with every core it may use.

    OpenMP keeps that number per thread. The small layers of a single Jacobian gain nothing from a
    second thread, and lose a hundredfold when it has to wait for a busy core.
    """
    torch.set_num_threads(count or _usable_cores())


def device_name(name: str = "auto") -> str:
    """What `select_device` chooses, in words: "CPU, 2 cores", or the GPU's name; raises as it does."""
    device = select_device(name)
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"CPU, {_usable_cores()} cores"


def _usable_cores() -> int:
    """How many CPU cores this process may use."""
    return (len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()) or 1


@contextmanager
def one_thread() -> Iterator[None]:
    """Compute with one CPU thread in the calling thread; see `limit_threads`."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def select_device(name: str = "auto") -> torch.device:
    """The device called `name`: "cpu", "cuda", or "auto" (CUDA where there is one).

    Raises:
        ValueError: an unknown name, or "cuda" on a machine without a usable CUDA device.
    """
    if name not in ("auto", "cpu", "cuda"):
        raise ValueError(f"Unknown device {name!r}; expected auto, cpu or cuda.")
    if name == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        return torch.device("cuda")
    if name == "cuda":
        raise ValueError(
            "Device 'cuda' was asked for, but no CUDA device is usable here; expected auto or cpu."
        )
    return torch.device("cpu")
