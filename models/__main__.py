"""`python -m models check FOLDER | inspect FILE | convert FILE --method ID --out DIR`: your own networks."""

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
from models.plugins.inspect import best_of, first_card, inspect_file, list_modules

_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models", description="Your own networks and weights.")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="load a plug-in folder and say what was found")
    check.add_argument("folder", type=Path, help="folder of .py, .toml and .pt2 files")
    check.set_defaults(run=_check)
    look = commands.add_parser("inspect", help="what a file of somebody's network holds, and a first card")
    look.add_argument(
        "file", type=Path, help="a Python file, which is run; of a folder the modules are listed"
    )
    look.add_argument("--folder", type=Path, help="plug-in folder above it (default: the file's own folder)")
    look.set_defaults(run=_inspect)
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


def _inspect(args: argparse.Namespace) -> int:
    if args.file.is_dir():
        for file, names in list_modules(args.file).items():
            _say(f"{file}: {', '.join(names)}")
        return 0
    folder = args.folder or args.file.parent
    found = inspect_file(args.file, folder)
    for one in found:
        fits = f"; the weights of {one.weights.name} fit" if one.weights else ""
        _say(f"{one.name}{one.made}, forward{one.called}: {one.said or f'fuses with {one.options}'}{fits}")
    best = best_of(found)
    if best is None:
        raise ValueError(f"{args.file.name} defines no module; python -m models inspect FOLDER lists them.")
    card = folder / f"{best.name.lower()}.toml"
    with card.open("x", encoding="utf-8") as stream:
        stream.write(first_card(best, args.file, folder))
    _say(f"{card}: a first card; then python -m models check {folder}")
    return 0


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
