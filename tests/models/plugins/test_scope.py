"""Plug-ins that import: their own files first, no trace outside, and all of it part of the digest."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

from models import WeightsError, create_model, get_method, list_models
from models.plugins import load_plugins
from models.registry import unregister

NET = """
import torch
from torch import nn
from models.registry import MethodSpec, register
{imports}

class Net(nn.Module):
    def forward(self, x1, x2):
        {lazy}
        return {value} * x1 + 0.5 * x2

register(MethodSpec(id="{name}", title="{name}", paper="", description="", factory=Net))
"""


@pytest.fixture(autouse=True)
def forget():
    before = {spec.id for spec in list_models()}
    modules, path = dict(sys.modules), list(sys.path)
    yield
    for spec in list_models():
        if spec.id not in before:
            unregister(spec.id)
    new = {name: sys.modules[name] for name in sys.modules if name not in modules}
    assert not [name for name, module in new.items() if "tmp" in str(getattr(module, "__file__", ""))]
    assert {name: sys.modules.get(name) for name in modules} == modules
    assert sys.path == path


def write(folder: Path, name: str, imports: str = "", value: str = "0.5", lazy: str = "pass") -> None:
    folder.mkdir(exist_ok=True)
    text = NET.format(name=name, imports=imports, value=value, lazy=lazy)
    (folder / f"{name}.py").write_text(text)


def fused(name: str) -> float:
    ones = torch.ones((1, 1, 4, 4))
    return float(create_model(name)(ones, 0 * ones)[0, 0, 0, 0])


@pytest.mark.parametrize(
    ("imports", "value"),
    [
        ("from _helper import FACTOR", "FACTOR"),
        ("from ._helper import FACTOR", "FACTOR"),
        ("import utils.parts", "utils.parts.FACTOR"),
        ("from net.parts import FACTOR", "FACTOR"),
        ("from models.parts import FACTOR", "FACTOR"),
        ("from models.registry import register as again", "0.25"),
    ],
)
def test_its_own_files_come_first(tmp_path: Path, imports: str, value: str) -> None:
    write(tmp_path, "own", imports, value)
    (tmp_path / "_helper.py").write_text("FACTOR = 0.25")
    for package in ("utils", "net", "models"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "parts.py").write_text("FACTOR = 0.25")
    (report,) = load_plugins(tmp_path)
    assert report.accepted, report.reason
    assert fused("own") == 0.25
    assert not list(tmp_path.rglob("*.pyc"))


def test_two_folders_with_the_same_names_do_not_meet(tmp_path: Path) -> None:
    for name, factor in (("one", 0.25), ("two", 0.75)):
        folder = tmp_path / name
        write(folder, name, "from utils import FACTOR", "FACTOR", lazy="from net import LATE; x2 = x2 + LATE")
        (folder / "utils.py").write_text(f"FACTOR = {factor}")
        (folder / "net.py").write_text(f"LATE = {factor}")
    for name in ("one", "two"):
        by_file = {report.file: report for report in load_plugins(tmp_path / name)}
        assert by_file[f"{name}.py"].accepted, by_file[f"{name}.py"].reason
    assert (fused("one"), fused("two")) == (0.25 + 0.125, 0.75 + 0.375)


@pytest.mark.parametrize(
    ("imports", "reason"),
    [
        ("import no_such_package_here", "no_such_package_here"),
        ("import sys; sys.exit(3)", "SystemExit"),
        ("import argparse; p = argparse.ArgumentParser(); p.add_argument('x'); p.parse_args()", "SystemExit"),
    ],
)
def test_what_fails_at_import_is_one_sentence(tmp_path: Path, imports: str, reason: str) -> None:
    write(tmp_path, "bad", imports)
    (report,) = load_plugins(tmp_path)
    assert not report.accepted
    assert reason in report.reason


def test_a_helper_is_part_of_the_digest(tmp_path: Path) -> None:
    write(tmp_path, "own", "from _helper import FACTOR", "FACTOR")
    (tmp_path / "_helper.py").write_text("FACTOR = 0.25")
    load_plugins(tmp_path)
    before = get_method("own").provided.digest
    (tmp_path / "_helper.py").write_text("FACTOR = 0.5")
    with pytest.raises(WeightsError, match="have changed since it was loaded"):
        create_model("own")
    load_plugins(tmp_path)
    assert get_method("own").provided.digest != before
    assert fused("own") == 0.5


def test_weights_that_it_reads_by_itself_are_part_of_the_digest(tmp_path: Path) -> None:
    load = "FOLDER = __file__.rsplit('/', 1)[0]"
    write(tmp_path, "own", load)
    text = (tmp_path / "own.py").read_text()
    text = text.replace(
        "    def forward",
        "    def __init__(self):\n        super().__init__()\n"
        "        self.register_buffer('factor', torch.load(FOLDER + '/own_weights.pth'))\n\n    def forward",
    ).replace("0.5 * x1", "self.factor * x1")
    (tmp_path / "own.py").write_text(text)
    torch.save(torch.tensor(0.25), tmp_path / "own_weights.pth")
    accepted = [report for report in load_plugins(tmp_path) if report.file == "own.py"]
    assert accepted[0].accepted, accepted[0].reason
    before = get_method("own").provided.digest
    torch.save(torch.tensor(0.75), tmp_path / "own_weights.pth")
    with pytest.raises(WeightsError, match="other weights than when it was loaded"):
        create_model("own")
    load_plugins(tmp_path)
    assert get_method("own").provided.digest != before
    assert fused("own") == 0.75
