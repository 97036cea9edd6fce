"""Fusion metrics: numbers that compare a fused image with its sources; one family a file."""

from models.metrics.families import list_metrics
from models.metrics.fusion import (
    fusion_metrics,
    fusion_metrics_batch,
    grey_level_metrics,
    local_metric_map,
    to_grey_levels,
)
from models.metrics.similarity import source_similarity
from models.metrics.specs import MetricSpec

__all__ = [
    "MetricSpec",
    "fusion_metrics",
    "fusion_metrics_batch",
    "grey_level_metrics",
    "list_metrics",
    "local_metric_map",
    "source_similarity",
    "to_grey_levels",
]
