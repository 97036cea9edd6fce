"""The dashboard: `create_app` wires service, routes, pages and callbacks together.

Nothing runs at import: no service, no file, no thread.
"""

from __future__ import annotations

import os
from typing import Any

from dash import Dash
from flask import Flask
from flask_bootstrap import Bootstrap5

from dashboard.api.routes import create_api
from dashboard.document import ASSETS, document
from dashboard.rooms import open_rooms, pages
from dashboard.service.assembly import make_service
from dashboard.service.jacobians import JacobianService
from dashboard.shared.failures import report_failure
from dashboard.shared.shell import shell
from dashboard.shared.urls import mount


def create_app(service: JacobianService | None = None, prefix: str | None = None, **settings: Any) -> Dash:
    """Build the dashboard.

    Args:
        service: a `JacobianService`; one is made where none is given.
        prefix: the path that the dashboard lives under, such as "/fusevis/" (None: FUSEVIS_PREFIX, else "/").
        settings: `cases`, `store`, `device`, `cache` and `plugins` of `make_service`.

    Returns:
        The Dash app; its `server` is the WSGI application.
    """
    server = Flask("dashboard")
    Bootstrap5(server)
    root = mount(server, prefix if prefix is not None else os.environ.get("FUSEVIS_PREFIX", "/"))
    service = service if service is not None else make_service(server, **settings)
    server.extensions["fusevis"] = service
    server.register_blueprint(create_api(service))
    app = Dash(
        "dashboard",
        server=server,  # type: ignore[arg-type]  # a Flask application is what the documentation asks for
        assets_folder=str(ASSETS),
        include_assets_files=False,  # the document names them, in its own order
        routes_pathname_prefix="/",
        requests_pathname_prefix=root,
        external_stylesheets=[f"{root}bootstrap/static/css/bootstrap.min.css"],
        use_pages=True,
        pages_folder="",
        include_pages_meta=False,  # they repeat the request's Host header in the page
        # Else every page carries the layouts of all pages, nine tenths of its bytes, for the browser to check
        # the callbacks' ids against; a test checks them instead.
        suppress_callback_exceptions=True,
        title="FuseVis",
        update_title="",
        on_error=report_failure,
    )
    open_rooms(app, service)
    with server.app_context():
        app.index_string = document(root)
        app.layout = shell([(page.TITLE, page.PATH) for page in pages()])
    return app
