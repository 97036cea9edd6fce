"""The address of the Methods page: whose card is shown. Pure."""

from __future__ import annotations

from dashboard.shared.query import Address

ADDRESS = Address(keys=("method",))
