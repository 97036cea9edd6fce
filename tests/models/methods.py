"""Methods with random but lively weights, for tests of exactness that must not wait for training."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from models import create_model, list_models

METHODS = tuple(spec.id for spec in list_models())


@lru_cache
def random_method(method_id: str) -> nn.Module:
    """The method in float64 and evaluation mode; batch statistics are those of random images.

    One instance for all tests, which remembers its analysis: copy it before changing it.
    """
    torch.manual_seed(7)
    return lively(create_model(method_id, pretrained=False))


def lively(model: nn.Module) -> nn.Module:
    """Settle batch norm on random images so that no rectifier is dead everywhere."""
    generator = torch.Generator().manual_seed(3)
    images = [torch.rand((2, 1, 40, 40), generator=generator) for _ in range(2)]
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            layer.momentum = None
    with torch.no_grad():
        model.train()(*images)
    return model.eval().double()


def autograd_row(
    model: nn.Module, sources: NDArray[np.floating], pixel: tuple[int, int]
) -> NDArray[np.floating]:
    """The oracle: ∂y(pixel)/∂x over the whole image (K, H, W), by plain autograd."""
    leaves = [torch.tensor(image, dtype=torch.float64)[None, None].requires_grad_() for image in sources]
    value = model(*leaves)[0, 0, pixel[0], pixel[1]]
    return np.stack([part[0, 0].numpy() for part in torch.autograd.grad(value, leaves)])


def embed(
    values: NDArray[np.floating], origin: tuple[int, int], shape: tuple[int, int]
) -> NDArray[np.floating]:
    """A window's values in an image of zeros."""
    image = np.zeros((len(values), *shape))
    y, x = origin
    image[:, y : y + values.shape[1], x : x + values.shape[2]] = values
    return image


def scene(height: int, width: int, seed: int = 0) -> NDArray[np.float64]:
    """Random sources (2, H, W) with a black background in one corner, as scans have."""
    sources = np.random.default_rng(seed).random((2, height, width))
    sources[:, : height // 3, : width // 2] = 0
    return sources
