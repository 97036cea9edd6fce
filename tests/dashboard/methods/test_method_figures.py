"""The figures of the Methods page against the layers, losses and fields that they show."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from dashboard.methods.architecture_figure import architecture_figure, columns_of, drawn, smallest_width
from dashboard.methods.architecture_layout import arrange
from dashboard.methods.figures import changes, field_figure, loss_figure
from models import Architecture, Layer, create_model, describe, get_method, list_models, method_card

METHODS = [spec.id for spec in list_models()]
TRAINED = [spec.id for spec in list_models() if spec.trained]


def architecture(method: str) -> Architecture:
    return describe(create_model(method, pretrained=False), get_method(method).sources)


@pytest.mark.parametrize("method", METHODS)
def test_every_layer_is_a_box_and_every_connection_a_line(method: str) -> None:
    found = architecture(method)
    figure = architecture_figure(found)
    shapes = [shape.to_plotly_json() for shape in figure.layout.shapes]
    boxes = [shape for shape in shapes if shape["type"] == "rect"]
    assert len(boxes) == len(found.layers) + 1  # and the fused image
    assert sum(shape["type"] == "path" for shape in shapes) == len(found.edges) + 1
    assert figure.data[0].text == (*[layer.label for layer in drawn(found).layers],)
    assert figure.data[0].text[-1] == "fused"
    assert figure.data[1].text[2:-1] == (*[str(layer.channels) for layer in found.layers[2:]],)
    assert figure.layout.xaxis.ticktext[-1] == f"{2 * (found.reach or 0) + 1}×{2 * (found.reach or 0) + 1}"
    for one, other in itertools.combinations(boxes, 2):
        apart = one["x1"] <= other["x0"] or other["x1"] <= one["x0"]
        assert apart or one["y1"] <= other["y0"] or other["y1"] <= one["y0"]


@pytest.mark.parametrize("method", METHODS)
def test_a_drawing_goes_from_left_to_right_and_stays_in_its_picture(method: str) -> None:
    found = drawn(architecture(method))
    drawing = arrange(found)
    for (source, target), line in zip(found.edges, drawing.lines, strict=True):
        assert (line[0], line[-1]) == (drawing.boxes[source], drawing.boxes[target])
        assert [x for x, _ in line] == list(range(int(line[0][0]), int(line[-1][0]) + 1))
    figure = architecture_figure(architecture(method))
    low, high = sorted(figure.layout.yaxis.range)
    left, right = figure.layout.xaxis.range
    for x, y in drawing.boxes:
        assert low < y < high
        assert left < x < right


def test_the_height_follows_the_rows_and_the_width_the_columns() -> None:
    plain, deep = architecture("weighted_averaging"), architecture("deeppedestrian")
    assert (
        architecture_figure(plain).layout.height
        < 160
        < architecture_figure(architecture("funfusean")).layout.height
    )
    assert columns_of(plain) == 3  # sources, rule, fused image
    assert smallest_width(deep) > 2 * smallest_width(plain)


def test_several_rules_are_told_apart() -> None:
    labels = [layer.label for layer in drawn(architecture("funfusean")).layers if layer.kind == "rule"]
    assert labels == ["ƒ₁", "ƒ₂"]
    assert [layer.label for layer in drawn(architecture("weighted_averaging")).layers][2] == "ƒ"


def test_what_is_no_window_is_said_and_has_no_tick() -> None:
    layers = (Layer("x₁", "source", "x₁", channels=1), Layer("net", "other", "Net", reach=None, inputs=(0,)))
    figure = architecture_figure(Architecture(layers, False))
    assert [text.endswith("receptive field the whole image") for text in figure.data[0].hovertext] == [
        False,
        True,
        True,
    ]
    assert figure.layout.xaxis.ticktext == ("1×1",)


@pytest.mark.parametrize("method", TRAINED)
def test_the_curves_are_the_cards_losses(method: str) -> None:
    losses = method_card(method)["losses"]
    figure = loss_figure(losses)
    traces = {(trace.yaxis, trace.name): trace for trace in figure.data}
    assert len(traces) == 8  # both terms of both sources, training and held-out
    for axis, term in (("y", "ssim"), ("y2", "mse")):
        for k, source in enumerate("₁₂"):
            for part, said in (("training", "training"), ("held_out", "held-out")):
                trace = traces[axis, f"x{source} {said}"]
                assert list(trace.x) == [row["step"] for row in losses]
                assert list(trace.y) == [row[part][f"{term}{k + 1}"] for row in losses]
    # an axis without two ticks cannot be read, and Plotly places its title at infinity
    low, high = figure.layout.yaxis2.range
    ticks = np.log10(figure.layout.yaxis2.tickvals)
    assert np.count_nonzero((low <= ticks) & (ticks <= high)) >= 2
    errors = [value for trace in figure.data if trace.yaxis == "y2" for value in trace.y]
    assert low < np.log10(min(errors))
    assert np.log10(max(errors)) < high


def test_where_the_recipe_changes() -> None:
    rows = [
        {"step": 10, "lambda": 0.2, "stage": "crops"},
        {"step": 20, "lambda": 0.99, "stage": "crops"},
        {"step": 40, "lambda": 0.99, "stage": "whole"},
    ]
    assert changes(rows) == [(15.0, "λ 0.2 → 0.99"), (30.0, "whole images")]
    assert changes(rows[:1]) == []


@pytest.mark.parametrize("losses", [[], [{"step": 1, "training": {"ssim1": 0.5}}]])
def test_few_losses_make_a_figure_too(losses: list[dict[str, object]]) -> None:
    assert len(loss_figure(losses).layout.yaxis2.tickvals) >= 2


def test_a_field_keeps_its_values_and_its_circles_their_radii() -> None:
    field = np.zeros((7, 7))
    field[3, 3], field[0, 0] = 4.0, 1e-9
    figure = field_figure(field, {"50 %": 1.5, "90 %": 2.75, "none": float("nan")})
    np.testing.assert_allclose(figure.data[0].z, field, rtol=1e-6)
    assert list(figure.data[0].x) == [-3, -2, -1, 0, 1, 2, 3]
    assert [(shape.x0, shape.y1) for shape in figure.layout.shapes] == [(-1.5, 1.5), (-2.75, 2.75)]
    # logarithmic: a hundredth of the largest is still a third up the scale
    places = [place for place, _ in figure.data[0].colorscale]
    assert places == sorted(places)
    assert places[11] == pytest.approx(0.01, rel=0.2)
