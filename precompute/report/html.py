"""A report as one HTML file that opens anywhere: no script, no network, pictures as data URIs.

Jinja2 escapes everything that is put into `report.html.jinja`; only the style sheet and the numbers of this
module go in as they are. Every number stands in a <data> element with its full value beside the rounded one.
"""

from __future__ import annotations

import importlib.metadata
import math
import platform
import shlex
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import jinja2
import numpy as np
from markupsafe import Markup

import models
from precompute.regions.masks import mask_digest
from precompute.regions.numbers import CONFIDENCE, RESAMPLES
from precompute.regions.verdicts import MET, NOT_MET, REQUIREMENTS, UNJUDGED, plain_average
from precompute.report import pictures
from precompute.report.contents import DISCLAIMER, MethodReport, Report
from precompute.report.links import explore_link, regions_link
from precompute.report.numbers import PIXEL, REGION, Measure, rows
from precompute.report.pictures import Box, Marks, data_uri, density, grey, picture, signed
from precompute.settings import PROJECT
from precompute.store.entry import CODE_VERSION

HERE = Path(__file__).parent
GUIDANCE_GAMMA, JACOBIAN_GAMMA = 0.5, 0.3
"""Of the colours, as in the paper's Figures 5 and 7."""
_MARGIN = 26
Values = Mapping[tuple[str, str, str], float]
"""Numbers by method, measure and source."""
_SIGNS = {MET: "✓", NOT_MET: "✗", UNJUDGED: "–"}
_CLASSES = {MET: "met", NOT_MET: "not-met", UNJUDGED: "unjudged"}


def report_html(report: Report) -> str:
    """The whole file as text."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
    )
    environment.filters["number"] = number
    template = environment.get_template("report.html.jinja")
    style = (HERE / "report.css").read_text(encoding="utf-8")
    return template.render(style=Markup(style), **contents(report))


def number(value: float | None, digits: int = 3) -> Markup:
    """A number for reading, with its full value for programs; a dash for NaN and for what is not there."""
    if value is None or math.isnan(value):
        return Markup('<span class="none">–</span>')
    text = f"{value:.{digits}f}"
    # a rounded zero has no sign
    text = text.replace("-", "−") if float(text) else f"{0:.{digits}f}"
    return Markup(f'<data value="{float(value)!r}">{text}</data>')


def contents(report: Report) -> dict[str, Any]:
    """What the template is given: texts, numbers and pictures."""
    subject = report.subject
    case, names, relevant = subject.case, subject.case.modalities, subject.relevant
    values = {(row.method, row.measure, row.source): row.value for row in rows(report)}
    return {
        "report": report,
        "subject": subject,
        "case": case,
        "disclaimer": DISCLAIMER,
        "relevant": names[relevant],
        "others": " and ".join(name for k, name in enumerate(names) if k != relevant),
        "sources": _sources(report),
        "methods": _methods(report),
        "verdicts": _verdicts(report),
        "requirements": [
            {
                key: requirement.said(getattr(requirement, key), names, relevant)
                for key in ("title", "asks", "formula", "rule", "why", "unproven")
            }
            for requirement in REQUIREMENTS
        ],
        "average": plain_average(case.sources, subject.mask, relevant),
        "region_table": _table(report, values, REGION),
        "pixel_table": _table(report, values, PIXEL),
        "metrics": _metrics(report, values),
        "facts": facts(report),
        "versions": versions(),
        "link": report.home + regions_link(subject),
        "command": command(report),
        "bootstrap": f"{CONFIDENCE:.0%}, {RESAMPLES:,} resamples",
        "gammas": (GUIDANCE_GAMMA, JACOBIAN_GAMMA),
    }


def versions() -> dict[str, str]:
    """Names and versions of what computed the report."""
    with (PROJECT / "pyproject.toml").open("rb") as file:
        own = tomllib.load(file)["project"]["version"]
    found = {name: importlib.metadata.version(name) for name in ("torch", "numpy")}
    return {
        "FuseVis dashboard": f"{own}, numbers of version {CODE_VERSION}",
        "Python": platform.python_version(),
        **found,
    }


def facts(report: Report) -> dict[str, str]:
    """Digests of what went in, for whoever wants to be sure that it is the same."""
    subject = report.subject
    digests = {"sources": subject.case.digest, "region": mask_digest(subject.mask)}
    trained = [part for part in report.methods if models.get_method(part.method).trained]
    return {**digests, **{f"weights of {part.method}": part.weights for part in trained}}


def command(report: Report) -> str:
    """The command that makes the report again; none for a region that only the dashboard can draw."""
    subject = report.subject
    if subject.plane:
        return f"The region was drawn in the scatter of {subject.plane}: on the dashboard, by the link above."
    methods = " ".join(part.method for part in report.methods)
    y, x = subject.pixel
    return (
        f"python -m precompute report --case {subject.case.id} --region {shlex.quote(subject.region)} "
        f"--methods {methods} --pixel {y},{x} --relevant {subject.relevant} --out report.html"
    )


def _sources(report: Report) -> list[dict[str, str]]:
    """The sources with the region, the largest window and the pixel."""
    subject = report.subject
    windows = [part.window for part in report.methods if part.window]
    window = _window(subject.pixel, max(windows), subject.mask.shape) if windows else None
    marks = Marks(subject.mask, window, subject.pixel)
    return [
        {"name": name, "image": data_uri(picture(grey(source), marks, least=512))}
        for name, source in zip(subject.case.modalities, subject.case.sources, strict=True)
    ]


def _methods(report: Report) -> list[dict[str, Any]]:
    """The pictures of every method, on colour scales that all of them share."""
    subject = report.subject
    guidance = _largest(part.guidance for part in report.methods)
    region = _largest(part.analysis.gradient for part in report.methods)
    jacobian = _largest(part.jacobian.values for part in report.methods)
    crop = _crop(report)
    found = []
    for part in report.methods:
        whole = _embedded(part, subject.mask.shape)
        window = _window(subject.pixel, part.window, subject.mask.shape) if part.window else None
        place, outline = Marks(pixel=subject.pixel), Marks(subject.mask)
        window_marks = Marks(subject.mask, window)
        found.append(
            {
                "id": part.method,
                "title": part.title,
                "window": part.window,
                "estimated": part.estimated,
                "fused": data_uri(picture(grey(part.fused), outline, least=512, thick=3)),
                "zoom": data_uri(picture(grey(part.fused), place, crop)),
                "guidance": _pictures(part.guidance, guidance, GUIDANCE_GAMMA, outline, crop),
                "region": _pictures(part.analysis.gradient, region, GUIDANCE_GAMMA, outline, crop),
                "jacobian": _pictures(whole, jacobian, JACOBIAN_GAMMA, window_marks, crop),
                "scatter": _scatter(part, subject.mask),
                "scales": (guidance, region, jacobian),
                "link": _link(report, part.method, subject.pixel),
            }
        )
    return found


def _pictures(gradients: Any, magnitude: float, gamma: float, marks: Marks, crop: Box) -> list[str]:
    return [data_uri(picture(signed(each, magnitude, gamma), marks, crop)) for each in gradients]


def _scatter(part: MethodReport, mask: Any) -> dict[str, Any] | None:
    """Density, ranges and the places of zero of the plane of the first two guidance images."""
    points = part.guidance[:2].reshape(2, -1).astype(float)
    ranges = [(float(min(0, axis.min())), float(max(0, axis.max()))) for axis in points]
    ranges = [(low, high if high > low else low + 1) for low, high in ranges]
    zero = [-low / (high - low) for low, high in ranges]
    return {
        "image": data_uri(density(points, mask.ravel(), ranges)),
        "labels": [[f"{end:.2f}".replace("-", "−") for end in axis] for axis in ranges],
        "zero": zero,
    }


def _verdicts(report: Report) -> list[dict[str, Any]]:
    return [
        {
            "title": part.title,
            "cells": [
                {
                    "sign": _SIGNS[verdict.judgement],
                    "kind": _CLASSES[verdict.judgement],
                    "judgement": verdict.judgement,
                    "value": verdict.value,
                    "reason": verdict.reason,
                    "link": _link(report, part.method, verdict.pixel),
                    "pixel": verdict.pixel,
                }
                for verdict in part.verdicts
            ],
        }
        for part in report.methods
    ]


def _table(report: Report, values: Values, measures: Iterable[Measure]) -> list[dict[str, Any]]:
    """Every measure with a line a source: its name and the value of every method."""
    groups = []
    for measure in measures:
        sources = [source for method, name, source in values if name == measure.id]
        lines = [
            {
                "source": source,
                "cells": [values.get((part.method, measure.id, source)) for part in report.methods],
            }
            for source in dict.fromkeys(sources)
        ]
        groups.append({"measure": measure, "lines": lines})
    return groups


def _metrics(report: Report, values: Values) -> list[dict[str, Any]]:
    """One line a fusion metric, with the methods that are best in it."""
    lines = []
    for spec in models.list_metrics():
        cells = [values.get((part.method, spec.id, "")) for part in report.methods]
        known = [value for value in cells if value is not None and not math.isnan(value)]
        if known:
            best = max(known) if spec.higher_is_better else min(known)
            lines.append({"spec": spec, "cells": cells, "best": [value == best for value in cells]})
    return lines


def _link(report: Report, method: str, pixel: tuple[int, int]) -> str:
    link = explore_link(report.subject, method, pixel)
    return report.home + link if link else ""


def _crop(report: Report) -> Box:
    """The part of the images around region and pixel that the pictures of the methods show."""
    subject = report.subject
    together = subject.mask.copy()
    together[subject.pixel] = True
    return pictures.crop_box(together, _MARGIN)


def _window(pixel: tuple[int, int], size: tuple[int, int], shape: tuple[int, ...]) -> Box:
    (y, x), (height, width) = pixel, size
    top, left = max(0, y - height // 2), max(0, x - width // 2)
    return top, left, min(shape[0] - 1, y + height // 2), min(shape[1] - 1, x + width // 2)


def _embedded(part: MethodReport, shape: tuple[int, ...]) -> Any:
    """The Jacobian (K, H, W) of the whole image."""
    values, (y0, x0) = part.jacobian.values, part.jacobian.origin
    whole = np.zeros((len(values), *shape), np.float32)
    whole[:, y0 : y0 + values.shape[1], x0 : x0 + values.shape[2]] = values
    return whole


def _largest(arrays: Iterable[Any]) -> float:
    return max((float(np.abs(array).max()) for array in arrays), default=0.0)
