"""The app as a whole, without a browser: what it serves, and what it must not do."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard import create_app
from dashboard.compare import ids as compare_ids
from dashboard.compare import state as compare_state
from dashboard.explore import ids
from dashboard.explore import state as explore_state
from dashboard.methods import ids as methods_ids
from dashboard.metrics import ids as metrics_ids
from dashboard.metrics import state as metrics_state
from dashboard.regions import ids as regions_ids
from dashboard.regions import state as regions_state
from dashboard.rooms import ROOMS, pages
from dashboard.service.assembly import cache_settings
from dashboard.whatif import ids as whatif_ids
from dashboard.whatif import state as whatif_state
from tests.dashboard.small_service import SmallService

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def client():
    return create_app(SmallService()).server.test_client()


def test_the_page_asks_no_other_host(client) -> None:
    page = client.get("/").get_data(as_text=True)
    sources = re.findall(r"(?:src|href)=\"([^\"]+)\"", page)
    assert len(sources) > 10
    assert [source for source in sources if source.startswith(("http:", "https:", "//"))] == []
    for source in sources:
        assert client.get(source if source.startswith("/") else f"/{source}").status_code == 200, source


def test_no_style_sheet_loads_from_another_host(client) -> None:
    page = client.get("/").get_data(as_text=True)
    for sheet in re.findall(r"href=\"([^\"]+\.css[^\"]*)\"", page):
        text = client.get(sheet).get_data(as_text=True)
        assert re.findall(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", text) == []


def test_bootstrap_is_served_from_the_installed_package(client) -> None:
    sheet = client.get("/bootstrap/static/css/bootstrap.min.css").get_data(as_text=True)
    assert "Bootstrap" in sheet[:200]
    assert "Licensed under MIT" in sheet[:400]


def test_the_page_repeats_nothing_of_the_request(client) -> None:
    answer = client.get("/compare?case=%3Cscript%3Eforged%20case", headers={"Host": "forged.example"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "forged.example" not in page
    assert "forged" not in page  # no chance letters of a token, as two could be


def test_the_page_carries_no_layout(client) -> None:
    """Layouts are asked for one by one; in the page they were nine tenths of its bytes."""
    client.get("/")  # the pages are set up by the first request
    page = client.get("/").get_data(as_text=True)
    config = json.loads(re.search(r'id="_dash-config"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    assert "validation_layout" not in config
    assert compare_ids.SCENE not in page
    assert page.count('name="viewport"') == 1


def test_the_browser_is_told_the_address_of_every_page() -> None:
    page = (
        create_app(SmallService(), prefix="/under").server.test_client().get("/under/").get_data(as_text=True)
    )
    told = json.loads(re.search(r'id="fusevis-addresses">(.*?)</script>', page, re.DOTALL)[1])
    assert list(told) == list(ROOMS)
    assert {told[room]["path"]: tuple(told[room]["keys"]) for room in told} == {
        f"/under{path}": state.KEYS for path, state in STATES.items()
    } | {"/under/methods": ("method",)}
    for room in told.values():
        assert {*room["required"], *room["selections"]} <= {*room["keys"]}


def test_scripts_and_sheets_come_in_the_order_of_the_rooms(client) -> None:
    page = client.get("/").get_data(as_text=True)
    for kind in ("js", "css"):
        folders = re.findall(rf"/assets/{kind}/(\w+)/", page)
        shown = list(dict.fromkeys(folders))
        assert shown == [room for room in ("shared", *ROOMS) if room in shown]
        assert len(shown) == 7


def components(tree: Any) -> Iterator[dict[str, Any]]:
    """The properties of every component of a layout as the browser gets it."""
    if isinstance(tree, dict):
        if "props" in tree:
            yield tree["props"]
        for value in tree.values():
            yield from components(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from components(value)


def visit(client: FlaskClient, path: str, search: str) -> list[dict[str, Any]]:
    """The components of a page, asked for as the browser does when it is at an address."""
    question = {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": [
            {"id": "_pages_content", "property": "children"},
            {"id": "_pages_store", "property": "data"},
        ],
        "inputs": [
            {"id": "_pages_location", "property": "pathname", "value": path},
            {"id": "_pages_location", "property": "search", "value": search},
        ],
        "changedPropIds": ["_pages_location.pathname"],
    }
    answer = client.post("/_dash-update-component", json=question)
    assert answer.status_code == 200, search
    return list(components(answer.get_json()["response"]["_pages_content"]["children"]))


def texts(parts: list[dict[str, Any]]) -> str:
    return "\n".join(str(part["children"]) for part in parts if isinstance(part.get("children"), str | list))


# For each page an address that makes sense, and what of it stands where.
GOOD = {
    "/": (
        "?case=other&method=third&y=7&x=9&gamma1=0.5&scope=pixel&brush=region%3Aspot",
        {
            ids.CASE: ("value", "other"),
            ids.METHOD: ("value", "third"),
            ids.PIXEL: ("data", {"y": 7, "x": 9}),
            ids.GAMMA1: ("value", 0.5),
            ids.BRUSH: ("data", "region:spot"),
        },
    ),
    "/compare": (
        "?case=other&methods=third,half&y=7&x=9&mode=swipe&gamma2=1.5",
        {
            compare_ids.CASE: ("value", "other"),
            compare_ids.METHODS: ("data", ["third", "half"]),
            compare_ids.PIXEL: ("data", {"y": 7, "x": 9}),
            compare_ids.MODE: ("value", "swipe"),
            compare_ids.GAMMA2: ("value", 1.5),
        },
    ),
    "/regions": (
        "?case=other&brush=rect%3A1%2C2%2C5%2C8&method=third&relevant=1&y=2&x=3",
        {
            regions_ids.CASE: ("value", "other"),
            regions_ids.METHOD: ("value", "third"),
            regions_ids.RELEVANT: ("value", "1"),
            regions_ids.START: (
                "data",
                {"case": "other", "brush": "rect:1,2,5,8", "y": 2, "x": 3, "plane": ""},
            ),
        },
    ),
    "/whatif": (
        "?case=other&method=third&source=1&y=7&x=9&change=-12",
        {whatif_ids.CASE: ("value", "other"), whatif_ids.METHOD: ("value", "third")},
    ),
    "/metrics": (
        "?case=other&form=clean&method=third&opacity=30&sort=rank",
        {
            metrics_ids.CASE: ("value", "other"),
            metrics_ids.METHOD: ("value", "third"),
            metrics_ids.OPACITY: ("value", 30),
        },
    ),
    "/methods": ("?method=third", {methods_ids.OPEN: ("data", "third")}),
}
STATES = {
    "/": explore_state,
    "/compare": compare_state,
    "/regions": regions_state,
    "/whatif": whatif_state,
    "/metrics": metrics_state,
}
KEYS = {
    "/": explore_state.KEYS,
    "/compare": compare_state.KEYS,
    # a plane only counts for a region drawn in a scatter, which this one is not
    "/regions": tuple(key for key in regions_state.KEYS if key != "plane"),
    "/whatif": whatif_state.KEYS,
    "/metrics": metrics_state.KEYS,
    "/methods": ("method",),
}


@pytest.mark.parametrize("path", [page.PATH for page in pages()])
def test_every_page_follows_an_address(client, path: str) -> None:
    search, expected = GOOD[path]
    parts = visit(client, path, search)
    assert "makes no sense" not in texts(parts)
    shown = {part["id"]: part for part in parts if isinstance(part.get("id"), str)}
    assert {name: shown[name][prop] for name, (prop, _) in expected.items()} == {
        name: value for name, (_, value) in expected.items()
    }


@pytest.mark.parametrize("path", [page.PATH for page in pages()])
def test_every_page_says_which_values_of_an_address_make_no_sense(client, path: str) -> None:
    search = "?" + "&".join(f"{key}=%3Cscript%3Ezz" for key in KEYS[path])
    said = texts(visit(client, path, search + "&unknown=zz"))
    assert re.findall(r"The link's (\w+) “<script>zz” makes no sense", said)
    assert set(re.findall(r"The link's (\w+) “<script>zz”", said)) == set(KEYS[path])


def test_every_callback_is_about_components_of_a_layout(client) -> None:
    """Dash does not check this in the browser, see `create_app`."""
    client.get("/")
    shown = [part for page in pages() for part in visit(client, page.PATH, "")]
    parts = [*components(client.get("/_dash-layout").get_json()), *shown]
    known = {part["id"] for part in parts if isinstance(part.get("id"), str)}
    callbacks = client.get("/_dash-dependencies").get_json()
    named = {each["id"] for callback in callbacks for each in callback["inputs"] + callback["state"]}
    for callback in callbacks:
        if not callback["no_output"]:
            outputs = re.sub(r"^\.\.|\.\.$", "", callback["output"]).split("...")
            named |= {output.rpartition(".")[0] for output in outputs}
    assert len(named) > 100
    # patterns ({"type": …}) are matched by what callbacks bring
    assert {name for name in named if not name.startswith("{")} - known == set()


def test_two_apps_in_one_process() -> None:
    first, second = create_app(SmallService()), create_app(SmallService())
    assert first.server is not second.server
    assert second.server.test_client().get("/").status_code == 200


def run(code: str, **settings: str) -> str:
    """What a fresh interpreter prints; settings are variables of its environment."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT, env=environment
    )
    return done.stdout.strip()


def test_importing_starts_nothing() -> None:
    code = (
        "import threading, app, dash; "
        "print(threading.active_count(), len(dash.page_registry), 'server' in vars(app))"
    )
    assert run(code) == "1 0 False"


def test_the_wsgi_server_exists_without_touching_cuda(tmp_path: Path) -> None:
    """Even to ask whether there is a device starts the driver, and a forked worker could not use it. The
    wires lie where torch is asked, so they trip without a device too, as the question at the end shows."""
    code = (
        "import torch\n"
        "touched = []\n"
        "def wire(name):\n"
        "    def trip(*a, **k):\n"
        "        touched.append(name)\n"
        "        raise SystemError('CUDA was touched')\n"
        "    setattr(torch.cuda, name, trip)\n"
        "for name in ('_lazy_init', 'init', 'is_available', 'device_count', 'current_device'): wire(name)\n"
        "from app import server\n"
        "client = server.test_client()\n"
        "print(client.get('/').status_code, client.get('/health').status_code, touched)\n"
        "case = client.get('/api/v1/cases').get_json()[0]['id']\n"
        "asked = {'case': case, 'method': 'weighted_averaging', 'y': 1, 'x': 1}\n"
        "print(client.get('/api/v1/jacobian', query_string=asked).status_code, bool(touched))"
    )
    assert run(code, FUSEVIS_STORE=str(tmp_path), FUSEVIS_DEVICE="auto") == "200 200 []\n500 True"


def test_cache_settings() -> None:
    assert cache_settings("simple")["CACHE_TYPE"] == "SimpleCache"
    assert cache_settings("filesystem:somewhere")["CACHE_DIR"] == "somewhere"
    assert cache_settings("redis://host:1/2")["CACHE_REDIS_URL"] == "redis://host:1/2"
    for name in ("memcached", "filesystem:", ""):
        with pytest.raises(ValueError, match="expected simple"):
            cache_settings(name)


@pytest.mark.parametrize("path", sorted((ROOT / "dashboard").rglob("*.py")), ids=lambda p: p.name)
def test_the_dashboard_never_imports_torch(path: Path) -> None:
    assert not re.search(r"^\s*(import|from) torch", path.read_text("utf-8"), re.MULTILINE)
