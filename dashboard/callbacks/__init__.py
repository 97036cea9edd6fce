"""The callbacks, by data flow rather than by panel.

    case                    → images.py    source figures, ground of the Jacobians, note
    case, method            → images.py    fused figure, scene
    case, method, poll      → guidance.py  guidance figures, scatter, placeholders, summary
    gammas, scale, summary  → colours.py   colours of guidance and Jacobians, as small patches
    scope, case, poll       → colours.py   the range of all methods that are computed
    case                    → brush.py     masks of the regions of interest
    figures, scene          → browser.py   decoded arrays, painted views
    pointer, keys, store    → browser.py   linked views, the Jacobian route, the pixel store
    controls, pixel         → browser.py   the address
    the Compare page        → compare.py   rows and their progress, colours; drawn in the browser
    the Regions page        → regions.py   numbers of a region in the background, verdicts, pictures, files
    the What if page        → whatif.py    names, shape, regions; asked for and drawn in the browser
    the Metrics page        → metrics.py   tables, local map, files
    the Methods page        → methods.py   table, cards, measurements on this machine

What `browser.py` connects runs in the browser (`assets/js`).
"""

from __future__ import annotations

from typing import Any

from dash import Dash

from dashboard.callbacks import (
    browser,
    brush,
    colours,
    compare,
    guidance,
    images,
    methods,
    metrics,
    regions,
    whatif,
)


def register(app: Dash, service: Any) -> None:
    """Connect every flow of the pages to a service."""
    images.register(app, service)
    guidance.register(app, service)
    colours.register(app, service)
    brush.register(app, service)
    browser.register(app)
    compare.register(app, service)
    methods.register(app, service)
    metrics.register(app, service)
    regions.register(app, service)
    whatif.register(app, service)
