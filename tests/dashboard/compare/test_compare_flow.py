"""What the Compare page lays out and what its callbacks answer, without a browser."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from dashboard.compare import ids
from dashboard.compare import page as compare
from dashboard.compare.callbacks import colours, scene
from dashboard.service.background import Progress
from dashboard.shared.brush_text import pack_masks
from dashboard.shared.scales import PUBLISHED, SIGNED, Range, gradient_scale
from models import WeightsError
from tests.dashboard.small_service import HEIGHT, WIDTH, SmallMethod, SmallService, small_case, small_guidance


class MixedService(SmallService):
    """With a method for three sources, which fits none of the case studies."""

    def list_methods(self) -> tuple[SmallMethod, ...]:
        return (*super().list_methods(), SmallMethod("three", "Three sources", sources=3))


@dataclass
class PartlyBroken(SmallService):
    """A service of which one method's weights are damaged."""

    def window(self, method_id: str) -> tuple[int, int] | None:
        if method_id == "third":
            raise WeightsError("The weights of third are damaged; expected another digest.")
        return super().window(method_id)


def find(component: Any, wanted: str) -> Any:
    """The component with an id, anywhere below."""
    return next(each for each in component._traverse() if getattr(each, "id", None) == wanted)


def values(component: Any, wanted: str) -> list[str]:
    return [option["value"] for option in find(component, wanted).options]


def test_only_methods_that_fit_the_case_studies_are_offered() -> None:
    page = compare.build(MixedService(), {})
    for control in (ids.ADD, ids.FIRST, ids.SECOND):
        assert values(page, control) == ["half", "third"]
    state, notices = compare.restore(MixedService(), {"methods": "three,third"})
    assert state.methods == ("third",)
    assert "three" in notices[0]


def test_case_studies_with_three_sources_are_not_offered() -> None:
    deep = small_case("deep")
    object.__setattr__(deep, "sources", np.concatenate([deep.sources, deep.sources[:1]]))
    page = compare.build(SmallService((small_case(), deep)), {})
    assert values(page, ids.CASE) == ["small"]


def test_without_case_studies_there_is_an_empty_state() -> None:
    page = compare.build(SmallService(()), {})
    assert "no-cases" in str(page)
    assert ids.COMPARER not in str(page)


def test_the_link_is_what_the_controls_show() -> None:
    query = {
        "case": "other",
        "methods": "third,half",
        "y": "2",
        "x": "7",
        "mode": "swipe",
        "pair": "third,half",
    }
    page = compare.build(SmallService(), {**query, "scope": "method", "coded": "colour", "gamma1": "0.3"})
    assert find(page, ids.CASE).value == "other"
    assert find(page, ids.METHODS).data == ["third", "half"]
    assert find(page, ids.PIXEL).data == {"y": 2, "x": 7}
    assert find(page, ids.MODE).value == "swipe"
    assert (find(page, ids.FIRST).value, find(page, ids.SECOND).value) == ("third", "half")
    assert find(page, ids.SCOPE).value == "method"
    assert find(page, ids.CODED).value == "colour"
    assert find(page, ids.GAMMA1).value == 0.3


def test_a_row_a_method_in_their_order() -> None:
    found = scene(SmallService(), "small", "", ["third", "half"])
    assert [row["method"] for row in found["rows"]] == ["third", "half"]
    assert [row["key"] for row in found["rows"]] == ["small/third", "small/half"]
    assert {row["state"] for row in found["rows"]} == {"ready"}
    assert found["rows"][0]["window"] == [3, 3]
    magnitude = float(np.abs(small_guidance()).max())
    assert found["rows"][0]["magnitude"] == pytest.approx(magnitude)
    assert found["rows"][0]["hidden"] == pytest.approx(0.2, abs=0.01)  # triangles of areas 0.5² and 1²


def test_the_scene_names_presets_as_they_look_in_the_sources() -> None:
    case = SmallService().case("small")
    known = scene(SmallService(), "small", "", ["half"])["cases"]["small"]
    assert known["shape"] == [HEIGHT, WIDTH]
    assert known["modalities"] == ["down <b>", "across"]
    (region,) = known["regions"]
    # rows 2 to 4 of 0 … 11 and columns 4 to 6 of 0 … 19 lie in the dark third of both ramps
    assert region["tones"] == ["dark", "dark"]
    assert region["contrast"] == "dark down <b> / dark across"
    assert (region["y"], region["x"]) == (3, 5)
    assert known["masks"] == pack_masks({"spot": case.regions[0].mask})
    assert known["functional"] == {"source": 1, "known": False}


def test_two_case_studies_share_the_first_method() -> None:
    found = scene(SmallService(), "small", "other", ["third", "half"])
    assert [(row["case"], row["method"]) for row in found["rows"]] == [("small", "third"), ("other", "third")]
    assert set(found["cases"]) == {"small", "other"}
    alone = scene(SmallService(), "small", "small", ["third", "half"])
    assert alone["case2"] == ""
    assert len(alone["rows"]) == 2


def test_a_broken_method_says_so_and_leaves_the_others() -> None:
    half, third = scene(PartlyBroken(), "small", "", ["half", "third"])["rows"]
    assert (third["state"], third["window"]) == ("failed", None)
    assert third["problem"] == "The weights of third are damaged; expected another digest."
    assert (half["state"], half["problem"]) == ("ready", None)


def test_progress_is_told() -> None:
    service = SmallService(pending=Progress(0.25, 8.0))
    (row,) = scene(service, "small", "", ["half"])["rows"]
    assert (row["state"], row["share"], row["eta"]) == ("pending", 0.25, 8.0)
    failed = SmallService(pending=Progress(0.25, None, "The disk is full."))
    (row,) = scene(failed, "small", "", ["half"])["rows"]
    assert (row["state"], row["problem"]) == ("failed", "The disk is full.")


def test_each_gamma_bends_its_own_colours() -> None:
    found = colours(0.5, 2.0, PUBLISHED)
    for name, gamma in (("jacobian", 0.5), ("guidance", 2.0)):
        assert found[name]["colorscale"] == gradient_scale(PUBLISHED, gamma, Range(1.0, 1.0)).stops
    assert found["difference"]["scale"] == SIGNED
