"""Fusion metrics: numbers that compare a fused image with its sources; one metric a file."""

from models.metrics.similarity import source_similarity

__all__ = ["source_similarity"]
