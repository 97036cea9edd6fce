"""The stages of guidance images: estimated where a method sees the whole image, then exact.

Owns which stages there are and which comes next. Knows nothing of how they are computed.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import models
from precompute.build.prepared import prepared_model
from precompute.store.entry import Entry
from precompute.store.store import Key, Store

EXACT = 0
STRIDES = (8, 16)
"""The lattices of the two estimates that come before exact guidance."""


def stages(method_id: str, sources: NDArray[np.floating], device: str = "auto") -> tuple[int, ...]:
    """The strides by which a method's guidance is estimated on images (K, H, W), coarse first, then EXACT.

    A method with a window goes straight to EXACT; one that sees the whole image would need a backward pass
    for every pixel, and is estimated first.
    """
    model = prepared_model(method_id, device)
    return (EXACT,) if models.windows_on(model, sources) is not None else (*STRIDES, EXACT)


def next_stage(entry: Entry, minutes: float) -> int | None:
    """The stage that improves an entry; None for one that is exact, or as good as the time allows."""
    if entry.estimated is None:
        return None
    better = [stride for stride in STRIDES if stride > entry.estimated.stride]
    if better:
        return better[0]
    return EXACT if exact_seconds(entry) <= 60 * minutes else None


def stage_after(
    entry: Entry | None, method_id: str, sources: NDArray[np.floating], device: str, minutes: float
) -> int | None:
    """The first stage where there is no entry yet, else `next_stage`."""
    return stages(method_id, sources, device)[0] if entry is None else next_stage(entry, minutes)


def exact_seconds(entry: Entry) -> float:
    """About how long exact guidance would take, from how long its estimate did."""
    if entry.estimated is None:
        return 0.0
    passes = entry.estimated.stride**2 + models.CHECKED_PIXELS
    return entry.seconds.get("guidance", 0.0) / passes * entry.fused.size


def improvable(store: Store, key: Key, digests: tuple[str, str], minutes: float) -> bool:
    """Whether a stored entry's guidance is estimated, and the time allows for better.

    Args:
        digests: of the sources and of the weights.
        minutes: see `next_stage`.
    """
    if store.estimated(*key) is None:
        return False
    entry = store.read(*key, *digests)
    return entry is not None and next_stage(entry, minutes) is not None
