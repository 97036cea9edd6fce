"""The phantom: simulated heads from the ICBM 152 template, with lesions, in several modalities.

Owns the making of the bundled case studies and of training pairs, and the flags of the two
commands for it. Needs scipy and nilearn, development dependencies, and only when something is
made: nothing else in the project needs the phantom to run.

    fields.py     noise, soft thresholds     template.py   the average brain
    anatomy.py    one subject's tissues      skull.py      everything around the brain
    lesions.py    core, rim, oedema, push    contrasts.py  signal, texture, resolution, noise
    pairs.py      random training pairs      cases.py      the bundled case studies
"""

from __future__ import annotations

import argparse
from pathlib import Path

from precompute.cases.case_study import BUNDLED

__all__ = ["add_arguments", "add_bundle_arguments", "run", "run_bundle", "write_training_pairs"]


def write_training_pairs(out: Path, count: int, seed: int) -> None:
    """Write `count` random pairs as out/mri/NNNN.png and out/pet/NNNN.png; see `pairs.py`."""
    from precompute.phantom import pairs

    pairs.write_training_pairs(out, count, seed)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `python -m precompute phantom`."""
    parser.add_argument("--out", type=Path, required=True, help="folder that gets mri/ and pet/")
    parser.add_argument("--count", type=int, required=True, help="how many pairs")
    parser.add_argument("--seed", type=int, default=0, help="same seed, same pairs (default 0)")


def run(args: argparse.Namespace) -> int:
    """Write the training pairs; returns the exit status."""
    write_training_pairs(args.out, args.count, args.seed)
    return 0


def add_bundle_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of `python -m precompute bundle`."""
    parser.add_argument(
        "--out",
        type=Path,
        default=BUNDLED,
        help="folder that gets the case studies (default: the bundled ones)",
    )


def run_bundle(args: argparse.Namespace) -> int:
    """Make the bundled case studies anew; returns the exit status."""
    from precompute.phantom import cases

    cases.write_bundle(args.out)
    return 0
