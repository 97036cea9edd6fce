"""What is computed of a case study and a method when it is asked for, and kept while it is looked at.

Summed gradients, by one backward pass where no entry of the store has them. Knows nothing of HTTP or Dash.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

import models
from dashboard.service.jacobians import JacobianService
from models import method_digest
from precompute.build.prepared import prepared_model
from precompute.cases.case_study import CaseStudy


class Derived:
    """Answers from a `JacobianService`: its case studies, its store and its shelf of summed gradients.

    Safe to call from several threads.
    """

    def __init__(self, service: JacobianService) -> None:
        self._service = service

    def summed_gradient(self, case_id: str, method_id: str) -> NDArray[np.float32]:
        """The summed gradients (K, H, W), signed; see `models.summed_gradient`.

        Raises:
            UnknownCaseError, UnknownMethodError, MisfitError, WeightsError: as the names say.
        """
        entry = self._service.entry(case_id, method_id)
        if entry is not None:
            return entry.summed_gradient
        case = self._service.case(case_id)
        key = (case_id, case.digest, method_digest(method_id))
        found: NDArray[np.float32] = self._service.summed.once(key, lambda: self._sum(case, method_id))
        return found

    def _sum(self, case: CaseStudy, method_id: str) -> NDArray[np.float32]:
        models.limit_threads()
        model = prepared_model(method_id, self._service.device)
        return np.asarray(models.summed_gradient(model, case.sources), np.float32)
