"""`python -m models check FOLDER | convert FILE --method ID --out DIR`: plug-ins and released weights."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path

from models import get_method, list_models
from models.checkpoints import WeightsError
from models.convert import convert
from models.plugins import PluginReport, load_plugins
from models.plugins.check import MethodCheck

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description="Your own networks and weights.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="load a plug-in folder and say what was found")
    check.add_argument("folder", type=Path, help="folder of .py, .toml and .pt2 files")
    check.set_defaults(run=_check)
    one = commands.add_parser("convert", help="turn a state dict of the released code into safetensors")
    one.add_argument("file", type=Path, help="a state dict; read with torch's restricted unpickler")
    one.add_argument(
        "--method", required=True, choices=[spec.id for spec in list_models() if spec.trained], help="network"
    )
    one.add_argument("--out", type=Path, required=True, help="folder for the weights and their card")
    one.add_argument("--id", help="id of its own, to serve as a plug-in (default: the method's)")
    one.set_defaults(run=_convert)
    return parser


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def _check(args: argparse.Namespace) -> int:
    reports = load_plugins(args.folder)
    for report in reports:
        _say(describe(report))
    if not reports:
        _say(f"{args.folder}: no .py or .toml file.")
    return 0 if all(report.accepted for report in reports) else 1


def describe(report: PluginReport) -> str:
    """What became of a plug-in, in one line."""
    check = report.check
    if check is None or not report.accepted:
        return f"{report.file}: refused: {report.reason}"
    window = f"window {check.window}×{check.window}" if check.window else "no window (whole image)"
    return (
        f"{report.file}: {report.method}: accepted, {check.sources} sources, {window}, differentiated by "
        f"{check.path}, off whole-image autograd by {check.difference:.0e}{_coarse(check)}"
        + (f". {check.note}" if check.note else "")
    )


def _coarse(check: MethodCheck) -> str:
    """What float32 is too coarse for, empty where it is fine."""
    if not check.unstable:
        return ""
    return f", float32 too coarse at {check.unstable:.0%} of the pixels of an image with a flat background"


def _convert(args: argparse.Namespace) -> int:
    if args.id is not None and not _ID.fullmatch(args.id):
        raise ValueError(f"The id is {args.id!r}; expected a-z, 0-9, '-' and '_', at most 64 characters.")
    for path in convert(args.file, args.method, args.out, args.id):
        _say(str(path))
    for deviation in get_method(args.method).deviations:
        _say(f"note: {deviation}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. A known problem is one sentence on stderr."""
    args = _parser().parse_args(argv)
    try:
        return int(args.run(args))
    except (ValueError, WeightsError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
