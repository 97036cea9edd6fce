"""A report's numbers and arrays as files: CSV, and an NPZ from which every number can be computed again."""

from __future__ import annotations

import csv
import io
from typing import Any

import numpy as np

from precompute.report.contents import Report
from precompute.report.numbers import rows

COLUMNS = ("method", "part", "measure", "source", "value", "unit")


def report_csv(report: Report) -> str:
    """One line a number; values with 17 significant digits, which give the float64 back."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows(report):
        writer.writerow([*(_safe(getattr(row, name)) for name in COLUMNS[:4]), repr(row.value), row.unit])
    return buffer.getvalue()


def report_npz(report: Report) -> bytes:
    """Arrays of a report, compressed; no pickled objects.

    sources (K, H, W), mask (H, W), pixel (y, x), relevant, modalities (K,), methods (M,), and of every method
    `fused_<id>` (H, W), `guidance_<id>` and `region_gradient_<id>` (K, H, W), `jacobian_<id>` (K, h, w) with
    `jacobian_origin_<id>` (y0, x0) and `jacobian_fused_<id>`, `rings_<id>` (K, D) with `sampled_<id>` (S, 2);
    the numbers of the CSV as `number_<column>` (N,).
    """
    subject = report.subject
    arrays: dict[str, Any] = {
        "case": np.array(subject.case.id),
        "region": np.array(subject.region),
        "sources": subject.case.sources,
        "mask": subject.mask,
        "pixel": np.array(subject.pixel),
        "relevant": np.array(subject.relevant),
        "modalities": np.array(subject.case.modalities),
        "methods": np.array([part.method for part in report.methods], dtype=np.str_),
    }
    for part in report.methods:
        arrays |= {
            f"fused_{part.method}": part.fused,
            f"guidance_{part.method}": part.guidance,
            f"region_gradient_{part.method}": part.analysis.gradient,
            f"jacobian_{part.method}": part.jacobian.values,
            f"jacobian_origin_{part.method}": np.array(part.jacobian.origin),
            f"jacobian_fused_{part.method}": np.array(part.jacobian.fused),
            f"rings_{part.method}": part.analysis.rings,
            f"sampled_{part.method}": part.analysis.sampled,
        }
    found = rows(report)
    for name in COLUMNS:
        kind: Any = np.float64 if name == "value" else np.str_
        arrays[f"number_{name}"] = np.array([getattr(row, name) for row in found], dtype=kind)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def _safe(text: str) -> str:
    """A text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
