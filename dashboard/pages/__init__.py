"""One module a page, each with TITLE, PATH and `layout(**query)`; `PAGES` is the order of the navigation."""

from dashboard.pages import compare, explore, methods, metrics, regions, whatif

PAGES = (explore, compare, regions, whatif, metrics, methods)
