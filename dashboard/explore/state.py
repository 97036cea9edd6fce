"""The state of the Explore page, and its two-way translation to the query string of the address.

Owns which keys exist, what their values may be and what a senseless value falls back to. Pure: knows
nothing of Dash, of files or of images.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.explore.scale_scope import IMAGE, SCOPE_NAMES
from dashboard.shared.query import (
    GAMMA_DEFAULT,
    Address,
    choose,
    read_brush,
    read_gamma,
    read_integer,
    read_optional,
    read_share,
    read_theme,
    written,
)
from dashboard.shared.scales import PUBLISHED, SCALE_NAMES
from models.colour_coding import OMEGA

ADDRESS = Address(
    keys=(
        *("case", "method", "y", "x", "gamma1", "gamma2", "scale", "scope", "brush", "pin"),
        *("coded", "omega", "hue", "theme"),
    ),
    required=("case", "method", "y", "x", "gamma1", "gamma2", "scale"),
    selections=("case", "method"),
)
KEYS = ADDRESS.keys
# How the fused image is shown beside grey: coloured right of the pixel, or coloured throughout.
CODED_NAMES = ("split", "colour")


@dataclass(frozen=True)
class ViewState:
    """What is shown: case study, method, principal pixel (row, column), gammas and colour scale.

    `pin` says whether the pixel stays when the pointer moves; `coded` is "" for a grey fused image, `omega`
    the Ω of its colours, `hue` the number of the source that gives them, "" for the functional one; `theme`
    is "" where the reader's own holds.
    """

    case: str
    method: str
    y: int
    x: int
    gamma1: float = GAMMA_DEFAULT
    gamma2: float = GAMMA_DEFAULT
    scale: str = PUBLISHED
    scope: str = IMAGE
    brush: str = ""
    pin: bool = False
    coded: str = ""
    omega: float = OMEGA
    hue: str = ""
    theme: str = ""


@dataclass(frozen=True)
class Parsed:
    """A state read from a query, and one sentence for each value that had to fall back."""

    state: ViewState
    notices: tuple[str, ...] = ()


def to_query(state: ViewState) -> str:
    """The query string of a state, keys in the order of `KEYS`, empty ones left out, no question mark."""
    return written((key, getattr(state, key)) for key in KEYS)


def from_query(
    query: Mapping[str, str],
    case: str,
    method: str,
    shape: tuple[int, int],
    pixel: tuple[int, int],
    regions: Sequence[str] = (),
) -> Parsed:
    """Read the rest of a state once case study and method are known.

    Args:
        query: the keys and values of the address; unknown keys are ignored.
        case, method: the ids already chosen with `choose`.
        shape: height and width of the case study's images.
        pixel: the pixel (row, column) shown where the query names none.
        regions: the ids of the case study's regions of interest.

    Returns:
        The state, and a sentence for every value that made no sense.
    """
    notices: list[str] = []
    state = ViewState(
        case=case,
        method=method,
        y=read_integer(query, "y", shape[0], pixel[0], notices),
        x=read_integer(query, "x", shape[1], pixel[1], notices),
        gamma1=read_gamma(query, "gamma1", notices),
        gamma2=read_gamma(query, "gamma2", notices),
        scale=choose(query, "scale", SCALE_NAMES, PUBLISHED, notices),
        scope=choose(query, "scope", SCOPE_NAMES, IMAGE, notices),
        brush=read_brush(query, shape, regions, "nothing", notices),
        pin=choose(query, "pin", ("0", "1"), "0", notices) == "1",
        coded=read_optional(query, "coded", CODED_NAMES, "grey", notices),
        omega=read_share(query, "omega", OMEGA, notices),
        hue=read_optional(query, "hue", ("0", "1"), "the functional source", notices),
        theme=read_theme(query, notices),
    )
    return Parsed(state, tuple(notices))
