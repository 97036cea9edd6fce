"""The families of fusion metrics; a metric is added by its file and a line here."""

from __future__ import annotations

from models.metrics import fmi, gradient, histogram, piella, structure, viff
from models.metrics.specs import MetricSpec

FAMILIES = (
    structure.FAMILY,
    fmi.FAMILY,
    fmi.SYMMETRIC_FAMILY,
    histogram.FAMILY,
    gradient.FAMILY,
    piella.FAMILY,
    viff.FAMILY,
)


def list_metrics() -> tuple[MetricSpec, ...]:
    """All fusion metrics, in the order in which they are shown."""
    return tuple(spec for family in FAMILIES for spec in family.specs)
