"""One of several: a row of segments that the browser owns (`assets/js/shared/choices.js`), no Dash store.

A choice is announced in the browser as the event `fusevis-choice`, with the group's id and the value.
"""

from __future__ import annotations

from collections.abc import Sequence

from dash import html

from dashboard.shared.attributes import aria, data

Choice = tuple[str, str, str]
"""Value, label, title."""


def choices(group: str, label: str, options: Sequence[Choice], value: str) -> html.Div:
    """A group of radio buttons with an id of its own."""
    return html.Div(
        [_choice(each, chosen=each[0] == value) for each in options],
        id=group,
        className="segmented choices",
        role="radiogroup",
        **aria(label=label),
    )


def _choice(option: Choice, chosen: bool) -> html.Button:
    value, label, title = option
    return html.Button(
        label,
        className="segment active" if chosen else "segment",
        title=title,
        role="radio",
        tabIndex=0 if chosen else -1,
        **aria(checked=str(chosen).lower()),
        **data(choice=value),
    )
