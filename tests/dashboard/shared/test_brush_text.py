"""The brush's text form, and the regions' masks on their way to the browser."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from dashboard.explore.state import from_query, to_query
from dashboard.shared.brush_text import is_brush, pack_masks

SHAPE, REGIONS = (48, 80), ("core", "rim")


@pytest.mark.parametrize(
    "text",
    [
        "region:core",
        "rect:0,0,47,79",
        "rect:3,4,3,4",
        "scatter:-0.1,-2e-5,0.3,1",
        "poly:1,2;3,4;5,6",
        "lasso:0.1,0.2;-0.3,0.4;1e-3,0",
        "poly:" + ";".join(["1,2"] * 48),
    ],
)
def test_a_brush_is_restored(text: str) -> None:
    assert is_brush(text, SHAPE, REGIONS)
    parsed = from_query({"brush": text}, "c", "m", SHAPE, (0, 0), REGIONS)
    assert (parsed.state.brush, parsed.notices) == (text, ())
    assert f"brush={text.split(':')[0]}:" in to_query(parsed.state)


@pytest.mark.parametrize(
    "text",
    [
        "core",
        "region:toString",
        "rect:0,0,48,79",
        "rect:5,5,4,9",
        "rect:0.5,0,4,9",
        "rect:-1,0,4,9",
        "scatter:1,2,3",
        "scatter:nan,0,1,inf",
        "poly:1,2;3,4",
        "poly:" + ";".join(["1,2"] * 49),
        "poly:<img src=x>",
        "lasso:١,٢;٣,٤;٥,٦",
        "disc:1,2,3,4",
    ],
)
def test_what_is_no_brush_falls_back_with_a_notice(text: str) -> None:
    parsed = from_query({"brush": text}, "c", "m", SHAPE, (0, 0), REGIONS)
    assert parsed.state.brush == ""
    assert len(parsed.notices) == 1
    assert "brush" in parsed.notices[0]


def test_no_brush_is_no_key() -> None:
    parsed = from_query({}, "c", "m", SHAPE, (0, 0), REGIONS)
    assert parsed.notices == ()
    assert "brush" not in to_query(parsed.state)


def test_masks_travel_as_bits() -> None:
    mask = np.zeros((2, 5), bool)
    mask[0, 0] = mask[0, 2] = mask[1, 4] = True
    assert base64.b64decode(pack_masks({"core": mask})["core"]) == bytes([0b10100000, 0b01000000])
