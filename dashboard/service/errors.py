"""Which failures have a sentence of their own. Knows nothing of Dash, nor of what is said on the page."""

from __future__ import annotations

from models import WeightsError

# What a selection can run into: unknown ids, damaged case studies, missing or altered weights.
EXPECTED = (ValueError, OSError, WeightsError)
