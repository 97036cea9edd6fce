"""What every route has in common: parameters read, errors as JSON, the forms of an answer.

A bad request answers 400 or 404 with `{"error": sentence, "valid": […]}`; weights that cannot be
used answer 503 in the same form.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from flask import Response, jsonify, request

from dashboard.regions.report_route import SourceError
from dashboard.service.cases import MisfitError, UnknownCaseError
from dashboard.whatif.questions import WhatIfError
from models import PixelError, UnknownMethodError, WeightsError
from precompute.regions.masks import FORMS, RegionTextError


class BadRequestError(ValueError):
    """A parameter is missing or makes no sense; `valid` lists what was expected."""

    def __init__(self, sentence: str, valid: list[str]) -> None:
        super().__init__(sentence)
        self.valid = valid


def answering(route: Callable[[], Response]) -> Callable[[], Response]:
    """Turn what a route raises into the answer that the module's docstring describes."""

    @wraps(route)
    def answer() -> Response:
        try:
            return route()
        except (UnknownCaseError, UnknownMethodError) as error:
            return refusal(404, str(error), list(error.valid))
        except (BadRequestError, MisfitError) as error:
            return refusal(400, str(error), list(error.valid))
        except (PixelError, SourceError, WhatIfError) as error:
            return refusal(400, str(error), list(error.valid))
        except RegionTextError as error:
            return refusal(400, str(error), [FORMS])
        except WeightsError as error:
            return refusal(503, str(error), [])

    return answer


def refusal(status: int, sentence: str, valid: list[str]) -> Response:
    response = jsonify(error=sentence, valid=valid)
    response.status_code = status
    return response


def required(*names: str) -> list[str]:
    """The values of parameters that must be there."""
    for name in names:
        if not request.args.get(name):
            raise BadRequestError(f"Parameter {name!r} is missing; expected {', '.join(names)}.", list(names))
    return [request.args[name] for name in names]


def integer(name: str, text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", text):
        raise BadRequestError(f"Parameter {name!r} is {text[:40]!r}; expected an integer.", ["an integer"])
    return int(text)


def choice(name: str, valid: tuple[str, ...], default: str) -> str:
    value = request.args.get(name, default)
    if value not in valid:
        raise BadRequestError(
            f"Parameter {name!r} is {value[:40]!r}; expected one of: {', '.join(valid)}.", list(valid)
        )
    return value


def binary(data: bytes) -> Response:
    return Response(data, mimetype="application/octet-stream")


def timed(response: Response, start: float) -> Response:
    """Say how long the Jacobians took since `start`, in milliseconds."""
    milliseconds = 1000 * (time.perf_counter() - start)
    response.headers["Server-Timing"] = f"jacobian;dur={milliseconds:.2f}"
    return response


def npz(**arrays: Any) -> Response:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return Response(buffer.getvalue(), mimetype="application/zip")
