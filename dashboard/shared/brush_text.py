"""The brush of the Explore page in its text form, and regions of interest on their way to the browser. Pure.

A brush is a set of pixels, told by its shape; `assets/js/shared/brush.js` draws and computes with it:

    region:<id>            a region of interest of the case study
    rect:y0,x0,y1,x1       a rectangle of pixels, both corners included
    poly:y,x;y,x;…         a freehand area on an image, at most 48 corners
    scatter:x0,y0,x1,y1    a box in the plane of the two guidance values
    lasso:x,y;x,y;…        a freehand area in that plane, at most 48 corners
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence

import numpy as np

FORMS = "region:ID, rect:Y,X,Y,X, poly:Y,X;…, scatter:X,Y,X,Y or lasso:X,Y;…"
_MOST_CORNERS = 48
_LONGEST = 1200
_NUMBER = r"-?\d{1,9}(?:\.\d{1,9})?(?:e[+-]?\d{1,2})?"
_BOX = re.compile(rf"{_NUMBER}(?:,{_NUMBER}){{3}}")
_AREA = re.compile(rf"{_NUMBER},{_NUMBER}(?:;{_NUMBER},{_NUMBER}){{2,{_MOST_CORNERS - 1}}}")
_SHAPES = {"rect": _BOX, "scatter": _BOX, "poly": _AREA, "lasso": _AREA}


def is_brush(text: str, shape: tuple[int, int], regions: Sequence[str]) -> bool:
    """Whether a text is a brush on a case study with images of this shape and these ids of regions."""
    kind, _, rest = text.partition(":")
    if kind == "region":
        return rest in regions
    pattern = _SHAPES.get(kind)
    if pattern is None or len(text) > _LONGEST or not text.isascii() or not pattern.fullmatch(rest):
        return False
    numbers = [float(number) for number in re.split("[,;]", rest)]
    if kind != "rect":
        return True
    y0, x0, y1, x1 = numbers
    return 0 <= y0 <= y1 < shape[0] and 0 <= x0 <= x1 < shape[1] and all(n.is_integer() for n in numbers)


def pack_masks(masks: Mapping[str, np.ndarray]) -> dict[str, str]:
    """Masks, bool (H, W), by id as base64 of bits, row after row, highest bit first: 11 kB for 256²."""
    return {
        name: base64.b64encode(np.packbits(mask.ravel()).tobytes()).decode() for name, mask in masks.items()
    }
