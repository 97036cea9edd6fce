"""The card of one method: what it is, how it is built, how it was trained, how fast and how far it looks.

Pure: facts in, components out. What is not known is said, never left blank.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from dash import dcc, html

from dashboard.methods import card_tables as tables
from dashboard.methods import ids
from dashboard.methods.architecture_figure import (
    KINDS,
    architecture_figure,
    columns_of,
    drawn,
    smallest_width,
)
from dashboard.methods.facts import MethodFacts
from dashboard.methods.figures import LOSS_HEIGHT, SOURCE_COLOURS, field_figure, loss_figure
from dashboard.methods.measuring import FIELD_PIXELS, SHARES
from dashboard.shared.attributes import aria, data
from dashboard.shared.theme import CONFIG
from dashboard.shared.urls import url
from precompute.store.measurement_files import Measurement

_FEW_COLUMNS = 6
_LOSS_SIZE = {"height": f"{LOSS_HEIGHT}px", "minWidth": "460px"}
_FIELD_SIZE = {"width": "156px", "height": "156px"}


def card_id(method_id: str) -> str:
    """The id of a method's card, to which links lead."""
    return f"method-{method_id}"


def navigation(specs: Iterable[Any]) -> list[html.A]:
    """A link to every card."""
    return [
        html.A(
            spec.title,
            href=_link("/methods", spec),
            className="chip-button",
            **data(card=spec.id),
        )
        for spec in specs
    ]


def _link(page: str, spec: Any) -> str:
    return url(f"{page}?method={quote(spec.id)}")


def card_place(spec: Any) -> html.Article:
    """A card before anyone looks at it: its head, and the room for the rest."""
    room = "trained-room" if spec.trained else ""
    waiting = html.P("Reading the architecture …", className=f"muted method-waiting {room}".strip())
    return html.Article(
        [
            dcc.Store(id={"type": ids.NEAR, "method": spec.id}),
            html.Div([_head(spec), waiting], id={"type": ids.CARD, "method": spec.id}),
        ],
        id=card_id(spec.id),
        className="method-card",
        **aria(label=spec.title),
        **data(method=spec.id),
    )


def card_content(facts: MethodFacts) -> list[Any]:
    """The whole card."""
    parts: list[Any] = [_head(facts.spec, facts)]
    if facts.problem:
        parts.append(html.P(facts.problem, className="method-problem", role="alert"))
    if facts.check is not None:
        parts.append(tables.exactness(facts.check))
    if any((facts.card or {}).get(key) for key in ("losses", "held_out", "recipe", "data")):
        return [*parts, _architecture(facts), _training(facts), _origin(facts), _deviations(facts)]
    parts.append(_untrained(facts))
    return parts if facts.card is None else [*parts, _origin(facts)]


def broken_card(spec: Any, sentence: str) -> list[Any]:
    """A card that cannot be drawn, and why."""
    return [_head(spec), html.P(sentence, className="method-problem", role="alert")]


def measured(facts: MethodFacts) -> list[Any]:
    """What was measured on this machine: Table 2 and the effective receptive field."""
    found = facts.measurement
    field: Any
    if found is None:
        field = html.P(
            "Latency, frame rate and the effective receptive field appear here once they are measured: "
            "“Measure on this machine”, above the table.",
            className="muted small",
        )
    elif found.problem:
        field = html.P(f"It could not be measured: {found.problem}", className="method-problem")
    elif found.field is None:
        field = html.P(
            "It has no window: every pixel may depend on the whole image.", className="muted small"
        )
    elif found.field.shape[-1] == 1:
        field = html.P(
            "Its window is one pixel: no other pixel of the sources has any influence.",
            className="muted small",
        )
    else:
        field = _fields(found)
    return [html.Div([tables.speed_table(facts), *tables.speed_notes(facts)]), field]


def _head(spec: Any, facts: MethodFacts | None = None) -> html.Header:
    badges = [f"{spec.parameters:,} parameters"]
    if facts is not None and facts.architecture is not None:
        badges.append(f"{facts.window}×{facts.window} window" if facts.window else "whole image")
    badges.append(f"{spec.sources} sources" if spec.sources != 2 else "")
    badges.append("your own" if getattr(spec, "provided", None) else "")
    return html.Header(
        [
            html.Div(
                [
                    html.H2(spec.title),
                    html.Code(spec.id),
                    html.Span(getattr(spec, "paper", ""), className="muted"),
                ]
            ),
            html.Div(
                [
                    *[html.Span(text, className="badge-plain number") for text in badges if text],
                    dcc.Link("Explore it", href=_link("/", spec), className="text-button"),
                ],
                className="method-badges",
            ),
            html.P(spec.description, className="method-description"),
        ],
        className="method-head",
    )


def _architecture(facts: MethodFacts) -> html.Figure | None:
    whole = facts.architecture
    if whole is None:
        return None
    figure, found = architecture_figure(whole), drawn(whole)
    size = {"height": f"{figure.layout.height}px", "minWidth": f"{smallest_width(whole)}px"}
    kinds = dict.fromkeys(KINDS[layer.kind] for layer in found.layers)
    legend = [html.Span([_chip(colour), name], className="legend-item") for name, colour in kinds]
    note = "Below a box: its channels; at the bottom: the receptive field up to there. "
    note += "Dotted edge: weights that were used before." if any(layer.tied for layer in found.layers) else ""
    if not found.traced:
        note = "The module could not be traced: its layers stand in the order of their calls."
    return html.Figure(
        [
            html.Div(_graph(figure, size), className="scrolled"),
            html.Figcaption([*legend, html.Span(note, className="muted")]),
            *[
                html.P([f"{layer.label} = ", html.Code(layer.detail)], className="rule")
                for layer in found.layers
                if layer.kind == "rule"
            ],
            _details("Layers as a table", [html.Div(tables.layer_table(whole), className="scrolled")]),
        ],
        className="architecture",
    )


def _training(facts: MethodFacts) -> html.Div:
    card = facts.card or {}
    losses = card.get("losses") or []
    curves = html.Figure(
        [
            html.Div(_graph(loss_figure(losses, facts.spec.sources), _LOSS_SIZE), className="scrolled"),
            html.Figcaption(_curve_legend(facts.spec.sources)),
        ],
        className="loss-curves",
    )
    return html.Div(
        [
            html.Div(
                [
                    curves if losses else html.P("No losses were logged.", className="muted"),
                    tables.loss_table(facts),
                    _loss_note(),
                ],
                className="method-column wide-column",
            ),
            html.Div(
                measured(facts),
                id={"type": ids.MEASURED_BLOCK, "method": facts.spec.id},
                className="method-column",
            ),
            html.Div(
                [tables.recipe_table(card, facts.published), tables.data_table(card)],
                className="method-column",
            ),
        ],
        className="method-columns",
    )


def _untrained(facts: MethodFacts) -> html.Div:
    """Architecture and measurements side by side, where there is no training to show."""
    text = "It has no weights: nothing was trained."
    if facts.problem:
        text = ""
    elif facts.spec.parameters:
        text = "Its weights come with it; no training was recorded."
    found = facts.architecture
    small = found is not None and columns_of(found) <= _FEW_COLUMNS
    note = html.P(text, className="muted small") if text else None
    untrained = html.Div([_architecture(facts), note, _deviations(facts)])
    block = html.Div(
        measured(facts),
        id={"type": ids.MEASURED_BLOCK, "method": facts.spec.id},
        className="method-column" if small else "method-column side-by-side",
    )
    return html.Div([untrained, block], className="method-columns " + ("halves" if small else "untrained"))


def _fields(found: Measurement) -> html.Figure:
    pictures = []
    for k, (field, radii) in enumerate(
        zip(found.field if found.field is not None else (), found.radii, strict=False)
    ):
        circles = {f"{100 * share:.0f} %": radius for share, radius in zip(SHARES, radii, strict=True)}
        said = ", ".join(f"{name} within {radius:.1f}" for name, radius in circles.items())
        pictures.append(
            html.Div(
                [
                    _graph(field_figure(field, circles), _FIELD_SIZE),
                    html.Div([_source(k), html.Span(f" {said} pixels", className="number")]),
                ],
                className="field",
            )
        )
    return html.Figure(
        [
            html.Div(pictures, className="fields"),
            html.Figcaption(
                f"Effective receptive field: mean |Jacobian| over {FIELD_PIXELS} pixels of {found.case}, "
                "logarithmic over three decades; circles hold 50 % and 90 % of it (Luo et al. 2016).",
                className="muted small",
            ),
        ],
        className="effective",
    )


def _origin(facts: MethodFacts) -> html.Details:
    """The weights' card: digest, training run, licence in a line, its sentences behind it."""
    card = facts.card or {}
    seconds, digest = card.get("seconds"), str(card.get("sha256", "?"))
    said = [
        f"trained for {seconds / 60:.0f} minutes on {str(card.get('device', '?')).upper()}"
        if seconds
        else "",
        f"torch {card['torch']}" if card.get("torch") else "",
        f"licence {card['licence']}" if card.get("licence") else "",
        f"SHA-256 {digest[:12]}…",
    ]
    notes = [html.P(text) for text in (card.get("provenance"), *(card.get("notes") or ())) if text]
    notes.append(html.P(["SHA-256 of the weights ", html.Code(digest)]))
    return _details(f"Weights: {', '.join(text for text in said if text)}", notes)


def _deviations(facts: MethodFacts) -> html.Details | None:
    texts = [html.P(text) for text in getattr(facts.spec, "deviations", ())]
    return _details("Where it leaves its paper", texts, True) if texts else None


def _graph(figure: Any, size: dict[str, str]) -> dcc.Graph:
    """A figure that fills a place; without a height of the place Plotly would take none at all."""
    return dcc.Graph(figure=figure, config=CONFIG, responsive=True, style=size)


def _details(title: str, content: list[Any], opened: bool = False) -> html.Details:
    return html.Details([html.Summary(title), *content], open=opened, className="method-details")


def _loss_note() -> html.P:
    return html.P(
        "Ours are of pairs that were never trained on; the paper's are of its own training pairs, which are "
        "not public, so the lines stand beside each other without being the same measurement.",
        className="muted small",
    )


def _curve_legend(sources: int) -> list[Any]:
    lines = [
        html.Span("solid: training", className="legend-item"),
        html.Span("dotted: held out", className="legend-item"),
    ]
    return [*(html.Span(_source(k), className="legend-item") for k in range(sources)), *lines]


def _source(k: int) -> html.Span:
    return html.Span([_chip(SOURCE_COLOURS[k]), f"x{'₁₂₃'[k]}"])


def _chip(colour: str) -> html.Span:
    return html.Span(className="kind-chip", style={"background": colour})
