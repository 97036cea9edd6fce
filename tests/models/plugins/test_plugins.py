"""Plug-ins: what is accepted with which findings, what is refused with which reason, and that nothing else
suffers. Faulty archives are made by editing the files of real ones."""

from __future__ import annotations

import copy
import io
import json
import pickle
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.export import Dim

import models
from models.checkpoints import save_weights
from models.plugins import PluginReport, check_method, load_plugins
from models.plugins.archive import ArchiveError, load_archive
from models.registry import MethodSpec, register, unregister
from models.saliency.engine.analysis import analyse
from tests.models.methods import METHODS, autograd_row, embed, lively, random_method, scene

HEADER = """
import torch
from torch import nn
from models.registry import MethodSpec, register

def offer(id, factory, **more):
    register(MethodSpec(id=id, title=id.title(), paper="", description="", factory=factory, **more))

class Mean(nn.Module):
    def forward(self, x1, x2):
        return (x1 + x2) / 2
"""


@pytest.fixture(autouse=True)
def _same_registry() -> Iterator[None]:
    """Whatever a test registers is gone after it; the project's own methods must still be there."""
    yield
    for spec in models.list_models():
        if spec.provided:
            unregister(spec.id)
    assert tuple(spec.id for spec in models.list_models()) == METHODS


def write(folder: Path, name: str, code: str) -> Path:
    path = folder / name
    path.write_text(HEADER + code)
    return path


def one(folder: Path) -> PluginReport:
    (report,) = load_plugins(folder)
    return report


class Small(nn.Module):
    """Reaches 3 pixels of each source; tied weights, batch norm, two activations, arithmetic."""

    def __init__(self, count: int = 2) -> None:
        super().__init__()
        self.encode = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.LeakyReLU(0.1))
        self.decode = nn.Conv2d(6 * count, 1, 5, padding="same")

    def forward(self, *sources: Tensor) -> Tensor:
        features = [self.encode(source) for source in sources]
        return torch.sigmoid(1 - 2 * self.decode(torch.cat(features, 1)))


class SmallPair(Small):
    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:  # type: ignore[override]
        return super().forward(x1, x2)


def exported(model: nn.Module, count: int = 2, batch: int = 1, dynamic: bool = True) -> bytes:
    examples = tuple(torch.rand(batch, 1, 24, 32) for _ in range(count))
    shapes = {2: Dim.DYNAMIC, 3: Dim.DYNAMIC} if dynamic else {}
    if batch > 1:
        shapes = {0: Dim.DYNAMIC, **shapes}
    program = torch.export.export(model, examples, dynamic_shapes=[shapes] * count)
    buffer = io.BytesIO()
    torch.export.save(program, buffer)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def small() -> nn.Module:
    torch.manual_seed(1)
    return lively(SmallPair()).float()


@pytest.fixture(scope="module")
def archive(small: nn.Module) -> bytes:
    return exported(small)


def altered(data: bytes, name: str, change: Callable[[bytes], bytes] | None) -> bytes:
    """An archive with one member changed; None drops it."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(result, "w") as new:
        for member in old.namelist():
            content = old.read(member)
            if member.endswith(name):
                if change is None:
                    continue
                content = change(content)
            new.writestr(member, content)
    return result.getvalue()


def added(data: bytes, name: str, content: bytes) -> bytes:
    result = io.BytesIO(data)
    with zipfile.ZipFile(result, "a") as archive:
        archive.writestr(f"{archive.namelist()[0].partition('/')[0]}/{name}", content)
    return result.getvalue()


# Python files


def test_a_module_is_accepted_with_what_was_measured(tmp_path: Path) -> None:
    write(tmp_path, "mean.py", "offer('mean', Mean)")
    report = one(tmp_path)
    assert report.accepted
    assert (report.file, report.method, report.title) == ("mean.py", "mean", "Mean")
    check = report.check
    assert check is not None
    assert (check.radii, check.window, check.local) == ((0, 0), 1, True)
    assert check.path == "cones"
    assert check.difference is not None
    assert check.difference < 1e-12
    assert (check.smallest, check.largest) == (0, 1)
    sources = scene(9, 12)
    found = models.jacobian(models.create_model("mean").double(), sources, (4, 5))
    np.testing.assert_allclose(embed(found.values, found.origin, (9, 12))[:, 4, 5], 0.5)


def test_weights_beside_it_are_loaded_and_checked(tmp_path: Path, small: nn.Module) -> None:
    code = """
class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encode = nn.Sequential(nn.Conv2d(1, 6, 3, padding=1), nn.BatchNorm2d(6), nn.LeakyReLU(0.1))
        self.decode = nn.Conv2d(12, 1, 5, padding="same")

    def forward(self, x1, x2):
        both = torch.cat((self.encode(x1), self.encode(x2)), 1)
        return torch.sigmoid(1 - 2 * self.decode(both))

offer("net", Net)
"""
    write(tmp_path, "net.py", code)
    assert "random weights" in one(tmp_path).reason
    save_weights(small, "net", {}, tmp_path)
    report = one(tmp_path)
    assert report.accepted
    assert report.check is not None
    assert report.check.radii == (3, 3)
    spec = models.get_method("net")
    assert spec.trained
    assert spec.parameters == sum(p.numel() for p in small.parameters())
    assert models.method_card("net")["method"] == "net"
    x = torch.rand(2, 1, 11, 14), torch.rand(2, 1, 11, 14)
    torch.testing.assert_close(models.create_model("net")(*x), small(*x))
    first = models.method_digest("net")
    data = bytearray((tmp_path / "net.safetensors").read_bytes())
    data[-50] ^= 1
    (tmp_path / "net.safetensors").write_bytes(data)
    with pytest.raises(models.WeightsError, match="have changed since"):
        models.create_model("net")
    assert "truncated or altered" in one(tmp_path).reason
    save_weights(SmallPair(), "net", {}, tmp_path)
    assert one(tmp_path).accepted
    assert models.method_digest("net") != first


def test_the_source_is_part_of_the_digest(tmp_path: Path) -> None:
    write(tmp_path, "mean.py", "offer('mean', Mean)")
    one(tmp_path)
    first = models.method_digest("mean")
    write(tmp_path, "mean.py", "offer('mean', Mean)\n# changed")
    one(tmp_path)
    assert models.method_digest("mean") != first


def test_three_sources(tmp_path: Path) -> None:
    code = """
class Three(nn.Module):
    def __init__(self):
        super().__init__()
        self.blur = nn.Conv2d(1, 1, 3, padding=1, bias=False)
        nn.init.constant_(self.blur.weight, 1 / 9)

    def forward(self, a, b, c):
        return (a + self.blur(b) + torch.tanh(c)) / 3

offer("three", Three, sources=3)
"""
    write(tmp_path, "three.py", code)
    report = one(tmp_path)
    assert report.accepted
    assert report.check is not None
    assert report.check.radii == (0, 1, 0)
    sources = np.random.default_rng(0).random((3, 8, 9))
    model = models.create_model("three").double()
    found = models.jacobian(model, sources, (0, 8))
    np.testing.assert_allclose(
        embed(found.values, found.origin, (8, 9)), autograd_row(model, sources, (0, 8)), atol=1e-12
    )
    assert models.guidance(model, sources).shape == (3, 8, 9)


def net(forward: str) -> str:
    return f"""
class Net(nn.Module):
    def forward(self, x1, x2):
        {forward}

offer("net", Net)
"""


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (net("return (x1 > x2).float()"), "carries no gradient"),
        (net("return x1.detach()"), "carries no gradient"),
        (net("return torch.stack((x1, x2)).argmax(0).float()"), "carries no gradient"),
        (net("return 0 * x1 + 0.5"), "gradient is zero everywhere"),
        (net("return x1[..., ::2, ::2]"), "expected their shape"),
        (net("return torch.cat((x1, x2), 1)"), "expected their shape"),
        (net("return x1, x2"), "It returns tuple"),
        (net("return 255 * x1"), "expected -1.5 to 2.5"),
        (net("return x1 / (x1 + x2)"), "fused image of black images is not finite"),
        (net("return torch.sqrt(x1 + x2)"), "gradient on black images is not finite"),
        (net("return x1 + torch.rand_like(x1)"), "no randomness"),
        (net("return x1 / x1.amax()"), "not finite"),
        (net("return (x1 + x2.mean()) / 2"), "influence each other"),
        (net("return self.nothing(x1)"), "net.py, line 15: AttributeError"),
        (net("return x1").replace(", x1, x2", ", x1"), "expected the 1 that the method takes"),
        ("offer('net', lambda: 3)", "made int; expected a module"),
        ("offer('No Id', Mean)", "expected a-z"),
        ("offer('../net', Mean)", "expected a-z"),
        ("offer('masknet', Mean)", "already registered"),
        ("offer('net', Mean, sources=4)", "expected 2 or 3"),
        ("offer('net', Mean, sources=3)", "expected the 2 that the method takes"),
        ("x = 1", "registers no method"),
        ("offer('net', Mean)\n1 / 0", "bad.py, line 13: ZeroDivisionError: division by zero."),
        ("def broken(:", "bad.py, line 12: SyntaxError"),
        ("import nowhere_to_be_found", "ModuleNotFoundError"),
        ("raise SystemExit(3)", "SystemExit"),
    ],
)
def test_what_cannot_be_used_is_refused_without_harm(tmp_path: Path, code: str, reason: str) -> None:
    name = "net.py" if "class Net" in code else "bad.py"
    write(tmp_path, name, code)
    write(tmp_path, "good.py", "offer('good', Mean)")
    reports = {report.file: report for report in load_plugins(tmp_path)}
    assert reports["good.py"].accepted
    assert not reports[name].accepted
    assert reason in reports[name].reason
    assert reports[name].reason.endswith(".")
    assert "\n" not in reports[name].reason
    assert [spec.id for spec in models.list_models() if spec.provided] == ["good"]


def test_a_whole_image_method_is_accepted_as_such(tmp_path: Path) -> None:
    write(tmp_path, "net.py", net("return (x1 + x2.mean((2, 3), keepdim=True)) / 2"))
    check = one(tmp_path).check
    assert check is not None
    assert (check.accepted, check.local, check.window, check.path) == (True, False, None, "whole image")


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".pkl"])
def test_a_pickle_is_refused_and_not_opened(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"net{suffix}").write_bytes(b"not even a pickle")
    report = one(tmp_path)
    assert "unpickled" in report.reason
    assert "safetensors" in report.reason


def test_loading_again_replaces_and_forgets(tmp_path: Path) -> None:
    path = write(tmp_path, "mean.py", "offer('mean', Mean)")
    assert one(tmp_path).accepted
    assert one(tmp_path).accepted
    path.unlink()
    assert load_plugins(tmp_path) == ()
    assert "mean" not in [spec.id for spec in models.list_models()]


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        load_plugins(tmp_path / "nowhere")


def test_nothing_is_written_into_the_folder(tmp_path: Path) -> None:
    write(tmp_path, "mean.py", "offer('mean', Mean)")
    load_plugins(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mean.py"]


# Archives


@pytest.mark.parametrize("batch", [1, 2])
def test_an_archive_computes_what_the_network_computes(small: nn.Module, batch: int) -> None:
    model = load_archive(exported(small, batch=batch), 2)
    x = torch.rand(3, 1, 17, 21), torch.rand(3, 1, 17, 21)
    torch.testing.assert_close(model(*x), small(*x))
    assert not model.training
    analysis = analyse(model, 2)
    assert analysis.path == "cones"
    assert analysis.field.radii == (3, 3)


@pytest.mark.parametrize("method", METHODS)
def test_every_network_survives_its_export(method: str) -> None:
    """The engine finds the same structure in the exported operators as in the module."""
    own = copy.deepcopy(random_method(method)).float()
    model = load_archive(exported(own), 2).double()
    own.double()
    assert analyse(model, 2).path == "cones"
    sources = scene(26, 31)
    for pixel in ((0, 0), (12, 30)):
        found, expected = models.jacobian(model, sources, pixel), models.jacobian(own, sources, pixel)
        np.testing.assert_allclose(found.values, expected.values, rtol=1e-4, atol=1e-7)


class Odd(nn.Module):
    """An operator that no layer stands for, with a fixed batch of one."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return (x1 + torch.roll(x2, 1, 3).view(1, 1, x2.shape[2], x2.shape[3])) / 2


def test_unknown_operators_take_another_path_to_the_same_answer() -> None:
    model = load_archive(exported(Odd()), 2)
    check = check_method(model, 2)
    assert check.accepted
    assert check.path == "whole image"  # the first column looks at the last
    x = torch.rand(3, 1, 9, 7), torch.rand(3, 1, 9, 7)
    torch.testing.assert_close(model(*x), (x[0] + torch.roll(x[1], 1, 3)) / 2)


def put(folder: Path, data: bytes, card: str = 'title = "Ours"\narchive = "ours.pt2"\n') -> None:
    (folder / "ours.pt2").write_bytes(data)
    (folder / "ours.toml").write_text(card)


def test_an_archive_with_a_card_is_a_method(tmp_path: Path, archive: bytes, small: nn.Module) -> None:
    put(tmp_path, archive, 'title = "Ours"\narchive = "ours.pt2"\npaper = "P"\ndeviations = ["one"]\n')
    report = one(tmp_path)
    assert report.accepted
    spec = models.get_method("ours")
    assert (spec.title, spec.paper, spec.deviations, spec.trained) == ("Ours", "P", ("one",), False)
    assert spec.parameters == sum(p.numel() for p in small.parameters())
    x = torch.rand(1, 1, 20, 20), torch.rand(1, 1, 20, 20)
    torch.testing.assert_close(models.create_model("ours")(*x), small(*x))


def test_an_archive_of_three_sources(tmp_path: Path) -> None:
    class Three(Small):
        def forward(self, a: Tensor, b: Tensor, c: Tensor) -> Tensor:  # type: ignore[override]
            return super().forward(a, b, c)

    card = 'title = "Ours"\narchive = "ours.pt2"\nsources = '
    data = exported(Three(3).eval(), 3)
    put(tmp_path, data, card + "3\n")
    report = one(tmp_path)
    assert report.check is not None
    assert report.check.radii == (3, 3, 3)
    put(tmp_path, data, card + "2\n")
    assert "takes 3 inputs and returns 1 outputs; expected 2 and 1" in one(tmp_path).reason


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ("title = ", "not a readable TOML file"),
        ('archive = "ours.pt2"', "no 'title'"),
        ('title = "T"', "0 of 'archive', 'network' and 'module'"),
        ('title = "T"\narchive = "ours.pt2"\nnetwork = "masknet"', "2 of 'archive', 'network' and 'module'"),
        ('title = "T"\narchive = "../ours.pt2"', "the name of a .pt2 file beside it"),
        ('title = "T"\narchive = "other.pt2"', "other.pt2 is missing"),
        ('title = "T"\narchive = "ours.pt2"\nsource = 2', "'source' is not known"),
        ('title = "T"\narchive = "ours.pt2"\nsources = "2"', "expected a whole number"),
        ('title = "T"\narchive = "ours.pt2"\nsources = 7', "expected 2 or 3"),
        ('title = "T"\narchive = "ours.pt2"\nid = "masknet"', "already registered"),
        ('title = "T"\nnetwork = "nope"', "Unknown method 'nope'"),
        ('title = "T"\nnetwork = "masknet"', "ours.safetensors: cannot be read"),
    ],
)
def test_faulty_cards(tmp_path: Path, archive: bytes, card: str, reason: str) -> None:
    put(tmp_path, archive, card)
    report = one(tmp_path)
    assert reason in report.reason
    assert report.reason.endswith(".")


def test_an_archive_without_a_card_is_named(tmp_path: Path, archive: bytes) -> None:
    (tmp_path / "ours.pt2").write_bytes(archive)
    assert "has no card; expected ours.toml" in one(tmp_path).reason


class Bomb:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return exec, ("raise SystemError('unpickled')",)


def graph(change: Callable[[dict[str, Any]], None]) -> Callable[[bytes], bytes]:
    def edit(content: bytes) -> bytes:
        program = json.loads(content)
        change(program)
        return json.dumps(program).encode()

    return edit


def _size(text: str) -> Callable[[bytes], bytes]:
    def edit(content: bytes) -> bytes:
        return content.replace(b"Symbol('s", text.encode() + b"+Symbol('s")

    return edit


def _target(name: str) -> Callable[[bytes], bytes]:
    return graph(lambda program: program["graph_module"]["graph"]["nodes"][0].update(target=name))


def _pickled(content: bytes) -> bytes:
    return content.replace(b'"use_pickle": false', b'"use_pickle": true', 1)


def test_the_bombs_below_are_live(archive: bytes) -> None:
    """torch's own reader does what ours must not: without that, the tests of refusals would prove little."""
    bad = altered(archive, "sample_inputs/model.pt", lambda _: pickle.dumps(Bomb()))
    with pytest.raises(SystemError, match="unpickled"):
        torch.export.load(io.BytesIO(bad))


def test_sample_inputs_are_never_read(archive: bytes, small: nn.Module) -> None:
    model = load_archive(altered(archive, "sample_inputs/model.pt", lambda _: pickle.dumps(Bomb())), 2)
    x = torch.rand(1, 1, 9, 8), torch.rand(1, 1, 9, 8)
    torch.testing.assert_close(model(*x), small(*x))


def test_guards_are_never_run(archive: bytes, small: nn.Module) -> None:
    bad = altered(archive, "model.json", graph(lambda program: program.update(guards_code=["1 / 0"])))
    x = torch.rand(1, 1, 9, 8), torch.rand(1, 1, 9, 8)
    torch.testing.assert_close(load_archive(bad, 2)(*x), small(*x))


def test_a_network_exported_on_a_gpu_is_read_on_the_cpu(archive: bytes, small: nn.Module) -> None:
    def move(content: bytes) -> bytes:
        return content.replace(b'"type": "cpu", "index": null', b'"type": "cuda", "index": 0')

    data = altered(altered(archive, "model.json", move), "model_weights_config.json", move)
    assert b'"cuda"' in data
    x = torch.rand(1, 1, 9, 8), torch.rand(1, 1, 9, 8)
    torch.testing.assert_close(load_archive(data, 2)(*x), small(*x))


@pytest.mark.parametrize(
    ("member", "change", "reason"),
    [
        ("model_weights_config.json", _pickled, "is pickled"),
        ("model_constants_config.json", lambda _: b'{"config": {"c": {"path_name": "opaque_0"}}}', "pickled"),
        ("model_weights_config.json", None, "present torch.export.save"),
        ("model.json", _size("__import__('os').getcwd()"), "not arithmetic"),
        ("model.json", _size("exec('1/0')"), "not arithmetic"),
        ("model.json", _target("torch.ops.aten.from_file.default"), "no plain ATen operator"),
        ("model.json", _target("torch.load"), "no plain ATen operator"),
        ("model.json", _target("torch.ops.mine.op.default"), "no plain ATen operator"),
        ("model.json", _target("_operator.methodcaller"), "no plain ATen operator"),
        ("model.json", lambda _: b"[]", "not that of a program"),
        ("model.json", lambda content: content[:-9], "not valid JSON"),
        ("model.json", lambda _: b"{}", "torch.export cannot read it"),
        ("weight_0", lambda content: content[:-3], "torch.export cannot read it"),
    ],
)
def test_faulty_archives_are_refused(
    archive: bytes, member: str, change: Callable[[bytes], bytes] | None, reason: str
) -> None:
    with pytest.raises(ArchiveError, match=reason):
        load_archive(altered(archive, member, change), 2)


@pytest.mark.parametrize(
    ("member", "reason"),
    [
        ("data/weights/model.pt", "may need unpickling"),
        ("data/constants/custom_obj_0.bin", "may need unpickling"),
        ("data/aotinductor/model/lib.so", "compiled code"),
    ],
)
def test_what_an_archive_must_not_hold(archive: bytes, member: str, reason: str) -> None:
    with pytest.raises(ArchiveError, match=reason):
        load_archive(added(archive, member, pickle.dumps(Bomb())), 2)


def test_other_files_are_no_archives(small: nn.Module, tmp_path: Path) -> None:
    torch.save(small.state_dict(), tmp_path / "x.pt")
    for data in (b"", b"PK", (tmp_path / "x.pt").read_bytes()):
        with pytest.raises(ArchiveError):
            load_archive(data, 2)


def test_an_archive_of_one_size_is_refused_with_the_remedy(small: nn.Module) -> None:
    with pytest.raises(ArchiveError, match=r"only takes images of 24×32 pixels.*Dim\.DYNAMIC"):
        load_archive(exported(small, dynamic=False), 2)


def test_an_archive_in_training_mode_is_refused() -> None:
    with pytest.raises(ArchiveError, match="evaluation mode"):
        load_archive(exported(SmallPair().train(), batch=2), 2)


def test_a_check_needs_no_registration() -> None:
    torch.manual_seed(0)
    check = check_method(SmallPair().eval(), 2)
    assert check.accepted
    assert check.path == "cones"
    register(MethodSpec("temporary", "T", "", "", SmallPair))
    unregister("temporary")
