"""What a module's docstring says it knows nothing of, it does not import, not even through others."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# What a docstring calls it, and the modules that bring it.
MEANT = {
    "Dash": r"dash(_\w+)?(\.|$)",
    "HTTP": r"(flask\w*|werkzeug|requests|http)(\.|$)",
    "figures": r"plotly(\.graph_objects|\.express|$)",  # its colours are none
}


def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name."""
    found = {}
    for floor in ("models", "precompute", "dashboard"):
        for path in (ROOT / floor).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = modules()


def named(node: ast.AST) -> list[str]:
    """The modules that one import statement names. The packages around a module are not counted: `dashboard`
    itself makes the app, and whoever imports `dashboard.state` asked for the state only."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        full = [f"{node.module}.{alias.name}" for alias in node.names]
        return [name if name in MODULES else str(node.module) for name in full]
    return []


@cache
def imports(module: str) -> frozenset[str]:
    """What a module imports itself, also inside functions."""
    tree = ast.parse(MODULES[module].read_text(encoding="utf-8"))
    return frozenset(name for node in ast.walk(tree) for name in named(node))


def chains(module: str) -> dict[str, str]:
    """Everything a module imports, through ours too, each with the way it comes."""
    ways, waiting = {module: module}, [module]
    while waiting:
        current = waiting.pop()
        for name in imports(current) - set(ways):
            ways[name] = f"{ways[current]} → {name}"
            if name in MODULES:
                waiting.append(name)
    return ways


def claims() -> list[tuple[str, str]]:
    """(module, what it says it knows nothing of) of every docstring that says so."""
    found = []
    for module, path in sorted(MODULES.items()):
        said = " ".join((ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split())
        for sentence in re.findall(r"[Kk]nows? nothing of ([^.;:]*)", said):
            found += [(module, what) for what in MEANT if re.search(rf"\b{what}\b", sentence)]
    return found


def test_the_claims_are_found() -> None:
    assert len([module for module, what in claims() if what == "Dash"]) >= 13
    # The chain through modules of ours is followed: the app itself imports no component of Bootstrap's.
    assert chains("dashboard")["dash_bootstrap_components"].count(" → ") >= 2


@pytest.mark.parametrize(("module", "what"), claims())
def test_a_module_imports_nothing_of_what_it_says_it_does_not_know(module: str, what: str) -> None:
    ways = chains(module)
    assert [way for name, way in ways.items() if re.match(MEANT[what], name)] == []
