"""One forward pass per image: what a method without a window needs for its derivatives there.

The autograd graph of an image is kept, so that a pixel costs the backward pass only. The graphs that are
kept are bounded in bytes; the one used last goes last. Weights carry no gradient, and nothing is stored
for theirs.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from models.saliency.engine.rows import Floats, Pixel, digest_of, gradients_of, leaves_of, mark_of

LIMIT_BYTES = 1_500_000_000
"""How much the kept graphs may take together; a larger one is used once and forgotten."""


class WholeImage:
    """A module's graph on one image; made by `whole_image`. Threads take turns.

    Attributes:
        fused: the fused image (H, W), in the model's float type.
        nbytes: memory that the graph takes, weights left out.
    """

    def __init__(self, model: nn.Module, sources: Floats) -> None:
        self._lock = threading.Lock()
        self._leaves = leaves_of(model, sources)
        own = {tensor.untyped_storage().data_ptr() for tensor in (*model.parameters(), *model.buffers())}
        kept: dict[int, int] = {}

        def count(tensor: Tensor) -> Tensor:
            storage = tensor.untyped_storage()
            if storage.data_ptr() not in own:
                kept[storage.data_ptr()] = storage.nbytes()
            return tensor

        with (
            torch.enable_grad(),
            _without_gradients(model),
            torch.autograd.graph.saved_tensors_hooks(count, lambda tensor: tensor),
        ):
            self._fused = model(*self._leaves)[0, 0]
        self.fused: Floats = self._fused.detach().cpu().numpy()
        self.nbytes = sum(kept.values()) + self.fused.nbytes

    def row(self, pixel: Pixel) -> Floats:
        """The Jacobian of a fused pixel (y, x) over the whole image, (K, H, W).

        Raises:
            ValueError: the fused image carries no gradient.
        """
        with self._lock:
            return gradients_of(self._fused[pixel], self._leaves, keep=True)

    def weighted(self, weights: Tensor) -> Floats:
        """Jᵀ times weights (H, W) of the fused pixels, (K, H, W)."""
        with self._lock:
            return gradients_of((self._fused * weights).sum(), self._leaves, keep=True)

    def weights(self) -> Tensor:
        """Zeros (H, W) in the type and on the device of the fused image."""
        return torch.zeros_like(self._fused)


class _without_gradients:  # noqa: N801 (a context manager)
    """Weights that need no gradient for as long as a graph is made."""

    def __init__(self, model: nn.Module) -> None:
        self._needing = [parameter for parameter in model.parameters() if parameter.requires_grad]

    def __enter__(self) -> None:
        for parameter in self._needing:
            parameter.requires_grad_(False)

    def __exit__(self, *_: object) -> None:
        for parameter in self._needing:
            parameter.requires_grad_(True)


_Key = tuple[int, object, str]
_kept: OrderedDict[_Key, WholeImage] = OrderedDict()
_watched: weakref.WeakSet[nn.Module] = weakref.WeakSet()
_being_made: dict[_Key, threading.Lock] = {}
_lock = threading.Lock()


def whole_image(model: nn.Module, sources: Floats) -> WholeImage:
    """The graph of a module on an image, kept from the last time or made now.

    Args:
        model: in evaluation mode; its device and float type are used.
        sources: (K, H, W), floating, in [0, 1].
    """
    key = (id(model), mark_of(model), digest_of(sources))
    with _lock:
        found = _found(key)
        if found is not None:
            return found
        own = _being_made.setdefault(key, threading.Lock())
    with own:
        with _lock:
            found = _found(key)
        if found is None:
            found = WholeImage(model, sources)
            _keep(model, key, found)
    return found


def _found(key: _Key) -> WholeImage | None:
    """A kept graph, which is thereby the last used."""
    if key in _kept:
        _kept.move_to_end(key)
    return _kept.get(key)


def _keep(model: nn.Module, key: _Key, found: WholeImage) -> None:
    with _lock:
        if model not in _watched:
            _watched.add(model)
            weakref.finalize(model, _forget, id(model))
        _being_made.pop(key, None)
        if found.nbytes > LIMIT_BYTES:
            return
        _kept[key] = found
        while sum(each.nbytes for each in _kept.values()) > LIMIT_BYTES:
            _kept.popitem(last=False)


def _forget(identity: int) -> None:
    """A module is gone: its graphs too, before another one gets its identity."""
    with _lock:
        for key in [key for key in _kept if key[0] == identity]:
            del _kept[key]


def whole_image_memory() -> dict[str, int | None]:
    """What the kept graphs take: `bytes`, their `limit`, and how many are `kept`."""
    with _lock:
        return {
            "bytes": sum(each.nbytes for each in _kept.values()),
            "limit": LIMIT_BYTES,
            "kept": len(_kept),
        }


def rows_of(model: nn.Module, sources: Floats, pixels: Sequence[Pixel]) -> list[tuple[float, Floats]]:
    """Fused values and Jacobians (K, H, W) of several pixels, from one forward pass."""
    graph = whole_image(model, sources)
    return [(float(graph.fused[pixel]), graph.row(pixel)) for pixel in pixels]
