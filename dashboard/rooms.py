"""The pages, each a folder of its own; a page is added by its folder and its name here.

A room `NAME` has `NAME/page.py` with TITLE, PATH and `layout(**query)`, and `NAME/callbacks` with
`register(app, service)`. Rooms use `shared` and `service`, never each other; a test holds the walls.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import dash
from dash import Dash

from dashboard.service.jacobians import JacobianService

ROOMS = ("explore", "compare", "regions", "whatif", "metrics", "methods")
"""In the order of the navigation."""


def pages() -> list[Any]:
    """The page module of every room, in the order of the navigation."""
    return [import_module(f"dashboard.{room}.page") for room in ROOMS]


def open_rooms(app: Dash, service: JacobianService) -> None:
    """Register every page with Dash, and connect its flows to a service."""
    for room, page in zip(ROOMS, pages(), strict=True):
        title = f"{page.TITLE} · FuseVis"
        dash.register_page(f"dashboard.{room}", path=page.PATH, title=title, layout=page.layout)
        import_module(f"dashboard.{room}.callbacks").register(app, service)
