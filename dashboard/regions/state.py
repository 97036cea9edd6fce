"""The state of the Regions page, and its two-way translation to the query string of the address. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dashboard.shared.brush_text import FORMS, is_brush
from dashboard.shared.query import Address, choose, fallback, read_integer, read_theme, written

ADDRESS = Address(
    keys=("case", "brush", "method", "relevant", "y", "x", "plane", "theme"), required=("case",)
)
KEYS = ADDRESS.keys

Pixel = tuple[int, int]


@dataclass(frozen=True)
class RegionState:
    """What is shown.

    `brush` is the region as text (`shared.brush_text`), "" where the case study has none; `method` the one
    whose pictures are shown; `relevant` the number of the source that matters, from 0; `pixel` (y, x) or None
    for the region's middle; `plane` the method in whose scatter the region was drawn.
    """

    case: str
    brush: str
    method: str
    relevant: int
    pixel: Pixel | None = None
    plane: str = ""
    theme: str = ""


def to_query(state: RegionState) -> str:
    """The query string of a state, keys in the order of `KEYS`, empty ones left out, no question mark."""
    y, x = state.pixel or ("", "")
    values = {**vars(state), "y": y, "x": x}
    return written((key, values[key]) for key in KEYS)


def from_query(
    query: Mapping[str, str],
    case: str,
    shape: tuple[int, int],
    regions: Sequence[str],
    methods: Sequence[str],
    usual: tuple[str, int],
    sources: int,
) -> tuple[RegionState, tuple[str, ...]]:
    """Read a state once its case study is known; also a sentence for every value that made no sense.

    Args:
        query: the keys and values of the address; `region` with an id is another form of `brush`.
        case: the id of the case study; shape, regions, methods: its images' (H, W), the ids of its regions,
            and of the methods that fit.
        usual: the method and the relevant source of a link that names none.
        sources: how many there are.
    """
    notices: list[str] = []
    method = choose(query, "method", methods, usual[0], notices)
    relevant = choose(query, "relevant", [str(k) for k in range(sources)], str(usual[1]), notices)
    brush = _brush(query, shape, regions, notices)
    drawn_in_scatter = brush.partition(":")[0] in ("scatter", "lasso")
    pixel = None
    if query.get("y") is not None and query.get("x") is not None:
        before = len(notices)
        y = read_integer(query, "y", shape[0], 0, notices)
        x = read_integer(query, "x", shape[1], 0, notices)
        pixel = (y, x) if len(notices) == before else None
    state = RegionState(
        case=case,
        brush=brush,
        method=method,
        relevant=int(relevant),
        pixel=pixel,
        plane=choose(query, "plane", methods, method, notices) if drawn_in_scatter else "",
        theme=read_theme(query, notices),
    )
    return state, tuple(notices)


def _brush(
    query: Mapping[str, str], shape: tuple[int, int], regions: Sequence[str], notices: list[str]
) -> str:
    usual = f"region:{regions[0]}" if regions else ""
    given = query.get("brush") or (f"region:{query['region']}" if query.get("region") else "")
    if not given:
        return usual
    if is_brush(given, shape, regions):
        return given
    notices.append(fallback("brush", given, FORMS, usual or "nothing"))
    return usual
