"""Ids of the Explore page, and the order of its views.

Scripts, browser tests and shared links rely on the ids of the views and controls, so those stay; the
JavaScript modules get the same names from `assets/js/explore/views.js`, and a test compares.
"""

from __future__ import annotations

# The views of the paper's Figure 1. Rows: source 1, combined, source 2.
SOURCES = ("source-0", "source-1")
FUSED = "fused"
GUIDANCE = ("guidance-0", "guidance-1")
GUIDANCE_RGB = "guidance-rgb"
JACOBIANS = ("jacobian-0", "jacobian-1")
SCATTER = "scatter"

FULL_VIEWS = (*SOURCES, FUSED, *GUIDANCE, GUIDANCE_RGB, *JACOBIANS)


def zoom(view: str) -> str:
    """The id of the zoom that belongs to a full view."""
    return f"{view}-zoom"


def levels(view: str) -> str:
    """The id of the part of a caption that says a source view's window and level."""
    return f"{view}-levels"


def placeholder(view: str) -> str:
    """The id of what is shown over a view while its data are computed."""
    return f"{view}-placeholder"


ZOOMS = tuple(zoom(view) for view in FULL_VIEWS)
GRAPHS = (*FULL_VIEWS, *ZOOMS, SCATTER)

# Views that need the guidance images, and show a placeholder until these are there.
AWAITING_GUIDANCE = (*GUIDANCE, GUIDANCE_RGB, SCATTER)
# Views drawn in the gradient colour scales: gamma 2 for guidance, gamma 1 for Jacobians.
GUIDANCE_COLOURED = (*GUIDANCE, *(zoom(view) for view in GUIDANCE))
JACOBIAN_COLOURED = (*JACOBIANS, *(zoom(view) for view in JACOBIANS))

# Controls; URL keys have the same names.
CASE = "case"
METHOD = "method"
GAMMA1 = "gamma1"
GAMMA2 = "gamma2"
SCALE = "scale"
SCOPE = "scope"
BRUSH = "brush"

# The fused image in colours.
CODED = "coded"
CODED_MODES = "coded-modes"
OMEGA = "omega"

# Stores: `pixel` is the one place where a selected pixel ends, {"y": row, "x": column}.
PIXEL = "pixel"
SCENE = "scene"
GUIDANCE_SUMMARY = "guidance-summary"
SERVER_EPOCH = "server-epoch"
GUIDANCE_POLL = "guidance-poll"
COMMON_RANGE = "common-range"
COMMON_POLL = "common-poll"
READOUT = "readout"
CASE_NOTE = "case-note"
METHOD_NOTE = "method-note"
SCALE_NOTE = "scale-note"

# The bar below the images, and the menu of the views.
COORDINATES = "coordinates"
PIN_TOGGLE = "pin-toggle"
REGIONS = "regions"
ZOOM_RESET = "zoom-reset"
VIEW_MENU = "view-menu"

# The brush: its masks of regions, its tools below the scatter, and what it says.
BRUSH_MASKS = "brush-masks"
BRUSH_RECT = "brush-rect"
BRUSH_FREE = "brush-free"
BRUSH_REGION = "brush-region"
BRUSH_CLEAR = "brush-clear"
BRUSH_NUMBERS = "brush-numbers"


def brush(view: str) -> str:
    """The id under which the brush's canvas over a view is drawn on; see `layer`."""
    return f"{view}-brush"


BRUSH_LINK = "brush-link"
WHATIF_LINK = "whatif-link"
