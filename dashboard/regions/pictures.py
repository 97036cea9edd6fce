"""The pictures of the Regions page: sources, fused image and region gradient, the region in green."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from dash import html

from dashboard.regions.view import Line
from precompute.report.contents import Subject
from precompute.report.pictures import Marks, crop_box, data_uri, grey, picture, signed

GAMMA = 0.5
MARGIN = 12  # pixels around the region that its gradient is shown with


def region_pictures(subject: Subject, fused: Any | None, line: Line | None) -> list[html.Figure]:
    """Every source and the fused image with the region outlined, then the region gradient of every source.

    Args:
        subject: the region. fused: (H, W), None where there is none. line: the chosen method; its gradients
            are replaced by empty frames until they are known.
    """
    marks, case = Marks(subject.mask, pixel=subject.pixel), subject.case
    shown = [
        _figure(picture(grey(image), marks), name, f"{name}, the region outlined")
        for name, image in zip(case.modalities, case.sources, strict=True)
    ]
    title = line.title if line else ""
    if fused is None:
        shown.append(_frame("fused"))
    else:
        shown.append(_figure(picture(grey(fused), marks), "fused", f"Fused by {title}, the region outlined"))
    found = line.found if line else None
    magnitude = 0.0 if found is None else float(np.abs(found.analysis.gradient).max())
    for k, name in enumerate(case.modalities):
        caption = f"region gradient {name}"
        if found is None:
            shown.append(_frame(caption))
            continue
        colours = signed(found.analysis.gradient[k], magnitude, GAMMA)
        png = picture(colours, Marks(subject.mask), crop_box(subject.mask, MARGIN))
        shown.append(_figure(png, f"{caption}, enlarged, ±{magnitude:.2f}", f"{caption}, {title}"))
    return shown


def empty_pictures(modalities: Sequence[str]) -> list[html.Figure]:
    """Frames of the same size, before anything is known."""
    gradients = [f"region gradient {name}" for name in modalities]
    return [_frame(caption) for caption in (*modalities, "fused", *gradients)]


def _frame(caption: str) -> html.Figure:
    return html.Figure([html.Div(className="picture-frame"), html.Figcaption(caption)])


def _figure(png: bytes, caption: str, text: str) -> html.Figure:
    return html.Figure([html.Img(src=data_uri(png), alt=text), html.Figcaption(caption)])
