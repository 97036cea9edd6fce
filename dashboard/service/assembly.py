"""From settings to a `JacobianService`: which cases, which store, which device, which cache.

Flags come first, then the environment, then defaults; see `precompute/settings.py` for FUSEVIS_CASES,
FUSEVIS_STORE, FUSEVIS_DEVICE, FUSEVIS_EXACT_MINUTES and FUSEVIS_PLUGINS. FUSEVIS_CACHE is `simple` (in this
process), `filesystem:PATH` or `redis://…`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from flask import Flask
from flask_caching import Cache

from dashboard.service.cases import load_cases
from dashboard.service.jacobians import JacobianService
from precompute.settings import default_device, default_store, exact_minutes
from precompute.settings import plugins as load_plugins
from precompute.store.store import Store

_KEPT_JACOBIANS = 8192  # 4 to 10 kB each
_SECONDS = 7 * 24 * 3600  # entries are keyed on digests and never stale; the limit only bounds the cache


def make_service(
    server: Flask,
    cases: Sequence[Path | str] | None = None,
    store: Path | str | None = None,
    device: str | None = None,
    cache: str | None = None,
    plugins: Path | str | None = None,
) -> JacobianService:
    """The service of an app; raises CaseError, StoreError or ValueError with one sentence.

    Args:
        server: the Flask application that the cache belongs to.
        cases: folders of further case studies.
        store: folder of precomputed results.
        device: "auto", "cpu" or "cuda"; touched by the first request only.
        cache: see the module's docstring.
        plugins: folder of networks of one's own; their code is run.
    """
    reports = load_plugins(plugins, store)
    return JacobianService(
        cases=load_cases(None if cases is None else [Path(folder) for folder in cases]),
        store=Store(store or default_store()),
        device=device or default_device(),
        cache=Cache(server, config=cache_settings(cache or os.environ.get("FUSEVIS_CACHE") or "simple")),
        fill=True,
        plugins=reports,
        exact_minutes=exact_minutes(),
    )


def cache_settings(name: str) -> dict[str, Any]:
    """Flask-Caching's settings for a cache by name; raises ValueError for an unknown one."""
    common = {"CACHE_DEFAULT_TIMEOUT": _SECONDS, "CACHE_THRESHOLD": _KEPT_JACOBIANS}
    kind, _, place = name.partition(":")
    if name == "simple":
        return {**common, "CACHE_TYPE": "SimpleCache"}
    if kind == "filesystem" and place:
        return {**common, "CACHE_TYPE": "FileSystemCache", "CACHE_DIR": place}
    if kind in ("redis", "rediss") and place:
        return {**common, "CACHE_TYPE": "RedisCache", "CACHE_REDIS_URL": name, "CACHE_KEY_PREFIX": "fusevis/"}
    raise ValueError(f"The cache is {name!r}; expected simple, filesystem:PATH or redis://….")
