"""Small made-up case studies and entries for the tests of the store."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from precompute.cases.case_study import CaseStudy, quantise, save_case
from precompute.store.entry import Entry

SOURCE, WEIGHTS = "5" * 64, "a" * 64
DIGESTS = (SOURCE, WEIGHTS)
HEIGHT, WIDTH = 9, 7


def make_case(case_id: str = "alpha", seed: int = 0, shape: tuple[int, int] = (16, 18)) -> CaseStudy:
    """A case study of noise."""
    sources = quantise(np.random.default_rng(seed).random((2, *shape)))
    return CaseStudy(case_id, case_id.title(), "", ("A", "B"), sources, (), "noise", True)


def save_cases(folder: Path, *case_ids: str) -> Path:
    """A folder of case studies for the command line."""
    for seed, case_id in enumerate(case_ids):
        save_case(make_case(case_id, seed), folder / case_id)
    return folder


def make_entry(
    case: str = "alpha", method: str = "average", seed: int = 0, radius: int | None = None, **other: object
) -> Entry:
    """An entry of random numbers."""
    rng = np.random.default_rng(seed)
    size = (HEIGHT, WIDTH)
    whole = None
    if radius is not None:
        whole = rng.standard_normal((*size, 2, 2 * radius + 1, 2 * radius + 1)).astype(np.float16)
    fields: dict[str, object] = {
        "case": case,
        "method": method,
        "source_digest": SOURCE,
        "weights_digest": WEIGHTS,
        "fused": rng.random(size, np.float32),
        "guidance": rng.standard_normal((2, *size), np.float32),
        "summed_gradient": rng.standard_normal((2, *size), np.float32),
        "metrics": {"ssim": (0.25, 0.5), "mse": (0.125, 1e-7)},
        "fusion_metrics": {"q_ssim": 0.5, "q_fmi": 0.25},
        "seconds": {"guidance": 1.25, "fuse": 0.5},
        "device": "cpu",
        "whole_jacobian": whole,
        "jacobian_radius": radius,
    }
    return Entry(**(fields | other))


def same(first: Entry | None, second: Entry | None) -> bool:
    """Whether two entries hold the same, to the bit, their whole Jacobians apart."""
    if first is None or second is None:
        return first is second
    names = (
        "case method source_digest weights_digest metrics fusion_metrics seconds device created code_version "
        "jacobian_radius"
    )
    arrays = ("fused", "guidance", "summed_gradient")
    return all(getattr(first, name) == getattr(second, name) for name in names.split()) and all(
        getattr(first, name).tobytes() == getattr(second, name).tobytes() for name in arrays
    )
