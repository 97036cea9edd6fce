"""What a colour scale covers: the pixel's own Jacobian, this guidance pair, or those of all methods.

Owns the names, which range follows from a scope, and the sentence that says so on the page. Pure.

A *summary* is what `callbacks.guidance.summarise` says of the shown guidance images; a *common range* is what
`common_range` says of all methods' guidance images of a case study. Both travel through the browser.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.shared.scales import PUBLISHED, Range, gradient_range

PIXEL, IMAGE, METHODS = "pixel", "image", "methods"
SCOPE_NAMES = (PIXEL, IMAGE, METHODS)

Data = dict[str, Any]


def common_range(case_id: str, guidance: Sequence[np.ndarray], total: int) -> Data:
    """The range that all computed guidance images of a case study share.

    Args:
        case_id: the case study.
        guidance: (K, H, W) of every method whose guidance is computed; may be empty.
        total: how many methods there are to be computed.
    """
    extent = gradient_range(*guidance) if guidance else Range(0.0, 0.0)
    return {
        "case": case_id,
        "maximum": extent.maximum,
        "magnitude": extent.magnitude,
        "count": len(guidance),
        "total": total,
    }


def covers_methods(scope: str, summary: Data | None, common: Data | None) -> bool:
    """Whether the scale is the one of all methods; without their range it is that of the image."""
    return bool(
        scope == METHODS and summary and common and common["count"] and common["case"] == summary["case"]
    )


def extent(scope: str, summary: Data | None, common: Data | None) -> Range | None:
    """The range of the guidance views, and of Jacobian views that have none of their own; None: unknown."""
    if summary is None:
        return None
    source = common if common is not None and covers_methods(scope, summary, common) else summary
    # the shown images are part of the range also where the common one is a moment older than they are
    return Range(
        maximum=max(source["maximum"], summary["maximum"]),
        magnitude=max(source["magnitude"], summary["magnitude"]),
    )


def sentence(scale: str, scope: str, summary: Data | None, common: Data | None) -> str:
    """What the scale covers, and what it hides."""
    found = extent(scope, summary, common)
    if summary is None or found is None:
        return "Jacobians are scaled to the pixel until the guidance images are there."
    of = "both guidance images"
    if common is not None and covers_methods(scope, summary, common):
        of = f"the guidance of {common['count']} of {common['total']} methods"
    own = " Jacobians: the pixel’s own." if scope == PIXEL else ""
    if scale == PUBLISHED:
        hidden = f" {100 * summary['hidden']:.1f} % of the absolute gradient is negative and hidden."
        return f"0 to {found.maximum:.3g}, the maximum of {of}.{own}{hidden}"
    nothing = "" if scope == PIXEL else " Nothing is hidden."
    return f"±{found.magnitude:.3g}, the largest magnitude of {of}.{own}{nothing}"
