"""The state of the Compare page, and its two-way translation to the query string of the address.

Owns which keys exist, what their values may be and what a senseless value falls back to. Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.shared.query import (
    GAMMA_DEFAULT,
    Address,
    choose,
    fallback,
    read_gamma,
    read_integer,
    read_share,
    read_theme,
    written,
)
from dashboard.shared.scales import PUBLISHED, SCALE_NAMES
from models.colour_coding import OMEGA

ADDRESS = Address(
    keys=(
        *("case", "methods", "y", "x", "region", "gamma1", "gamma2", "scale", "scope"),
        *("jacobians", "coded", "omega", "mode", "pair", "mix", "case2", "pin", "theme"),
    ),
    required=("case", "methods", "y", "x"),
    selections=("case", "methods", "case2"),
)
KEYS = ADDRESS.keys
# What a colour scale covers: the guidance of all rows, or each row's own.
SHARED, METHOD = "shared", "method"
SCOPE_NAMES = (SHARED, METHOD)
# What the Jacobian columns show: the window around the pixel, or the whole image.
WINDOW, IMAGE = "window", "image"
EXTENT_NAMES = (WINDOW, IMAGE)
MODES = ("blend", "swipe", "flicker", "difference")
MIX_DEFAULT = 50
# Fused images in the colours of their summed gradients; "" is grey. See `models.colour_coding`.
COLOUR = "colour"
# One scale for all methods leaves little of it to most Jacobians, so the page opens with these brightened.
GAMMA1_DEFAULT = 0.5
MOST_ROWS = 6  # rows that a link without methods shows

Pixel = tuple[int, int]


@dataclass(frozen=True)
class Comparison:
    """What is shown: rows in their order, the principal pixel, colours, and the pair of fused images.

    `region` is the marked region of interest, "" for none; `pair` are two methods, () for the first two rows;
    `mix` is the share of the second image in per cent; `coded` is "" for grey fused images, `omega` the Ω of
    their colours; `case2` is the second case study, "" for none.
    """

    case: str
    methods: tuple[str, ...]
    y: int
    x: int
    region: str = ""
    gamma1: float = GAMMA1_DEFAULT
    gamma2: float = GAMMA_DEFAULT
    scale: str = PUBLISHED
    scope: str = SHARED
    jacobians: str = WINDOW
    coded: str = ""
    omega: float = OMEGA
    mode: str = MODES[0]
    pair: tuple[str, ...] = ()
    mix: int = MIX_DEFAULT
    case2: str = ""
    pin: bool = False
    theme: str = ""


@dataclass(frozen=True)
class Choices:
    """What a link may name: ids of case studies and methods, the methods of a link without any, the shape of
    the images and the pixel shown first, the regions of the case study with their pixels."""

    cases: Sequence[str]
    methods: Sequence[str]
    usual: Sequence[str]
    shape: tuple[int, int]
    pixel: Pixel
    regions: Mapping[str, Pixel]


def to_query(state: Comparison) -> str:
    """The query string of a state, keys in the order of `KEYS`, empty ones left out, no question mark."""
    return written((key, getattr(state, key)) for key in KEYS)


def from_query(query: Mapping[str, str], case: str, choices: Choices) -> tuple[Comparison, tuple[str, ...]]:
    """Read a state once its case study is known; also a sentence for every value that made no sense.

    A link without `methods` may name one with `method`, as the other pages do: it is among the rows then.
    """
    notices: list[str] = []
    usual = _with(tuple(choices.usual), _optional(query, "method", choices.methods, notices))
    methods = _methods(query, "methods", choices.methods, usual, notices)
    region = _optional(query, "region", tuple(choices.regions), notices)
    start = choices.regions.get(region, choices.pixel)
    others = tuple(each for each in choices.cases if each != case)
    state = Comparison(
        case=case,
        methods=methods,
        y=read_integer(query, "y", choices.shape[0], start[0], notices),
        x=read_integer(query, "x", choices.shape[1], start[1], notices),
        region=region,
        gamma1=read_gamma({"gamma1": str(GAMMA1_DEFAULT), **query}, "gamma1", notices),
        gamma2=read_gamma(query, "gamma2", notices),
        scale=choose(query, "scale", SCALE_NAMES, PUBLISHED, notices),
        scope=choose(query, "scope", SCOPE_NAMES, SHARED, notices),
        jacobians=choose(query, "jacobians", EXTENT_NAMES, WINDOW, notices),
        coded=_optional(query, "coded", (COLOUR,), notices, without="grey"),
        omega=read_share(query, "omega", OMEGA, notices),
        mode=choose(query, "mode", MODES, MODES[0], notices),
        pair=_pair(query, choices.methods, notices),
        mix=read_integer(query, "mix", 101, MIX_DEFAULT, notices),
        case2=_optional(query, "case2", others, notices),
        pin=choose(query, "pin", ("0", "1"), "0", notices) == "1",
        theme=read_theme(query, notices),
    )
    return state, tuple(notices)


def _with(rows: tuple[str, ...], method: str) -> tuple[str, ...]:
    """Rows with a method among them, the last one making room for it."""
    if not method or method in rows:
        return rows
    return (*rows[: MOST_ROWS - 1], method)


def _methods(
    query: Mapping[str, str], key: str, valid: Sequence[str], default: tuple[str, ...], notices: list[str]
) -> tuple[str, ...]:
    """Known methods of a list, each once, in its order; the default where none is left."""
    value = query.get(key)
    if value is None:
        return default
    named = tuple(dict.fromkeys(value.split(",")))
    known = tuple(each for each in named if each in valid)
    if known == named:
        return known
    expected = f"some of {', '.join(valid)}, each once, separated by commas"
    notices.append(fallback(key, value, expected, ", ".join(known or default)))
    return known or default


def _pair(query: Mapping[str, str], valid: Sequence[str], notices: list[str]) -> tuple[str, ...]:
    value = query.get("pair", "")
    named = tuple(value.split(",")) if value else ()
    if not named or (len(named) == 2 and all(each in valid for each in named)):
        return named
    notices.append(
        fallback(
            "pair", value, f"two of {', '.join(valid)}, separated by a comma", "the pair of the first rows"
        )
    )
    return ()


def _optional(
    query: Mapping[str, str], key: str, valid: Sequence[str], notices: list[str], without: str = "none"
) -> str:
    """A value that may be left out: "" then, and "" with a notice where it makes no sense."""
    value = query.get(key, "")
    if not value or value in valid:
        return value
    notices.append(fallback(key, value, f"one of {', '.join(valid)}" if valid else "nothing", without))
    return ""
