"""Hyphenated HTML attributes as keyword arguments: `**aria(label="…")`, `**data(view="fused")`."""

from __future__ import annotations

from typing import Any


def aria(**values: str) -> dict[str, Any]:
    """Attributes with the prefix `aria-`."""
    return {f"aria-{name}": value for name, value in values.items()}


def data(**values: str) -> dict[str, Any]:
    """Attributes with the prefix `data-`."""
    return {f"data-{name}": value for name, value in values.items()}
