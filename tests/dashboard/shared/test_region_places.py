"""The place of a region: always one of its own pixels."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.shared.region_places import centre, contrast, places, tones
from tests.dashboard.small_service import small_case


def test_the_centre_of_a_block_is_its_middle() -> None:
    mask = np.zeros((12, 20), bool)
    mask[2:5, 4:7] = True
    assert centre(mask) == (3, 5)


def test_the_centre_of_a_ring_lies_on_the_ring() -> None:
    down, across = np.mgrid[-20:21, -20:21]
    mask = np.abs(np.hypot(down, across) - 12) < 2
    found = centre(mask)
    assert found is not None
    assert mask[found]


def test_an_empty_mask_has_none() -> None:
    assert centre(np.zeros((3, 3), bool)) is None


def test_places_are_plain_numbers_in_the_order_of_the_case() -> None:
    assert places(small_case()) == [{"id": "spot", "title": "A spot", "y": 3, "x": 5}]
    assert all(type(place["y"]) is int for place in places(small_case()))
    assert places(small_case(regions=False)) == []


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [
        ((0, 2), (0, 3), ("dark", "dark")),
        ((5, 7), (14, 20), ("medium", "bright")),
        ((11, 12), (9, 11), ("bright", "medium")),
    ],
)
def test_the_tone_of_a_region_is_the_third_it_lies_in(
    rows: tuple[int, int], columns: tuple[int, int], expected: tuple[str, str]
) -> None:
    mask = np.zeros((12, 20), bool)
    mask[slice(*rows), slice(*columns)] = True  # on a ramp down and a ramp across
    assert tones(small_case(), mask) == expected
    assert contrast(small_case(), mask) == f"{expected[0]} down <b> / {expected[1]} across"
