"""How fast the saliency engine is, beside the original's way, in one run.

    python -m tests.benchmarks.saliency [--methods ID …] [--device cpu|cuda] [--growth SIZE …]

Original Jacobian: the whole image, two `autograd.grad` calls with `create_graph=True` per pixel,
through a forward pass that is not counted. Ours: on a linearised image, as under a moving pointer,
whose linearisation is not counted either but printed; and for a single pixel of an image, all
included. Original guidance: one backward pass per pixel for both
sources, timed on random pixels and scaled to all of them. Memory is the peak of a process of its own.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import sys
import time
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models import create_model, guidance, jacobian, linearise, list_models, receptive_field
from precompute.cases.case_study import BUNDLED, load_case

NETWORKS = ("funfusean", "masknet", "deepfuse", "deeppedestrian")
CASE = "glioma-t2-fdg"
OURS, ORIGINAL_JACOBIANS, ORIGINAL_GUIDANCE = 200, 10, 100


def say(text: str = "") -> None:
    """One line on standard output, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def clock(work: Callable[[], object], device: str) -> float:
    """Seconds that `work` takes."""
    start = time.perf_counter()
    work()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def leaves(model: nn.Module, sources: NDArray[np.float32], device: str) -> tuple[list[Tensor], Tensor]:
    """Sources that require a gradient, and the fused image with its graph."""
    images = [torch.tensor(image, device=device)[None, None].requires_grad_() for image in sources]
    return images, model(*images)[0, 0]


def original_jacobian(images: list[Tensor], fused: Tensor, pixel: tuple[int, int]) -> None:
    """The released tool's computation of one principal pixel."""
    for image in images:
        torch.autograd.grad(fused[pixel], image, create_graph=True)


def original_guidance(images: list[Tensor], fused: Tensor, pixel: tuple[int, int]) -> None:
    """One backward pass for both sources."""
    torch.autograd.grad(fused[pixel], images, retain_graph=True)


def compare(method: str, sources: NDArray[np.float32], device: str) -> tuple[float, float]:
    """Print one network's row; its two ratios."""
    model = create_model(method).to(device)
    rng = np.random.default_rng(0)
    height, width = sources.shape[1:]
    pixels = [(int(rng.integers(height)), int(rng.integers(width))) for _ in range(OURS)]
    receptive_field(model)
    jacobian(model, sources, pixels[0])
    linear = linearise(model, sources)
    if linear is None:
        raise SystemExit(f"{method} cannot be linearised on {sources.shape[1:]} pixels.")
    first = min(clock(lambda: linearise(model, sources), device) for _ in range(3))
    linear.jacobians(pixels[:5])
    ours = [clock(lambda p=pixel: linear.jacobians([p]), device) for pixel in pixels]
    alone = statistics.mean(clock(lambda p=pixel: jacobian(model, sources, p), device) for pixel in pixels)
    batch = clock(lambda: linear.jacobians(pixels), device) / OURS
    images, fused = leaves(model, sources, device)
    theirs = [
        clock(lambda p=p: original_jacobian(images, fused, p), device) for p in pixels[:ORIGINAL_JACOBIANS]
    ]
    single = [
        clock(lambda p=p: original_guidance(images, fused, p), device) for p in pixels[:ORIGINAL_GUIDANCE]
    ]
    full = clock(lambda: guidance(model, sources), device)
    brute = statistics.mean(single) * height * width
    ratios = statistics.mean(theirs) / statistics.mean(ours), brute / full
    say(
        f"| {method} | {1e3 * statistics.mean(theirs):.0f} ms | {1e3 * statistics.mean(ours):.2f} ms "
        f"| {ratios[0]:.0f}× | {1e3 * first:.0f} ms | {1e3 * alone:.1f} ms | {1e3 * batch:.2f} ms "
        f"| {brute / 3600:.2f} h | {full:.1f} s | {ratios[1]:.0f}× |"
    )
    return ratios


def peak_memory(method: str, size: int, queue: multiprocessing.Queue[tuple[float, float]]) -> None:
    """Seconds and peak memory in GB of a guidance pair of noise, where no two windows are alike."""
    sources = np.random.default_rng(1).random((2, size, size)).astype(np.float32)
    model = create_model(method)
    receptive_field(model)
    seconds = clock(lambda: guidance(model, sources), "cpu")
    queue.put((seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6))


def measured_apart(method: str, size: int) -> tuple[float, float]:
    """`peak_memory` in a process of its own."""
    context = multiprocessing.get_context("spawn")
    queue: multiprocessing.Queue[tuple[float, float]] = context.Queue()
    process = context.Process(target=peak_memory, args=(method, size, queue))
    process.start()
    result = queue.get()
    process.join()
    return result


def print_comparison(methods: list[str], device: str) -> None:
    """Ours beside the original's, on a bundled case study."""
    sources = load_case(BUNDLED / CASE).sources
    size = "×".join(map(str, sources.shape[1:]))
    say(f"{CASE}, {size} pixels, {device}, {torch.get_num_threads()} threads\n")
    say(
        "| method | Jacobian, original | ours | ratio | linearisation | a single one | in a batch "
        "| guidance pair, original | ours | ratio |\n|---|---|---|---|---|---|---|---|---|---|"
    )
    rows = [compare(method, sources, device) for method in methods]
    for name, column in zip(("Jacobian", "guidance"), zip(*rows, strict=True), strict=True):
        say(f"{name}: {statistics.mean(column):.0f} times faster on average, {min(column):.0f} at least")


def print_growth(methods: list[str], sizes: list[int]) -> None:
    """Seconds and peak memory of a guidance pair of noise, by the side of the image in pixels."""
    say(f"| method | {' | '.join(f'{size}²' for size in sizes)} |\n|---" + len(sizes) * "|---" + "|")
    for method in methods:
        found = [measured_apart(method, size) for size in sizes]
        say(f"| {method} | {' | '.join(f'{seconds:.1f} s, {memory:.2f} GB' for seconds, memory in found)} |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--methods", nargs="+", default=list(NETWORKS), choices=[s.id for s in list_models()])
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument(
        "--growth", nargs="+", type=int, metavar="SIZE", help="time and memory by image size instead"
    )
    arguments = parser.parse_args()
    if arguments.growth:
        print_growth(arguments.methods, arguments.growth)
    else:
        print_comparison(arguments.methods, arguments.device)


if __name__ == "__main__":
    main()
