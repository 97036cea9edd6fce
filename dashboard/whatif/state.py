"""The state of the What if page, and its two-way translation to the query string of the address. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.shared.query import Address, choose, fallback, read_brush, read_integer, read_theme, written

ADDRESS = Address(
    keys=("case", "method", "source", "y", "x", "brush", "change", "view", "gamma", "theme"),
    required=("case", "method", "source", "y", "x", "change"),
    selections=("case", "method"),
)
KEYS = ADDRESS.keys
LEVELS_MOST, LEVELS_DEFAULT = 64, 32
MEAN = "mean"
# What the pictures of the changes show: the part of the image that is affected, or all of it.
PART, IMAGE = "part", "image"
VIEWS = (PART, IMAGE)
# The exponent of the signed colours: with small values brightened, or in proportion.
GAMMAS = ("0.5", "1")

Pixel = tuple[int, int]


@dataclass(frozen=True)
class WhatIfState:
    """What is changed: a source (from 0), at a pixel or in a brush, by `change` grey levels or to the mean.

    `brush` is "" for the pixel alone; `theme` is "" where the reader's own holds.
    """

    case: str
    method: str
    source: int
    y: int
    x: int
    brush: str = ""
    change: str = str(LEVELS_DEFAULT)
    view: str = PART
    gamma: str = GAMMAS[0]
    theme: str = ""


def to_query(state: WhatIfState) -> str:
    """The query string of a state, keys in the order of `KEYS`, empty ones left out, no question mark."""
    return written((key, getattr(state, key)) for key in KEYS)


def from_query(
    query: Mapping[str, str],
    case: str,
    method: str,
    shape: tuple[int, int],
    pixel: Pixel,
    regions: Sequence[str],
    sources: int,
) -> tuple[WhatIfState, tuple[str, ...]]:
    """Read a state once case study and method are known; also a sentence for every senseless value.

    Args:
        query: the keys and values of the address; unknown keys are ignored.
        case, method: the ids already chosen.
        shape: height and width of the images.
        pixel: the pixel (row, column) shown where the query names none.
        regions: the ids of the case study's regions of interest.
        sources: how many sources there are; the first is changed where the query names none.
    """
    notices: list[str] = []
    state = WhatIfState(
        case=case,
        method=method,
        source=read_integer(query, "source", sources, 0, notices),
        y=read_integer(query, "y", shape[0], pixel[0], notices),
        x=read_integer(query, "x", shape[1], pixel[1], notices),
        brush=read_brush(query, shape, regions, "the pixel alone", notices),
        change=_change(query, notices),
        view=choose(query, "view", VIEWS, PART, notices),
        gamma=choose(query, "gamma", GAMMAS, GAMMAS[0], notices),
        theme=read_theme(query, notices),
    )
    return state, tuple(notices)


def _change(query: Mapping[str, str], notices: list[str]) -> str:
    value = query.get("change")
    if value is None or value == MEAN:
        return value or str(LEVELS_DEFAULT)
    if re.fullmatch(r"-?[0-9]{1,2}", value) and abs(int(value)) <= LEVELS_MOST:
        return str(int(value))
    expected = f"a whole number of grey levels from −{LEVELS_MOST} to {LEVELS_MOST}, or {MEAN}"
    notices.append(fallback("change", value, expected, str(LEVELS_DEFAULT)))
    return str(LEVELS_DEFAULT)
