"""The flows of the Explore page, by data rather than by panel: one hover moves many panels.

    case                    → images.py    source figures, ground of the Jacobians, note
    case, method            → images.py    fused figure, scene
    case, method, poll      → guidance.py  guidance figures, scatter, placeholders, summary
    gammas, scale, summary  → colours.py   colours of guidance and Jacobians, as small patches
    scope, case, poll       → colours.py   the range of all methods that are computed
    case                    → brush.py     masks of the regions of interest
    figures, scene          → browser.py   decoded arrays, painted views
    pointer, keys, store    → browser.py   linked views, the Jacobian route, the pixel store
    controls, pixel         → browser.py   the address

What `browser.py` connects runs in the browser (`assets/js/explore`).
"""

from __future__ import annotations

from dash import Dash

from dashboard.explore.callbacks import browser, brush, colours, guidance, images
from dashboard.service.jacobians import JacobianService


def register(app: Dash, service: JacobianService) -> None:
    """Connect every flow of the page to a service."""
    images.register(app, service)
    guidance.register(app, service)
    colours.register(app, service)
    brush.register(app, service)
    browser.register(app)
