"""The numbers of the readout and the scope of the colour scale, against the arrays of the HTTP routes."""

from __future__ import annotations

import re

import numpy as np
from playwright.sync_api import expect

from tests.browser.running_app import SMALL, Server, Watched
from tests.browser.test_explore import npz, point, shown, trace

PIXEL = (30, 3)  # the window is cut at the left border


def test_shares_signs_and_radius_are_those_of_the_jacobian(
    watched: Watched, network: str, server: Server
) -> None:
    page = watched.open(f"?case={SMALL}&method={network}")
    point(page, "fused", *PIXEL)
    shown(page, *PIXEL)
    answer = npz(server, "jacobian", case=SMALL, method=network, y=PIXEL[0], x=PIXEL[1])
    size, origin = np.abs(answer["jacobian"].astype(float)), answer["origin"]
    total = size.sum(axis=(1, 2))
    negative = -np.minimum(answer["jacobian"], 0).sum(axis=(1, 2)) / total
    down, across = np.indices(size.shape[1:])
    distance = np.hypot(down + origin[0] - PIXEL[0], across + origin[1] - PIXEL[1])
    radii = [
        min(r for r in np.unique(distance) if each[distance <= r].sum() >= each.sum() / 2) for each in size
    ]
    said = page.locator("#readout [data-value]").all()
    texts = {place.get_attribute("data-value"): place.inner_text() for place in said}
    assert texts["share"] == " · ".join(f"{100 * share:.0f} %" for share in total / total.sum())
    assert texts["negative"] == " · ".join(f"{100 * share:.0f} %" for share in negative)
    assert texts["radius"] == " · ".join(f"{radius:.1f}" for radius in radii) + " px"
    assert texts["gradient-0"][0] in "+\u2212"


def test_the_scope_of_the_scale_is_chosen_shown_and_kept(
    watched: Watched, network: str, server: Server
) -> None:
    page = watched.open(f"?case={SMALL}&method={network}&scale=signed&scope=pixel")
    point(page, "fused", *PIXEL)
    shown(page, *PIXEL)
    own = np.abs(
        npz(server, "jacobian", case=SMALL, method=network, y=PIXEL[0], x=PIXEL[1])["jacobian"]
    ).max()
    image = np.abs(npz(server, "guidance", case=SMALL, method=network)["guidance"]).max()
    note = page.locator("#scale-note")
    expect(note).to_contain_text("the pixel’s own")
    np.testing.assert_allclose(trace(page, "jacobian-0")["zmax"], own, rtol=1e-6)
    np.testing.assert_allclose(trace(page, "guidance-0")["zmax"], image, rtol=1e-6)
    page.get_by_text("methods", exact=True).click()
    expect(note).to_contain_text(re.compile(r"of \d of \d methods"))
    page.wait_for_function("location.search.includes('scope=methods')")
    assert trace(page, "guidance-1")["zmax"] >= image * (1 - 1e-6)
    page.get_by_text("image", exact=True).click()
    expect(note).to_contain_text("of both guidance images")
    page.wait_for_function(
        """(zmax) => ["jacobian-0", "guidance-0"].every((view) =>
            Math.abs(document.querySelector(`#${view} .js-plotly-plot`).data[0].zmax / zmax - 1) < 1e-5)""",
        arg=float(image),
    )


def test_the_rgb_legend_names_every_colour(watched: Watched) -> None:
    page = watched.open(f"?case={SMALL}&method=weighted_averaging")
    colours = page.locator(".rgb-legend .visually-hidden").all_text_contents()
    assert colours == ["red", "magenta", "green", "cyan", "yellow", "white", "black", "blue"]
    assert page.locator(".rgb-legend tbody th").all_inner_texts() == ["one", "two", "both", "neither"]
