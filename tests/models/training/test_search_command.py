"""The search from folders to the `fit` command, killed and continued; early stop and `auto` in `fit`."""

from __future__ import annotations

import csv
import json
import shlex
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest

from models.training.__main__ import _parser, main

MakePairs = Callable[..., Path]
SMALL = ["--crop", "16", "--batch", "2", "--device", "cpu", "--threads", "1"]


def arguments(folder: Path, out: Path) -> list[str]:
    pairs = ["--pairs", str(folder), "--holdout", "a/2", "--steps", "3", "--budget", "4"]
    return ["search", "deepfuse", *pairs, *SMALL, "--out", str(out)]


def records(out: Path) -> dict[str, dict]:
    found = {path.name: json.loads(path.read_text()) for path in (out / "trials").glob("*.json")}
    return {name: {**record, "seconds": 0} for name, record in found.items()}


@pytest.fixture
def folder(make_pairs: MakePairs) -> Path:
    return make_pairs("a", ["1001", "1002", "2001"])


def killed_after_a_trial(folder: Path, out: Path) -> None:
    """Start the search as a process of its own and kill it once a trial is on disk."""
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-m", "models.training", *arguments(folder, out)]
    with subprocess.Popen(command, cwd=root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until = time.monotonic() + 300
        while not list(out.glob("trials/*.json")) and process.poll() is None and time.monotonic() < until:
            time.sleep(0.002)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert 1 <= len(list(out.glob("trials/*.json"))) < 4
    assert not (out / "table.txt").exists()


def test_a_killed_search_ends_like_an_uninterrupted_one(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    assert main(arguments(folder, whole)) == 0
    first = capsys.readouterr().out.splitlines()
    killed_after_a_trial(folder, killed)
    assert main(arguments(folder, killed)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == first[-1]
    assert records(killed) == records(whole)
    for name in ("study.json", "table.txt", "table.csv", "curves.csv", "curves.svg"):
        assert (killed / name).read_bytes() == (whole / name).read_bytes()
    check_report(whole, first)


def check_report(out: Path, lines: list[str]) -> None:
    """Table, curves and the last line agree with the trials' records."""
    result = json.loads((out / "study.json").read_text())["result"]
    trials = records(out)
    with (out / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [f"{r['structure']}_{r['gamma_ssim']}_{r['gamma_mse']}.json" for r in rows] == [
        f"{key}.json" for key in result["trials"]
    ]
    for row, key in zip(rows, result["trials"], strict=True):
        assert float(row["ssim2"]) == trials[f"{key}.json"]["held_out"]["ssim2"]
        assert (row["remark"] == "chosen") == (key == result["chosen"])
    with (out / "curves.csv").open(newline="") as file:
        curves = list(csv.DictReader(file))
    assert len(curves) == 2 * sum(len(record["losses"]) for record in trials.values())
    drawing = ElementTree.parse(out / "curves.svg").getroot()
    assert len(drawing.findall("{*}polyline")) == 4 * len(result["candidates"])
    assert all(not path.name.startswith(".") for path in out.rglob("*"))
    gammas = result["gamma_ssim"], result["gamma_mse"]
    assert lines[-1].startswith(
        f"λ {result['structure']}, γ_s {gammas[0]}, γ_2 {gammas[1]}: python -m models"
    )
    words = shlex.split(lines[-1].split(": ", 1)[1])
    parsed = _parser().parse_args(words[3:])
    assert (parsed.structure, parsed.gamma_ssim, parsed.gamma_mse) == (result["structure"], *gammas)
    assert (parsed.crop, parsed.batch, parsed.holdout) == (16, 2, ["a/2"])


def test_parts_of_the_grid_add_up(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main([*arguments(folder, out), "--part", "2/2"]) == 0
    assert set(records(out)) == {"0.99_0.7_0.5.json"}
    assert main([*arguments(folder, out), "--part", "1/2"]) == 0
    assert set(records(out)) == {"0.99_0.3_0.5.json", "0.99_0.7_0.5.json"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (["--budget", "2"], "expected small, full or a number"),
        (["--part", "3/2"], "--part is '3/2'"),
        (["--holdout"], "judged by held-out pairs"),
        (["--holdout", "a/9"], "'a/9' is in no pairs folder"),
        (["--patience", "-1"], "patience is -1"),
    ],
)
def test_wrong_input_is_one_sentence(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], wrong: list[str], says: str
) -> None:
    assert main([*arguments(folder, tmp_path / "out"), *wrong]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if "error: " in line]
    assert len(lines) == 1
    assert says in lines[0]


def test_minutes_are_shared_by_the_trials_and_kept(folder: Path, tmp_path: Path) -> None:
    command = arguments(folder, tmp_path / "out")
    at = command.index("--steps")
    command[at : at + 2] = ["--minutes", "0.1"]
    assert main([*command, "--part", "1/2"]) == 0
    before = json.loads((tmp_path / "out" / "study.json").read_text())
    assert main([*command, "--part", "1/2"]) == 0
    assert json.loads((tmp_path / "out" / "study.json").read_text()) == before
    command[at + 1] = "0.000001"
    assert main([*command[:-1], str(tmp_path / "other")]) == 2


def test_fit_chooses_the_augmentation_and_stops_early(folder: Path, tmp_path: Path) -> None:
    command = ["fit", "deepfuse", "--pairs", str(folder), "--holdout", "a/2", *SMALL]
    command += ["--augment", "auto", "--patience", "1", "--amp", "bf16", "--out", str(tmp_path)]
    assert main([*command, "--steps", "30"]) == 0
    card = json.loads((tmp_path / "deepfuse.json").read_text())
    losses = card["augmentation"]["held_out_loss"]
    assert set(losses) == {"off", "flips", "full"}
    assert card["recipe"]["augment"] == card["augmentation"]["chosen"] == min(losses, key=losses.__getitem__)
    assert [stage["stage"] for stage in card["early_stop"]] == ["crops", "whole"]
    assert (card["recipe"]["patience"], card["recipe"]["amp"]) == (1, "bf16")
    assert main([*command, "--steps", "30"]) == 0
    assert json.loads((tmp_path / "deepfuse.json").read_text()) == card
    assert main([*command, "--steps", "40"]) == 2
    assert main([*command, "--steps", "40", "--restart"]) == 0
