"""The command line: a run from folders to weights, and one sentence for what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from models.training.__main__ import main

MakePairs = Callable[..., Path]


def test_from_folders_to_weights(make_pairs: MakePairs, tmp_path: Path) -> None:
    folder = make_pairs("a", ["1001", "1002", "2001"])
    arguments = [
        "fit",
        "deepfuse",
        "--pairs",
        str(folder),
        "--holdout",
        "a/2",
        "--crop",
        "16",
        "--batch",
        "2",
    ]
    arguments += ["--out", str(tmp_path / "out"), "--device", "cpu", "--note", "A note."]
    assert main([*arguments, "--steps", "3", "--whole-share", "0.4", "--gamma-ssim", "0.4"]) == 0
    card = json.loads((tmp_path / "out" / "deepfuse.json").read_text())
    assert (card["recipe"]["crop_steps"], card["recipe"]["whole_steps"]) == (2, 1)
    assert (card["recipe"]["gamma_ssim"], card["recipe"]["gamma_mse"]) == (0.4, 0.5)
    assert card["data"]["held_out"]["a"]["patient_ids"] == ["2"]
    assert card["notes"] == ["A note."]
    assert set(card["held_out"]) == {"a", "all"}


def test_minutes_become_steps_and_stay_when_resumed(make_pairs: MakePairs, tmp_path: Path) -> None:
    folder = make_pairs("a", ["1001", "2001"])
    arguments = ["fit", "deepfuse", "--pairs", str(folder), "--crop", "16", "--batch", "1"]
    arguments += ["--minutes", "0.005", "--out", str(tmp_path), "--device", "cpu"]
    assert main(arguments) == 0
    first = json.loads((tmp_path / "deepfuse.json").read_text())
    assert main(arguments) == 0  # finished: the same plan, nothing is trained again
    again = json.loads((tmp_path / "deepfuse.json").read_text())
    assert first["recipe"] == again["recipe"]
    assert first["sha256"] == again["sha256"]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (["--steps", "0"], "no training steps"),
        (["--minutes", "-1"], "expected a positive number"),
        (["--steps", "2", "--holdout", "a/7"], "'a/7' is in no pairs folder"),
        (["--steps", "2", "--crop", "64"], "expected at least the crop of 64×64"),
        (["--steps", "2", "--whole-share", "2"], "expected a share from 0 to 1"),
        (["--steps", "2", "--device", "tpu"], "expected auto, cpu or cuda"),
        (["--steps", "2", "--gamma-ssim", "3"], "expected a number from 0 to 1"),
        (["--steps", "2", "--threads", "0"], "--threads is 0"),
    ],
)
def test_wrong_input_is_one_sentence(
    make_pairs: MakePairs, tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: list[str], says: str
) -> None:
    folder = make_pairs("a", ["1001", "2001"])
    assert main(["fit", "deepfuse", "--pairs", str(folder), "--out", str(tmp_path / "out"), *wrong]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1
    assert says in lines[0]
    assert not (tmp_path / "out").exists()


def test_interrupted_by_hand(
    make_pairs: MakePairs,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("models.training.fit_command.fit", interrupted)
    command = ["fit", "deepfuse", "--pairs", str(make_pairs("a", ["1001", "2001"])), "--crop", "16"]
    assert main([*command, "--steps", "2", "--out", str(tmp_path / "out"), "--device", "cpu"]) == 130
    assert "the same command continues" in capsys.readouterr().err
