"""The floors: models ← precompute ← dashboard ← app. An import goes down, never up."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
BELOW = {"models": {"models"}, "precompute": {"models", "precompute"}}
FORBIDDEN = {
    "models": {"dash", "plotly", "flask", "zarr"},
    "precompute": {"torch", "dash", "plotly", "flask"},
    "dashboard": {"torch"},
    "app.py": {"torch"},
}
OURS = {"models", "precompute", "dashboard", "app"}


def files(floor: str) -> list[Path]:
    path = ROOT / floor
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def imported(path: Path) -> set[str]:
    """Top-level names of everything that a file imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add("." if node.level else str(node.module).split(".")[0])
    return names


@pytest.mark.parametrize("floor", FORBIDDEN)
def test_imports_go_down(floor: str) -> None:
    assert files(floor)
    for path in files(floor):
        names = imported(path)
        assert not names & FORBIDDEN[floor], path
        assert "." not in names, f"{path}: relative import"
        if floor in BELOW:
            assert names & OURS <= BELOW[floor], path


def test_only_the_store_floor_knows_zarr() -> None:
    users = {
        path.name
        for floor in ("precompute", "dashboard")
        for path in files(floor)
        if "zarr" in imported(path)
    }
    assert users <= {"store.py", "entry_files.py"}


@pytest.mark.parametrize("floor", ["models", "precompute", "dashboard"])
def test_modules_stay_short(floor: str) -> None:
    """Past about 300 lines a module has outgrown its concept (a tenth is tolerated)."""
    for path in files(floor):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 330, path
