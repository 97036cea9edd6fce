"""What the What if page asks of the service: a source changed here, and the influence of a source pixel.

Owns how a question in text becomes a mask and a change. Knows nothing of HTTP or Dash.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

import models
from dashboard.service.background import Progress
from dashboard.service.jacobians import JacobianService
from models import Influence, WhatIf
from models.saliency.engine.windows import check_pixel
from models.saliency.whatif import GREY_LEVELS
from precompute.build.prepared import prepared_model
from precompute.regions.masks import region_mask

MEAN = "mean"
CHANGES = f"grey levels from −{GREY_LEVELS} to {GREY_LEVELS}, or {MEAN}"


class WhatIfError(ValueError):
    """The question makes no sense; one sentence, `valid` says what was expected."""

    def __init__(self, sentence: str, *valid: str) -> None:
        super().__init__(sentence)
        self.valid = valid


@dataclass(frozen=True)
class Question:
    """What is changed: a source (from 0) of a case study, by a method's eyes.

    Attributes:
        pixel: (y, x).
        region: the text of a region (`precompute/regions/masks.py`); "" for the pixel alone.
        change: grey levels of 255 to add, as text, or "mean" for the mean of the surroundings.
    """

    case: str
    method: str
    source: int
    pixel: tuple[int, int]
    region: str = ""
    change: str = MEAN


def check_source(service: JacobianService, case_id: str, source: int) -> None:
    """Raise WhatIfError unless a case study has this source."""
    count = len(service.case(case_id).sources)
    if not 0 <= source < count:
        sentence = f"There is no source {source}; expected a number from 0 to {count - 1}."
        raise WhatIfError(sentence, *map(str, range(count)))


def influence_of(service: JacobianService, case_id: str, method_id: str, pixel: tuple[int, int]) -> Influence:
    """Which fused pixels a pixel (y, x) of each source influences; see `models.influence`.

    Raises:
        UnknownCaseError, UnknownMethodError, MisfitError, WeightsError, PixelError: as the names say.
    """
    service.check_fit(case_id, method_id)
    case = service.case(case_id)
    check_pixel(pixel, case.shape)
    linearised = service.linearised(case_id, method_id)
    models.limit_threads(1)
    return models.influence(prepared_model(method_id, service.device), case.sources, pixel, linearised)


def what_if_of(service: JacobianService, question: Question) -> WhatIf:
    """The answer to a question; see `models.what_if`.

    Raises:
        UnknownCaseError, UnknownMethodError, MisfitError, WeightsError, PixelError: as the names say.
        RegionTextError, WhatIfError: region or change make no sense.
    """
    service.check_fit(question.case, question.method)
    case = service.case(question.case)
    check_source(service, question.case, question.source)
    check_pixel(question.pixel, case.shape)
    mask = _mask(service, question, case)
    changed = _changed(case.sources[question.source], mask, question.change)
    linearised = service.linearised(question.case, question.method)
    model = prepared_model(question.method, service.device)
    models.limit_threads(1)
    return models.what_if(model, case.sources, question.source, mask, changed, linearised)


def _mask(service: JacobianService, question: Question, case: Any) -> NDArray[np.bool_]:
    if question.region:

        def guidance() -> NDArray[np.floating]:
            found = service.guidance(question.case, question.method, wait=True)
            if isinstance(found, Progress):
                raise RuntimeError("waiting for guidance gave progress")
            return np.asarray(found)

        masks = {region.id: region.mask for region in case.regions}
        return region_mask(question.region, case.shape, masks, guidance)
    mask = np.zeros(case.shape, bool)
    mask[question.pixel] = True
    return mask


def _changed(source: NDArray[np.float32], mask: NDArray[np.bool_], change: str) -> NDArray[np.floating]:
    if change == MEAN:
        try:
            return models.painted(source, mask)
        except ValueError as error:
            raise WhatIfError(str(error), "a region with surroundings") from None
    try:
        levels = float(change)
    except ValueError:
        levels = math.nan
    if not -GREY_LEVELS <= levels <= GREY_LEVELS:
        raise WhatIfError(f"The change is {change[:40]!r}; expected {CHANGES}.", CHANGES)
    return models.shifted(source, mask, levels)
