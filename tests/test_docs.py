"""The README against the code, both ways: flags, environment, URL keys, routes, methods."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask

from dashboard.api.routes import create_api
from dashboard.compare import state as compare_state
from dashboard.explore import state as explore_state
from dashboard.metrics import state as metrics_state
from dashboard.regions import state as regions_state
from dashboard.rooms import pages
from dashboard.service.jacobians import JacobianService
from dashboard.whatif import state as whatif_state
from models import get_method, list_attributions, list_models, receptive_field
from precompute.store.store import Store
from tests.models.methods import random_method

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CODE = {
    path: path.read_text(encoding="utf-8")
    for path in [
        ROOT / "app.py",
        *(p for floor in ("models", "precompute", "dashboard") for p in (ROOT / floor).rglob("*.py")),
    ]
}


def found(pattern: str) -> set[str]:
    return {match for text in CODE.values() for match in re.findall(pattern, text)}


def flags() -> set[str]:
    """Flags of every parser, those from loops over names included."""
    loops = {
        f"--{name}"
        for names in found(r"for (?:what|name) in \(([^)]*)\)")
        for name in re.findall(r'"(\w+)"', names)
    }
    return found(r'add_argument\(\s*"(--[a-z-]+)"') | (loops & {"--case", "--method"})


def test_every_flag_is_documented_and_every_documented_flag_exists() -> None:
    documented = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", README))
    recipe = {f"--{name.replace('_', '-')}" for name in _recipe_fields()}
    benchmarks = "".join(path.read_text("utf-8") for path in (ROOT / "tests" / "benchmarks").glob("*.py"))
    assert (flags() | recipe) - documented == set()
    assert documented - flags() - recipe - set(re.findall(r'"(--[a-z-]+)"', benchmarks)) == set()


def _recipe_fields() -> list[str]:
    from models.training.__main__ import _parser

    commands = next(action for action in _parser()._actions if action.dest == "command")
    return [
        action.dest
        for action in commands.choices["fit"]._actions
        if action.option_strings and action.dest != "help"
    ]  # type: ignore[index,union-attr]


def test_every_environment_variable_is_documented() -> None:
    assert found(r"FUSEVIS_[A-Z]+") == set(re.findall(r"FUSEVIS_[A-Z]+", README))


# The keys of each page, and those that are read beside them but never written.
URL_KEYS = {
    "Explore": {*explore_state.KEYS},
    "Compare": {*compare_state.KEYS, "method"},
    "Regions": {*regions_state.KEYS, "region"},
    "What if": {*whatif_state.KEYS},
    "Metrics": {*metrics_state.KEYS},
    "Methods": {"method"},
}


def test_every_page_is_documented_with_its_address() -> None:
    assert set(URL_KEYS) == {page.TITLE for page in pages()}
    for page in pages():
        assert f"- **{page.TITLE}** (`{page.PATH}`)" in README, page.TITLE


@pytest.mark.parametrize("page", URL_KEYS)
def test_every_url_key_is_documented_and_every_documented_key_exists(page: str) -> None:
    """A row a page: `| Explore | keys |`, each key in backquotes, its values in brackets."""
    row = re.search(rf"^\| {page} \| (.*) \|$", README, re.MULTILINE)
    assert row, page
    said = re.sub(r"\([^)]*\)", "", row[1])  # in brackets stand a key's values and what it means
    assert set(re.findall(r"`([a-z0-9]+)`", said)) == URL_KEYS[page]


def test_every_route_is_documented(tmp_path: Path) -> None:
    server = Flask("docs", static_folder=None)
    server.register_blueprint(create_api(JacobianService({}, Store(tmp_path))))
    routes = {str(rule) for rule in server.url_map.iter_rules()}
    assert routes == set(re.findall(r"GET (/[a-z0-9/]+)", README))


def test_the_method_table_is_the_registry() -> None:
    rows = re.findall(r"^\| `([a-z0-9_]+)` \|.*\| ([\d,]+) \| (\d+)×\d+ \|$", README, re.MULTILINE)
    assert [row[0] for row in rows] == [spec.id for spec in list_models()]
    for method, parameters, window in rows:
        assert int(parameters.replace(",", "")) == get_method(method).parameters
        radius = receptive_field(random_method(method)).radius
        assert radius is not None
        assert int(window) == 2 * radius + 1


def test_every_relative_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).is_file(), target


def test_every_path_in_the_recipes_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paths = {
        path for path in re.findall(r"`((?:\w+/)+[\w.]*)`", text) if "NAME" not in path and "ID" not in path
    }
    assert len(paths) > 8
    for path in paths:
        assert (ROOT / path).exists(), path


def test_every_kind_of_attribution_is_documented() -> None:
    row = re.search(r"^\| `GET /api/v1/attribution.*$", README, re.MULTILINE)
    assert row is not None
    for kind in list_attributions():
        assert f"`{kind.id}`" in row[0]
        assert all(f"`{baseline}`" in row[0] for baseline in kind.baselines)
