"""State dicts of the released FuseVis code, under the names of our networks.

Kumar & Gumhold, "FuseVis", Computers 9(4):98, 2020; the layer names are those of its released
`networks.py`. Owns the correspondence of names, and the one place where a pickled file is opened: by
`python -m models convert`, on request, with torch's restricted unpickler (`weights_only=True`), which
makes tensors and containers and calls nothing else. What is written is safetensors.
"""

from __future__ import annotations

import hashlib
import json
import pickle
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from models.checkpoints import WeightsError, save_weights
from models.registry import get_method

_FUNFUSEAN = {
    "mri_lf": ("low1",),
    "pet_lf": ("low2",),
    "mri_hf": ("high1.0", "high1.1", "high1.2"),
    "pet_hf": ("high2.0", "high2.1", "high2.2"),
    "recon1": ("reconstruct.0", "reconstruct.1"),
}
"""Released sequence of convolution, batch norm, activation, … → our blocks of those three."""

_DEEPFUSE = {1: "encode.0", 2: "encode.1", 4: "decode.0", 5: "decode.1", 6: "decode.2"}
_PEDESTRIAN = {
    "conv1": "stem",
    "conv2": "residual1",
    "conv3": "bridge",
    "conv4": "residual2",
    "conv5": "output",
}
_WRAPPERS = ("state_dict", "model_state_dict", "model")


def _layers(method_id: str) -> dict[str, str]:
    """Our layer → the released layer, for every layer with numbers."""
    if method_id in ("funfusean", "funfusean_sum"):
        pairs = {
            f"{block}.{part}": f"{name}.{3 * place + part}"
            for name, blocks in _FUNFUSEAN.items()
            for place, block in enumerate(blocks)
            for part in (0, 1)
        }
        return {**pairs, "output": "recon2.0"}
    if method_id == "masknet":
        blocks = [f"encode.{n}" for n in range(4)] + [f"decode.{n}" for n in range(4)]
        return {f"{block}.{i}": f"layer{n}.{i}" for n, block in enumerate(blocks, 1) for i in (0, 1)}
    if method_id == "deepfuse":
        return {f"{block}.{i}": f"layer{n}.main.{i}" for n, block in _DEEPFUSE.items() for i in (0, 1)}
    if method_id == "deeppedestrian":
        return {
            f"{block}.{i}": f"{name}.{i}"
            for name, block in _PEDESTRIAN.items()
            for i in ({"stem": (0, 2, 4, 6), "output": (1,)}.get(block, (1, 3, 5, 7)))
        }
    raise WeightsError(
        f"The released code has no weights for {method_id!r}; expected funfusean, funfusean_sum, masknet, "
        "deepfuse or deeppedestrian."
    )


def read_tensors(path: Path, place: str = "") -> dict[str, Tensor]:
    """As `read_state_dict`, from a place of the file ("state_dict", "ema.model") where one is given.

    Raises:
        WeightsError: as there, or there is no such place; the sentence lists what there is.
    """
    content = _content(path)
    for key in place.split(".") if place else ():
        if not isinstance(content, Mapping) or key not in content:
            there = ", ".join(map(str, content)) if isinstance(content, Mapping) else type(content).__name__
            raise WeightsError(f"{path.name}: has no {key!r} ('state'); expected one of: {there[:200]}.")
        content = content[key]
    return _tensors(path, content)


def tensor_places(path: Path, deep: int = 3) -> dict[str, dict[str, Tensor]]:
    """Every state dict of a checkpoint by its place in the file, as `read_tensors` takes it; "" first.

    Raises:
        WeightsError: the file cannot be read, or would need the unrestricted unpickler.
    """
    found: dict[str, dict[str, Tensor]] = {}

    def look(content: Any, place: str, left: int) -> None:
        with suppress(WeightsError):
            found[place] = _tensors(path, content)
        if isinstance(content, Mapping) and left:
            for name, value in content.items():
                if isinstance(name, str) and "." not in name and isinstance(value, Mapping):
                    look(value, f"{place}.{name}".strip("."), left - 1)

    look(_content(path), "", deep)
    return found


def read_state_dict(path: Path) -> dict[str, Tensor]:
    """The tensors of a checkpoint by name: `.safetensors`, or what `torch.save` wrote.

    A dict around the state dict (`state_dict`, `model_state_dict`, `model`) and the prefix `module.` of
    `DataParallel` are taken off. Only tensors and containers are unpickled.

    Raises:
        WeightsError: the file cannot be read, holds anything else than tensors by name, or would need
            the unrestricted unpickler.
    """
    return read_tensors(path)


def _content(path: Path) -> Any:
    """What a checkpoint holds: tensors and containers only."""
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise WeightsError(f"{path.name}: cannot be read ({error.strerror}).") from None
    except (pickle.UnpicklingError, SafetensorError, RuntimeError, EOFError, ValueError, KeyError):
        raise WeightsError(
            f"{path.name}: not a file of tensors only; expected a state dict (torch.save(model.state_dict(), "
            "…)), because whole pickled models can run code."
        ) from None


def _tensors(path: Path, content: Any) -> dict[str, Tensor]:
    """The tensors of a checkpoint's content by name, wrappers and `module.` taken off."""
    for name in _WRAPPERS:
        if isinstance(content, Mapping) and isinstance(content.get(name), Mapping):
            content = content[name]
    if not isinstance(content, Mapping) or not content:
        raise WeightsError(f"{path.name}: holds {type(content).__name__}; expected tensors by layer name.")
    for name, value in content.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise WeightsError(f"{path.name}: {name!r} is {type(value).__name__}; expected a tensor.")
    return {name.removeprefix("module."): value for name, value in content.items()}


def convert_state_dict(released: Mapping[str, Tensor], method_id: str) -> nn.Module:
    """Our network with the numbers of a state dict of the released code, in evaluation mode.

    Args:
        released: tensors under the released names; counters of batch norm (`num_batches_tracked`) may be
            missing, as in old files.
        method_id: which network it is.

    Raises:
        UnknownMethodError: no such method.
        WeightsError: the method has no released weights; a name is missing or left over, or a tensor has
            another shape (the sentence names the first).
    """
    spec = get_method(method_id)
    layers = _layers(method_id)
    model = spec.factory()
    wanted = model.state_dict()
    state, used = {}, set()
    for name, own in wanted.items():
        layer, _, kind = name.rpartition(".")
        theirs = f"{layers[layer]}.{kind}"
        if theirs not in released:
            if kind == "num_batches_tracked":
                state[name] = own
                continue
            raise WeightsError(f"{theirs!r} is missing; expected the layers of the released {spec.title}.")
        if released[theirs].shape != own.shape:
            raise WeightsError(
                f"{theirs!r} has shape {tuple(released[theirs].shape)}; expected {tuple(own.shape)}."
            )
        state[name] = released[theirs].to(own.dtype)
        used.add(theirs)
    extra = next((name for name in released if name not in used), None)
    if extra is not None:
        raise WeightsError(
            f"{extra!r} is no layer of the released {spec.title}; expected no further tensors."
        )
    model.load_state_dict(state)
    return model.eval().requires_grad_(False)


def convert(path: Path, method_id: str, out: Path, new_id: str | None = None) -> tuple[Path, ...]:
    """Write `ID.safetensors` and its card `ID.json` from a released checkpoint.

    With an id of its own also `ID.toml`, so that `out` can serve as a plug-in folder. Both cards list where
    our network leaves the released one: `funfusean` fuses by another rule than the released notebooks, which
    `funfusean_sum` follows.

    Args:
        path: the checkpoint.
        method_id: which network it is.
        out: folder, created where it is missing.
        new_id: the method's id among the plug-ins; default `method_id`, without a TOML card.

    Returns:
        The files that were written.

    Raises:
        UnknownMethodError, WeightsError: see `read_state_dict` and `convert_state_dict`.
    """
    name = new_id or method_id
    model = convert_state_dict(read_state_dict(path), method_id)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    source = f"Converted from {path.name}, SHA-256 {digest}."
    deviations = get_method(method_id).deviations
    about = {"network": method_id, "provenance": source, "deviations": list(deviations)}
    save_weights(model, name, about, out)
    written = (out / f"{name}.safetensors", out / f"{name}.json")
    if name == method_id:
        return written
    card = out / f"{name}.toml"
    lines = {
        "title": f"{get_method(method_id).title} ({name})",
        "network": method_id,
        "description": "Weights converted from a checkpoint of the released code.",
    }
    described = {**lines, **({"deviations": list(deviations)} if deviations else {})}
    # JSON's strings and lists of strings are TOML's too
    text = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in described.items())
    card.write_text(text, encoding="utf-8")
    return (*written, card)
