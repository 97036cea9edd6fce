"""Architectures as they are described against the modules: counted, hooked, probed and evaluated."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models import create_model, describe, get_method, list_models, receptive_field
from models.networks.funfusean import FunFuseAn
from tests.models.methods import METHODS, random_method


@pytest.mark.parametrize("method", METHODS)
def test_parameters_reach_and_channels_are_the_modules(method: str) -> None:
    spec, model = get_method(method), create_model(method, pretrained=False)
    found = describe(model, spec.sources)
    assert found.traced
    assert sum(layer.parameters for layer in found.layers) == spec.parameters
    assert found.reach == receptive_field(random_method(method)).radius
    assert [layer.kind for layer in found.layers[: spec.sources]] == ["source"] * spec.sources
    assert all(source < number for source, number in found.edges)
    assert found.layers[-1].channels == 1
    # what a forward pass gives to and takes from every convolution
    seen: list[tuple[str, int, int]] = []
    for path, module in model.named_modules():
        if isinstance(module, nn.Conv2d):
            module.register_forward_hook(
                lambda _m, given, made, path=path: seen.append((path, given[0].shape[1], made.shape[1]))
            )
    model(*[torch.rand(1, 1, 12, 12) for _ in range(spec.sources)])
    drawn = [(x.name, x.channels_in, x.channels) for x in found.layers if x.kind == "convolution"]
    assert sorted(drawn) == sorted(seen)


def test_every_layer_feeds_another_but_the_last() -> None:
    for spec in list_models():
        found = describe(create_model(spec.id, pretrained=False), spec.sources)
        feeding = {source for source, _ in found.edges}
        assert feeding == set(range(len(found.layers) - 1)), spec.id


def test_tied_weights_count_once() -> None:
    layers = describe(create_model("deepfuse", pretrained=False)).layers
    twice = [layer for layer in layers if layer.name == "encode.0.0"]
    assert [layer.tied for layer in twice] == [False, True]
    assert [layer.parameters > 0 for layer in twice] == [True, False]


def test_norm_and_activation_stand_with_their_layer() -> None:
    layers = describe(create_model("funfusean", pretrained=False)).layers
    assert layers[2].then == ("batch norm", "leaky ReLU 0.2")
    assert layers[-1].then == ("tanh",)
    pedestrian = describe(create_model("deeppedestrian", pretrained=False)).layers
    # behind the stem the value goes two ways, so the activation of one of them stands alone
    assert "activation" in {layer.kind for layer in pedestrian}


def python_of(text: str) -> str:
    signs = {"·": "*", "−": "-", "²": "**2", "x₁": "x1", "x₂": "x2", " = ": " == "}
    for sign, code in signs.items():
        text = text.replace(sign, code)
    return text


@pytest.mark.parametrize("method", ["weighted_averaging", "weighted_averaging_fixed"])
def test_a_formula_computes_what_the_module_does(method: str) -> None:
    model = create_model(method)
    text = describe(model).layers[-1].detail
    x1, x2 = np.random.default_rng(1).random((2, 5, 5))
    with np.errstate(invalid="ignore"):
        value = eval(python_of(text), {"where": np.where, "frozen": lambda x: x, "x1": x1, "x2": x2})
    expected = model(*[torch.from_numpy(image)[None, None] for image in (x1, x2)])[0, 0]
    np.testing.assert_allclose(value, expected, rtol=1e-12)


def test_the_fusion_rule_as_a_formula() -> None:
    model = FunFuseAn().eval()
    rule = next(layer for layer in describe(model).layers if layer.kind == "rule")
    h1, h2 = torch.randn(2, 1, 64, 3, 3)
    code = python_of(rule.detail).replace("high1.2", "h1").replace("high2.2", "h2")
    value = eval(code, {"max": torch.maximum, "h1": h1, "h2": h2})
    torch.testing.assert_close(value, model.combine(h1, h2))


class Mixed(nn.Module):
    """A stride, an upsampling, a norm over the image, and weights that are no module."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.up = nn.Upsample(scale_factor=2)
        self.norm = nn.InstanceNorm2d(4)
        self.wide = nn.Conv2d(4, 1, 3, padding=2, dilation=2)
        self.scale = nn.Parameter(torch.ones(1, 1, 1, 1))

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return self.wide(self.norm(self.up(self.down(torch.cat((x1, x2), 1))))) * self.scale


class Untraceable(nn.Module):
    """Asks for a value while it runs."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.act, self.last = nn.Conv2d(2, 3, 5, padding=2), nn.ReLU(), nn.Conv2d(3, 1, 1)

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        hidden = self.act(self.first(torch.cat((x1, x2), 1)))
        return self.last(hidden) if hidden.sum() >= 0 else hidden


def test_what_is_no_window_says_so() -> None:
    found = describe(Mixed().eval())
    assert found.reach is None
    kinds = [layer.kind for layer in found.layers]
    assert kinds[2:] == ["concatenation", "convolution", "upsampling", "normalisation", "convolution", "rule"]
    assert found.layers[3].detail == "convolution 3×3, stride 2"
    assert [layer.channels for layer in found.layers] == [1, 1, 2, 4, 4, 4, 1, 1]


def test_a_module_that_cannot_be_traced_is_watched() -> None:
    model = Untraceable().eval()
    found = describe(model)
    assert not found.traced
    assert found.reach is None
    assert [(layer.name, layer.then) for layer in found.layers[2:]] == [("first", ("ReLU",)), ("last", ())]
    assert sum(layer.parameters for layer in found.layers) == sum(p.numel() for p in model.parameters())
    assert found.edges == ((0, 2), (1, 2), (2, 3))


class Broken(nn.Module):
    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        raise RuntimeError("no" if x1.sum() > 0 else "never")


def test_a_module_that_cannot_run_is_refused() -> None:
    with pytest.raises(ValueError, match="neither be traced nor run: never"):
        describe(Broken())
