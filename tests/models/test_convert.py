"""Released checkpoints under our names. The oracle: networks written here with functional calls on the
released layer names, which compute the same fused image from the same state dict."""

from __future__ import annotations

import json
import pickle
import tomllib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from torch import Tensor
from torch.nn import functional as F

import models
from models.__main__ import main
from models.checkpoints import WeightsError, load_weights
from models.convert import convert_state_dict, read_state_dict
from models.plugins import load_plugins
from models.registry import unregister

State = dict[str, Tensor]


def conv_state(state: State, name: str, kernel: int, inputs: int, outputs: int) -> None:
    state[f"{name}.weight"] = torch.randn(outputs, inputs, kernel, kernel) / (kernel * inputs**0.5)
    state[f"{name}.bias"] = torch.randn(outputs) / 10


def norm_state(state: State, name: str, channels: int) -> None:
    state[f"{name}.weight"] = 0.5 + torch.rand(channels)
    state[f"{name}.bias"] = torch.randn(channels) / 10
    state[f"{name}.running_mean"] = torch.randn(channels) / 10
    state[f"{name}.running_var"] = 0.5 + torch.rand(channels)
    state[f"{name}.num_batches_tracked"] = torch.tensor(7)


def conv(state: State, name: str, x: Tensor) -> Tensor:
    weight = state[f"{name}.weight"]
    return F.conv2d(x, weight, state[f"{name}.bias"], padding=weight.shape[-1] // 2)


def block(state: State, first: str, second: str, x: Tensor) -> Tensor:
    """Convolution `first`, batch norm `second`, without the activation."""
    return F.batch_norm(
        conv(state, first, x),
        *(state[f"{second}.{kind}"] for kind in ("running_mean", "running_var", "weight", "bias")),
    )


FUNFUSEAN = {
    "mri_lf": [(9, 1, 16)],
    "mri_hf": [(3, 1, 16), (3, 16, 32), (3, 32, 64)],
    "pet_lf": [(7, 1, 16)],
    "pet_hf": [(5, 1, 16), (5, 16, 32), (3, 32, 64)],
    "recon1": [(5, 64, 32), (5, 32, 16)],
}


def funfusean_state() -> State:
    state: State = OrderedDict()
    for name, sizes in FUNFUSEAN.items():
        for place, size in enumerate(sizes):
            conv_state(state, f"{name}.{3 * place}", *size)
            norm_state(state, f"{name}.{3 * place + 1}", size[2])
    conv_state(state, "recon2.0", 5, 16, 1)
    return state


def funfusean(rule: Callable[[Tensor, Tensor], Tensor]) -> Callable[[State, Tensor, Tensor], Tensor]:
    def run(state: State, x: Tensor, y: Tensor) -> Tensor:
        def sequence(name: str, value: Tensor) -> Tensor:
            for place in range(len(FUNFUSEAN[name])):
                value = block(state, f"{name}.{3 * place}", f"{name}.{3 * place + 1}", value)
                value = F.leaky_relu(value, 0.2)
            return value

        high = sequence("recon1", rule(sequence("mri_hf", x), sequence("pet_hf", y)))
        return torch.tanh(conv(state, "recon2.0", (sequence("mri_lf", x) + sequence("pet_lf", y) + high) / 3))

    return run


def guarded_ratio(a: Tensor, b: Tensor) -> Tensor:
    """max(a, b)/(s + 0.01/s) with s = a + b."""
    s = a + b
    return torch.maximum(a, b) / (s + 0.01 / s)


MASKNET = [(2, 48), (48, 48), (96, 48), (144, 48), (192, 192), (192, 128), (128, 64), (64, 1)]


def masknet_state() -> State:
    state: State = OrderedDict()
    for place, (inputs, outputs) in enumerate(MASKNET, 1):
        conv_state(state, f"layer{place}.0", 3, inputs, outputs)
        norm_state(state, f"layer{place}.1", outputs)
    return state


def masknet(state: State, x: Tensor, y: Tensor) -> Tensor:
    def layer(place: int, value: Tensor) -> Tensor:
        return F.leaky_relu(block(state, f"layer{place}.0", f"layer{place}.1", value), 0.2)

    value = layer(1, torch.cat((x, y), 1))
    for place in (2, 3, 4):
        value = torch.cat((value, layer(place, value)), 1)
    for place in (5, 6, 7, 8):
        value = layer(place, value)
    return torch.tanh(value)


DEEPFUSE = {1: (5, 1, 16), 2: (7, 16, 32), 4: (7, 32, 32), 5: (5, 32, 16), 6: (5, 16, 1)}


def deepfuse_state() -> State:
    state: State = OrderedDict()
    for place, size in DEEPFUSE.items():
        conv_state(state, f"layer{place}.main.0", *size)
        norm_state(state, f"layer{place}.main.1", size[2])
    return state


def deepfuse(state: State, x: Tensor, y: Tensor) -> Tensor:
    def layer(place: int, value: Tensor) -> Tensor:
        return block(state, f"layer{place}.main.0", f"layer{place}.main.1", value)

    value = sum(F.relu(layer(2, F.leaky_relu(layer(1, source)))) for source in (x, y))
    for place in (4, 5):
        value = F.leaky_relu(layer(place, value))
    return torch.tanh(layer(6, value))


def deeppedestrian_state() -> State:
    state: State = OrderedDict()
    for name, places in {
        "conv1": (0, 2, 4, 6),
        **dict.fromkeys(("conv2", "conv3", "conv4"), (1, 3, 5, 7)),
    }.items():
        for place in places:
            conv_state(state, f"{name}.{place}", 3, 2 if (name, place) == ("conv1", 0) else 48, 48)
    conv_state(state, "conv5.1", 3, 48, 1)
    return state


def deeppedestrian(state: State, x: Tensor, y: Tensor) -> Tensor:
    def led(name: str, value: Tensor) -> Tensor:
        for place in (1, 3, 5, 7):
            value = conv(state, f"{name}.{place}", F.relu(value))
        return value

    value = conv(state, "conv1.0", torch.cat((x, y), 1))
    for place in (2, 4, 6):
        value = conv(state, f"conv1.{place}", F.relu(value))
    value = led("conv3", value + led("conv2", value))
    return conv(state, "conv5.1", F.relu(value + led("conv4", value)))


RELEASED = {
    "funfusean": (funfusean_state, funfusean(guarded_ratio)),
    "funfusean_sum": (funfusean_state, funfusean(torch.add)),
    "masknet": (masknet_state, masknet),
    "deepfuse": (deepfuse_state, deepfuse),
    "deeppedestrian": (deeppedestrian_state, deeppedestrian),
}


def released(method: str) -> State:
    torch.manual_seed(5)
    return RELEASED[method][0]()


@pytest.mark.parametrize("wrapping", ["plain", "state_dict", "parallel", "safetensors"])
@pytest.mark.parametrize("method", RELEASED)
def test_a_released_state_dict_computes_the_same_fused_image(
    method: str, wrapping: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state = released(method)
    path = tmp_path / ("old.safetensors" if wrapping == "safetensors" else "old.pth")
    if wrapping == "safetensors":
        save_file(state, path)
    elif wrapping == "parallel":
        torch.save({"module." + name: value for name, value in state.items()}, path)
    else:
        torch.save({"epoch": 3, "state_dict": state} if wrapping == "state_dict" else state, path)
    out = tmp_path / "out"
    assert main(["convert", str(path), "--method", method, "--out", str(out)]) == 0
    assert f"{method}.safetensors" in capsys.readouterr().out
    model = models.create_model(method, pretrained=False)
    load_weights(model, method, out)
    x, y = torch.rand(2, 2, 1, 25, 30)
    torch.testing.assert_close(model(x, y), RELEASED[method][1](state, x, y), rtol=1e-4, atol=1e-5)
    card = json.loads((out / f"{method}.json").read_text())
    assert "old." in card["provenance"]
    assert "SHA-256" in card["provenance"]
    assert sorted(file.name for file in out.iterdir()) == [f"{method}.json", f"{method}.safetensors"]


@pytest.fixture
def lab() -> Iterator[str]:
    yield "lab"
    unregister("lab")


def test_converted_weights_are_a_plugin_under_an_id_of_their_own(tmp_path: Path, lab: str) -> None:
    state = released("deepfuse")
    torch.save(state, tmp_path / "old.pth")
    out = tmp_path / "plugins"
    arguments = ["--method", "deepfuse", "--out", str(out), "--id", lab]
    assert main(["convert", str(tmp_path / "old.pth"), *arguments]) == 0
    (report,) = load_plugins(out)
    assert report.accepted, report.reason
    x, y = torch.rand(2, 1, 1, 20, 20)
    torch.testing.assert_close(models.create_model(lab)(x, y), deepfuse(state, x, y), rtol=1e-4, atol=1e-5)


def test_the_cards_say_where_the_network_leaves_the_released_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "released.pth"
    torch.save(released("funfusean"), path)
    arguments = ["convert", str(path), "--method", "funfusean", "--id", "lab", "--out", str(tmp_path)]
    assert main(arguments) == 0
    said = capsys.readouterr().out
    for card in (
        tomllib.loads((tmp_path / "lab.toml").read_text("utf-8")),
        json.loads((tmp_path / "lab.json").read_text("utf-8")),
    ):
        assert card["deviations"] == list(models.get_method("funfusean").deviations)
        assert any("funfusean_sum" in deviation for deviation in card["deviations"])
    assert "note: The released notebooks add H1 + H2" in said


def test_counters_of_batch_norm_may_be_missing() -> None:
    state = {name: value for name, value in released("masknet").items() if "num_batches" not in name}
    x, y = torch.rand(2, 1, 1, 12, 12)
    torch.testing.assert_close(
        convert_state_dict(state, "masknet")(x, y), masknet(state, x, y), rtol=1e-4, atol=1e-5
    )


def _missing(state: State) -> None:
    del state["layer4.main.0.bias"]


def _further(state: State) -> None:
    state["layer7.main.0.weight"] = torch.zeros(1)


def _other_shape(state: State) -> None:
    state["layer1.main.0.weight"] = torch.zeros(16, 1, 3, 3)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (_missing, "'layer4.main.0.bias' is missing; expected the layers of the released DeepFuse"),
        (_further, "'layer7.main.0.weight' is no layer of the released DeepFuse"),
        (_other_shape, r"'layer1.main.0.weight' has shape \(16, 1, 3, 3\); expected \(16, 1, 5, 5\)"),
    ],
)
def test_the_first_mismatch_is_named(change: Callable[[State], None], sentence: str) -> None:
    state = released("deepfuse")
    change(state)
    with pytest.raises(WeightsError, match=sentence):
        convert_state_dict(state, "deepfuse")


def test_a_network_without_released_weights_is_named() -> None:
    with pytest.raises(WeightsError, match="no weights for 'weighted_averaging'"):
        convert_state_dict({}, "weighted_averaging")


class _Bomb:
    def __init__(self, target: Path) -> None:
        self.target = str(target)

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path(self.target),)  # type: ignore[return-value]


def test_whole_models_and_other_pickles_are_refused_unopened(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mark = tmp_path / "unpickled"
    torch.save(torch.nn.Conv2d(1, 1, 3), tmp_path / "model.pth")
    torch.save({"layer": _Bomb(mark)}, tmp_path / "bomb.pth")
    (tmp_path / "bare.pth").write_bytes(pickle.dumps(_Bomb(mark)))
    (tmp_path / "text.pth").write_text("hello")
    (tmp_path / "text.safetensors").write_text("hello")
    (tmp_path / "empty.pth").write_bytes(b"")
    for path in sorted(tmp_path.glob("*.*")):
        assert main(["convert", str(path), "--method", "masknet", "--out", str(tmp_path / "out")]) == 1
        error = capsys.readouterr().err
        assert error.startswith(f"error: {path.name}: not a file of tensors only"), error
    assert not mark.exists()
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("content", [[1, 2], {}, {"a": 1}, torch.zeros(2)])
def test_a_file_of_something_else_is_refused(tmp_path: Path, content: object) -> None:
    torch.save(content, tmp_path / "x.pth")
    with pytest.raises(WeightsError, match="expected"):
        read_state_dict(tmp_path / "x.pth")


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match=r"nowhere.pth: cannot be read"):
        read_state_dict(tmp_path / "nowhere.pth")
