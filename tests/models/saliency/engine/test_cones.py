"""Cones of small networks of many traits, against autograd of the whole image in float64."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch
from torch import nn

from models.saliency.engine.analysis import analyse, cone_rows
from models.saliency.engine.cones import ConeNetwork
from models.saliency.engine.graph import UnsupportedNetworkError, trace
from models.saliency.engine.slope_maps import SlopeMaps, Watch, gradients_at
from tests.models.saliency.engine.traits import REFUSED, WITH_CONES, Trait

_SHAPE = (23, 26)
_PIXELS = [
    *((0, 0), (0, 25), (22, 0), (22, 25), (0, 11), (12, 0), (22, 7), (9, 25)),
    *((1, 1), (2, 3), (3, 20), (20, 22), (11, 13), (6, 6), (16, 17)),
]


def _network(name: str) -> tuple[Trait, ConeNetwork]:
    torch.manual_seed(len(name))
    model = Trait({**WITH_CONES, **REFUSED}[name]).double().eval()
    return model, ConeNetwork.of(trace(model, 2), 2)


def _jacobian(model: nn.Module, sources: np.ndarray) -> np.ndarray:
    """(pixels, K, H, W) by autograd."""
    leaves = [torch.from_numpy(image)[None, None].requires_grad_() for image in sources]
    fused = model(*leaves)[0, 0]
    rows = []
    for y, x in _PIXELS:
        found = torch.autograd.grad(fused[y, x], leaves, retain_graph=True, allow_unused=True)
        rows.append([np.zeros(_SHAPE) if part is None else part[0, 0].numpy() for part in found])
    return np.array(rows)


def _sources(name: str) -> np.ndarray:
    return np.random.default_rng(len(name)).random((2, *_SHAPE))


@pytest.mark.parametrize("name", WITH_CONES)
def test_rows_equal_autograd(name: str) -> None:
    model, cones = _network(name)
    sources, radius = _sources(name), cones.radius
    fused, rows = cone_rows(cones, sources, _PIXELS, radius, torch.device("cpu"), torch.float64)
    expected = _jacobian(model, sources)
    assert np.abs(expected).max() > 1e-6
    images = [torch.from_numpy(image)[None, None] for image in sources]
    whole = model(*images)[0, 0].detach().numpy()
    np.testing.assert_allclose(fused, [whole[pixel] for pixel in _PIXELS], rtol=0, atol=1e-11)
    for (y, x), row, exact in zip(_PIXELS, rows, expected, strict=True):
        padded = np.zeros((2, _SHAPE[0] + 2 * radius, _SHAPE[1] + 2 * radius))
        padded[:, y : y + 2 * radius + 1, x : x + 2 * radius + 1] = row
        found = padded[:, radius : radius + _SHAPE[0], radius : radius + _SHAPE[1]]
        assert np.abs(found - exact).max() <= 1e-10 * np.abs(exact).max()


@pytest.mark.parametrize("name", WITH_CONES)
def test_diagonal_equals_autograd(name: str) -> None:
    model, cones = _network(name)
    sources = _sources(name)
    expected = _jacobian(model, sources)
    wanted = np.zeros(_SHAPE, bool)
    for pixel in _PIXELS:
        wanted[pixel] = True
    watch = Watch(len(_PIXELS), None, None)
    found = {}
    for where, parts, _ in gradients_at(
        cones, torch.from_numpy(sources), wanted, cones.diagonal_reach, watch
    ):
        middle = [part[:, 0, part.shape[-2] // 2, part.shape[-1] // 2] for part in parts]
        for number, (y, x) in enumerate(where):
            found[int(y), int(x)] = [float(part[number]) for part in middle]
    for (y, x), exact in zip(_PIXELS, expected, strict=True):
        np.testing.assert_allclose(found[y, x], exact[:, y, x], rtol=0, atol=1e-10 * np.abs(exact).max())


@pytest.mark.parametrize("name", WITH_CONES)
def test_responses_are_the_transpose(name: str) -> None:
    """Changes of the sources, pushed forward, equal the whole image's derivative in their direction."""
    model, cones = _network(name)
    sources = _sources(name)
    reach = max(cones.value_reach(cones.backward_reach))
    pad = (reach,) * 4
    padded = nn.functional.pad(torch.from_numpy(sources), pad)
    image = nn.functional.pad(torch.ones((1, *_SHAPE), dtype=torch.float64), pad)
    with torch.no_grad():
        maps = SlopeMaps(cones, padded, image, cones.backward_reach)
    for top, left in ((0, 0), (19, 20), (0, 21), (9, 11)):
        tangent = np.zeros((2, *_SHAPE))
        box = (slice(None), slice(top, top + 4), slice(left, left + 5))
        tangent[box] = np.random.default_rng(top).normal(size=(2, 4, 5))
        with torch.no_grad():
            found = maps.responses(torch.from_numpy(tangent[box])[None], (top, left))[0].numpy()
        exact = (
            torch.func.jvp(
                lambda *images: model(*images),
                tuple(torch.from_numpy(part)[None, None] for part in sources),
                tuple(torch.from_numpy(part)[None, None] for part in tangent),
            )[1][0, 0]
            .detach()
            .numpy()
        )
        wide = (found.shape[0] - 4) // 2
        canvas = np.zeros((_SHAPE[0] + 2 * wide, _SHAPE[1] + 2 * wide))
        canvas[top : top + found.shape[0], left : left + found.shape[1]] = found
        inner = canvas[wide : wide + _SHAPE[0], wide : wide + _SHAPE[1]]
        assert np.abs(inner - exact).max() <= 1e-10 * np.abs(exact).max()


@pytest.mark.parametrize("name", WITH_CONES)
def test_is_answered_by_cones(name: str) -> None:
    model, _ = _network(name)
    analysis = analyse(copy.deepcopy(model), 2)
    assert analysis.path == "cones"
    assert analysis.difference <= 1e-10


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_known_is_refused_by_name(name: str) -> None:
    with pytest.raises(UnsupportedNetworkError):
        _network(name)


def test_tracing_leaves_nothing_on_the_module() -> None:
    model, _ = _network("kept activations")
    assert model.features is None
    assert model.history == []
