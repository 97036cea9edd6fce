"""The command line (`python app.py`) and the WSGI entry point (`gunicorn app:server`).

Settings come from flags, else from FUSEVIS_CASES, FUSEVIS_STORE, FUSEVIS_DEVICE and FUSEVIS_CACHE.
Nothing touches a GPU before the first request, so workers may be forked after import.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from typing import Any

from dashboard import create_app

_ENVIRONMENT = {
    "cases": "FUSEVIS_CASES",
    "store": "FUSEVIS_STORE",
    "device": "FUSEVIS_DEVICE",
    "cache": "FUSEVIS_CACHE",
}


def settings_from(environment: dict[str, str], **flags: str | None) -> dict[str, str]:
    """Flags over environment; what neither names is left to the defaults of `JacobianService`."""
    named = {key: environment.get(variable) for key, variable in _ENVIRONMENT.items()}
    named |= {key: value for key, value in flags.items() if value is not None}
    return {key: value for key, value in named.items() if value}


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve the dashboard until interrupted."""
    parser = argparse.ArgumentParser(prog="app.py", description="Serve the FuseVis dashboard.")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default %(default)s)")
    parser.add_argument("--port", type=int, default=8050, help="port to listen on (default %(default)s)")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), help="where gradients are computed")
    parser.add_argument("--cases", metavar="DIR", help="folder of your own case studies")
    parser.add_argument("--store", metavar="DIR", help="folder of precomputed results")
    named = parser.parse_args(arguments)
    settings = settings_from(dict(os.environ), device=named.device, cases=named.cases, store=named.store)
    create_app(**settings).run(host=named.host, port=named.port, debug=False)


def __getattr__(name: str) -> Any:
    """`server`, made when gunicorn asks for it rather than at import."""
    if name != "server":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()["server"] = create_app(**settings_from(dict(os.environ))).server
    return globals()["server"]


if __name__ == "__main__":
    main()
