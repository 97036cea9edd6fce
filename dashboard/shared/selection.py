"""Which case studies and methods the pages of two sources offer, and which they open with.

Knows nothing of Dash or of any page.
"""

from __future__ import annotations

from collections.abc import Mapping

from dashboard.service.jacobians import JacobianService
from dashboard.shared.query import choose
from models import MethodSpec, WeightsError, method_digest
from precompute.cases.case_study import CaseStudy

PLACES = 2
"""How many sources Figure 1 of the paper has places for."""


def choose_case(service: JacobianService, query: Mapping[str, str], sentences: list[str]) -> str:
    """The id of the case study that a query names; the first that fits, with a notice, where none."""
    shown = [case.id for case in shown_cases(service)]
    named = next((case for case in service.list_cases() if case.id == query.get("case")), None)
    if named is None or named.id in shown:
        return choose(query, "case", shown, shown[0], sentences)
    sentences.append(
        f"“{named.id}” has {len(named.sources)} sources, and this page has places for {PLACES}; "
        f"{shown[0]} is shown instead. The Regions page takes it."
    )
    return shown[0]


def shown_cases(service: JacobianService) -> list[CaseStudy]:
    """The case studies with as many sources as Figure 1 has places for."""
    return [case for case in service.list_cases() if len(case.sources) == PLACES]


def shown_methods(service: JacobianService) -> list[MethodSpec]:
    """The methods that fuse as many sources as Figure 1 has places for."""
    return [method for method in service.list_methods() if method.sources == PLACES]


def usual_method(service: JacobianService) -> str:
    """The id of the first trained method whose weights are there, else of the first method."""
    methods = shown_methods(service)
    for method in methods:
        try:
            if method.trained and method_digest(method.id):
                return method.id
        except WeightsError:
            continue
    return methods[0].id
