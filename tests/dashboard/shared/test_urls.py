"""The dashboard under a prefix: every address leads under it, also behind a proxy that takes it off."""

from __future__ import annotations

import json
import re

import pytest

from dashboard import create_app
from dashboard.rooms import pages
from dashboard.shared.urls import url
from tests.dashboard.small_service import SmallService


@pytest.mark.parametrize("prefix", ["/fusevis/", "fusevis", "/lab/fusevis"])
def test_everything_a_page_names_is_under_the_prefix(prefix: str) -> None:
    app, root = create_app(SmallService(), prefix=prefix), f"/{prefix.strip('/')}/"
    client = app.server.test_client()
    page = client.get(root).get_data(as_text=True)
    sources = re.findall(r"(?:src|href)=\"([^\"]+)\"", page)
    assert len(sources) > 10
    for source in sources:
        assert source.startswith(root), source
        assert client.get(source).status_code == 200, source
    config = json.loads(re.search(r'id="_dash-config"[^>]*>(.*?)</script>', page, re.DOTALL)[1])
    assert config["requests_pathname_prefix"] == root
    layout = client.get(f"{root}_dash-layout").get_data(as_text=True)
    links = set(re.findall(r'"href": ?"(/[^"]*)"', layout.replace(r"\u002f", "/")))
    assert {root + each.PATH.removeprefix("/") for each in pages()} <= links
    assert all(link.startswith(root) for link in links)
    with app.server.app_context():
        assert url("/regions?case=a") == f"{root}regions?case=a"


def test_a_proxy_may_take_the_prefix_off() -> None:
    client = create_app(SmallService(), prefix="/fusevis/").server.test_client()
    assert client.get("/api/v1/cases").get_json()
    assert client.get("/fusevis/api/v1/cases").get_json() == client.get("/api/v1/cases").get_json()


def test_without_a_prefix_nothing_is_put_in_front(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FUSEVIS_PREFIX", raising=False)
    app = create_app(SmallService())
    assert app.server.test_client().get("/fusevis/api/v1/cases").get_json() is None
    with app.server.app_context():
        assert url("/regions") == "/regions"


def test_the_environment_names_the_prefix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FUSEVIS_PREFIX", "/tools/fusevis")
    page = create_app(SmallService()).server.test_client().get("/tools/fusevis/").get_data(as_text=True)
    assert 'href="/tools/fusevis/bootstrap/' in page


@pytest.mark.parametrize("prefix", ["/a b/", "https://host/x", "/../x?"])
def test_what_is_no_path_is_refused(prefix: str) -> None:
    with pytest.raises(ValueError, match="expected a path such as /fusevis/"):
        create_app(SmallService(), prefix=prefix)
