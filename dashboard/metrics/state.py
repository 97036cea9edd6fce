"""The state of the Metrics page, and its two-way translation to the query string of the address.

Owns which keys exist, what their values may be and what a senseless value falls back to. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.metrics.tables import BOTH, CLEAN, MEAN_RANK, RELEASED
from dashboard.metrics.values import WHOLE
from dashboard.shared.query import Address, choose, fallback, read_integer, read_theme, written

ADDRESS = Address(
    keys=("case", "area", "form", "sort", "method", "metric", "range", "opacity", "theme"),
    required=("case", "method", "metric"),
    selections=("case", "area", "form", "method", "metric"),
)
KEYS = ADDRESS.keys
FORM_NAMES = (RELEASED, CLEAN, BOTH)
# What the colours of a local map cover: the metric's own scale, alike for all methods, or this map's values.
FULL, OWN = "full", "own"
RANGE_NAMES = (FULL, OWN)
OPACITY_DEFAULT = 70


@dataclass(frozen=True)
class MetricsView:
    """What is shown: case study and area, the form of the metrics, the column that sorts ("" for none), and
    the local map: method, metric, what its colours cover, and its opacity in per cent."""

    case: str
    method: str
    metric: str
    area: str = WHOLE
    form: str = RELEASED
    sort: str = ""
    range: str = FULL
    opacity: int = OPACITY_DEFAULT
    theme: str = ""


@dataclass(frozen=True)
class Choices:
    """What a link may name: areas and methods of its case study, the method shown first, all metrics, and
    those with a local map."""

    areas: Sequence[str]
    methods: Sequence[str]
    usual: str
    metrics: Sequence[str]
    local: Sequence[str]


def to_query(view: MetricsView) -> str:
    """The query string of a state, keys in the order of `KEYS`, empty ones left out, no question mark."""
    return written((key, getattr(view, key)) for key in KEYS)


def from_query(query: Mapping[str, str], case: str, choices: Choices) -> tuple[MetricsView, tuple[str, ...]]:
    """Read a state once its case study is known; also a sentence for every value that made no sense."""
    notices: list[str] = []
    view = MetricsView(
        case=case,
        area=choose(query, "area", choices.areas, WHOLE, notices),
        form=choose(query, "form", FORM_NAMES, RELEASED, notices),
        sort=_sort(query, (MEAN_RANK, *choices.metrics), notices),
        method=choose(query, "method", choices.methods, choices.usual, notices),
        metric=choose(query, "metric", choices.local, choices.local[0], notices),
        range=choose(query, "range", RANGE_NAMES, FULL, notices),
        opacity=read_integer(query, "opacity", 101, OPACITY_DEFAULT, notices),
        theme=read_theme(query, notices),
    )
    return view, tuple(notices)


def _sort(query: Mapping[str, str], valid: Sequence[str], notices: list[str]) -> str:
    value = query.get("sort", "")
    if not value or value in valid:
        return value
    notices.append(fallback("sort", value, f"one of {', '.join(valid)}", "the methods' own order"))
    return ""
