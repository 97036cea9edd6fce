"""Where a page, a route or a file of this dashboard is; the only place that knows the prefix it lives under.

The browser asks relative to the page, which is one step below the prefix. Knows nothing of Dash.
"""

from __future__ import annotations

import re

from flask import Flask, current_app, has_app_context
from werkzeug.middleware.dispatcher import DispatcherMiddleware

_KEY = "FUSEVIS_PREFIX"
_PREFIX = re.compile(r"/([A-Za-z0-9._~-]+/)*")


def mount(server: Flask, prefix: str) -> str:
    """Let a server answer under a prefix such as "/fusevis/", and say it with both slashes.

    It also answers without, for a reverse proxy that takes the prefix off.

    Raises:
        ValueError: it is no path.
    """
    full = f"/{prefix.strip('/')}/" if prefix.strip("/") else "/"
    if not _PREFIX.fullmatch(full):
        raise ValueError(f"The prefix is {prefix!r}; expected a path such as /fusevis/.")
    server.config[_KEY] = full
    if full != "/":
        inner = server.wsgi_app
        server.wsgi_app = DispatcherMiddleware(inner, {full.rstrip("/"): inner})  # type: ignore[method-assign]
    return full


def url(path: str) -> str:
    """The address of a path of ours ("/regions?case=…") under the prefix of the current application."""
    prefix = current_app.config.get(_KEY, "/") if has_app_context() else "/"
    return prefix + path.removeprefix("/")
