"""Readers of the address: one value of a query each, with a sentence where it makes no sense.

Owns what a senseless value falls back to and how that is said. Pure: knows nothing of Dash or of any page.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from dashboard.shared.brush_text import FORMS, is_brush

GAMMA_MIN, GAMMA_MAX, GAMMA_STEP, GAMMA_DEFAULT = 0.1, 2.0, 0.1, 1.0
THEMES = ("dark", "light")
_SHOWN = 40  # a senseless value is quoted in the notice up to this many characters


Value = str | int | float | tuple[str, ...]


@dataclass(frozen=True)
class Address:
    """The keys of a page's address in their order, those without which there is no state to write, and those
    whose change is a selection, a step of its own in the browser's history. The browser is told all of it."""

    keys: tuple[str, ...]
    required: tuple[str, ...] = ()
    selections: tuple[str, ...] = ()


def written(pairs: Iterable[tuple[str, Value]]) -> str:
    """A query string without question mark; empty values are left out, lists and regions keep their signs."""
    texts = [(key, as_text(value)) for key, value in pairs]
    return urlencode([(key, text) for key, text in texts if text], safe=",:")


def choose(query: Mapping[str, str], key: str, valid: Sequence[str], default: str, notices: list[str]) -> str:
    """The value of a key with a fixed set of values; `default`, with a notice, where it makes no sense."""
    value = query.get(key)
    if value is None:
        return default
    if value in valid:
        return value
    notices.append(fallback(key, value, f"one of {', '.join(valid)}", default))
    return default


def as_text(value: Value) -> str:
    """The form of a value in the address; empty for what is left out."""
    if isinstance(value, tuple):
        return ",".join(value)
    if isinstance(value, bool):
        return "1" if value else ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def fallback(key: str, value: str, expected: str, used: str) -> str:
    """The sentence about a value of the address that made no sense, and what is shown instead."""
    quoted = value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
    return f"The link's {key} “{quoted}” makes no sense (expected {expected}); {used} is shown instead."


def read_optional(
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
