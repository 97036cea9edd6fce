"""The floors, models ← precompute ← dashboard ← app, and the walls between the pages of the dashboard.

An import goes down, never up; a page imports `shared` and `service`, never another page.
"""

from __future__ import annotations

import ast
from importlib import import_module
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


def rooms() -> list[str]:
    return list(import_module("dashboard.rooms").ROOMS)


def modules_imported(path: Path) -> set[str]:
    """Full names of the modules and of what is taken from them, `a.b` and `a.b.c` for `from a.b import c`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {str(node.module), *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def walls_broken(folder: Path, forbidden: list[str]) -> list[str]:
    """The imports of a folder that reach into forbidden folders of the dashboard."""
    return [
        f"{path.name}: {name}"
        for path in sorted(folder.rglob("*.py"))
        for name in sorted(modules_imported(path))
        if name.split(".")[:1] == ["dashboard"] and name.split(".")[1:2] and name.split(".")[1] in forbidden
    ]


@pytest.mark.parametrize("room", rooms())
def test_a_page_imports_no_other_page(room: str) -> None:
    folder = ROOT / "dashboard" / room
    assert (folder / "page.py").is_file()
    assert walls_broken(folder, [other for other in [*rooms(), "api"] if other != room]) == []


def test_what_pages_share_imports_no_page() -> None:
    assert walls_broken(ROOT / "dashboard" / "shared", [*rooms(), "api"]) == []
    assert walls_broken(ROOT / "dashboard" / "service", [*rooms(), "api", "shared"]) == []


def test_every_folder_of_the_dashboard_is_a_room_or_known() -> None:
    folders = {path.parent.name for path in (ROOT / "dashboard").glob("*/__init__.py")}
    assert folders == {*rooms(), "shared", "service", "api"}


def test_a_broken_wall_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "page.py").write_text(
        "from dashboard.explore import page\nfrom dashboard.shared import ids\n"
    )
    assert walls_broken(tmp_path, ["explore", "api"]) == [
        "page.py: dashboard.explore",
        "page.py: dashboard.explore.page",
    ]
