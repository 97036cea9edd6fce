"""Networks as their authors left them, by a card alone, against the same network called by hand."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import models
from models import create_model, list_models
from models.plugins import PluginReport, load_plugins
from models.plugins.adapt import adapt
from models.registry import unregister
from tests.models.methods import embed

NET = """
import argparse
import torch
from torch import nn
from utils import scale
from .blocks import conv

class Both(nn.Module):
    "Sources along the channels."
    def __init__(self, width=4, inputs=2):
        super().__init__()
        self.body = nn.Sequential(conv(inputs, width), nn.Tanh(), conv(width, 1))
    def forward(self, x):
        assert x.shape[-1] % 4 == 0 and x.shape[-2] % 4 == 0
        return scale(torch.sigmoid(self.body(x)))

class Parts(nn.Module):
    "Encoder, rule and decoder, called by somebody else."
    def __init__(self):
        super().__init__()
        self.e, self.d = conv(3, 4), conv(4, 3)
    def encode(self, x):
        return [torch.tanh(self.e(x))]
    def rule(self, a, b):
        return [torch.maximum(p, q) for p, q in zip(a, b)]
    def decode(self, features):
        return {"image": torch.sigmoid(self.d(features[0])), "other": 3}

class Signed(nn.Module):
    "Images from -1 to 1."
    def __init__(self):
        super().__init__()
        self.c = conv(1, 1)
    def forward(self, a, b):
        return torch.tanh(self.c(a) + b), a
"""
BLOCKS = "from torch import nn\n\ndef conv(a, b):\n    return nn.Conv2d(a, b, 3, padding=1)\n"


@pytest.fixture
def folder(tmp_path: Path):
    """A repository as one finds it: code in a package with siblings, a checkpoint, no word of ours."""
    before = {spec.id for spec in list_models()}
    (tmp_path / "repo" / "nets").mkdir(parents=True)
    (tmp_path / "repo" / "nets" / "net.py").write_text(NET)
    (tmp_path / "repo" / "nets" / "blocks.py").write_text(BLOCKS)
    (tmp_path / "repo" / "utils.py").write_text("def scale(x):\n    return x\n")
    yield tmp_path
    for spec in list_models():
        if spec.id not in before:
            unregister(spec.id)


def theirs(name: str, **arguments: Any) -> nn.Module:
    """The authors' class, made without any of our machinery."""
    text = NET.replace("from utils import scale", "scale = lambda x: x").replace(
        "from .blocks import conv", BLOCKS
    )
    space: dict[str, Any] = {}
    exec(text, space)
    torch.manual_seed(3)
    return space[name](**arguments).eval()


def offer(folder: Path, card: str) -> PluginReport:
    (folder / "theirs.toml").write_text('title = "Theirs"\n' + textwrap.dedent(card))
    (report,) = load_plugins(folder)
    return report


def pair(height: int, width: int) -> tuple[Tensor, Tensor]:
    one, two = torch.rand((2, 1, 1, height, width), generator=torch.Generator().manual_seed(1))
    return one, two


def parts_by_hand(net: nn.Module) -> Callable[[Tensor, Tensor], Tensor]:
    def fuse(a: Tensor, b: Tensor) -> Tensor:
        fused = net.decode(net.rule(net.encode(a.repeat(1, 3, 1, 1)), net.encode(b.repeat(1, 3, 1, 1))))[
            "image"
        ]
        return (fused * torch.tensor([0.299, 0.587, 0.114])[:, None, None]).sum(1, keepdim=True)

    return fuse


def test_a_card_alone_is_enough(folder: Path) -> None:
    net = theirs("Both", width=6)
    torch.save(
        {"epoch": 3, "nets": {"ema": {f"module.gen.{k}": v for k, v in net.state_dict().items()}}},
        folder / "w.pth",
    )
    report = offer(
        folder,
        """
        module = "repo/nets/net.py:Both"
        arguments = { width = 6 }
        weights = "w.pth"
        state = "nets.ema"
        inputs = "concatenated"
        multiple = 4
        padding = "replicate"
        """,
    )
    assert report.accepted, report.reason
    one, two = pair(30, 37)
    padded = torch.nn.functional.pad(torch.cat((one, two), 1), (0, 3, 0, 2), mode="replicate")
    torch.testing.assert_close(create_model("theirs")(one, two), net(padded)[..., :30, :37])


def test_encoder_rule_and_decoder(folder: Path) -> None:
    net = theirs("Parts")
    torch.save(net.state_dict(), folder / "w.model")
    report = offer(
        folder,
        """
        module = "repo/nets/net.py:Parts"
        weights = "w.model"
        inputs = ["encode", "rule", "decode"]
        channels = 3
        output = "image"
        """,
    )
    assert report.accepted, report.reason
    one, two = pair(20, 24)
    torch.testing.assert_close(create_model("theirs")(one, two), parts_by_hand(net)(one, two))


def test_another_range_and_one_of_several_outputs_and_the_derivative(folder: Path) -> None:
    net = theirs("Signed")
    torch.save(net.state_dict(), folder / "w.pth")
    card = """
        module = "repo/nets/net.py:Signed"
        weights = "w.pth"
        range = [-1, 1]
        output = 0
        precision = "float64"
        """
    report = offer(folder, card)
    assert report.accepted, report.reason
    model, (one, two) = create_model("theirs"), pair(20, 24)
    by_hand = (net.double()(2 * one.double() - 1, 2 * two.double() - 1)[0] + 1) / 2
    torch.testing.assert_close(model(one.double(), two.double()), by_hand)
    leaves = [image.double().requires_grad_() for image in (one, two)]
    fused = (net(2 * leaves[0] - 1, 2 * leaves[1] - 1)[0] + 1) / 2
    whole = np.stack([part[0, 0].numpy() for part in torch.autograd.grad(fused[0, 0, 5, 23], leaves)])
    sources = np.stack([leaf.detach()[0, 0].numpy() for leaf in leaves])
    found = models.jacobian(model, sources, (5, 23))
    assert found.values.dtype == np.float64
    np.testing.assert_allclose(embed(found.values, found.origin, (20, 24)), whole, atol=1e-12)


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ('module = "repo/nets/net.py:Nope"', "has no 'Nope'; expected one of: Both, Parts, Signed"),
        ('module = "repo/net.py:Both"', "there is no repo/net.py"),
        ('module = "../x.py:Both"', 'expected "FILE.py:CLASS"'),
        ('module = "repo/nets/net.py:Both"\narguments = { wide = 3 }', "'arguments': Both refuses them"),
        (
            'module = "repo/nets/net.py:Both"\ninputs = "concatenated"\nmultiple = 4',
            "expected 'weights' on its card",
        ),
        ('module = "repo/nets/net.py:Both"\nweights = "no.pth"', "'weights': there is no no.pth"),
        ('module = "repo/nets/net.py:Both"\nweights = "w.pth"\nstate = "ema"', "has no 'ema' ('state')"),
        ('module = "repo/nets/net.py:Parts"\nweights = "w.pth"', "'weights' do not fit the network"),
        (
            'module = "repo/nets/net.py:Both"\nweights = "w.pth"\narguments = { width = 8 }',
            "'arguments' may change",
        ),
        (
            'module = "repo/nets/net.py:Both"\nweights = "w.pth"\ninputs = "both"',
            "inputs is 'both'; expected",
        ),
        ('module = "repo/nets/net.py:Both"\nweights = "w.pth"\nrange = [1, 0]', "range is [1, 0]; expected"),
        ('module = "repo/nets/net.py:Both"\nweights = "whole.pth"', "tensors only"),
        ('network = "masknet"\nmultiple = 4', "'multiple' goes with 'module'"),
        ('module = "repo/nets/net.py:Both"\nprecision = "half"', "'precision' is 'half'; expected one of"),
    ],
)
def test_a_refusal_names_the_line_that_would_help(folder: Path, card: str, reason: str) -> None:
    torch.save(theirs("Both").state_dict(), folder / "w.pth")
    torch.save(nn.Conv2d(1, 1, 1), folder / "whole.pth")
    (folder / "theirs.toml").write_text('title = "Theirs"\n' + card)
    report = next(report for report in load_plugins(folder) if report.file == "theirs.toml")
    assert not report.accepted
    assert reason in report.reason


def test_a_wrong_range_is_named() -> None:
    class Bytes(nn.Module):
        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return 255 * torch.tanh((a + b) / 600)

    class Faint(nn.Module):
        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return torch.sigmoid((a + b) / 600)

    from models.plugins.check import check_method

    assert check_method(adapt(Bytes(), range=(0, 255)).eval(), 2).note == ""
    assert "`range`" in check_method(Faint().eval(), 2).note

    class Loud(nn.Module):
        def forward(self, a: Tensor, b: Tensor) -> Tensor:
            return 127 * (a + b)

    assert "`range`" in check_method(Loud().eval(), 2).reason
