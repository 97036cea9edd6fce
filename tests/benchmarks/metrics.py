"""The fusion metrics beside the values and the times of their authors' own code, in one run.

    python -m tests.benchmarks.metrics [--device cpu|cuda] [--reference FOLDER] [--repeats N]

Values and times of the authors' code (MATLAB, run under GNU Octave) are read from the reference's
fusion_metrics.json; the times there were taken on another machine. Ours are the median of
calls with one fused image and one metric, numpy in and number out, everything included, and for all
metrics of a batch. The least accurate of the 18 fused images is what counts for agreement.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models import list_metrics
from models.metrics import grey_level_metrics

REFERENCE = Path(__file__).resolve().parents[2].parent / "shared" / "reference"
BATCH = 9
Grey = NDArray[np.uint8]


def say(text: str = "") -> None:
    """One line on standard output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def read(folder: Path, name: str) -> Grey:
    """A reference image, 0…255."""
    with Image.open(folder / "images" / f"{name}.png") as image:
        return np.asarray(image, np.uint8)


def median_seconds(work: Callable[[], object], repeats: int) -> float:
    """Median duration of a call, after one that does not count."""
    work()
    taken = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def print_values(folder: Path, pairs: dict[str, dict[str, dict[str, float]]], device: str) -> None:
    """Every value beside the reference's, and the greatest relative difference of each metric."""
    worst: dict[str, float] = {}
    say("| pair | fused | metric | authors' code | ours | relative difference |\n|---|---|---|---|---|---|")
    for pair, images in pairs.items():
        sources = np.stack([read(folder, f"{pair}_mri"), read(folder, f"{pair}_pet")])
        fused = np.stack([read(folder, f"{pair}_{name}") for name in images])
        found = grey_level_metrics(sources, fused, device=device)
        for k, (name, expected) in enumerate(images.items()):
            for metric, value in expected.items():
                ours = float(found[metric.lower()][k])
                difference = abs(ours / value - 1)
                worst[metric] = max(worst.get(metric, 0.0), difference)
                say(f"| {pair} | {name} | {metric} | {value:.12f} | {ours:.12f} | {difference:.1e} |")
    say("\n| metric | greatest relative difference |\n|---|---|")
    for metric, difference in worst.items():
        say(f"| {metric} | {difference:.1e} |")


def print_times(sources: Grey, fused: Grey, theirs: dict[str, float], device: str, repeats: int) -> None:
    """Ours beside the times in the reference, for every metric, and all metrics of a batch."""
    known = {name.lower(): seconds for name, seconds in theirs.items()}
    say("\n| metric | authors' code | ours | ratio |\n|---|---|---|---|")
    for spec in list_metrics():
        seconds = median_seconds(
            lambda name=spec.id: grey_level_metrics(sources, fused[None], device=device, ids=[name]), repeats
        )
        peer = known.get(spec.id)
        beside = ("–", "–") if peer is None else (f"{1e3 * peer:.0f} ms", f"{peer / seconds:.0f}×")
        say(f"| {spec.id} | {beside[0]} | {1e3 * seconds:.1f} ms | {beside[1]} |")
    batch = np.stack([fused] * BATCH)
    alone = median_seconds(lambda: grey_level_metrics(sources, fused[None], device=device), repeats)
    together = median_seconds(lambda: grey_level_metrics(sources, batch, device=device), max(1, repeats // 3))
    say(
        f"\nAll {len(list_metrics())} metrics: {1e3 * alone:.0f} ms for one fused image, "
        f"{1e3 * together / BATCH:.0f} ms each for {BATCH} in one call."
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--reference", type=Path, default=REFERENCE, metavar="FOLDER")
    parser.add_argument("--repeats", type=int, default=9)
    arguments = parser.parse_args()
    table = json.loads((arguments.reference / "fusion_metrics.json").read_text(encoding="utf-8"))
    print_values(arguments.reference, table["pairs"], arguments.device)
    sources = np.stack([read(arguments.reference, "1_mri"), read(arguments.reference, "1_pet")])
    fused = read(arguments.reference, "1_average")
    size = "×".join(map(str, fused.shape))
    say(f"\nPair 1, average, {size} pixels, {arguments.device}, one thread")
    print_times(sources, fused, table["seconds_per_call_in_octave"], arguments.device, arguments.repeats)


if __name__ == "__main__":
    main()
