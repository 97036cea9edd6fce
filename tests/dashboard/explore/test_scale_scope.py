"""What a colour scale covers, and what the page says about it."""

from __future__ import annotations

import numpy as np
import pytest
from dash import no_update

from dashboard.explore import scale_scope as scope
from dashboard.explore.callbacks.colours import current_scale, methods_range
from dashboard.shared.scales import PUBLISHED, SIGNED, Range

SUMMARY = {"case": "a", "method": "m", "maximum": 0.5, "magnitude": 0.75, "hidden": 0.125}
OTHER = np.array([[[2.0, -3.0]], [[0.0, 1.0]]])


class Computed:
    """Stands for the service: some methods are computed."""

    def __init__(self, *guidance: np.ndarray, total: int) -> None:
        self.answer = list(guidance), total

    def computed_guidance(self, case_id: str) -> tuple[list[np.ndarray], int]:
        if case_id != "a":
            raise ValueError("no such case")
        return self.answer


def test_all_methods_share_the_range_of_those_computed() -> None:
    common = scope.common_range("a", [OTHER, OTHER / 4], 7)
    assert common == {"case": "a", "maximum": 2.0, "magnitude": 3.0, "count": 2, "total": 7}
    assert scope.extent(scope.METHODS, SUMMARY, common) == Range(2.0, 3.0)
    assert scope.extent(scope.IMAGE, SUMMARY, common) == Range(0.5, 0.75)
    assert scope.extent(scope.PIXEL, SUMMARY, common) == Range(0.5, 0.75)
    assert "2 of 7 methods" in scope.sentence(PUBLISHED, scope.METHODS, SUMMARY, common)


def test_the_range_of_another_case_or_of_nothing_does_not_count() -> None:
    for common in (None, scope.common_range("b", [OTHER], 7), scope.common_range("a", [], 7)):
        assert scope.extent(scope.METHODS, SUMMARY, common) == Range(0.5, 0.75)
        assert "both guidance images" in scope.sentence(SIGNED, scope.METHODS, SUMMARY, common)
    assert scope.extent(scope.METHODS, None, None) is None


def test_an_older_common_range_never_clips_what_is_shown() -> None:
    common = scope.common_range("a", [OTHER / 100], 7)
    assert scope.extent(scope.METHODS, SUMMARY, common) == Range(0.5, 0.75)


def test_the_scope_of_the_pixel_is_said_and_reaches_the_browser() -> None:
    assert "pixel’s own" in scope.sentence(SIGNED, scope.PIXEL, SUMMARY, None)
    chosen = current_scale(SIGNED, 0.5, SUMMARY, scope.METHODS, scope.common_range("a", [OTHER], 1))
    assert (chosen.zmin, chosen.zmax, chosen.scope) == (pytest.approx(-3.0), pytest.approx(3.0), "methods")


def test_more_methods_are_waited_for_and_only_news_travel() -> None:
    partly = Computed(OTHER, total=2)
    found, complete = methods_range(partly, scope.METHODS, "a", None)
    assert (found["count"], complete) == (1, False)
    assert methods_range(partly, scope.METHODS, "a", found) == (no_update, False)
    assert methods_range(Computed(OTHER, OTHER, total=2), scope.METHODS, "a", found)[1] is True
    assert methods_range(partly, scope.IMAGE, "a", None) == (no_update, True)
