"""A service without networks, for tests of the page: its numbers are simple and known."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

import models
from dashboard.service.background import Progress
from dashboard.service.cases import UnknownCaseError
from models import UnknownMethodError
from precompute.cases.case_study import CaseStudy, Region

HEIGHT, WIDTH = 12, 20


def small_case(case_id: str = "small", regions: bool = True) -> CaseStudy:
    """Two ramps of 12 × 20 pixels with one region, whose middle is row 3, column 5."""
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[2:5, 4:7] = True
    return CaseStudy(
        id=case_id,
        title="Two ramps",
        description="One ramp down, one across.",
        modalities=("down <b>", "across"),
        sources=np.stack([down / (HEIGHT - 1), across / (WIDTH - 1)]),
        regions=(Region("spot", "A spot", mask),) if regions else (),
        provenance="Made by a test.",
        synthetic=True,
    )


@dataclass(frozen=True)
class SmallMethod:
    """What the page reads of a method."""

    id: str
    title: str
    description: str = "Half of each."
    trained: bool = False
    sources: int = 2
    parameters: int = 0


@dataclass
class SmallService:
    """Answers like `JacobianService`; `pending` and `failure` set what it answers for guidance."""

    cases: tuple[CaseStudy, ...] = field(default_factory=lambda: (small_case(), small_case("other")))
    pending: Progress | None = None
    failure: Exception | None = None

    def list_cases(self) -> list[CaseStudy]:
        return list(self.cases)

    def case(self, case_id: str) -> CaseStudy:
        for case in self.cases:
            if case.id == case_id:
                return case
        raise UnknownCaseError(case_id, tuple(case.id for case in self.cases))

    def list_methods(self) -> tuple[SmallMethod, ...]:
        return (SmallMethod("half", "Half and half"), SmallMethod("third", "Third"))

    def methods_for(self, case_id: str) -> tuple[SmallMethod, ...]:
        self.case(case_id)
        return self.list_methods()

    def window(self, method_id: str) -> tuple[int, int] | None:
        if method_id not in ("half", "third"):
            raise UnknownMethodError(method_id, ("half", "third"))
        return (3, 3)

    def fused(self, case_id: str, method_id: str) -> Any:
        if self.failure:
            raise self.failure
        return self.case(case_id).sources.mean(axis=0)

    def refused(self, method_id: str) -> Any:
        return models.GuardReport()

    def stage(self, case_id: str, method_id: str) -> Any:
        return None, False

    def guidance(self, case_id: str, method_id: str, wait: bool = False) -> Any:
        if self.failure:
            raise self.failure
        return self.pending or small_guidance()


def small_guidance() -> np.ndarray:
    """Guidance images with values −0.5 … 1 and −0.25 … 0.5: a third of the gradient is negative."""
    ramp = np.linspace(-0.5, 1.0, HEIGHT * WIDTH, dtype=np.float32).reshape(HEIGHT, WIDTH)
    return np.stack([ramp, ramp / 2])
