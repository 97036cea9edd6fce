"""The HTML document around the pages: style sheets and scripts in their order, and the pages' addresses.

Dash would serve the assets in the order of the alphabet, folder by folder. Here what is shared comes before
the rooms, and the rooms in the order of the navigation. The scripts are classic ones, not ES modules: Dash's
renderer starts before a module would run, and must find the functions of the callbacks.
"""

from __future__ import annotations

import html
import json
from pathlib import Path

from dashboard.rooms import ROOMS, addresses

ASSETS = Path(__file__).resolve().parent.parent / "assets"
_IN_THE_HEAD = "js/shared/theme.js"  # sets the theme before anything is painted


def assets(kind: str) -> list[str]:
    """The files "js" or "css" in the order in which the browser loads them, paths below `ASSETS`."""
    return [
        path.relative_to(ASSETS).as_posix()
        for room in ("shared", *ROOMS)
        for path in sorted((ASSETS / kind / room).glob(f"*.{kind}"))
    ]


def document(root: str) -> str:
    """The document for an application that lives under `root`, in the form of Dash's `index_string`."""
    sheets = [f'<link rel="stylesheet" href="{_url(root, path)}">' for path in assets("css")]
    scripts = [_script(root, path) for path in assets("js") if path != _IN_THE_HEAD]
    known = html.escape(json.dumps(addresses()), quote=False)
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en" data-bs-theme="dark">\n<head>',
            "{%metas%}\n<title>{%title%}</title>\n{%favicon%}\n{%css%}",
            *sheets,
            _script(root, _IN_THE_HEAD),
            "</head>\n<body>\n{%app_entry%}",
            f'<script type="application/json" id="fusevis-addresses">{known}</script>',
            "<footer>{%config%}{%scripts%}",
            *scripts,
            "{%renderer%}</footer>\n</body>\n</html>\n",
        ]
    )


def _script(root: str, path: str) -> str:
    return f'<script src="{_url(root, path)}"></script>'


def _url(root: str, path: str) -> str:
    """Where an asset is; another version of it is another address."""
    return f"{root}assets/{path}?m={int((ASSETS / path).stat().st_mtime)}"
