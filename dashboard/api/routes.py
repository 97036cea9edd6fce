"""All routes that scripts and the browser use, one module a family; JSON, npz and a binary form."""

from __future__ import annotations

from flask import Blueprint

from dashboard.api import attributions, images, jacobians, lists, questions, report
from dashboard.service.jacobians import JacobianService

FAMILIES = (lists, jacobians, attributions, images, questions, report)


def create_api(service: JacobianService) -> Blueprint:
    """The routes of a service, to be registered on the Flask server."""
    api = Blueprint("api", __name__)
    for family in FAMILIES:
        family.add_routes(api, service)
    return api
