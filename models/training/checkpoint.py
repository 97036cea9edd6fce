"""Checkpoints of a training run: safetensors for numbers, JSON for counters, nothing pickled.

`METHOD.checkpoint.json` names the tensor file that belongs to it and is replaced last, so a kill
at any moment leaves a pair that fits together.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor, nn, optim


class CheckpointError(RuntimeError):
    """A checkpoint cannot be resumed from; the message names the file and says why."""


@dataclass
class Progress:
    """The counters of a run: steps done, seconds spent, and the losses logged so far.

    `best` (JSON) and `best_weights` are those of early stop, `scaler` the loss scale of fp16.
    """

    step: int = 0
    seconds: float = 0.0
    log: list[dict[str, Any]] = field(default_factory=list)
    best: dict[str, Any] = field(default_factory=dict)
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    scaler: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, content: dict[str, Any], tensors: dict[str, Tensor]) -> Progress:
        """From what `read_checkpoint` returned."""
        best = {n.removeprefix("best."): t for n, t in tensors.items() if n.startswith("best.")}
        counters = content["step"], content["seconds"], content["log"]
        return cls(*counters, content.get("best", {}), best, content.get("scaler", {}))


def _state(model: nn.Module, optimizer: optim.Optimizer, progress: Progress) -> dict[str, Tensor]:
    tensors = {f"model.{name}": value for name, value in model.state_dict().items()}
    tensors |= {f"best.{name}": value for name, value in progress.best_weights.items()}
    for index, entries in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": value for name, value in entries.items()}
    return {name: value.detach().cpu().contiguous() for name, value in tensors.items()}


def _paths(directory: Path, method_id: str) -> tuple[Path, str]:
    return directory / f"{method_id}.checkpoint.json", f"{method_id}.checkpoint-*.safetensors"


def save_checkpoint(
    directory: Path,
    run: dict[str, Any],
    model: nn.Module,
    optimizer: optim.Optimizer,
    progress: Progress,
) -> None:
    """Write a checkpoint and drop the one before it.

    Args:
        directory: created where it is missing.
        run: what identifies the run (JSON values); `run["recipe"]["method"]` names the files.
        model: its whole state is kept, batch-norm statistics included.
        optimizer: its tensors are kept; rates follow from the step.
        progress: the counters.
    """
    card, pattern = _paths(directory, run["recipe"]["method"])
    directory.mkdir(parents=True, exist_ok=True)
    data = save(_state(model, optimizer, progress))
    tensors = directory / pattern.replace("*", f"{progress.step:07d}")
    _write(tensors, data)
    content = {
        "run": run,
        "step": progress.step,
        "seconds": progress.seconds,
        "log": progress.log,
        "best": progress.best,
        "scaler": progress.scaler,
        "tensors": tensors.name,
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    _write(card, (json.dumps(content, indent=1) + "\n").encode())
    for old in directory.glob(pattern):
        if old != tensors:
            old.unlink()


def _write(path: Path, data: bytes) -> None:
    scratch = path.with_name(f".{path.name}.part")
    scratch.write_bytes(data)
    scratch.replace(path)


def read_checkpoint(directory: Path, method_id: str) -> tuple[dict[str, Any], dict[str, Tensor]] | None:
    """The counters (with `run`) and tensors of the newest checkpoint, or None without one.

    Raises:
        CheckpointError: it is there but damaged.
    """
    card, _ = _paths(directory, method_id)
    if not card.exists():
        return None
    try:
        content = json.loads(card.read_text(encoding="utf-8"))
        data = (directory / content["tensors"]).read_bytes()
        expected = content["sha256"]
        tensors = load(data)
    except (ValueError, KeyError, TypeError, OSError, SafetensorError) as error:
        raise CheckpointError(
            f"{card}: the checkpoint is damaged ({error}); remove it to start anew."
        ) from None
    if hashlib.sha256(data).hexdigest() != expected:
        raise CheckpointError(f"{card}: the digest of its tensors differs; remove it to start anew.")
    return content, tensors


def restore(model: nn.Module, optimizer: optim.Optimizer, tensors: dict[str, Tensor]) -> None:
    """Fill model and optimizer from the tensors of `read_checkpoint`, in place."""
    model.load_state_dict({n.removeprefix("model."): t for n, t in tensors.items() if n.startswith("model.")})
    state: dict[int, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        if name.startswith("optimizer."):
            _, index, entry = name.split(".")
            state.setdefault(int(index), {})[entry] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def discard(directory: Path, method_id: str) -> None:
    """Remove the checkpoint of a method, if there is one."""
    card, pattern = _paths(directory, method_id)
    card.unlink(missing_ok=True)
    for path in directory.glob(pattern):
        path.unlink()
