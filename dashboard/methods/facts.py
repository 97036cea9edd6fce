"""Everything that the Methods page says of a method, gathered from registry, card, module and store.

Knows where each fact comes from, and that any of them may be missing: a damaged weights file is a sentence
on the method's card and no reason not to show the others. Knows nothing of Dash.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import models
from dashboard.methods.measuring import usual_case
from dashboard.service.errors import EXPECTED
from dashboard.service.jacobians import JacobianService
from models import Architecture
from models.published import PUBLISHED, Published
from precompute.store.measurement_files import Measurement

_log = logging.getLogger(__name__)
ALL = "all"
"""The folder of all held-out pairs together, as cards call it."""


@dataclass(frozen=True)
class StoredGuidance:
    """The stored guidance images of a method: of which case study, in which time, where and when."""

    case: str
    seconds: float
    device: str
    created: str


@dataclass(frozen=True, eq=False)
class MethodFacts:
    """One method.

    Attributes:
        spec: its entry in the registry.
        architecture: read from the module; None where it cannot be built.
        card: of its weights; None for a method without weights, or with a card that cannot be used.
        problem: one sentence where something of it cannot be used; else empty.
        guidance: of the usual case study; None as long as it is not computed.
        measurement: what was measured on this machine, if it was.
        published: the paper's numbers, if it has any.
        check: of a plug-in, what was found when it was loaded.
    """

    spec: Any
    architecture: Architecture | None = None
    card: Mapping[str, Any] | None = None
    problem: str = ""
    guidance: StoredGuidance | None = None
    measurement: Measurement | None = None
    published: Published | None = None
    check: Any = None

    @property
    def window(self) -> int | None:
        """Side of the window in pixels; None where the layers do not add up to one."""
        reach = None if self.architecture is None else self.architecture.reach
        return None if reach is None else 2 * reach + 1

    def losses(self, folder: str = ALL) -> Mapping[str, float]:
        """The held-out terms `ssim1`, `mse1`, … of one folder of pairs; empty where there are none."""
        return ((self.card or {}).get("held_out") or {}).get(folder) or {}


def gather(service: JacobianService, measurements: Any) -> list[MethodFacts]:
    """The facts of all methods of a service, in its order; `measurements` as in `measuring`."""
    return [facts_of(service, measurements, spec) for spec in service.list_methods()]


def facts_of(service: JacobianService, measurements: Any, spec: Any) -> MethodFacts:
    """The facts of one method."""
    facts = MethodFacts(spec, published=PUBLISHED.get(spec.id), check=_check(service, spec.id))
    try:
        facts = replace(facts, architecture=_architecture(spec.id, spec.sources, _mark(spec)))
        models.create_model(spec.id)  # finds weights that are missing or altered
        facts = replace(facts, card=_card(spec))
    except EXPECTED as error:
        facts = replace(facts, problem=str(error))
    except Exception as error:  # a plug-in's own code; the other methods are still shown
        _log.exception("the facts of %s could not be read", spec.id)
        facts = replace(facts, problem=f"{type(error).__name__}: {error}")
    return replace(facts, guidance=_guidance(service, spec), measurement=measurements.of(spec.id))


def folders(service: JacobianService) -> list[str]:
    """The folders of held-out pairs that any card knows, `ALL` first."""
    found = {ALL: None}
    for spec in service.list_methods():
        try:
            found |= dict.fromkeys((_card(spec) or {}).get("held_out") or {})
        except EXPECTED:
            continue
    return list(found)


def _card(spec: Any) -> Mapping[str, Any] | None:
    """The card of a method's weights; raises ValueError where its parts are not what the page reads."""
    if not spec.trained:
        return None
    card = models.method_card(spec.id)
    held_out, data, losses = (card.get(key) or {} for key in ("held_out", "data", "losses"))
    if not _tables(held_out) or not all(_number(x) for terms in held_out.values() for x in terms.values()):
        raise _misfit(spec, "held_out", "losses by folder")
    if not _tables(data) or not all(map(_tables, data.values())):
        raise _misfit(spec, "data", "folders of pairs by what they were used for")
    if not all(_number(part.get("pairs", 0)) for use in data.values() for part in use.values()):
        raise _misfit(spec, "data", "counted in numbers of pairs")
    if not isinstance(card.get("recipe") or {}, dict):
        raise _misfit(spec, "recipe", "an object")
    if not _number(card.get("seconds") or 0):
        raise _misfit(spec, "seconds", "a number")
    if losses and not (isinstance(losses, list) and all(isinstance(x, dict) and "step" in x for x in losses)):
        raise _misfit(spec, "losses", "a list of objects with a 'step'")
    return card


def _tables(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, dict) for each in value.values())


def _number(value: Any) -> bool:
    return isinstance(value, int | float)


def _misfit(spec: Any, key: str, expected: str) -> ValueError:
    return ValueError(f"{spec.id}.json: {key!r} of the weights' card is not {expected}, as `fit` writes it.")


def _check(service: JacobianService, method_id: str) -> Any:
    """What was found when a plug-in was loaded; None for the project's own methods."""
    reports = [report for report in getattr(service, "plugins", ()) if report.method == method_id]
    return next((report.check for report in reports if report.accepted), None)


def _mark(spec: Any) -> str:
    """What changes when a method's module does: a plug-in may be replaced, the project's may not."""
    provided = getattr(spec, "provided", None)
    return provided.digest if provided else ""


@lru_cache(maxsize=64)
def _architecture(method_id: str, sources: int, _mark: str) -> Architecture:
    """The architecture of a method, weights or not."""
    return models.describe(models.create_model(method_id, pretrained=False), sources)


def _guidance(service: JacobianService, spec: Any) -> StoredGuidance | None:
    case = usual_case(service.list_cases(), spec.sources)
    if case is None:
        return None
    try:
        entry = service.entry(case.id, spec.id)
    except EXPECTED:
        return None
    if entry is None or "guidance" not in entry.seconds:
        return None
    return StoredGuidance(case.id, entry.seconds["guidance"], entry.device, entry.created)
