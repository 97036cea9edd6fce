"""The registry and the weights files: what is there, and what is refused."""

from __future__ import annotations

import json
import os
import pickle
import time
from pathlib import Path

import pytest
import torch

import models
from models import MethodSpec, UnknownMethodError, WeightsError, create_model, get_method, list_models
from models.checkpoints import load_weights, save_weights, weights_digest
from models.networks.deepfuse import DeepFuse
from models.registry import register
from tests.models.methods import METHODS


@pytest.mark.parametrize("method", METHODS)
def test_module_is_as_its_spec_says(method: str) -> None:
    spec = get_method(method)
    model = create_model(method, pretrained=False)
    assert sum(p.numel() for p in model.parameters()) == spec.parameters
    assert not model.training
    fused = model(torch.rand(3, 1, 20, 26), torch.rand(3, 1, 20, 26))
    assert fused.shape == (3, 1, 20, 26)
    assert spec.title
    assert spec.paper
    assert spec.description


@pytest.mark.parametrize("method", METHODS)
def test_pretrained_weights_load_and_fuse_to_a_dark_background(method: str) -> None:
    model = create_model(method)
    fused = model(torch.zeros(1, 1, 64, 64), torch.zeros(1, 1, 64, 64))
    assert fused.abs().max() < 0.05


def test_both_averagings_have_the_same_value() -> None:
    x1, x2 = torch.rand(1, 1, 9, 9), torch.rand(1, 1, 9, 9)
    x1[..., :4] = 0
    x2[..., :2] = 0
    true, fixed = (create_model(i)(x1, x2) for i in ("weighted_averaging", "weighted_averaging_fixed"))
    torch.testing.assert_close(true, fixed)


def test_unknown_id_lists_the_valid_ones() -> None:
    with pytest.raises(UnknownMethodError, match="masknet") as caught:
        create_model("nope")
    assert caught.value.valid == METHODS


def test_duplicate_id_is_refused() -> None:
    spec = list_models()[0]
    with pytest.raises(ValueError, match="already registered"):
        register(MethodSpec(spec.id, "t", "p", "d", torch.nn.Identity))
    assert list_models()[0] is spec


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save_weights(DeepFuse(), "deepfuse", {"recipe": {}}, tmp_path)
    return tmp_path


def test_saved_weights_come_back(saved: Path) -> None:
    first, second = DeepFuse(), DeepFuse()
    load_weights(first, "deepfuse", saved)
    load_weights(second, "deepfuse", saved)
    for name, value in first.state_dict().items():
        assert torch.equal(value, second.state_dict()[name])


def _missing(folder: Path) -> None:
    (folder / "deepfuse.safetensors").unlink()


def _no_card(folder: Path) -> None:
    (folder / "deepfuse.json").unlink()


def _card_without_digest(folder: Path) -> None:
    (folder / "deepfuse.json").write_text("[]")


def _truncated(folder: Path) -> None:
    path = folder / "deepfuse.safetensors"
    path.write_bytes(path.read_bytes()[:-100])


def _flipped(folder: Path) -> None:
    path = folder / "deepfuse.safetensors"
    data = bytearray(path.read_bytes())
    data[-50] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        (_missing, "weights of 'deepfuse' are missing"),
        (_no_card, "card of the weights of 'deepfuse' is missing"),
        (_card_without_digest, "has no 'sha256'"),
        (_truncated, "truncated or altered"),
        (_flipped, "truncated or altered"),
    ],
)
def test_damaged_weights_are_one_clear_error(saved: Path, damage: object, sentence: str) -> None:
    assert callable(damage)
    damage(saved)
    with pytest.raises(WeightsError, match=sentence):
        load_weights(DeepFuse(), "deepfuse", saved)


def test_weights_of_another_network_are_refused(saved: Path) -> None:
    with pytest.raises(WeightsError, match="does not fit"):
        load_weights(create_model("masknet", pretrained=False), "deepfuse", saved)


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return Path.touch, (Path("unpickled"),)  # type: ignore[return-value]


def test_nothing_is_ever_unpickled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import hashlib

    monkeypatch.chdir(tmp_path)
    data = pickle.dumps(_Bomb())
    (tmp_path / "deepfuse.safetensors").write_bytes(data)
    (tmp_path / "deepfuse.json").write_text(json.dumps({"sha256": hashlib.sha256(data).hexdigest()}))
    with pytest.raises(WeightsError, match="not a safetensors file"):
        load_weights(DeepFuse(), "deepfuse", tmp_path)
    assert not (tmp_path / "unpickled").exists()


def test_an_unknown_device_is_refused() -> None:
    with pytest.raises(ValueError, match="expected auto, cpu or cuda"):
        models.select_device("tpu")


def test_a_changed_or_missing_card_is_noticed_and_an_unchanged_one_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = tmp_path / "net.json"

    def write(digest: str, age: float) -> None:
        card.write_text(json.dumps({"sha256": digest * 64}))
        os.utime(card, ns=(0, time.time_ns() - int(age * 1e9)))

    monkeypatch.setattr("models.checkpoints._SETTLED_NS", 0)  # `ctime` cannot be set
    write("a", 60)
    assert weights_digest("net", True, tmp_path) == "a" * 64
    with monkeypatch.context() as unread:
        unread.setattr("models.checkpoints.read_card", lambda *_: pytest.fail("read again"))
        assert weights_digest("net", True, tmp_path) == "a" * 64
    write("b", 30)
    assert weights_digest("net", True, tmp_path) == "b" * 64
    card.unlink()
    with pytest.raises(WeightsError, match="is missing"):
        weights_digest("net", True, tmp_path)


def test_a_card_written_this_moment_is_not_trusted_to_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two writes in one tick of the clock leave the same times; here the file stays, and is read again."""
    digests = iter(("a" * 64, "b" * 64))
    monkeypatch.setattr("models.checkpoints.read_card", lambda *_: {"sha256": next(digests)})
    (tmp_path / "net.json").write_text("{}")
    assert weights_digest("net", True, tmp_path) == "a" * 64
    assert weights_digest("net", True, tmp_path) == "b" * 64
