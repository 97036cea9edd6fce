"""What the callbacks answer, without a browser."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from dash import no_update

from dashboard.explore import ids
from dashboard.explore.callbacks import colours, guidance, images
from dashboard.explore.scale_scope import IMAGE, sentence
from dashboard.service.background import Progress
from dashboard.shared.scales import PUBLISHED, SIGNED
from tests.dashboard.small_service import SmallService, small_guidance

SUMMARY = guidance.summarise("small", "half", small_guidance())


def test_the_summary_is_what_the_scales_need() -> None:
    assert SUMMARY["maximum"] == pytest.approx(1.0)
    assert SUMMARY["magnitude"] == pytest.approx(1.0)
    assert SUMMARY["hidden"] == pytest.approx(0.2, abs=0.01)  # triangles of areas 0.5² and 1²


def test_finished_guidance_fills_the_views_and_stops_the_poll() -> None:
    case = SmallService().case("small")
    fused = case.sources.mean(axis=0)
    first, second, rgb, scatter, *placeholders, summary, stop, state, notice = guidance.ready(
        case, "half", small_guidance(), fused, 1.0, SIGNED
    )
    assert np.array_equal(first.data[0].z, small_guidance()[0])
    assert np.array_equal(second.data[0].z, small_guidance()[1])
    assert rgb.data[0].type == "image"
    assert scatter.layout.xaxis.title.text.startswith("guidance")
    assert placeholders == [None] * 4
    assert (summary, stop, state, notice) == (SUMMARY, True, "ready", None)


def test_both_guidance_images_share_one_scale() -> None:
    case = SmallService().case("small")
    for scale, low, high in ((PUBLISHED, 0.0, 1.0), (SIGNED, -1.0, 1.0)):
        views = guidance.ready(case, "half", small_guidance(), case.sources[0], 1.0, scale)[:2]
        for view in views:
            assert (view.data[0].zmin, view.data[0].zmax) == pytest.approx((low, high))


def test_while_it_is_computed_the_views_are_emptied_once_and_polled() -> None:
    progress = Progress(0.42, 12.0)
    *views, summary, stop, state, _ = guidance.pending(progress, polled=False)
    assert all(len(view.data) == 1 for view in views[:4])
    assert summary is None
    assert (stop, state) == (False, "pending")
    again = guidance.pending(progress, polled=True)
    assert list(again[:4]) == [no_update] * 4
    assert "42 %" in str(again[4])
    assert "12 s" in str(again[4])


def test_a_failure_is_named_and_ends_the_poll() -> None:
    *_, summary, stop, state, notice = guidance.failed("The weights are missing.")
    assert (summary, stop, state) == (None, True, "failed")
    assert "The weights are missing." in str(notice)


def test_the_scene_of_a_selection() -> None:
    figure, scene, note = images.fused_view(SmallService(), "small", "half")
    assert scene == {
        "case": "small",
        "method": "half",
        "modalities": ["down <b>", "across"],
        "shape": [12, 20],
        "regions": [{"id": "spot", "title": "A spot", "y": 3, "x": 5}],
        "functional": {"source": 1, "known": False},
        "window": [3, 3],
        "failed": False,
    }
    assert figure.layout.meta == {"case": "small", "method": "half"}
    assert note == "Half of each."


def test_unknown_ids_are_value_errors_with_a_sentence() -> None:
    for case, method in (("nope", "half"), ("small", "nope"), (None, None)):
        with pytest.raises(ValueError, match="Unknown"):
            images.fused_view(SmallService(), case, method)


def test_a_simulated_case_study_is_called_one_once() -> None:
    case = SmallService().case("small")
    assert images.case_note(case) == "Simulated. One ramp down, one across."


def operations(patch: Any) -> dict[str, Any]:
    """What a patch changes: dotted place → value."""
    return {
        ".".join(map(str, op["location"])): op["params"]["value"]
        for op in patch.to_plotly_json()["operations"]
    }


def test_a_change_of_colours_touches_no_data() -> None:
    changed = operations(colours.colour_patch(colours.current_scale(SIGNED, 0.4, SUMMARY), ground=True))
    assert set(changed) == {
        "data.0.colorscale",
        "data.0.zmin",
        "data.0.zmax",
        "data.0.meta",
        "layout.plot_bgcolor",
    }
    assert changed["data.0.zmax"] == pytest.approx(1.0)
    guidance_patch = colours.colour_patch(colours.current_scale(SIGNED, 0.4, SUMMARY), ground=False)
    assert "layout.plot_bgcolor" not in operations(guidance_patch)


def test_the_note_says_what_the_scale_covers_and_hides() -> None:
    assert f"{100 * SUMMARY['hidden']:.1f} %" in sentence(PUBLISHED, IMAGE, SUMMARY, None)
    assert "±1" in sentence(SIGNED, IMAGE, SUMMARY, None)
    assert "pixel" in sentence(PUBLISHED, IMAGE, None, None)


def test_coloured_views() -> None:
    assert len(ids.GUIDANCE_COLOURED) == len(ids.JACOBIAN_COLOURED) == 4
