"""Ids of what surrounds every page, and of the canvases and bars that views of several pages have."""

from __future__ import annotations


def layer(view: str) -> str:
    """The id of the canvas laid over a view."""
    return f"{view}-layer"


def bar(view: str) -> str:
    """The id of the colour bar of a view."""
    return f"{view}-bar"


EXPLORER = "explorer"
EMPTY = "no-cases"

NOTICE_LINK = "notice-link"
NOTICE_CASE = "notice-case"
NOTICE_METHOD = "notice-method"
NOTICE_GUIDANCE = "notice-guidance"
NOTICE_JACOBIAN = "notice-jacobian"

GO_TO = "go-to"
SERVER_BANNER = "server-banner"
THEME_TOGGLE = "theme-toggle"
COPY_LINK = "copy-link"
COPY_STATUS = "copy-status"
HELP = "help"
HELP_OPEN = "help-open"
HELP_CLOSE = "help-close"
