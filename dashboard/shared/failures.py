"""What a reader sees when a callback fails.

Failures with a sentence of their own (`service.errors`) are handled where they occur; anything else is a
defect: its traceback goes to the log, and the page says that it happened.
"""

from __future__ import annotations

import logging

from dash import set_props

from dashboard.shared import ids
from dashboard.shared.notices import notice

_log = logging.getLogger(__name__)


def log_failure(error: Exception) -> None:
    """Log an unexpected failure of a callback."""
    _log.error("A callback failed.", exc_info=error)


def report_failure(error: Exception) -> None:
    """Log an unexpected failure of a callback, and say so on the page."""
    log_failure(error)
    set_props(ids.NOTICE_CASE, {"children": notice("The server failed on this; its log says why.")})
