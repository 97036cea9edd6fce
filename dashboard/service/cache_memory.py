"""What a cache of Jacobians takes in the memory of this process.

Knows of caches only what flask-caching shows, and of its `simple` one that it is cachelib's; files and
Redis are outside of this process and take nothing here.
"""

from __future__ import annotations

from typing import Any

from cachelib import SimpleCache


def cache_memory(cache: Any | None) -> dict[str, int | None]:
    """The `bytes` of all values, their `limit` (None: their number is limited) and how many are `kept`."""
    backend = getattr(cache, "cache", None)
    if not isinstance(backend, SimpleCache):
        return {"bytes": 0, "limit": None, "kept": 0}
    with backend._lock:  # cachelib has no other way to see what there is
        values = [value for _expires, value in backend._cache.values()]
    return {"bytes": sum(map(len, values)), "limit": None, "kept": len(values)}
