"""The help overlay: what pointer, keys and colours do. `assets/js/shared/help.js` opens it."""

from __future__ import annotations

from dash import html

from dashboard.shared import ids
from dashboard.shared.attributes import aria

_POINTER = (
    ("move", "every view follows the pixel"),
    ("click", "pin the pixel, and release it"),
    ("wheel", "zoom about the pointer"),
    ("middle button, or space and drag", "move the enlarged images"),
    ("double click", "show the whole images again"),
    ("shift + drag, alt + drag", "brush a rectangle or an area; Σ leads to its numbers"),
    ("right button on a source", "drag across: window; down: level; double click: back"),
    ("tap, drag with a finger", "select and pin; move"),
    ("two fingers", "zoom and move the enlarged images"),
)
_KEYS = (
    ("← ↑ → ↓", "move the pixel by 1, with shift by 10"),
    ("Esc", "release the pixel; leave full screen"),
    ("+  −  0", "zoom in, out, show all"),
    ("f", "the view under the pointer in full screen"),
    ("?", "this help"),
)
_COLOURS = (
    ("red box", "the method's window around the pixel"),
    ("red square", "the pixel, in zooms and scatter; in the RGB image, guidance of source 1"),
    ("green points", "the window's pixels in the scatter"),
    ("as published", "0 … maximum in viridis; negative gradients are hidden"),
    ("signed", "blue negative, amber positive, dark zero"),
)
_PAGES = (
    ("Compare", "all methods under one pointer"),
    ("Regions", "a region as numbers, the paper's requirements, the report"),
    ("What if", "change a source and see the fused image change"),
    ("Metrics", "fusion metrics of every method and case study"),
    ("Methods", "architecture, training, speed, networks of your own"),
)


def help_dialog() -> html.Dialog:
    """The dialog, closed."""
    return html.Dialog(
        html.Div(
            [
                html.Div(
                    [
                        html.H2("How to use the pages"),
                        html.Button(
                            "×",
                            id=ids.HELP_CLOSE,
                            className="icon-button",
                            **aria(label="Close the help"),
                        ),
                    ],
                    className="help-head",
                ),
                _section("Pointer", _POINTER),
                _section("Keys", _KEYS),
                _section("Colours", _COLOURS),
                _section("Other pages", _PAGES),
            ],
            className="help-body",
        ),
        id=ids.HELP,
        className="help",
        **aria(label="How to use the pages"),
    )


def _section(title: str, rows: tuple[tuple[str, str], ...]) -> html.Section:
    terms = [part for term, meaning in rows for part in (html.Dt(term), html.Dd(meaning))]
    return html.Section([html.H3(title), html.Dl(terms)])
