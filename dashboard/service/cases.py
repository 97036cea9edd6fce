"""The case studies that a dashboard starts with, and what is said of one that is unknown or does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from models import MethodSpec
from precompute.cases.case_study import CaseStudy, list_case_folders, load_case
from precompute.settings import case_roots


class UnknownCaseError(ValueError):
    """No case study has this id. `valid` lists those that exist."""

    def __init__(self, case_id: str, valid: tuple[str, ...]) -> None:
        super().__init__(f"Unknown case study {case_id!r}; expected one of: {', '.join(valid)}.")
        self.valid = valid


class MisfitError(ValueError):
    """The method fuses another number of sources than the case study has. `valid` lists those that fit."""

    def __init__(self, case: CaseStudy, method: MethodSpec, valid: tuple[str, ...]) -> None:
        super().__init__(
            f"Method {method.id!r} fuses {method.sources} sources, but {case.id!r} has {len(case.sources)}; "
            f"expected one of: {', '.join(valid) or '(no method)'}."
        )
        self.valid = valid


def load_cases(extra: Sequence[Path] | None = None) -> dict[str, CaseStudy]:
    """The bundled case studies and those in further folders (None: FUSEVIS_CASES).

    Raises:
        CaseError: a damaged case study, or two with the same id.
        ValueError: a folder that does not exist.
    """
    folders = list_case_folders(case_roots(extra))
    return {case_id: load_case(folder) for case_id, folder in folders.items()}
