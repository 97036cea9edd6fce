"""A `torch.export` archive (`.pt2`) as a module, read without running anything that is in it.

Owns what an archive may hold. `torch.export.load` (torch 2.13) is no safe reader by itself: it
unpickles the sample inputs (falling back to the unrestricted unpickler), weights and constants
marked `use_pickle`, custom objects and the weights of older archives; it evaluates the texts of
symbolic sizes; and it loads compiled libraries. So an archive is copied in memory first, and only
what is plain passes: raw tensors, and a graph of ATen operators whose sizes are arithmetic. The
sample inputs, which nothing here needs, and the guards, which are Python text, stay behind.
"""

from __future__ import annotations

import io
import json
import logging
import re
import zipfile
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.export import ExportedProgram
from torch.export.graph_signature import InputKind, OutputKind

from models.plugins.aten_layers import arguments_of, raise_graph

_MODEL = "models/model.json"
_CONFIGS = ("data/weights/model_weights_config.json", "data/constants/model_constants_config.json")
_SAMPLES = "data/sample_inputs/model.pt"
_PLAIN = re.compile(r"(archive_format|archive_version|byteorder|\.data/\w+|data/(weights|constants)/\w+)")
_IGNORED = re.compile(r"(extra/.*|\.format_version|\.storage_alignment|data/sample_inputs/.*)")
_CODE = re.compile(r"data/(aotinductor|executorch|mtia)/.*|.*\.(so|cpp|cubin|py)")
# `from_file` opens files, `as_strided` and its like look past a tensor, a leading underscore is internal.
_OPERATOR = re.compile(
    r"torch\.ops\.higher_order\.wrap_with_set_grad_enabled|torch\.ops\.aten\.(?!from_file|set_|resize|as_strided)[a-z]\w*\.\w+"
    r"|_operator\.(add|sub|mul|truediv|floordiv|mod|neg|pow|eq|ne|lt|le|gt|ge|and_|or_|not_|getitem)"
    r"|torch\.sym_(int|float|max|min|not|sum)"
)
_SIZE = re.compile(
    r"(?:Symbol\('[su]\d+'(?:, \w+=(?:True|False))*\)|-?\d+(?!\d)|[(), ]"
    r"|(?:Integer|Add|Mul|Pow|Max|Min|Mod|PythonMod|FloorDiv|CleanDiv|CeilDiv|[a-zA-Z]+(?:Than|quality))(?=\())*"
)
_LONGEST_SIZE = 4000
# It checks types that the export met and computes nothing; what it checks need not hold in another precision.
_ASSERTION = "torch.ops.aten._assert_tensor_metadata.default"

HOW_TO = "torch.export.export(model, examples, dynamic_shapes=[{2: Dim.DYNAMIC, 3: Dim.DYNAMIC}] * K)"


class ArchiveError(ValueError):
    """The archive cannot be used; one sentence that says why, without the file's name."""


def load_archive(data: bytes, sources: int) -> nn.Module:
    """The module in an archive's bytes, in evaluation mode and float as exported, on the CPU.

    Its batch-norm, convolution and activation calls become ordinary layers again (see `aten_layers`).

    Args:
        data: the bytes of a `.pt2` file.
        sources: K, the number of images that the network must take.

    Raises:
        ArchiveError: not an archive; it holds pickles, compiled code or anything but ATen operators
            and raw tensors; it takes or returns something else than K images and one image; its
            height and width are fixed.
    """
    plain = _plain_copy(data)
    quiet = logging.getLogger("torch.export")
    level = quiet.level
    quiet.setLevel(logging.CRITICAL)  # torch logs the traceback of what becomes one sentence here
    try:
        program = torch.export.load(io.BytesIO(plain))
    except Exception as error:  # whatever a damaged archive makes torch raise
        raise ArchiveError(f"torch.export cannot read it ({_first_line(error)})") from error
    finally:
        quiet.setLevel(level)
    images = _checked_inputs(program, sources)
    _check_mode(program)
    try:
        return raise_graph(program.graph, _tensors(program), images, _batch_is_one(program, images)).eval()
    except Exception as error:  # a graph that torch lets pass and that is none
        raise ArchiveError(f"its graph cannot be read ({_first_line(error)})") from error


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0][:160]}" if text else type(error).__name__


def _plain_copy(data: bytes) -> bytes:
    """The archive with nothing in it but what this module's docstring lets pass."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {info.filename: archive.read(info) for info in archive.infolist()}
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, NotImplementedError) as error:
        raise ArchiveError(f"it is not a zip archive ({error}); expected one of torch.export.save") from None
    roots = {name.partition("/")[0] for name in members}
    root = roots.pop() if len(roots) == 1 else ""
    contents = {name.removeprefix(f"{root}/"): content for name, content in members.items()}
    if _MODEL not in contents or not set(_CONFIGS) <= contents.keys():
        raise ArchiveError(
            "it is not an archive of the present torch.export.save (the tensors of older ones are pickled)"
        )
    kept = {_SAMPLES: b"", _MODEL: _plain_graph(contents[_MODEL])}
    kept |= {name: _raw_tensors(contents[name]) for name in _CONFIGS}
    for name, content in contents.items():
        if _CODE.fullmatch(name):
            raise ArchiveError(f"it holds compiled code ({name}); expected a graph of ATen operators only")
        if name in kept or _IGNORED.fullmatch(name):
            continue
        if not _PLAIN.fullmatch(name):
            raise ArchiveError(f"it holds {name!r}, which may need unpickling; expected raw tensors only")
        kept[name] = content
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_STORED) as archive:
        for name, content in kept.items():
            archive.writestr(f"archive/{name}", content)
    return copy.getvalue()


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        described = json.loads(content)
    except (ValueError, RecursionError):
        raise ArchiveError("its description is not valid JSON") from None
    if not isinstance(described, dict):
        raise ArchiveError("its description is not that of a program")
    return described


def _raw_tensors(content: bytes) -> bytes:
    """The description of weights or constants, after checking that every one is a raw tensor."""
    described = _parsed(content)
    for name, payload in described.get("config", {}).items():
        file = str(payload.get("path_name"))
        if payload.get("use_pickle") is not False or not re.fullmatch(r"(weight|tensor)_\d+", file):
            raise ArchiveError(f"{name!r} is pickled, which can run code; expected raw tensors only")
    _walk(described)
    return json.dumps(described).encode()


def _plain_graph(content: bytes) -> bytes:
    """The graph without guards and metadata, after checking its operators and sizes."""
    program = _parsed(content)
    program["guards_code"] = []
    _walk(program)
    return json.dumps(program).encode()


def _walk(described: dict[str, Any]) -> None:
    """Check every part of a description; what was exported on another device is put on the CPU."""
    pending: list[Any] = [described]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            _check_entry(item)
            if item.keys() == {"type", "index"}:
                item.update(type="cpu", index=None)
            pending += item.values()
        elif isinstance(item, list):
            pending += item
        elif isinstance(item, str) and "default_factory" in item:
            raise ArchiveError("it takes a defaultdict; expected images")


def _check_entry(entry: dict[str, Any]) -> None:
    if entry.get("nodes"):
        entry["nodes"] = [node for node in entry["nodes"] if node.get("target") != _ASSERTION]
    for node in entry.get("nodes") or ():
        if not _OPERATOR.fullmatch(str(node.get("target"))):
            raise ArchiveError(f"operator {node.get('target')!r} is no plain ATen operator")
        node["metadata"] = {}
    text = entry.get("expr_str")
    if text is not None and not (
        isinstance(text, str) and len(text) <= _LONGEST_SIZE and _SIZE.fullmatch(text)
    ):
        raise ArchiveError(f"the size {str(text)[:40]!r} is not arithmetic of image sizes")


def _checked_inputs(program: ExportedProgram, sources: int) -> list[str]:
    """The names of the graph's image inputs, after checking that it is a fusion of K images of any size."""
    signature = program.graph_signature
    strange = {spec.kind for spec in signature.input_specs} - {
        *(InputKind.USER_INPUT, InputKind.PARAMETER, InputKind.BUFFER, InputKind.CONSTANT_TENSOR)
    }
    if strange or any(spec.kind != OutputKind.USER_OUTPUT for spec in signature.output_specs):
        raise ArchiveError(
            "it changes its own buffers or takes other things than images; expected a network exported in "
            "evaluation mode (call .eval() before torch.export.export)"
        )
    images = [str(name) for name in signature.user_inputs]
    if len(images) != sources or len(signature.output_specs) != 1:
        raise ArchiveError(
            f"it takes {len(images)} inputs and returns {len(signature.output_specs)} outputs; expected "
            f"{sources} and 1"
        )
    for name in images:
        shape = _shape(program, name)
        if shape is None or len(shape) != 4 or shape[1] != 1:
            raise ArchiveError(f"its input {name!r} has shape {shape}; expected (B, 1, H, W)")
        if any(isinstance(size, int) for size in shape[2:]):
            raise ArchiveError(
                f"it only takes images of {shape[2]}×{shape[3]} pixels; expected any size ({HOW_TO})"
            )
    return images


def _check_mode(program: ExportedProgram) -> None:
    graphs = [part.graph for part in program.graph_module.modules() if isinstance(part, fx.GraphModule)]
    for node in (node for graph in graphs for node in graph.nodes):
        bound = arguments_of(node)
        if node.op == "call_function" and (bound.get("training") is True or bound.get("train") is True):
            raise ArchiveError(
                f"{node.target} is in training mode; expected a network exported in evaluation mode "
                "(call .eval() before torch.export.export)"
            )


def _shape(program: ExportedProgram, name: str) -> tuple[Any, ...] | None:
    node = next(node for node in program.graph.nodes if node.name == name)
    value = node.meta.get("val")
    return tuple(value.shape) if isinstance(value, Tensor) else None


def _batch_is_one(program: ExportedProgram, images: list[str]) -> bool:
    shape = _shape(program, images[0])
    return shape is not None and isinstance(shape[0], int)


def _tensors(program: ExportedProgram) -> dict[str, Tensor]:
    """Graph input name → parameter, buffer or constant."""
    signature = program.graph_signature
    names = {
        **signature.inputs_to_parameters,
        **signature.inputs_to_buffers,
        **signature.inputs_to_lifted_tensor_constants,
    }
    known: dict[str, Any] = {**program.constants, **program.state_dict}
    return {graph_name: known[name] for graph_name, name in names.items()}


def read_bytes(path: Path) -> bytes:
    """A file's bytes; raises ArchiveError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ArchiveError(f"{path.name} cannot be read ({error.strerror})") from None
