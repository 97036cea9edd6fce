"""The app as a whole, without a browser: what it serves, and what it must not do."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard import create_app
from dashboard.service.assembly import cache_settings
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


def test_the_page_works_for_every_address(client) -> None:
    assert client.get("/?case=%3Cscript%3E&y=zz").status_code == 200


def test_two_apps_in_one_process() -> None:
    first, second = create_app(SmallService()), create_app(SmallService())
    assert first.server is not second.server
    assert second.server.test_client().get("/").status_code == 200


def run(code: str) -> str:
    """What a fresh interpreter prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
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
    code = (
        "import torch\n"
        "def refuse(*a, **k): raise SystemError('CUDA was touched before the fork')\n"
        "torch.cuda._lazy_init = refuse\n"
        f"import os; os.environ['FUSEVIS_STORE'] = {str(tmp_path)!r}\n"
        "from app import server\n"
        "print(server.test_client().get('/health').status_code)"
    )
    assert run(code) == "200"


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
