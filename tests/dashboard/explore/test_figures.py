"""The figures: what is in the traces, in which form it travels, and where it is drawn."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image

from dashboard.explore import figures
from dashboard.shared import heatmaps
from dashboard.shared.scales import SIGNED, Range, gradient_scale

SCALE = gradient_scale(SIGNED, 0.5, Range(1.0, 1.0))


def sent(figure: go.Figure) -> dict[str, Any]:
    """The figure as the browser gets it."""
    return json.loads(figure.to_json())


@pytest.fixture
def gradients() -> np.ndarray:
    return np.random.default_rng(0).normal(size=(2, 24, 40)).astype(np.float32)


def test_images_travel_as_float32(gradients: np.ndarray) -> None:
    for figure in (
        heatmaps.image_figure(gradients[0], "c", "m"),
        figures.guidance_figure(gradients[0], SCALE, "c", "m"),
    ):
        (trace,) = sent(figure)["data"]
        assert trace["type"] == "heatmap"
        assert trace["z"]["dtype"] == "f4"
        values = np.frombuffer(base64.b64decode(trace["z"]["bdata"]), "<f4").reshape(24, 40)
        assert np.array_equal(values, gradients[0])


def test_gamma_is_in_the_colours_not_in_the_values(gradients: np.ndarray) -> None:
    plain, bent = (
        sent(figures.guidance_figure(gradients[0], gradient_scale(SIGNED, gamma, Range(1, 1)), "c", "m"))
        for gamma in (1.0, 0.2)
    )
    assert plain["data"][0]["z"] == bent["data"][0]["z"]
    assert plain["data"][0]["colorscale"] != bent["data"][0]["colorscale"]


def test_full_images_have_row_zero_on_top_and_square_pixels(gradients: np.ndarray) -> None:
    layout = sent(heatmaps.image_figure(gradients[0], "c", "m"))["layout"]
    assert layout["xaxis"]["range"] == [-0.5, 39.5]
    assert layout["yaxis"]["range"] == [23.5, -0.5]
    assert layout["yaxis"]["scaleanchor"] == "x"
    assert layout["meta"] == {"case": "c", "method": "m"}


def test_the_ground_of_a_jacobian_is_the_colour_of_zero() -> None:
    figure = sent(figures.jacobian_figure((24, 40), SCALE))
    assert figure["layout"]["plot_bgcolor"] == SCALE.zero
    assert figure["layout"]["xaxis"]["range"] == [-0.5, 39.5]


def test_guidance_rgb_scales_each_channel_on_its_own() -> None:
    guidance = np.array([[[-1.0, 3.0]], [[5.0, 5.0]]])
    rgb = figures.guidance_rgb(guidance, np.array([[0.2, 0.4]]))
    assert rgb.dtype == np.uint8
    assert rgb.tolist() == [[[0, 0, 0], [255, 0, 255]]]


def test_guidance_rgb_travels_as_a_png_that_holds_the_same_pixels(gradients: np.ndarray) -> None:
    fused = np.linspace(0, 1, 24 * 40, dtype=np.float32).reshape(24, 40)
    (trace,) = sent(figures.rgb_figure(gradients, fused, "c", "m"))["data"]
    png = base64.b64decode(trace["source"].partition(",")[2])
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png))), figures.guidance_rgb(gradients, fused))


def test_density_counts_every_pixel_once(gradients: np.ndarray) -> None:
    counts, x_edges, y_edges = figures.density(gradients)
    assert counts.sum() == gradients[0].size
    row = np.searchsorted(y_edges, gradients[1, 5, 7]) - 1
    column = np.searchsorted(x_edges, gradients[0, 5, 7]) - 1
    assert counts[row, column] >= 1


def test_density_of_constant_guidance_has_a_place() -> None:
    counts, _, _ = figures.density(np.full((2, 4, 4), 0.5, np.float32))
    assert counts.max() == 16


def test_scatter_puts_source_1_to_the_right_and_its_window_on_top(gradients: np.ndarray) -> None:
    figure = figures.scatter_figure(gradients, ("T2", "PET"), "c", "m")
    assert figure.layout.xaxis.title.text == "guidance T2"
    assert figure.layout.yaxis.title.text == "guidance PET"
    assert [trace.type for trace in figure.data] == ["heatmap", "scatter"]
    assert np.nansum(figure.data[0].z) == gradients[0].size


def test_density_colours_are_logarithmic() -> None:
    guidance = np.zeros((2, 100, 100), np.float32)
    guidance[:, 0, 0] = 1.0
    trace = figures.scatter_figure(guidance, ("a", "b"), "c", "m").data[0]
    places = [place for place, _ in trace.colorscale]
    middle = trace.zmin + places[len(places) // 2] * (trace.zmax - trace.zmin)
    assert middle == pytest.approx(np.sqrt(trace.zmax), rel=1e-3)


def test_an_empty_view_has_a_trace_for_patches() -> None:
    assert len(heatmaps.empty_figure().data) == 1
    assert len(figures.zoom_figure(SCALE).data) == 1
    assert figures.zoom_rgb_figure().data[0].type == "image"


def test_no_figure_carries_plotlys_default_template(gradients: np.ndarray) -> None:
    for figure in (heatmaps.empty_figure(), heatmaps.image_figure(gradients[0], "c"), figures.zoom_figure()):
        assert len(json.dumps(sent(figure)["layout"])) < 1000
