"""The card of one method: what it is, how it is built, how it was trained, how fast and how far it looks.

Pure: facts in, components out. What is not known is said, never left blank.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dash import dcc, html

from dashboard import ids
from dashboard.components import method_tables as tables
from dashboard.components.attributes import aria
from dashboard.measure import FIELD_PIXELS, SHARES, Measurement
from dashboard.method_facts import MethodFacts
from dashboard.method_figures import (
    KINDS,
    SOURCE_COLOURS,
    architecture_figure,
    field_figure,
    loss_figure,
)
from dashboard.theme import CONFIG


def card_id(method_id: str) -> str:
    """The id of a method's card, to which links lead."""
    return f"method-{method_id}"


def navigation(facts: Iterable[MethodFacts]) -> list[html.A]:
    """A link to every card."""
    return [
        html.A(each.spec.title, href=f"#{card_id(each.spec.id)}", className="chip-button") for each in facts
    ]


def method_card(facts: MethodFacts) -> html.Article:
    """The whole card."""
    spec = facts.spec
    parts: list[Any] = [_head(facts)]
    if facts.problem:
        parts.append(html.P(facts.problem, className="method-problem", role="alert"))
    if facts.architecture is not None:
        parts.append(_architecture(facts))
    if facts.card is not None:
        parts += [_training(facts), _origin(facts)]
    else:
        parts.append(_without_card(facts))
    if getattr(spec, "deviations", ()):
        parts.append(_details("Where it leaves its paper", [html.P(text) for text in spec.deviations], True))
    return html.Article(parts, id=card_id(spec.id), className="method-card", **aria(label=spec.title))


def measured(facts: MethodFacts) -> list[Any]:
    """What was measured on this machine: Table 2 and the effective receptive field."""
    found = facts.measurement
    field: Any
    if found is None:
        field = html.P(
            "The effective receptive field appears here once it is measured (button above the table).",
            className="muted small",
        )
    elif found.problem:
        field = html.P(found.problem, className="method-problem")
    elif found.field is None:
        field = html.P(
            "It has no window: every pixel may depend on the whole image.", className="muted small"
        )
    else:
        field = _fields(found)
    return [html.Div([tables.speed_table(facts), tables.speed_note()]), field]


def _head(facts: MethodFacts) -> html.Header:
    spec = facts.spec
    window = "whole image" if facts.window is None else f"{facts.window}×{facts.window} window"
    badges = [f"{spec.parameters:,} parameters", window if facts.architecture else ""]
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
                    dcc.Link("Explore it", href=f"/?method={spec.id}", className="text-button"),
                ],
                className="method-badges",
            ),
            html.P(spec.description, className="method-description"),
        ],
        className="method-head",
    )


def _architecture(facts: MethodFacts) -> html.Figure:
    found = facts.architecture
    if found is None:
        return html.Figure()
    kinds = dict.fromkeys(KINDS[layer.kind] for layer in found.layers)
    legend = [html.Span([_chip(colour), name], className="legend-item") for name, colour in kinds]
    rules = [(number, layer) for number, layer in enumerate(found.layers) if layer.kind == "rule"]
    note = "Number below a box: channels. Bottom: side of the receptive field up to there. "
    note += "Dotted edge: shared weights." if any(layer.tied for layer in found.layers) else ""
    if not found.traced:
        note = "The module could not be traced: its layers stand in the order of their calls."
    return html.Figure(
        [
            dcc.Graph(
                figure=architecture_figure(found), config=CONFIG, responsive=True, className="method-plot"
            ),
            html.Figcaption([*legend, html.Span(note, className="muted")]),
            *[html.P(["ƒ = ", html.Code(layer.detail)], className="rule") for _, layer in rules],
            _details("Layers as a table", [tables.layer_table(found)]),
        ],
        className="architecture",
    )


def _training(facts: MethodFacts) -> html.Div:
    card = facts.card or {}
    losses = card.get("losses") or []
    curves = html.Figure(
        [
            dcc.Graph(
                figure=loss_figure(losses, facts.spec.sources),
                config=CONFIG,
                responsive=True,
                className="method-plot",
            ),
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
                id={"type": ids.METHODS_MEASURED_BLOCK, "method": facts.spec.id},
                className="method-column",
            ),
            html.Div(
                [tables.recipe_table(card, facts.published), tables.data_table(card)],
                className="method-column",
            ),
        ],
        className="method-columns",
    )


def _without_card(facts: MethodFacts) -> html.Div:
    trained = facts.spec.trained
    text = "No card of weights could be read." if trained else "It has no weights: nothing was trained."
    if not trained and facts.spec.parameters:
        text = "Its weights come with it; no training was recorded."
    return html.Div(
        [
            html.P(text, className="muted method-column"),
            html.Div(
                measured(facts),
                id={"type": ids.METHODS_MEASURED_BLOCK, "method": facts.spec.id},
                className="method-column side-by-side",
            ),
        ],
        className="method-columns untrained",
    )


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
                    dcc.Graph(figure=field_figure(field, circles), config=CONFIG, className="field-plot"),
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
    card = facts.card or {}
    seconds = card.get("seconds")
    facts_of_run = [
        f"{seconds / 60:.0f} minutes on {str(card.get('device', '?')).upper()}" if seconds else "",
        f"torch {card['torch']}" if card.get("torch") else "",
        f"licence {card['licence']}" if card.get("licence") else "",
    ]
    notes = [html.P(text) for text in (card.get("provenance"), *(card.get("notes") or ())) if text]
    digest = html.P(["SHA-256 of the weights ", html.Code(str(card.get("sha256", "?")))])
    said = ", ".join(text for text in facts_of_run if text)
    return _details(
        f"Where the weights come from: {said}" if said else "Where the weights come from", [*notes, digest]
    )


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
