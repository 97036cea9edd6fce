"""Fusion networks, their exact saliency, their metrics and their training; needs torch and numpy only.

Owns everything that touches torch. Must not know of files other than weights, of case studies, or
of the web: what leaves this package is numpy and plain dataclasses.
"""

import models.networks  # noqa: F401  (registers the methods)
from models.checkpoints import WeightsError
from models.registry import MethodSpec, UnknownMethodError, create_model, get_method, list_models

__all__ = ["MethodSpec", "UnknownMethodError", "WeightsError", "create_model", "get_method", "list_models"]
