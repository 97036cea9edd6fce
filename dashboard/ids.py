"""Every component id of the dashboard, and the order of the views.

Owns names only. Scripts, browser tests and shared links rely on the ids of the views and controls, so
those stay; the JavaScript modules get the same names from `assets/js/views.js`, and a test compares.
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


def layer(view: str) -> str:
    """The id of the canvas laid over a view."""
    return f"{view}-layer"


def bar(view: str) -> str:
    """The id of the colour bar of a view."""
    return f"{view}-bar"


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

EXPLORER = "explorer"
READOUT = "readout"
EMPTY = "no-cases"
CASE_NOTE = "case-note"
METHOD_NOTE = "method-note"
SCALE_NOTE = "scale-note"

NOTICE_LINK = "notice-link"
NOTICE_CASE = "notice-case"
NOTICE_METHOD = "notice-method"
NOTICE_GUIDANCE = "notice-guidance"
NOTICE_JACOBIAN = "notice-jacobian"

SERVER_BANNER = "server-banner"
THEME_TOGGLE = "theme-toggle"
COPY_LINK = "copy-link"
COPY_STATUS = "copy-status"
HELP = "help"
HELP_OPEN = "help-open"
HELP_CLOSE = "help-close"

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


# The Compare page. Its ids have a prefix of their own: Dash would else take them for the Explore page's.
COMPARER = "comparer"
COMPARE_CASE = "compare-case"
COMPARE_CASE2 = "compare-case2"
COMPARE_GAMMA1 = "compare-gamma1"
COMPARE_GAMMA2 = "compare-gamma2"
COMPARE_SCALE = "compare-scale"
COMPARE_SCOPE = "compare-scope"
COMPARE_JACOBIANS = "compare-jacobians"
COMPARE_ADD = "compare-add"
COMPARE_ADD_LABEL = "compare-add-label"
COMPARE_CODED = "compare-coded"
COMPARE_OMEGA = "compare-omega"
COMPARE_SCALE_NOTE = "compare-scale-note"
COMPARE_SOURCES = "compare-sources"
COMPARE_HEADINGS = "compare-headings"
COMPARE_ROWS = "compare-rows"
COMPARE_COORDINATES = "compare-coordinates"
COMPARE_PIN = "compare-pin"
COMPARE_PRESETS = "compare-presets"
COMPARE_SPOKEN = "compare-spoken"
COMPARE_NOTICE_LINK = "compare-notice-link"
COMPARE_NOTICE = "compare-notice"

# Its stores: the rows' methods in their order, the pixel, the rest of the link, what the server knows of the
# rows, and the colours of all scales.
COMPARE_METHODS = "compare-methods"
COMPARE_PIXEL = "compare-pixel"
COMPARE_START = "compare-start"
COMPARE_SCENE = "compare-scene"
COMPARE_COLOURS = "compare-colours"
COMPARE_EPOCH = "compare-epoch"
COMPARE_POLL = "compare-poll"

# Two fused images over each other.
COMPARE_PAIR = "compare-pair"
COMPARE_MODE = "compare-mode"
COMPARE_FIRST = "compare-first"
COMPARE_SECOND = "compare-second"
COMPARE_MIX = "compare-mix"
COMPARE_MIX_LABEL = "compare-mix-label"
COMPARE_PLAY = "compare-play"
COMPARE_SAID = "compare-said"
COMPARE_VALUES = "compare-values"

# The Methods page: its table, the measuring, the cards. The last three stand beside a method's id.
METHODS_PAGE = "methods-page"
METHODS_OPEN = "methods-open"
METHODS_GRID = "methods-grid"
METHODS_FOLDER = "methods-folder"
METHODS_STATUS = "methods-status"
METHODS_MEASURE = "methods-measure"
METHODS_EXPORT = "methods-export"
METHODS_DOWNLOAD = "methods-download"
METHODS_MEASURED = "methods-measured"
METHODS_FRAMES = "methods-frames"
METHODS_POLL = "methods-poll"
METHODS_NAV = "methods-nav"
METHODS_NOTED = "methods-noted"
METHODS_PROGRESS = "methods-progress"
METHODS_CARD = "methods-card"
METHODS_NEAR = "methods-near"
METHODS_MEASURED_BLOCK = "methods-measured-block"

# The Metrics page: controls, its two tables, the local map, what is published, and what each metric is.
METRICS_PAGE = "metrics-page"
METRICS_NOTICE = "metrics-notice"
METRICS_CASE = "metrics-case"
METRICS_AREA = "metrics-area"
METRICS_FORM = "metrics-form"
METRICS_STATUS = "metrics-status"
METRICS_POLL = "metrics-poll"
METRICS_SORT = "metrics-sort"
METRICS_KNOWN = "metrics-known"
METRICS_SUMMARY = "metrics-summary"
METRICS_SUMMARY_HEAD = "metrics-summary-head"
METRICS_TABLE = "metrics-table"
METRICS_TABLE_HEAD = "metrics-table-head"
METRICS_PAPERS = "metrics-papers"
METRICS_DOWNLOAD = "metrics-download"
METRICS_SUMMARY_CSV = "metrics-summary-csv"
METRICS_SUMMARY_LATEX = "metrics-summary-latex"
METRICS_TABLE_CSV = "metrics-table-csv"
METRICS_TABLE_LATEX = "metrics-table-latex"
METRICS_ALL_CSV = "metrics-all-csv"
METRICS_METHOD = "metrics-method"
METRICS_METRIC = "metrics-metric"
METRICS_RANGE = "metrics-range"
METRICS_OPACITY = "metrics-opacity"
METRICS_MAP = "metrics-map"
METRICS_MAP_FRAME = "metrics-map-frame"
METRICS_MAP_PROBLEM = "metrics-map-problem"
METRICS_MAP_BAR = "metrics-map-bar"
METRICS_MAP_REGIONS = "metrics-map-regions"
METRICS_MAP_IMAGES = "metrics-map-images"
METRICS_READOUT = "metrics-readout"

# The Regions page: controls, stores, and the places that are filled while the numbers are computed.
REGIONS_PAGE = "regions-page"
REGIONS_CASE = "regions-case"
REGIONS_NOTE = "regions-note"
REGIONS_REGION = "regions-region"
REGIONS_RELEVANT = "regions-relevant"
REGIONS_METHOD = "regions-method"
REGIONS_START = "regions-start"
REGIONS_SEEN = "regions-seen"
REGIONS_POLL = "regions-poll"
REGIONS_NOTICE = "regions-notice"
REGIONS_STATUS = "regions-status"
REGIONS_FILES = "regions-files"
REGIONS_PICTURES = "regions-pictures"
REGIONS_VERDICTS = "regions-verdicts"
REGIONS_NUMBERS = "regions-numbers"
BRUSH_LINK = "brush-link"

# The What if page: selectors, what is changed and where, its pictures, its numbers.
WHATIF = "whatif"
WHATIF_LINK = "whatif-link"
WHATIF_CASE = "whatif-case"
WHATIF_METHOD = "whatif-method"
WHATIF_SOURCE = "whatif-source"
WHATIF_KIND = "whatif-kind"
WHATIF_LEVELS = "whatif-levels"
WHATIF_CHANGE_NOTE = "whatif-change-note"
WHATIF_COORDINATES = "whatif-coordinates"
WHATIF_REGIONS = "whatif-regions"
WHATIF_VIEW = "whatif-view"
WHATIF_GAMMA = "whatif-gamma"
WHATIF_NUMBERS = "whatif-numbers"
WHATIF_SCENE = "whatif-scene"
WHATIF_START = "whatif-start"
WHATIF_EPOCH = "whatif-epoch"
WHATIF_NOTICE_LINK = "whatif-notice-link"
WHATIF_NOTICE = "whatif-notice"
WHATIF_PROBLEM = "whatif-problem"
