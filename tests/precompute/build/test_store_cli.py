"""`python -m precompute build | list | verify`: exit status, sentences, and builds that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from precompute import settings
from precompute.__main__ import main
from precompute.build import build, compute
from precompute.cases.case_study import save_case
from precompute.store.store import Store
from tests.precompute.store_helpers import make_case, save_cases

PROJECT = Path(__file__).parents[3]
AVERAGES = ("weighted_averaging", "weighted_averaging_fixed")


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three case studies that count as the bundled ones; the store is `tmp_path/store`."""
    folder = save_cases(tmp_path / "cases", "alpha", "beta", "gamma")
    monkeypatch.setattr(settings, "BUNDLED", folder)
    monkeypatch.setenv("FUSEVIS_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("FUSEVIS_DEVICE", "cpu")
    monkeypatch.delenv("FUSEVIS_CASES", raising=False)
    return folder


def entry_folders(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "store" / "entries.zarr").glob("*/weighted*"))


def test_build_list_verify(cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--method", *AVERAGES]) == 0
    assert capsys.readouterr().out.count("missing") == 6
    assert main(["build", "--method", *AVERAGES, "--case", "beta", "alpha"]) == 0
    assert "4 entries computed" in capsys.readouterr().out
    assert main(["build", "--method", *AVERAGES]) == 0
    assert "2 entries computed" in capsys.readouterr().out
    assert len(entry_folders(tmp_path)) == 6
    assert main(["list", "--method", *AVERAGES]) == 0
    header, *rows = capsys.readouterr().out.splitlines()
    assert header.split() == ["CASE", "METHOD", "STATUS", "SECONDS", "CREATED", "SIZE"]
    assert [row.split()[:3] for row in rows] == [
        [case, method, "ready"] for case in ("alpha", "beta", "gamma") for method in AVERAGES
    ]
    assert main(["verify"]) == 0
    assert "6 entries checked, 0 problems." in capsys.readouterr().out


def test_damaged_and_stale_entries_are_reported_and_rebuilt(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    only = ["--method", AVERAGES[0]]
    assert main(["build", *only]) == 0
    store = tmp_path / "store" / "entries.zarr"
    chunk = next(
        path for path in (store / "alpha" / AVERAGES[0] / "guidance" / "c").rglob("0") if path.is_file()
    )
    data = bytearray(chunk.read_bytes())
    data[len(data) // 2] ^= 1
    chunk.write_bytes(data)
    os.truncate(store / "beta" / AVERAGES[0] / "zarr.json", 50)
    save_case(make_case("gamma", seed=77), cases / "gamma", replace=True)
    capsys.readouterr()

    assert main(["verify"]) == 1
    out, err = capsys.readouterr()
    assert "3 entries checked, 3 problems." in out
    assert "alpha/weighted_averaging is damaged: guidance" in err
    assert "beta/weighted_averaging is damaged: its metadata" in err
    assert "gamma/weighted_averaging is stale: its source digest" in err

    assert main(["list", *only]) == 0
    out = capsys.readouterr().out
    assert [line.split()[2] for line in out.splitlines()[1:4]] == ["damaged", "damaged", "stale"]

    assert main(["build", *only]) == 0
    out, err = capsys.readouterr()
    assert "3 entries computed" in out
    assert "alpha/weighted_averaging is damaged" in err
    assert main(["verify"]) == 0


def test_entries_of_other_folders_are_checked_but_not_called_stale(
    cases: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    extra = save_cases(tmp_path / "extra", "delta")
    only = ["--method", AVERAGES[0]]
    assert main(["build", *only, "--case", "delta", "--cases", str(extra)]) == 0
    assert main(["verify"]) == 0
    assert main(["list"]) == 0
    assert "no such case" in capsys.readouterr().out
    (next(folder for folder in entry_folders(tmp_path)) / "zarr.json").unlink()
    assert main(["verify"]) == 1
    assert "delta/weighted_averaging is damaged" in capsys.readouterr().err


def test_the_environment_counts_where_the_flags_say_nothing(
    cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    more = [str(save_cases(tmp_path / name, name)) for name in ("delta", "epsilon")]
    monkeypatch.setenv("FUSEVIS_CASES", os.pathsep.join(more))
    monkeypatch.setenv("FUSEVIS_DEVICE", "abacus")
    assert main(["build"]) == 2
    assert "abacus" in capsys.readouterr().err
    only = ["--method", AVERAGES[0], "--case", "delta", "epsilon", "alpha", "--device", "cpu"]
    assert main(["build", *only, "--store", str(tmp_path / "other")]) == 0
    assert len(Store(tmp_path / "other").entries()) == 3
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["build", "--case", "nope"], "Unknown case 'nope'; expected one of: alpha, beta, gamma."),
        (["verify", "--case", "../alpha"], "Unknown case '../alpha'; expected one of: alpha, beta, gamma."),
        (["list", "--method", "nope"], "Unknown method 'nope'; expected one of: weighted_averaging, "),
        (["build", "--device", "tpu"], "Unknown device 'tpu'; expected auto, cpu or cuda."),
        (["build", "--cases", "/nowhere"], "/nowhere: not a folder"),
        (["list", "--store", "FILE"], "is a file; expected a folder"),
    ],
)
def test_requests_that_make_no_sense(
    cases: Path, tmp_path: Path, arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "FILE").write_text("")
    assert main([str(tmp_path / "FILE") if part == "FILE" else part for part in arguments]) == 2
    out, err = capsys.readouterr()
    assert words in err
    assert err.count("\n") == 1
    assert out == ""
    assert not (tmp_path / "store").exists()


def test_failures_are_listed_and_the_rest_is_built(
    cases: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (cases / "alpha" / "source-0.png").write_text("not an image")
    real = build.compute_entry

    def compute_entry(case, *rest):
        if case.id == "beta":
            raise RuntimeError("out of luck")
        return real(case, *rest)

    monkeypatch.setattr(build, "compute_entry", compute_entry)
    assert main(["build", "--method", AVERAGES[0]]) == 1
    out, err = capsys.readouterr()
    assert "1 entries computed" in out
    assert "2 failed" in out
    assert "beta/weighted_averaging: RuntimeError: out of luck" in err
    assert "alpha: " in err
    assert "source-0.png" in err
    assert [path.parent.name for path in entry_folders(tmp_path)] == ["gamma"]


def test_a_method_without_weights_is_one_failure(
    cases: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def digest(method_id: str) -> str:
        raise compute.models.WeightsError(f"{method_id}.json: the card is missing.")

    monkeypatch.setattr(build, "method_digest", digest)
    assert main(["build", "--method", AVERAGES[0]]) == 1
    assert capsys.readouterr().err.count("card is missing") == 1


# Real processes ---------------------------------------------------------------------------------

SLOW = """
import sys, time
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
from precompute import settings
from precompute.build import build
from precompute.store import entry_files
from precompute.store import store
cases, log, where = Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
settings.BUNDLED = cases
real_compute, real_write = build.compute_entry, store.write_folder
def compute_entry(case, method, device, progress, cancelled, *rest):
    with log.open("a") as file:
        file.write(f"{case.id}/{method}\\n")
    for step in range(20 if where == "compute" else 0):
        time.sleep(0.02)
        if cancelled():
            raise build.models.Cancelled
    return real_compute(case, method, device, progress, cancelled, *rest)
def write_folder(entry, folder):
    real_write(entry, folder)
    if where == "write" and entry.case == "beta":
        (folder / "zarr.json").unlink()  # as if it were killed before its last file
        log.with_suffix(".writing").touch()
        time.sleep(60)
build.compute_entry, store.write_folder = compute_entry, write_folder
from precompute.__main__ import main
sys.exit(main(sys.argv[5:]))
"""


def start(cases: Path, tmp_path: Path, where: str, name: str = "log") -> subprocess.Popen[str]:
    """A real build of six entries that dawdles in a known place and logs what it computes."""
    command = [sys.executable, "-c", SLOW, str(PROJECT), str(cases), str(tmp_path / name), where]
    return subprocess.Popen(
        [*command, "build", "--method", *AVERAGES],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_for(condition, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("where", ["compute", "write"])
def test_killed_in_the_middle_and_started_again(
    cases: Path, tmp_path: Path, where: str, capsys: pytest.CaptureFixture[str]
) -> None:
    process = start(cases, tmp_path, where)
    wait_for(lambda: len(entry_folders(tmp_path)) >= 2, process)
    if where == "write":
        wait_for((tmp_path / "log.writing").exists, process)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    before = {folder: (folder / "zarr.json").stat().st_mtime_ns for folder in entry_folders(tmp_path)}
    assert 2 <= len(before) < 6

    assert main(["verify"]) == 0, "what is there is whole"
    assert not list((tmp_path / "store" / ".work").glob("scratch-*"))
    capsys.readouterr()
    assert main(["build", "--method", *AVERAGES]) == 0
    out = capsys.readouterr().out
    assert f"{6 - len(before)} entries computed" in out
    assert f"{len(before)} were ready" in out
    assert main(["verify"]) == 0
    assert len(entry_folders(tmp_path)) == 6
    for folder, time_written in before.items():
        assert (folder / "zarr.json").stat().st_mtime_ns == time_written, "not computed again"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_between_two_steps(cases: Path, tmp_path: Path, number: signal.Signals) -> None:
    process = start(cases, tmp_path, "compute")
    wait_for(lambda: len(entry_folders(tmp_path)) >= 1, process)
    process.send_signal(number)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "entries computed" in out
    assert "Stopped" in err
    assert "Traceback" not in err
    assert 1 <= len(entry_folders(tmp_path)) < 6
    assert main(["verify"]) == 0
    assert not list((tmp_path / "store" / ".work").glob("scratch-*"))


def test_two_builds_at_once_share_the_work(cases: Path, tmp_path: Path) -> None:
    pair = [start(cases, tmp_path, "compute", "log") for _ in range(2)]
    for process in pair:
        process.communicate(timeout=120)
        assert process.returncode == 0
    computed = (tmp_path / "log").read_text().split()
    assert sorted(computed) == sorted(
        f"{case}/{method}" for case in ("alpha", "beta", "gamma") for method in AVERAGES
    )
    assert main(["verify"]) == 0
    assert len(entry_folders(tmp_path)) == 6
