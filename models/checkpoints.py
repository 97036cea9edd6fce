"""Weights on disk: a safetensors file and its JSON card, side by side in `models/weights/`.

Owns reading, writing and checking them. Nothing is ever unpickled: a safetensors file holds
numbers only. The card carries the file's SHA-256 digest, so a damaged or exchanged file is
noticed before a single number is used.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import nn

WEIGHTS_DIR = Path(__file__).parent / "weights"
_SETTLED_NS = 1_000_000_000
"""A file that changed less than this ago may change again without its times telling: clocks tick coarsely."""


class WeightsError(RuntimeError):
    """A weights file or its card cannot be used; the message names the file and what is wrong."""


def read_card(method_id: str, directory: Path = WEIGHTS_DIR) -> dict[str, Any]:
    """The training card of a method: digest, recipe, data, losses, licence.

    Raises:
        WeightsError: the card is missing or is not a JSON object with a `sha256`.
    """
    path = directory / f"{method_id}.json"
    try:
        card = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WeightsError(f"{path.name}: the card of the weights of {method_id!r} is missing.") from None
    except ValueError as error:
        raise WeightsError(f"{path.name}: the card is not valid JSON ({error}).") from None
    if not isinstance(card, dict) or not isinstance(card.get("sha256"), str):
        raise WeightsError(f"{path.name}: the card has no 'sha256' of its weights file.")
    return card


def load_weights(model: nn.Module, method_id: str, directory: Path = WEIGHTS_DIR) -> None:
    """Fill `model` with the weights of `method_id`, in place, after checking their digest.

    Raises:
        WeightsError: the file or card is missing, the digest differs (truncated or altered
            file), the file is not safetensors, or its tensors are not this network's.
    """
    card = read_card(method_id, directory)
    path = directory / f"{method_id}.safetensors"
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise WeightsError(f"{path.name}: the weights of {method_id!r} are missing.") from None
    digest = hashlib.sha256(data).hexdigest()
    if digest != card["sha256"]:
        raise WeightsError(
            f"{path.name}: SHA-256 is {digest[:12]}…, but its card says {card['sha256'][:12]}…; "
            "the file is truncated or altered."
        )
    try:
        tensors = load(data)
    except SafetensorError as error:
        raise WeightsError(f"{path.name}: not a safetensors file ({error}).") from None
    try:
        model.load_state_dict(tensors, strict=True)
    except RuntimeError as error:
        reason = " ".join(str(error).split())
        raise WeightsError(f"{path.name}: does not fit the network {method_id!r}: {reason}") from None


def save_weights(
    model: nn.Module, method_id: str, card: dict[str, Any], directory: Path = WEIGHTS_DIR
) -> dict[str, Any]:
    """Write the weights and their card; returns the card with `method` and `sha256` filled in.

    Both files appear whole: each is written beside its place and renamed, the card last.
    """
    data = save({name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()})
    full = {"method": method_id, "sha256": hashlib.sha256(data).hexdigest(), **card}
    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(full, indent=1, ensure_ascii=False) + "\n"
    for name, content in ((f"{method_id}.safetensors", data), (f"{method_id}.json", text.encode())):
        scratch = directory / f".{name}.part"
        scratch.write_bytes(content)
        scratch.replace(directory / name)
    return full


def files_digest(files: Sequence[Path]) -> str:
    """SHA-256 (hex) over the lengths and bytes of some files, in their order.

    Raises:
        WeightsError: one of them cannot be read.
    """
    digest = hashlib.sha256()
    for path in files:
        try:
            data = path.read_bytes()
        except OSError as error:
            raise WeightsError(f"{path.name}: cannot be read ({error.strerror}).") from None
        digest.update(len(data).to_bytes(8, "big") + data)
    return digest.hexdigest()


def state_digest(model: nn.Module) -> str:
    """SHA-256 (hex) over the names, shapes and bytes of a module's parameters and buffers."""
    digest = hashlib.sha256()
    for name, tensor in model.state_dict().items():
        values = tensor.detach().cpu().contiguous()
        digest.update(f"{name} {tuple(values.shape)} {values.dtype}".encode())
        digest.update(values.reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def weights_digest(method_id: str, trained: bool, directory: Path = WEIGHTS_DIR) -> str:
    """The digest that identifies a method's numbers: of its weights, or a constant without any.

    The card is read again whenever its file has changed.

    Raises:
        WeightsError: as `read_card`.
    """
    if not trained:
        return "no-weights"
    try:
        seen = (directory / f"{method_id}.json").stat()
    except OSError:
        return str(read_card(method_id, directory)["sha256"])  # which says what is wrong
    changed = max(seen.st_mtime_ns, seen.st_ctime_ns)
    if time.time_ns() - changed < _SETTLED_NS:
        return str(read_card(method_id, directory)["sha256"])
    state = (seen.st_ino, seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns)
    return _known_digest(method_id, directory, state)


@lru_cache(maxsize=64)
def _known_digest(method_id: str, directory: Path, _state: tuple[int, ...]) -> str:
    """The digest on a card in this state; reading and parsing it a few times per request would add up."""
    return str(read_card(method_id, directory)["sha256"])
