"""The state of the Explore page, and its two-way translation to the query string of the address.

Owns which keys exist, what their values may be and what a senseless value falls back to. Pure: knows
nothing of Dash, of files or of images. `assets/js/address.js` writes the same keys in the browser.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard.brush import FORMS, is_brush
from dashboard.scales import PUBLISHED, SCALE_NAMES
from dashboard.scope import IMAGE, SCOPE_NAMES
from models.colour_coding import OMEGA

GAMMA_MIN, GAMMA_MAX, GAMMA_STEP, GAMMA_DEFAULT = 0.1, 2.0, 0.1, 1.0
KEYS = (
    *("case", "method", "y", "x", "gamma1", "gamma2", "scale", "scope", "brush", "pin"),
    *("coded", "omega", "hue", "theme"),
)
# How the fused image is shown beside grey: coloured right of the pixel, or coloured throughout.
CODED_NAMES = ("split", "colour")
THEMES = ("dark", "light")
_SHOWN = 40  # a senseless value is quoted in the notice up to this many characters


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
    pairs = [(key, as_text(getattr(state, key))) for key in KEYS]
    return urlencode([(key, text) for key, text in pairs if text])


def choose(query: Mapping[str, str], key: str, valid: Sequence[str], default: str, notices: list[str]) -> str:
    """The value of a key with a fixed set of values; `default`, with a notice, where it makes no sense."""
    value = query.get(key)
    if value is None:
        return default
    if value in valid:
        return value
    notices.append(fallback(key, value, f"one of {', '.join(valid)}", default))
    return default


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
        coded=_optional(query, "coded", CODED_NAMES, "grey", notices),
        omega=read_share(query, "omega", OMEGA, notices),
        hue=_optional(query, "hue", ("0", "1"), "the functional source", notices),
        theme=read_theme(query, notices),
    )
    return Parsed(state, tuple(notices))


def as_text(value: str | int | float) -> str:
    """The form of a value in the address; empty for what is left out."""
    if isinstance(value, bool):
        return "1" if value else ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def fallback(key: str, value: str, expected: str, used: str) -> str:
    """The sentence about a value of the address that made no sense, and what is shown instead."""
    quoted = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
    return f"The link's {key} “{quoted}” makes no sense (expected {expected}); {used} is shown instead."


def _optional(
    query: Mapping[str, str], key: str, valid: Sequence[str], without: str, notices: list[str]
) -> str:
    """A value that may be left out: "" then, and "" with a notice where it makes no sense."""
    value = query.get(key, "")
    if not value or value in valid:
        return value
    notices.append(fallback(key, value, f"one of {', '.join(valid)}", without))
    return ""


def read_brush(
    query: Mapping[str, str],
    shape: tuple[int, int],
    regions: Sequence[str],
    without: str,
    notices: list[str],
) -> str:
    """The text of a brush; "" where there is none, with a notice that says what is shown where it is none."""
    value = query.get("brush", "")
    if not value or is_brush(value, shape, regions):
        return value
    notices.append(fallback("brush", value, FORMS, without))
    return ""


def read_theme(query: Mapping[str, str], notices: list[str]) -> str:
    """The theme that the address asks for; "" where the reader's own holds."""
    if query.get("theme") in (None, *THEMES):
        return query.get("theme", "")
    notices.append(fallback("theme", query["theme"], f"one of {', '.join(THEMES)}", "your own"))
    return ""


def read_integer(query: Mapping[str, str], key: str, size: int, default: int, notices: list[str]) -> int:
    """A whole number from 0 to size − 1; `default` where there is none, with a notice where it is none."""
    value = query.get(key)
    if value is None:
        return default
    # isdecimal alone would accept other scripts' digits and any length
    if value.isascii() and value.isdecimal() and len(value) < 10 and int(value) < size:
        return int(value)
    notices.append(fallback(key, value, f"a whole number from 0 to {size - 1}", str(default)))
    return default


def read_share(query: Mapping[str, str], key: str, default: float, notices: list[str]) -> float:
    """A number from 0 to 1 in hundredths; `default` where there is none, with a notice where it is none."""
    value = query.get(key)
    if value is None:
        return default
    try:
        share = float(value)
    except ValueError:
        share = math.nan
    if 0 <= share <= 1:
        return round(share, 2)
    notices.append(fallback(key, value, "a number from 0 to 1", f"{default:g}"))
    return default


def read_gamma(query: Mapping[str, str], key: str, notices: list[str]) -> float:
    """A gamma at the nearest step of its slider; 1 where there is none, with a notice where it is none."""
    value = query.get(key)
    if value is None:
        return GAMMA_DEFAULT
    try:
        gamma = float(value)
    except ValueError:
        gamma = math.nan
    if GAMMA_MIN - 1e-9 <= gamma <= GAMMA_MAX + 1e-9:
        return round(round(gamma / GAMMA_STEP) * GAMMA_STEP, 1)
    notices.append(fallback(key, value, f"a number from {GAMMA_MIN:g} to {GAMMA_MAX:g}", "1"))
    return GAMMA_DEFAULT
