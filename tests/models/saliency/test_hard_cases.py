"""Never a wrong number: kinds of modules that fool probes, against whole-image autograd in float64."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from models import guidance, influence, jacobian
from models.saliency.engine.analysis import analyse
from models.saliency.engine.guard import guard_report
from models.saliency.jacobian import full_windows
from tests.models.methods import embed
from tests.models.saliency.hard_cases import HARD_CASES, FewPixels, HardCase, LargeImages, LateTable


def built(case: HardCase) -> tuple[nn.Module, np.ndarray, float]:
    """The module, a pair of images in its type, and what is float noise there."""
    torch.manual_seed(0)
    if case.single:
        return case.build().eval(), images(case).astype(np.float32), 1e-6
    return case.build().double().eval(), images(case), 1e-10


def row(model: nn.Module, sources: np.ndarray, pixel: tuple[int, int]) -> np.ndarray:
    """The oracle, in the type of the sources."""
    leaves = [torch.from_numpy(image)[None, None].requires_grad_() for image in sources]
    found = torch.autograd.grad(model(*leaves)[0, 0][pixel], leaves, allow_unused=True)
    return np.stack([np.zeros_like(sources[0]) if part is None else part[0, 0].numpy() for part in found])


def images(case: HardCase) -> np.ndarray:
    """A pair with a black background and flat parts, noise in the middle."""
    sources = np.random.default_rng(3).random((2, *case.size))
    sources[:, : case.size[0] // 4] = 0
    sources[:, :, -case.size[1] // 5 :] = 0.5
    return sources


def pixels(shape: tuple[int, int]) -> list[tuple[int, int]]:
    """Corners, both parities of rows and columns in the middle, and random ones."""
    height, width = shape
    corners = [(0, 0), (0, width - 1), (height - 1, 0), (height - 1, width - 1)]
    middle = [(height // 2 + a, width // 2 + b) for a in range(4) for b in range(4)]
    random = np.random.default_rng(8).integers(shape, size=(12, 2))
    return [*corners, *middle, *((int(y), int(x)) for y, x in random)]


@pytest.mark.parametrize("case", HARD_CASES, ids=lambda case: case.name)
def test_jacobians_are_those_of_the_whole_image(case: HardCase) -> None:
    model, sources, noise = built(case)
    for pixel in pixels(case.size):
        found = jacobian(model, sources, pixel)
        whole = row(model, sources, pixel)
        assert np.abs(whole).max() > 0 or not found.values.any()
        difference = np.abs(embed(found.values, found.origin, case.size) - whole).max()
        assert difference <= noise * np.abs(whole).max(), pixel
    if case.path:
        assert analyse(model, 2).path == case.path


@pytest.mark.parametrize("case", HARD_CASES, ids=lambda case: case.name)
def test_guidance_is_the_diagonal(case: HardCase) -> None:
    model, sources, noise = built(case)
    if case.build not in (LargeImages, LateTable, FewPixels):  # which are other ones on large images
        sources = sources[:, 12:36, 8:36].copy()
    found = guidance(model, sources)
    for y, x in pixels(sources.shape[1:]):
        np.testing.assert_allclose(found[:, y, x], row(model, sources, (y, x))[:, y, x], atol=noise)


@pytest.mark.parametrize("case", HARD_CASES, ids=lambda case: case.name)
def test_columns_are_those_of_the_whole_image(case: HardCase) -> None:
    model, sources, noise = built(case)
    height, width = case.size
    for y, x in [(0, 0), (height // 2, width // 2 + 1), (height - 20, 3)]:
        found = influence(model, sources, (y, x))
        for k in range(2):
            direction = torch.zeros(1, 1, *case.size, dtype=torch.from_numpy(sources).dtype)
            direction[..., y, x] = 1
            images = [torch.from_numpy(image)[None, None] for image in sources]
            changes = [direction if number == k else torch.zeros_like(direction) for number in range(2)]
            _, whole = torch.autograd.functional.jvp(model, tuple(images), tuple(changes))
            column = embed(found.values, found.origin, case.size)[k]
            np.testing.assert_allclose(column, whole[0, 0].numpy(), atol=max(noise, 1e-9))


def counted(case_of: type[nn.Module], pixel: tuple[int, int]) -> tuple[int, int]:
    """Pixels that a Jacobian has the guard check, and of these the refused ones."""
    case = next(case for case in HARD_CASES if case.build is case_of)
    model, sources, _ = built(case)
    assert analyse(model, 2).path != "whole image", "no probe looks there"
    jacobian(model, sources, pixel)
    found = guard_report(model)
    return found.checked, found.refused


def test_the_guard_counts_what_the_whole_image_had_to_answer() -> None:
    assert counted(LargeImages, (20, 20)) == (1, 1)
    assert counted(FewPixels, (150, 3)) == (1, 1)
    assert counted(FewPixels, (150, 20)) == (1, 0)
    assert counted(FewPixels, (20, 3)) == (1, 0)


def test_a_window_that_lacks_something_is_no_row_of_a_whole_jacobian() -> None:
    case = next(case for case in HARD_CASES if case.build is FewPixels)
    model, sources, _ = built(case)
    assert full_windows(model, sources, [(20, 3)]).shape[0] == 1
    with pytest.raises(ValueError, match=r"At \(150, 3\) the method depends on more than its window"):
        full_windows(model, sources, [(20, 3), (150, 3)])
