"""Links from a report to the dashboard; the keys are those of the pages' addresses."""

from __future__ import annotations

from urllib.parse import urlencode

from precompute.report.contents import Pixel, Subject


def brush_text(region: str) -> str:
    """A region in the form of the brush: a bare id becomes `region:<id>`."""
    return region if ":" in region else f"region:{region}"


def explore_link(subject: Subject, method: str, pixel: Pixel) -> str:
    """The Explore page on a method and a pinned pixel, with the region as the brush; from the slash on.

    Empty for a case study of three sources, which that page does not show.
    """
    if len(subject.case.sources) != 2:
        return ""
    query = {
        "case": subject.case.id,
        "method": method,
        "y": pixel[0],
        "x": pixel[1],
        "brush": brush_text(subject.region),
        "pin": 1,
    }
    return f"/?{urlencode(query)}"


def regions_link(subject: Subject) -> str:
    """The Regions page on the subject; from the slash on."""
    query = {
        "case": subject.case.id,
        "brush": brush_text(subject.region),
        "relevant": subject.relevant,
        "y": subject.pixel[0],
        "x": subject.pixel[1],
        **({"plane": subject.plane} if subject.plane else {}),
    }
    return f"/regions?{urlencode(query)}"
