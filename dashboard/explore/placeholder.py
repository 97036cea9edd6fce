"""What stands in for a guidance view while it is computed, or when it cannot be."""

from __future__ import annotations

from dash import html

from dashboard.shared.attributes import aria


def computing(share: float, seconds_left: float | None) -> html.Div:
    """A progress bar with the share (0 to 1) that is done and, once known, the time that is left."""
    percent = round(100 * share)
    return html.Div(
        [
            html.Div("Computing guidance"),
            html.Div(
                html.Div(className="progress-fill", style={"width": f"{percent}%"}),
                className="progress-track",
                role="progressbar",
                **aria(label="Computing guidance", valuemin="0", valuemax="100", valuenow=str(percent)),
            ),
            html.Div(_remaining(percent, seconds_left), className="muted number"),
        ],
        className="computing",
    )


def failed() -> html.Div:
    """The view has no data; the sentence that says why stands in the notices."""
    return html.Div("No guidance", className="failed")


def _remaining(percent: int, seconds_left: float | None) -> str:
    if seconds_left is None:
        return f"{percent} %"
    if seconds_left < 90:
        return f"{percent} % · about {max(1, round(seconds_left))} s left"
    return f"{percent} % · about {round(seconds_left / 60)} min left"
