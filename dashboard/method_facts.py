"""Everything that the Methods page says of a method, gathered from registry, card, module and store.

Knows where each fact comes from, and that any of them may be missing: a damaged weights file is a sentence
on the method's card and no reason not to show the others. Knows nothing of Dash.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import models
from dashboard.measure import Measurement, usual_case
from models import Architecture
from models.published import PUBLISHED, Published

# Unknown or changed methods, sources that do not fit, missing or altered weights.
_EXPECTED = (ValueError, OSError, models.WeightsError)
ALL = "all"
"""The folder of all held-out pairs together, as cards call it."""


@dataclass(frozen=True, eq=False)
class MethodFacts:
    """One method.

    Attributes:
        spec: its entry in the registry.
        architecture: read from the module; None where it cannot be built.
        card: of its weights; None for a method without weights, or with a card that cannot be read.
        problem: one sentence where it cannot be used; else empty.
        guidance_s, guidance_device: of the stored guidance images of the usual case study; else None, "".
        measurement: what was measured on this machine, if it was.
        published: the paper's numbers, if it has any.
    """

    spec: Any
    architecture: Architecture | None = None
    card: Mapping[str, Any] | None = None
    problem: str = ""
    guidance_s: float | None = None
    guidance_device: str = ""
    measurement: Measurement | None = None
    published: Published | None = None

    @property
    def window(self) -> int | None:
        """Side of the window in pixels; None where the layers do not add up to one."""
        reach = None if self.architecture is None else self.architecture.reach
        return None if reach is None else 2 * reach + 1

    def losses(self, folder: str = ALL) -> Mapping[str, float]:
        """The held-out terms `ssim1`, `mse1`, … of one folder of pairs; empty where there are none."""
        return ((self.card or {}).get("held_out") or {}).get(folder) or {}


def gather(service: Any, measurements: Any) -> list[MethodFacts]:
    """The facts of all methods of a service, in its order; `measurements` as in `dashboard.measure`."""
    return [_facts(service, measurements, spec) for spec in service.list_methods()]


def folders(service: Any) -> list[str]:
    """The folders of held-out pairs that any card knows, `ALL` first."""
    found = {ALL: None}
    for spec in service.list_methods():
        try:
            found |= dict.fromkeys(models.method_card(spec.id).get("held_out") or {})
        except _EXPECTED:
            continue
    return list(found)


def _facts(service: Any, measurements: Any, spec: Any) -> MethodFacts:
    architecture, card, problem = None, None, ""
    try:
        architecture = _architecture(spec.id, spec.sources, _mark(spec))
        card = models.method_card(spec.id) if spec.trained else None
        models.create_model(spec.id)  # finds weights that are missing or altered
    except _EXPECTED as error:
        problem = str(error)
    seconds, device = _guidance(service, spec)
    return MethodFacts(
        spec=spec,
        architecture=architecture,
        card=card,
        problem=problem,
        guidance_s=seconds,
        guidance_device=device,
        measurement=measurements.of(spec.id),
        published=PUBLISHED.get(spec.id),
    )


def _mark(spec: Any) -> str:
    """What changes when a method's module does: a plug-in may be replaced, the project's may not."""
    provided = getattr(spec, "provided", None)
    return provided.digest if provided else ""


@lru_cache(maxsize=64)
def _architecture(method_id: str, sources: int, _mark: str) -> Architecture:
    """The architecture of a method, weights or not."""
    return models.describe(models.create_model(method_id, pretrained=False), sources)


def _guidance(service: Any, spec: Any) -> tuple[float | None, str]:
    """Seconds of the stored guidance images, and the device; None where there are none."""
    case = usual_case(service.list_cases(), spec.sources)
    try:
        entry = None if case is None else service.entry(case.id, spec.id)
    except _EXPECTED:
        return None, ""
    return (None, "") if entry is None else (entry.seconds.get("guidance"), entry.device)
