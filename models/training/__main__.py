"""The command line of training: `fit` trains one network, `search` finds its loss weights.

    python -m models.training fit deepfuse --pairs data/pet-mri data/phantoms \\
        --holdout pet-mri/30 --minutes 15 --out runs
    python -m models.training search deepfuse --pairs data/pet-mri --holdout pet-mri/30 \\
        --budget small --minutes 30 --out study
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from models.registry import UnknownMethodError
from models.training.checkpoint import CheckpointError
from models.training.data import DataError
from models.training.fit import TrainingError
from models.training.fit_command import add_fit
from models.training.search_command import add_search
from models.training.study import StudyError

_ERRORS = (DataError, TrainingError, CheckpointError, StudyError, UnknownMethodError, ValueError, OSError)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m models.training", description="Train fusion networks.")
    commands = parser.add_subparsers(dest="command", required=True)
    add_fit(commands)
    add_search(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status, 2 for wrong input, 130 when interrupted."""
    arguments = _parser().parse_args(argv)
    try:
        arguments.run(arguments)
    except _ERRORS as error:
        sys.stderr.write(f"error: {error}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted; the same command continues from the last checkpoint.\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
