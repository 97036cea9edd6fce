"""What is kept in the memory of this process: shelves, graphs, and the cache of Jacobians.

Knows of caches only what flask-caching shows, and of its `simple` one that it is cachelib's; files and
Redis are outside of this process and take nothing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from cachelib import SimpleCache

import models


def cache_memory(cache: Any | None) -> dict[str, int | None]:
    """The `bytes` of all values, their `limit` (None: their number is limited) and how many are `kept`."""
    backend = getattr(cache, "cache", None)
    if not isinstance(backend, SimpleCache):
        return {"bytes": 0, "limit": None, "kept": 0}
    with backend._lock:  # cachelib has no other way to see what there is
        values = [value for _expires, value in backend._cache.values()]
    return {"bytes": sum(map(len, values)), "limit": None, "kept": len(values)}


class Keeper(Protocol):
    """What keeps something in memory, and tells how much."""

    def memory(self) -> dict[str, int | None]: ...


def memory_of(keepers: Mapping[str, Keeper], cache: Any) -> dict[str, dict[str, int | None]]:
    """What everything that is kept in memory takes, by name; the kept graphs are those of the process."""
    found = {name: keeper.memory() for name, keeper in keepers.items()}
    return {**found, "graphs": models.whole_image_memory(), "cache": cache_memory(cache)}
