"""Ids of the Regions page: controls, stores, and the places that are filled while numbers are computed."""

from __future__ import annotations

PAGE = "regions-page"
CASE = "regions-case"
NOTE = "regions-note"
REGION = "regions-region"
RELEVANT = "regions-relevant"
METHOD = "regions-method"
START = "regions-start"
SEEN = "regions-seen"
POLL = "regions-poll"
NOTICE = "regions-notice"
STATUS = "regions-status"
FILES = "regions-files"
PICTURES = "regions-pictures"
VERDICTS = "regions-verdicts"
NUMBERS = "regions-numbers"
