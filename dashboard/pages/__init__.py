"""One module a page, each with TITLE, PATH and `layout(**query)`; `PAGES` is the order of the navigation."""

from dashboard.pages import explore

PAGES = (explore,)
