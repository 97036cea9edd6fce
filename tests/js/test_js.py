"""Runs the JavaScript modules' own tests in node; holds the walls between the pages' scripts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dashboard.document import ASSETS, assets
from dashboard.rooms import ROOMS, addresses

HERE = Path(__file__).parent
NODE = shutil.which("node")
SCRIPTS = ASSETS / "js"
_SPACE = r"(?:modules\(\)|root\.FuseVis|window\.FuseVis|fusevis)"


@pytest.mark.skipif(NODE is None, reason="node is not installed: the JavaScript unit tests did not run")
def test_javascript_modules() -> None:
    files = sorted(str(path) for path in HERE.glob("*.test.js"))
    known = {**os.environ, "FUSEVIS_ADDRESSES": json.dumps(addresses())}
    done = subprocess.run(
        [str(NODE), "--test", *files], capture_output=True, text=True, check=False, env=known
    )
    assert done.returncode == 0, done.stdout + done.stderr


def defined(text: str) -> set[str]:
    """The names that a script puts into the namespace."""
    found = re.findall(r"root\.FuseVis = Object\.assign\(root\.FuseVis \|\| \{\}, \{\s*(\w+)", text)
    return {*found, *re.findall(r"root\.FuseVis\.(\w+) = (?!=)", text)}


def used(text: str) -> set[str]:
    """The names that a script takes out of the namespace."""
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", text, flags=re.DOTALL)
    names = set(re.findall(_SPACE + r"\.(\w+)", code))
    for inner in re.findall(r"\{([^{}]*(?:\{[^{}]*\}[^{}]*)?)\} = " + _SPACE + r"(?![\w.])", code):
        names |= {part.split(":")[0].strip() for part in re.sub(r"\{[^{}]*\}", "", inner).split(",")}
    return names - {""}


def homes(folder: Path) -> dict[str, str]:
    """The folder that each name of the namespace comes from."""
    return {
        name: path.parent.name
        for path in sorted(folder.glob("*/*.js"))
        for name in defined(path.read_text(encoding="utf-8"))
    }


def walls_broken(folder: Path) -> list[str]:
    """Uses of another page's scripts, and of names that nothing defines."""
    known = homes(folder)
    return [
        f"{path.parent.name}/{path.name}: {name}"
        for path in sorted(folder.glob("*/*.js"))
        for name in sorted(used(path.read_text(encoding="utf-8")))
        if known.get(name) not in ("shared", path.parent.name)
    ]


def test_a_page_uses_no_other_pages_scripts() -> None:
    assert len(homes(SCRIPTS)) > 60
    assert walls_broken(SCRIPTS) == []


def test_a_broken_wall_between_scripts_is_noticed(tmp_path: Path) -> None:
    for page, text in {
        "explore": "root.FuseVis = Object.assign(root.FuseVis || {}, { pin: api });",
        "compare": "const { pin: pins, layers } = modules();\nroot.FuseVis.pin.held();",
        "shared": "root.FuseVis = Object.assign(root.FuseVis || {}, {\n  layers });\nmodules().pin;",
    }.items():
        (tmp_path / page).mkdir()
        (tmp_path / page / "page.js").write_text(text)
    assert walls_broken(tmp_path) == ["compare/page.js: pin", "shared/page.js: pin"]


def test_every_asset_is_loaded_and_lies_in_a_room() -> None:
    for kind in ("js", "css"):
        files = {path.relative_to(ASSETS).as_posix() for path in (ASSETS / kind).rglob("*") if path.is_file()}
        assert files == set(assets(kind))
        assert {Path(path).parts[1] for path in files} <= {"shared", *ROOMS}
