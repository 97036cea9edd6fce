"""The losses of a network as it is used: evaluation mode, whole images."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from models.training.data import Pair
from models.training.losses import loss_terms


def spread(pairs: Sequence[Pair], count: int) -> list[Pair]:
    """`count` pairs evenly spread over the sequence, or all of them where there are fewer."""
    if len(pairs) <= count:
        return list(pairs)
    return [pairs[(2 * k + 1) * len(pairs) // (2 * count)] for k in range(count)]


def spread_over_folders(pairs: Sequence[Pair], count: int) -> list[Pair]:
    """`spread` within each folder: `count` pairs of each, so that none is drowned by a large one."""
    folders = dict.fromkeys(pair.folder for pair in pairs)
    return [pair for f in folders for pair in spread([p for p in pairs if p.folder == f], count)]


def _mean(rows: Sequence[dict[str, float]]) -> dict[str, float]:
    """The mean of each key over the rows that have it."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row[name] for row in rows if name in row] for name in names}
    return {name: sum(column) / len(column) for name, column in columns.items()}


@torch.no_grad()
def _evaluate_each(model: nn.Module, pairs: Sequence[Pair], device: torch.device) -> list[dict[str, float]]:
    modes = {module: module.training for module in model.modules()}
    model.eval()
    rows = []
    for pair in pairs:
        images = torch.from_numpy(pair.sources)[:, None, None].to(device)
        fused = model(images[0], images[1])
        row = {name: float(value) for name, value in loss_terms(images[0], images[1], fused).items()}
        empty = (images == 0).all(dim=0)
        if empty.any():
            row["background"] = float(fused[empty].abs().mean())
        rows.append(row)
    for module, mode in modes.items():
        module.training = mode
    return rows


def evaluate(model: nn.Module, pairs: Sequence[Pair], device: torch.device) -> dict[str, float]:
    """Mean loss terms over whole images in evaluation mode; the module's mode is restored.

    Returns:
        `ssim1` and `ssim2` (1−SSIM with each source), `mse1`, `mse2`, and `background`: the mean
        of |y| where both sources are exactly 0, over the images that have such pixels. Empty
        without pairs.
    """
    return _mean(_evaluate_each(model, pairs, device))


def evaluate_by_folder(
    model: nn.Module, pairs: Sequence[Pair], device: torch.device
) -> dict[str, dict[str, float]]:
    """`evaluate` for each folder by itself, and for `all` pairs together; empty without pairs."""
    if not pairs:
        return {}
    rows = _evaluate_each(model, pairs, device)
    out = {
        folder: _mean([row for row, pair in zip(rows, pairs, strict=True) if pair.folder == folder])
        for folder in dict.fromkeys(pair.folder for pair in pairs)
    }
    return out | {"all": _mean(rows)}


@torch.no_grad()
def added_brightness(model: nn.Module, pairs: Sequence[Pair], device: torch.device) -> float:
    """How much brighter the fused image is than both sources: the mean of max(0, y − max(x1, x2)).

    The brightness artefact of a network trained on structure alone, in units of the sources' [0, 1]; 0
    where no pixel is brighter than the brighter source. Whole images; the model is in evaluation mode.
    """
    added = []
    for pair in pairs:
        images = torch.from_numpy(pair.sources)[:, None, None].to(device)
        added.append(float((model(*images) - images.amax(dim=0)).clamp(min=0).mean()))
    return sum(added) / len(added)
