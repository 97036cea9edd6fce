"""The controls of the Explore page; their ids are the keys of the address."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html

from dashboard.explore import ids
from dashboard.explore.scale_scope import IMAGE, METHODS, PIXEL
from dashboard.explore.state import ViewState
from dashboard.shared.scales import PUBLISHED, SIGNED
from dashboard.shared.widgets import Option, gamma_slider, segments, select


def controls(state: ViewState | None, cases: Sequence[Option], methods: Sequence[Option]) -> html.Div:
    """Case study, method, colour scale and both gammas.

    Args:
        state: what to show first; None where there is no case study.
        cases, methods: (id, title) of what can be chosen.
    """
    return html.Div(
        [
            select(ids.CASE, "Case study", cases, state.case if state else None),
            html.P(id=ids.CASE_NOTE, className="note"),
            select(ids.METHOD, "Fusion method", methods, state.method if state else None),
            html.P(id=ids.METHOD_NOTE, className="note"),
            _scale(state.scale if state else PUBLISHED, state.scope if state else IMAGE),
            html.P(id=ids.SCALE_NOTE, className="note"),
            gamma_slider(ids.GAMMA1, "γ₁ Jacobians", state.gamma1 if state else 1.0),
            gamma_slider(ids.GAMMA2, "γ₂ guidance", state.gamma2 if state else 1.0),
        ],
        className="controls",
    )


def _scale(value: str, scope: str) -> html.Div:
    names = [("as published", PUBLISHED), ("signed", SIGNED)]
    scopes = [("pixel", PIXEL), ("image", IMAGE), ("methods", METHODS)]
    return html.Div(
        [
            html.Label("Colour scale", id="scale-label"),
            segments(ids.SCALE, names, value),
            segments(ids.SCOPE, scopes, scope),
        ],
        className="field",
    )
