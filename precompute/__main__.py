"""The command line of the precompute stage: `python -m precompute <command>`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from precompute import phantom
from precompute.build import commands as store_commands
from precompute.cases import importer
from precompute.report import command as report_command


def build_parser() -> argparse.ArgumentParser:
    """All commands; each one's module owns its flags (`add_arguments`) and its work (`run`)."""
    parser = argparse.ArgumentParser(prog="python -m precompute", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, add_arguments, run, text in (
        ("import", importer.add_arguments, importer.run, "make case studies of your own images"),
        ("phantom", phantom.add_arguments, phantom.run, "write random simulated MRI + PET pairs"),
        (
            "report",
            report_command.add_arguments,
            report_command.run,
            "compare methods on a region",
        ),
        ("bundle", phantom.add_bundle_arguments, phantom.run_bundle, "make the bundled case studies anew"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        add_arguments(command)
        command.set_defaults(run=run)
    store_commands.add_commands(commands)  # build, list, verify
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status. A known problem is one sentence on stderr."""
    args = build_parser().parse_args(argv)
    try:
        return int(args.run(args))
    except (ValueError, RuntimeError, OSError) as error:
        sys.stderr.write(f"error: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
