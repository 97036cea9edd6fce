"""The command line (`python app.py`) and the WSGI entry point (`gunicorn app:server`).

Settings come from flags, else from FUSEVIS_CASES, FUSEVIS_STORE, FUSEVIS_DEVICE, FUSEVIS_CACHE and
FUSEVIS_PLUGINS.
Nothing touches a GPU before the first request, so workers may be forked after import.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from dashboard import create_app


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the dashboard until interrupted."""
    parser = argparse.ArgumentParser(prog="app.py", description="Serve the FuseVis dashboard.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8050, help="port to listen on (default %(default)s)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), help="where gradients are computed")
    parser.add_argument("--cases", metavar="DIR", help="folder of your own case studies")
    parser.add_argument("--store", metavar="DIR", help="folder of precomputed results")
    parser.add_argument("--plugins", metavar="DIR", help="folder of networks of your own")
    named = parser.parse_args(arguments)
    cases = [named.cases] if named.cases else None
    app = create_app(cases=cases, store=named.store, device=named.device, plugins=named.plugins)
    app.run(host=named.host, port=named.port, debug=False)


def __getattr__(name: str) -> Any:
    """`server`, made when gunicorn asks for it rather than at import."""
    if name != "server":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["server"] = create_app().server
    return globals()["server"]


if __name__ == "__main__":
    main()
