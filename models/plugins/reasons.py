"""What went wrong in somebody else's code, in one sentence."""

from __future__ import annotations

import traceback
from pathlib import Path

_LONGEST = 300


class RefusedError(ValueError):
    """A plug-in is refused; the message is one sentence."""


def explain(error: BaseException, source: Path | None = None) -> str:
    """File, line, kind and message of an exception, on one line.

    Args:
        error: what was raised.
        source: the file to blame; its innermost frame on the way to the error gives the line.
    """
    message = " ".join(str(error).split())[:_LONGEST].rstrip(".")
    said = f"{type(error).__name__}{': ' if message else ''}{message}."
    if source is None:
        return said
    if isinstance(error, SyntaxError) and error.filename == str(source):
        return f"{source.name}, line {error.lineno}: SyntaxError: {error.msg}."
    frames = traceback.extract_tb(error.__traceback__)
    lines = [frame.lineno for frame in frames if frame.filename == str(source)]
    return f"{source.name}, line {lines[-1]}: {said}" if lines else f"{source.name}: {said}"
