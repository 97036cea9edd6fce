"""One entry: everything the store keeps of a case study and a method, computed.

Owns which numbers belong to an entry and how long each part took. Knows nothing of the store.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import models
from models.metrics.similarity import source_similarity
from precompute.build.fusion_scores import fusion_scores
from precompute.build.prepared import method_digest, prepared_model
from precompute.build.stages import EXACT
from precompute.cases.case_study import CaseStudy
from precompute.store.entry import Entry, Estimated

log = logging.getLogger(__name__)

Fraction = Callable[[float], None]
"""Called now and then with the finished share of the work, 0 to 1, never decreasing."""

_JACOBIAN_SHARE = 0.85
"""Of the time of an entry with its whole Jacobian, measured over the four networks; for the bar only."""


def compute_entry(
    case: CaseStudy,
    method_id: str,
    device: str = "auto",
    progress: Fraction | None = None,
    cancelled: Callable[[], bool] | None = None,
    whole_jacobian: bool = False,
    spool: Path | None = None,
    stride: int = EXACT,
) -> Entry:
    """Compute the entry of a case study and a method.

    Args:
        case: its sources are float32 (K, H, W) in [0, 1].
        method_id: an id of `models.list_models()`.
        device: "auto", "cpu" or "cuda".
        progress: see `Fraction`.
        cancelled: asked now and then; when it returns True, `models.Cancelled` is raised.
        whole_jacobian: compute every pixel's Jacobian too, in an unnamed temporary file.
        spool: the folder of that file (it vanishes by itself); the system's by default.
        stride: of `stages`: that of the lattice by which guidance is estimated, or EXACT.

    Raises:
        models.Cancelled: see `cancelled`.
        ValueError: unknown method or device, or a whole Jacobian of a method without a window.
        WeightsError: the method's weights are missing or damaged.
    """
    report = progress or (lambda _: None)
    seconds: dict[str, float] = {}
    weights = method_digest(method_id)
    with _timed(seconds, "prepare"):
        model = prepared_model(method_id, device)
        radius = models.receptive_field(model, len(case.sources)).radius
    if whole_jacobian and radius is None:
        raise ValueError(
            f"{method_id} has no window; expected a method with a local receptive field for a whole Jacobian."
        )
    share = 1 - _JACOBIAN_SHARE if whole_jacobian else 1.0
    report(0.0)
    with _timed(seconds, "fuse"):
        fused = models.fuse(model, case.sources)
    with _timed(seconds, "summed_gradient"):
        summed = models.summed_gradient(model, case.sources)
    with _timed(seconds, "guidance"):
        diagonal, estimated = _guidance(
            model, case.sources, stride, lambda done, total: report(share * done / total), cancelled
        )
    jacobian = None
    if whole_jacobian and radius is not None:
        with _timed(seconds, "whole_jacobian"):
            jacobian = _whole_jacobian(
                model,
                case.sources,
                radius,
                lambda done, total: report(share + _JACOBIAN_SHARE * done / total),
                cancelled,
                spool,
            )
    with _timed(seconds, "metrics"):
        metrics = source_similarity(case.sources, fused)
        scores = fusion_scores(case, fused, device=device)
    report(1.0)
    return Entry(
        case=case.id,
        method=method_id,
        source_digest=case.digest,
        weights_digest=weights,
        fused=np.asarray(fused, np.float32),
        guidance=np.asarray(diagonal, np.float32),
        summed_gradient=np.asarray(summed, np.float32),
        metrics={name: tuple(numbers) for name, numbers in metrics.items()},
        fusion_metrics=scores.values,
        seconds=seconds,
        device=_device_of(model),
        whole_jacobian=jacobian,
        jacobian_radius=None if jacobian is None else radius,
        estimated=estimated,
    )


def _guidance(
    model: Any,
    sources: NDArray[np.float32],
    stride: int,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool] | None,
) -> tuple[NDArray[Any], Estimated | None]:
    if stride == EXACT:
        return models.guidance(model, sources, progress, cancelled), None
    found = models.estimate_guidance(model, sources, stride, progress=progress, cancelled=cancelled)
    return found.values, Estimated(stride, found.rms, found.largest)


def _whole_jacobian(
    model: Any,
    sources: NDArray[np.float32],
    radius: int,
    progress: Callable[[int, int], None],
    cancelled: Callable[[], bool] | None,
    spool: Path | None,
) -> NDArray[np.float16]:
    """(H, W, K, 2R+1, 2R+1) in a file that has no name, so that not even a kill leaves it behind."""
    count, height, width = sources.shape
    shape = (height, width, count, 2 * radius + 1, 2 * radius + 1)
    with tempfile.TemporaryFile(dir=spool) as file:
        whole = np.memmap(file, np.float16, "w+", shape=shape)  # lives on when the file is closed
    largest = float(np.finfo(np.float16).max)
    seen = np.zeros((height, width), bool)
    clipped = 0
    for pixels, values in models.whole_jacobian(model, sources, progress, cancelled):
        clipped += int(np.count_nonzero(np.abs(values) > largest))
        whole[pixels[:, 0], pixels[:, 1]] = np.clip(values, -largest, largest)
        seen[pixels[:, 0], pixels[:, 1]] = True
    if not seen.all():
        raise RuntimeError(f"The whole Jacobian lacks {int((~seen).sum())} of {seen.size} pixels.")
    if clipped:
        log.warning("%d derivatives beyond ±%g were clipped to it (float16).", clipped, largest)
    return whole


def _device_of(model: Any) -> str:
    """Where a module's numbers are; one without parameters computes on the CPU."""
    tensor = next(model.parameters(), None)
    return "cpu" if tensor is None else str(tensor.device.type)


@contextmanager
def _timed(seconds: dict[str, float], part: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[part] = time.perf_counter() - start
