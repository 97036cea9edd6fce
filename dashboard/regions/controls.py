"""The controls of the Regions page: what is asked, about what, and the files of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html

from dashboard.regions import ids
from dashboard.regions.state import RegionState
from dashboard.shared.attributes import aria
from dashboard.shared.widgets import Option, select


def regions_controls(
    state: RegionState,
    cases: Sequence[Option],
    regions: Sequence[Option],
    modalities: Sequence[str],
    methods: Sequence[Option],
) -> html.Aside:
    """Case study, region, relevant source, the method of the pictures, progress and files."""
    return html.Aside(
        html.Div(
            [
                select(ids.CASE, "Case study", cases, state.case),
                html.P(id=ids.NOTE, className="note"),
                select(ids.REGION, "Region", regions, state.brush),
                html.P("Any other area: brush it on Explore and follow Σ there.", className="note"),
                select(ids.RELEVANT, "Source that matters here", sources(modalities), str(state.relevant)),
                select(ids.METHOD, "Pictures of", methods, state.method),
                html.Div(id=ids.STATUS, className="regions-status", **aria(live="polite")),
                html.Div(id=ids.FILES, className="regions-files"),
            ],
            className="controls",
        ),
        className="sidebar regions-side",
    )


def region_options(case: Any, brush: str) -> list[Option]:
    """The regions of a case study, and a drawn one where that is the choice."""
    named = [(f"region:{region.id}", region.title) for region in case.regions]
    return named if not brush or brush in dict(named) else [*named, (brush, "drawn on Explore")]


def sources(modalities: Sequence[str]) -> list[Option]:
    """The sources by their numbers."""
    return [(str(k), name) for k, name in enumerate(modalities)]


def files(links: dict[str, str] | None) -> list[Any]:
    """The report and its numbers to save: format → address; without addresses while they are computed."""
    names = (("html", "Save the report"), ("csv", "CSV"), ("npz", "NPZ"))
    titles = {
        "html": "One HTML file with figures, tables and digests; it opens without a network",
        "csv": "All numbers, one a line",
        "npz": "All numbers and the arrays that they are computed from",
    }
    if links is None:
        waiting = "As soon as every method is computed"
        return [
            html.Span(
                name, className=f"file-link {form}", title=waiting, role="link", **aria(disabled="true")
            )
            for form, name in names
        ]
    return [
        html.A(name, href=links[form], download="", className=f"file-link {form}", title=titles[form])
        for form, name in names
    ]
