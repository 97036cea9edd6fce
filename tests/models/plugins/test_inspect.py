"""The first look at a repository: what it lists, what it tries, and whether its card is taken as written."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
import torch

from models import create_model, list_models
from models.__main__ import main
from models.plugins import load_plugins
from models.plugins.inspect import best_of, first_card, inspect_file, list_modules
from models.registry import unregister

NET = """
import torch
from torch import nn
from tools import identity

class Block(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.c = nn.Conv2d(inputs, outputs, 3, padding=1)
    def forward(self, x):
        return self.c(x)

class Halves(nn.Module):
    "Pools twice, so sizes have to be multiples of 4; sources along the channels; two outputs."
    def __init__(self, width=4):
        super().__init__()
        self.a, self.b = Block(2, width), Block(2 * width, 1)
    def forward(self, x):
        f = torch.tanh(self.a(x))
        low = nn.functional.avg_pool2d(f, 4).repeat_interleave(4, 2).repeat_interleave(4, 3)
        return {"features": f, "image": identity(torch.sigmoid(self.b(torch.cat((f, low), 1))))}

class Parts(Block):
    "Never called whole."
    def __init__(self):
        super().__init__(3, 3)
    def encoder(self, x):
        return torch.tanh(self.c(x))
    def fusion(self, a, b):
        return torch.maximum(a, b)
    def decoder(self, f):
        return torch.sigmoid(self.c(f))

class Broken(nn.Module):
    def __init__(self):
        raise SystemExit(2)

class Deaf(nn.Module):
    def forward(self, a, b):
        return a.mean((2, 3))
"""


@pytest.fixture
def folder(tmp_path: Path):
    before = {spec.id for spec in list_models()}
    (tmp_path / "repo" / "nets").mkdir(parents=True)
    (tmp_path / "repo" / "nets" / "net.py").write_text(NET)
    (tmp_path / "repo" / "tools.py").write_text("def identity(x):\n    return x\n")
    (tmp_path / "repo" / "train.py").write_text("raise RuntimeError('this would train')\n")
    yield tmp_path
    for spec in list_models():
        if spec.id not in before:
            unregister(spec.id)


def fresh(name: str) -> torch.nn.Module:
    space: dict[str, object] = {}
    exec(NET.replace("from tools import identity", "identity = lambda x: x"), space)
    torch.manual_seed(5)
    return space[name]().eval()  # type: ignore[operator]


def found_in(folder: Path):
    return {one.name: one for one in inspect_file(folder / "repo" / "nets" / "net.py", folder)}


def test_a_folder_is_read_and_not_run(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    modules = list_modules(folder)
    assert modules == {folder / "repo/nets/net.py": ("Block", "Halves", "Parts", "Broken", "Deaf")}
    assert main(["inspect", str(folder)]) == 0
    assert "net.py: Block, Halves, Parts, Broken, Deaf" in capsys.readouterr().out


def test_signatures_and_what_is_missing(folder: Path) -> None:
    found = found_in(folder)
    assert list(found) == ["Block", "Halves", "Parts", "Broken", "Deaf"]
    assert found["Block"].lacking == ("inputs", "outputs")
    assert found["Block"].said == "needs inputs, outputs"
    assert (found["Halves"].made, found["Halves"].called) == ("(width=4)", "(x)")
    assert "SystemExit" in found["Broken"].said
    assert "(1, 1)" in found["Deaf"].said
    assert not found["Deaf"].options


def test_how_a_module_fuses_is_found_by_trying(folder: Path) -> None:
    found = found_in(folder)
    assert found["Halves"].options == {
        "inputs": "concatenated",
        "channels": 1,
        "output": "image",
        "multiple": 4,
    }
    assert found["Parts"].options == {"inputs": ["encoder", "fusion", "decoder"], "channels": 3}


def test_the_first_card_is_taken_as_written(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    net = fresh("Halves")
    names = {f"module.{name}": value for name, value in net.state_dict().items()}
    torch.save({"epoch": 7, "nets": {"fuser": names}}, folder / "repo" / "best.pth")
    torch.save(torch.nn.Conv2d(1, 1, 1).state_dict(), folder / "repo" / "another.pth")
    assert main(["inspect", str(folder / "repo/nets/net.py"), "--folder", str(folder)]) == 0
    assert "the weights of best.pth fit" in capsys.readouterr().out
    card = tomllib.loads((folder / "halves.toml").read_text())
    assert (card["weights"], card["state"]) == ("repo/best.pth", "nets.fuser")
    (report,) = load_plugins(folder)
    assert report.accepted, report.reason
    one, two = torch.rand((2, 1, 1, 32, 40), generator=torch.Generator().manual_seed(2))
    with torch.no_grad():
        torch.testing.assert_close(
            create_model("halves")(one, two), net(torch.cat((one, two), 1))["image"], rtol=0, atol=0
        )


def test_a_card_is_never_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    torch.save(fresh("Halves").state_dict(), folder / "repo" / "best.pth")
    (folder / "halves.toml").write_text("mine")
    assert main(["inspect", str(folder / "repo/nets/net.py"), "--folder", str(folder)]) == 1
    assert "halves.toml" in capsys.readouterr().err
    assert (folder / "halves.toml").read_text() == "mine"


def test_what_nobody_could_find_out_is_a_comment(folder: Path) -> None:
    found = tuple(one for one in found_in(folder).values() if one.name == "Block")
    best = best_of(found)
    assert best is not None
    card = first_card(best, folder / "repo/nets/net.py", folder)
    assert set(tomllib.loads(card)) == {"title", "module"}
    assert "# arguments = { inputs = 1, outputs = 1 }" in card
    assert "# weights" in card
    assert "its forward is (x)" in card


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import nowhere_to_be_found", "name the folder above the repository with --folder"),
        ("raise SystemExit(2)", "net.py, line 1: SystemExit"),
        ("x = 3", "defines no module"),
    ],
)
def test_a_file_that_cannot_be_run_is_one_sentence(
    folder: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = folder / "repo" / "nets" / "net.py"
    file.write_text(text)
    assert main(["inspect", str(file), "--folder", str(folder)]) == 1
    assert said in capsys.readouterr().err
    assert main(["inspect", str(folder / "no.py")]) == 1
    assert "There is no Python file 'no.py'" in capsys.readouterr().err
