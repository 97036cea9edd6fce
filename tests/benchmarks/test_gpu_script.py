"""The script for GPUs runs, and notices what differs, where there is none."""

from __future__ import annotations

import pytest
import torch

from tests.benchmarks import gpu


def test_the_cpu_agrees_with_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu.main(["--device", "cpu", "--side", "40", "--methods", "weighted_averaging", "deepfuse"]) == 0
    said = capsys.readouterr().out
    assert said.count("| yes |") == 2


def test_what_differs_is_noticed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(gpu.LIMITS, torch.float32, 1e-12)
    assert gpu.main(["--device", "cpu", "--side", "40", "--methods", "deepfuse"]) == 1
    assert "**no**" in capsys.readouterr().out


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_device_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert gpu.main([]) == 2
    assert "no usable CUDA device" in capsys.readouterr().out
