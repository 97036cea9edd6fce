"""One step of training and what surrounds it: the network, its batch-norm modes and statistics.

Knows nothing of checkpoints, cards or how long a run is.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn, optim

from models.registry import get_method
from models.training.augment import batch
from models.training.data import Pair
from models.training.evaluate import spread
from models.training.losses import fusion_loss, loss_terms
from models.training.precision import Precision
from models.training.recipe import Recipe

_SETTLE_IMAGES = 48


def prepare_backend() -> None:
    """Make this process compute reproducibly, and fast on black background.

    Numbers below 1e-38 count as 0: black background is full of them, and a CPU handles them so
    slowly that a training step takes six times as long. Threads inherit the setting when they
    start, so call it before the first computation.
    """
    torch.set_flush_denormal(True)
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.deterministic = True


def build(method_id: str, seed: int, device: torch.device) -> nn.Module:
    """The untrained network of a method, its weights drawn from `seed`."""
    torch.manual_seed(seed)
    model = get_method(method_id).factory()
    # channels-last convolutions are up to twice as fast on a CPU, with the same result
    return model.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]


def _norms(model: nn.Module) -> list[nn.BatchNorm2d]:
    return [module for module in model.modules() if isinstance(module, nn.BatchNorm2d)]


def set_mode(model: nn.Module, frozen: bool) -> None:
    """Training mode, with batch-norm statistics that are `frozen` or not."""
    model.train()
    for norm in _norms(model):
        norm.train(not frozen)


@torch.no_grad()
def settle_statistics(model: nn.Module, pairs: Sequence[Pair], device: torch.device) -> None:
    """Replace batch-norm statistics by their plain mean over whole training images."""
    norms = _norms(model)
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # cumulative average
    set_mode(model, frozen=False)
    for pair in spread(pairs, _SETTLE_IMAGES):
        images = torch.from_numpy(pair.sources)[:, None, None].to(device)
        model(images[0], images[1])
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum


def train_step(
    model: nn.Module,
    optimizer: optim.Optimizer,
    pairs: Sequence[Pair],
    recipe: Recipe,
    step: int,
    precision: Precision,
) -> float:
    """Step number `step` of the recipe, in place; returns its loss."""
    whole = recipe.in_whole_stage(step)
    count = 1 if whole else recipe.batch
    size = None if whole else recipe.crop
    device = next(model.parameters()).device
    first = recipe.first_sample(step)
    images = batch(pairs, recipe.seed, first, count, size, recipe.augment).to(device)
    x1, x2 = images[:, :1], images[:, 1:]
    for group in optimizer.param_groups:
        group["lr"] = recipe.rate_at(step)
    optimizer.zero_grad(set_to_none=True)
    with precision.context():
        fused = model(x1, x2)
    loss = fusion_loss(loss_terms(x1, x2, fused.float(), border=True), recipe.weights_at(step))
    precision.step(loss, model, optimizer, recipe.clip)
    return float(loss.detach())
