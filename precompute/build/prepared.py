"""The modules that are computed with: one per method, weights and device, for all who ask."""

from __future__ import annotations

import logging
import threading
from functools import lru_cache
from typing import Any

import models

log = logging.getLogger(__name__)


def method_digest(method_id: str) -> str:
    """What identifies a method's numbers, see `models.method_digest`.

    Raises:
        UnknownMethodError: no such method.
        WeightsError: it has no weights yet, or their card is unreadable.
    """
    return models.method_digest(method_id)


def prepared_model(method_id: str, device: str = "auto") -> Any:
    """The method's module on a device ("auto", "cpu", "cuda"), kept while its weights stay the same.

    Examining a network costs seconds and is remembered with the module, so that it pays to share it.

    Raises:
        UnknownMethodError, WeightsError, ValueError: no such method, weights or device.
    """
    return _model(method_id, method_digest(method_id), str(models.select_device(device)))


_building: dict[tuple[str, str, str], threading.Lock] = {}


def _model(method_id: str, digest: str, device: str) -> Any:
    """One module for all who ask at once; others wait for that one alone."""
    key = (method_id, digest, device)
    with _building.setdefault(key, threading.Lock()):
        return _made(*key)


@lru_cache(maxsize=32)
def _made(method_id: str, digest: str, device: str) -> Any:
    log.debug("Creating %s with weights %s on %s.", method_id, digest[:12], device)
    return models.create_model(method_id).to(device)
