"""The Jacobian against whole-image autograd in float64, for every method."""

from __future__ import annotations

from copy import deepcopy

import numpy as np
import pytest
import torch
from torch import nn

from models import PixelError, fuse, jacobian, jacobians, receptive_field
from models.networks.weighted_averaging import WeightedAveraging
from tests.models.methods import METHODS, autograd_row, embed, lively, random_method, scene

SHAPE = (45, 52)
CORNERS = [(0, 0), (0, 51), (44, 0), (44, 51)]
BORDERS = [(0, 20), (3, 51), (44, 30), (17, 1)]
INSIDE = [(22, 26), (30, 11)]


@pytest.mark.parametrize("method", METHODS)
def test_equals_whole_image_autograd(method: str) -> None:
    model, sources = random_method(method), scene(*SHAPE)
    for pixel in CORNERS + BORDERS + INSIDE:
        found = jacobian(model, sources, pixel)
        whole = autograd_row(model, sources, pixel)
        assert np.abs(whole).max() > 0
        difference = np.abs(embed(found.values, found.origin, SHAPE) - whole).max()
        assert difference <= 1e-10 * np.abs(whole).max(), (pixel, difference)


@pytest.mark.parametrize("method", METHODS)
def test_support_lies_inside_the_window_and_reaches_its_rim(method: str) -> None:
    model = random_method(method)
    radius = receptive_field(model).radius
    assert radius is not None
    size = 2 * radius + 9
    sources = np.random.default_rng(5).random((2, size, size))
    support = np.abs(autograd_row(model, sources, (size // 2, size // 2))).max(0) > 0
    ys, xs = np.nonzero(support)
    assert np.abs(ys - size // 2).max() == np.abs(xs - size // 2).max() == radius


@pytest.mark.parametrize("method", METHODS)
def test_a_batch_equals_its_members_and_carries_the_fused_value(method: str) -> None:
    model, sources = random_method(method), scene(*SHAPE)
    fused = fuse(model, sources)
    pixels = [*CORNERS, *INSIDE]
    for pixel, found in zip(pixels, jacobians(model, sources, pixels), strict=True):
        alone = jacobian(model, sources, pixel)
        assert found.origin == alone.origin
        assert found.pixel == pixel
        np.testing.assert_allclose(found.values, alone.values, rtol=1e-9, atol=1e-15)
        assert found.fused == pytest.approx(fused[pixel], rel=1e-10)


def test_float32_model_answers_in_float32() -> None:
    model = deepcopy(random_method("masknet")).float()
    sources = scene(*SHAPE).astype(np.float32)
    found = jacobian(model, sources, (20, 40))
    whole = autograd_row(random_method("masknet"), sources, (20, 40))
    assert found.values.dtype == np.float32
    difference = np.abs(embed(found.values, found.origin, SHAPE) - whole).max()
    assert difference <= 2e-5 * np.abs(whole).max()


def test_closed_form_of_weighted_averaging() -> None:
    sources = np.array([[[0.2, 0.0, 0.7]], [[0.8, 0.0, 0.0]]])
    x1, x2 = sources[:, 0, 0]
    found = jacobian(WeightedAveraging().eval(), sources, (0, 0)).values.ravel()
    expected = [(x1**2 + 2 * x1 * x2 - x2**2), (x2**2 + 2 * x1 * x2 - x1**2)]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert found[0] == pytest.approx(-0.28)
    np.testing.assert_array_equal(
        jacobian(WeightedAveraging().eval(), sources, (0, 1)).values.ravel(), [0.5, 0.5]
    )


def test_window_is_clipped_at_the_border() -> None:
    model, sources = random_method("masknet"), scene(*SHAPE)
    found = jacobian(model, sources, (2, 50))
    assert found.origin == (0, 42)
    assert found.values.shape == (2, 11, 10)


@pytest.mark.parametrize("pixel", [(-1, 0), (0, 52), (45, 0), (999, 3)])
def test_a_pixel_outside_is_refused(pixel: tuple[int, int]) -> None:
    with pytest.raises(PixelError, match=r"expected y: 0…44, x: 0…51"):
        jacobian(random_method("weighted_averaging"), scene(*SHAPE), pixel)


@pytest.mark.parametrize(
    ("sources", "sentence"),
    [
        (np.zeros((4, 4)), "expected a floating numpy array"),
        (np.zeros((2, 4, 4), np.uint8), "expected a floating numpy array"),
        (np.full((2, 4, 4), np.nan), "NaN"),
    ],
)
def test_bad_sources_are_refused(sources: np.ndarray, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        jacobian(WeightedAveraging().eval(), sources, (0, 0))


def test_a_model_in_training_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="training mode"):
        jacobian(deepcopy(random_method("masknet")).train(), scene(*SHAPE), (0, 0))


def test_a_wrong_number_of_sources_is_refused() -> None:
    three = np.random.default_rng(0).random((3, 8, 8))
    for function in (fuse, lambda model, sources: jacobian(model, sources, (0, 0))):
        with pytest.raises(ValueError, match="There are 3 sources; expected the 2 that the method takes"):
            function(random_method("deepfuse"), three)


class Odd(nn.Module):
    """Everything that the cone engine must get right in one network: skips, groups, dilation,
    convolutions behind each other, reuse, arithmetic rules, an in-place activation, a stored factor."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(1, 4, 3, padding=1)
        self.grouped = nn.Conv2d(4, 4, 3, padding=1, groups=2)
        self.dilated = nn.Conv2d(8, 4, 3, padding=2, dilation=2)
        self.behind = nn.Conv2d(4, 4, 5, padding="same", bias=False)
        self.norm = nn.BatchNorm2d(4)
        self.act = nn.ReLU(inplace=True)
        self.last = nn.Conv2d(8, 1, 1)
        self.factor = nn.Parameter(torch.full((1, 4, 1, 1), 1.5))

    def forward(self, x1: torch.Tensor, x2: torch.Tensor) -> torch.Tensor:
        a, b = self.first(x1), self.first(x2)
        c = torch.cat([self.grouped(torch.tanh(a)), b * self.factor], dim=1)
        d = self.behind(self.dilated(c))
        e = self.norm(torch.maximum(a, b) * torch.sigmoid(d) + 0.1 * b * b)
        return torch.tanh(self.last(torch.cat((self.act(e), d - a), 1))) + 0.2 * x2


class Strided(nn.Module):
    """Local, and the same under shifts by two pixels only."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.Conv2d(2, 4, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(4, 1, 4, stride=2, padding=1)

    def forward(self, x1: torch.Tensor, x2: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(self.up(torch.relu(self.down(torch.cat((x1, x2), 1)))))


class Global(nn.Module):
    """Every fused pixel looks at the whole image."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 3, padding=1)
        self.norm = nn.InstanceNorm2d(1, affine=True)

    def forward(self, x1: torch.Tensor, x2: torch.Tensor) -> torch.Tensor:
        return self.norm(self.conv(torch.cat((x1, x2), 1)))


class Branching(nn.Module):
    """Local, but its control flow cannot be traced: crops and the lattice must do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, 5, padding=2)

    def forward(self, x1: torch.Tensor, x2: torch.Tensor) -> torch.Tensor:
        fused = self.conv(torch.cat((x1, x2), 1))
        return torch.tanh(fused) if x1.shape[0] > 0 else fused


OTHERS = {"odd": (Odd, 6), "strided": (Strided, 3), "global": (Global, None), "branching": (Branching, 2)}


@pytest.fixture(params=OTHERS)
def other(request: pytest.FixtureRequest) -> tuple[nn.Module, int | None]:
    torch.manual_seed(11)
    build, radius = OTHERS[request.param]
    return lively(build()), radius


def test_any_network_gets_the_path_that_is_exact_for_it(other: tuple[nn.Module, int | None]) -> None:
    model, radius = other
    assert receptive_field(model).radius == radius
    sources = scene(24, 28)
    for pixel in [(0, 0), (23, 27), (11, 13), (12, 14), (5, 27)]:
        found = jacobian(model, sources, pixel)
        whole = autograd_row(model, sources, pixel)
        difference = np.abs(embed(found.values, found.origin, (24, 28)) - whole).max()
        assert difference <= 1e-10 * np.abs(whole).max()


def test_a_method_without_gradient_is_refused() -> None:
    class Frozen(nn.Module):
        def forward(self, x1: torch.Tensor, x2: torch.Tensor) -> torch.Tensor:
            return (x1 > x2).to(x1.dtype)

    with pytest.raises(ValueError, match="carries no gradient"):
        jacobian(Frozen().eval(), scene(8, 8), (0, 0))


def test_new_weights_are_noticed() -> None:
    model, sources = deepcopy(random_method("deepfuse")), scene(30, 30)
    before = jacobian(model, sources, (20, 20)).values
    with torch.no_grad():
        model.decode[2][0].weight.mul_(2)
    after = jacobian(model, sources, (20, 20)).values
    whole = autograd_row(model, sources, (20, 20))
    assert not np.allclose(before, after)
    np.testing.assert_allclose(after, whole[:, 8:, 8:], rtol=1e-9, atol=1e-13)
