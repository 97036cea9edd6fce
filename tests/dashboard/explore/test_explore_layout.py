"""The Explore page as Dash sends it: every view and control is there, whatever the address says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import dcc

from dashboard.explore import ids
from dashboard.explore import page as explore
from dashboard.explore.state import KEYS
from dashboard.shared import ids as common
from dashboard.shared.shell import DISCLAIMER, shell
from tests.dashboard.small_service import SmallService, small_case

ASSETS = Path(__file__).resolve().parents[3] / "assets"


def components(node: Any) -> Iterator[Any]:
    """All components below a node, itself included."""
    if isinstance(node, (list, tuple)):
        for child in node:
            yield from components(child)
    elif hasattr(node, "_prop_names"):
        yield node
        yield from components(getattr(node, "children", None))


def by_id(node: Any) -> dict[str, Any]:
    return {part.id: part for part in components(node) if getattr(part, "id", None)}


def page(**query: str) -> dict[str, Any]:
    return by_id(explore.build(SmallService(), query))


def test_all_seventeen_views_with_their_canvases() -> None:
    found = page()
    graphs = [part for part in found.values() if isinstance(part, dcc.Graph)]
    assert len(graphs) == 17
    assert {graph.id for graph in graphs} == set(ids.GRAPHS)
    assert {common.layer(view) for view in ids.GRAPHS} <= set(found)


def test_the_views_stand_in_the_order_of_figure_1() -> None:
    order = [part.id for part in components(explore.build(SmallService(), {})) if isinstance(part, dcc.Graph)]
    rows = [
        ["source-0", "guidance-0", "jacobian-0"],
        ["fused", "guidance-rgb"],
        ["source-1", "guidance-1", "jacobian-1"],
    ]
    expected = [[name for view in row for name in (view, f"{view}-zoom")] for row in rows]
    assert order == [*expected[0], *expected[1], "scatter", *expected[2]]


def test_no_graph_offers_to_upload_what_it_shows() -> None:
    for part in page().values():
        if isinstance(part, dcc.Graph):
            assert part.config["showSendToCloud"] is False
            assert part.config["displaylogo"] is False


def test_the_browser_has_the_same_names() -> None:
    script = (ASSETS / "js" / "explore" / "views.js").read_text("utf-8")
    for name in ("source-0", "source-1", "fused", "guidance-0", "guidance-rgb", "jacobian-1", "scatter"):
        assert f'"{name}"' in script
    assert explore.ViewState.__match_args__ == KEYS


def test_defaults() -> None:
    found = page()
    assert found[ids.CASE].value == "small"
    assert found[ids.METHOD].value == "half"
    assert found[ids.PIXEL].data == {"y": 3, "x": 5}
    assert (found[ids.GAMMA1].value, found[ids.GAMMA2].value, found[ids.SCALE].value) == (1, 1, "published")
    assert found[common.NOTICE_LINK].children is None


def test_without_regions_the_first_pixel_is_the_middle() -> None:
    assert explore.starting_pixel(small_case(regions=False)) == (6, 10)


def test_a_link_restores_everything() -> None:
    found = page(case="other", method="third", y="11", x="0", gamma1="0.3", gamma2="2", scale="signed")
    values = {key: found[key].value for key in (ids.CASE, ids.METHOD, ids.GAMMA1, ids.GAMMA2, ids.SCALE)}
    assert values == {"case": "other", "method": "third", "gamma1": 0.3, "gamma2": 2.0, "scale": "signed"}
    assert found[ids.PIXEL].data == {"y": 11, "x": 0}


def test_a_link_may_pin_the_pixel() -> None:
    for query, pinned in (({"pin": "1"}, True), ({}, False), ({"pin": "0"}, False)):
        found = page(**query)
        assert ("data-pinned" in found[common.EXPLORER].to_plotly_json()["props"]) is pinned
        pressed = found[ids.PIN_TOGGLE].to_plotly_json()["props"]["aria-pressed"]
        assert pressed == str(pinned).lower()


def test_every_view_has_a_menu_and_every_button_a_name() -> None:
    parts = [*components(explore.build(SmallService(), {})), *components(shell([("Explore", "/")]))]
    buttons = [part.to_plotly_json()["props"] for part in parts if type(part).__name__ == "Button"]
    assert [button["data-menu"] for button in buttons if "data-menu" in button] == [
        part.id for part in parts if isinstance(part, dcc.Graph)
    ]
    for button in buttons:
        assert button.get("aria-label") or button.get("children") or button["id"] == ids.ZOOM_RESET


def test_nonsense_in_a_link_is_named() -> None:
    notice = page(case="../x", y="999", scale="<b>")[common.NOTICE_LINK].children
    sentences = [part.children for part in notice.children]
    assert len(sentences) == 3
    assert "../x" in sentences[0]


def test_without_case_studies_the_page_says_how_to_get_one() -> None:
    found = by_id(explore.build(SmallService(cases=()), {"case": "x"}))
    assert found[common.EMPTY].hidden is False
    assert found[ids.PIXEL].data is None
    assert page()[common.EMPTY].hidden is True


def test_the_readout_is_live_for_screen_readers() -> None:
    assert page()[ids.READOUT].to_plotly_json()["props"]["aria-live"] == "polite"


def test_ids_are_unique() -> None:
    parts = [*components(explore.build(SmallService(), {})), *components(shell([("Explore", "/")]))]
    named = [part.id for part in parts if getattr(part, "id", None)]
    assert len(named) == len(set(named))


def test_the_frame_links_only_to_pages_that_exist_and_disclaims() -> None:
    parts = list(components(shell([("Explore", "/")])))
    assert [part.href for part in parts if type(part).__name__ == "NavLink"] == ["/"]
    assert any(getattr(part, "children", None) == DISCLAIMER for part in parts)


@pytest.mark.parametrize("sheet", sorted((ASSETS / "css").rglob("*.css")), ids=lambda path: path.name)
def test_colours_stand_in_one_file(sheet: Path) -> None:
    if sheet.name == "variables.css":
        return
    # the colours of the RGB legend, and of the window on white
    allowed = {"#f00", "#0f0", "#00f", "#f0f", "#0ff", "#ff0", "#fff", "#000", "#0a7d3d"}
    found = set(re.findall(r"#[0-9a-fA-F]{3,8}\b|rgba?\([^)]*\)", sheet.read_text("utf-8")))
    names = set(re.findall(r"#[a-z][\w-]*", sheet.read_text("utf-8")))
    assert found - allowed - names == set()
