"""The pages, each a folder of its own; a page is added by its folder and its name here.

A room `NAME` has `NAME/page.py` with TITLE, PATH and `layout(**query)`, `NAME/state.py` with ADDRESS, and
`NAME/callbacks` with `register(app, service)`; what runs in the browser lies in `assets/js/NAME/` and
`assets/css/NAME/`. Rooms use `shared` and `service`, never each other; tests hold the walls.
"""

from __future__ import annotations

from dataclasses import asdict
from importlib import import_module
from typing import Any

import dash
from dash import Dash

from dashboard.service.jacobians import JacobianService
from dashboard.shared.urls import url

ROOMS = ("explore", "compare", "regions", "whatif", "metrics", "methods")
"""In the order of the navigation."""


def pages() -> list[Any]:
    """The page module of every room, in the order of the navigation."""
    return [import_module(f"dashboard.{room}.page") for room in ROOMS]


def addresses() -> dict[str, dict[str, Any]]:
    """What the browser must know to write and to link to the address of every page, by the room's name."""
    states = [import_module(f"dashboard.{room}.state") for room in ROOMS]
    return {
        room: {"path": url(page.PATH), **asdict(state.ADDRESS)}
        for room, page, state in zip(ROOMS, pages(), states, strict=True)
    }


def open_rooms(app: Dash, service: JacobianService) -> None:
    """Register every page with Dash, and connect its flows to a service."""
    for room, page in zip(ROOMS, pages(), strict=True):
        title = f"{page.TITLE} · FuseVis"
        dash.register_page(f"dashboard.{room}", path=page.PATH, title=title, layout=page.layout)
        import_module(f"dashboard.{room}.callbacks").register(app, service)
