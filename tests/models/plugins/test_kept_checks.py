"""A check is kept for as long as nothing that it depends on changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from models import list_models
from models.plugins import load_plugins, loader
from models.registry import unregister

NET = """
from torch import nn
from models.registry import MethodSpec, register

class Net(nn.Module):
    def forward(self, x1, x2):
        return {share} * x1 + 0.5 * x2

register(MethodSpec(id="kept", title="Kept", paper="", description="", factory=Net))
"""


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch):
    """How often a network was really checked."""
    real, seen = loader.check_method, []
    monkeypatch.setattr(loader, "check_method", lambda *rest: seen.append(1) or real(*rest))
    before = {spec.id for spec in list_models()}
    yield seen
    for spec in list_models():
        if spec.id not in before:
            unregister(spec.id)


def test_a_check_that_passed_is_kept_until_something_changes(tmp_path: Path, checked: list[int]) -> None:
    folder, checks = tmp_path / "nets", tmp_path / "checks"
    folder.mkdir()
    (folder / "net.py").write_text(NET.format(share=0.25))
    (first,) = load_plugins(folder, checks)
    (again,) = load_plugins(folder, checks)
    assert (len(checked), again.check) == (1, first.check)
    (folder / "net.py").write_text(NET.format(share=0.3))
    load_plugins(folder, checks)
    assert len(checked) == 2
    for path in checks.iterdir():
        path.write_text("{")
    (mended,) = load_plugins(folder, checks)
    assert (len(checked), mended.accepted) == (3, True)
    load_plugins(folder)
    assert len(checked) == 4


def test_a_refused_network_is_checked_again(tmp_path: Path, checked: list[int]) -> None:
    (tmp_path / "net.py").write_text(NET.format(share=255))
    for _ in range(2):
        (report,) = load_plugins(tmp_path, tmp_path / "checks")
        assert not report.accepted
    assert len(checked) == 2
    assert not (tmp_path / "checks").exists()


def test_without_a_place_to_write_nothing_is_lost(tmp_path: Path, checked: list[int]) -> None:
    (tmp_path / "nets").mkdir()
    (tmp_path / "nets" / "net.py").write_text(NET.format(share=0.25))
    (tmp_path / "file").write_text("")
    (report,) = load_plugins(tmp_path / "nets", tmp_path / "file" / "checks")
    assert report.accepted
