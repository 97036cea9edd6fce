"""How close every network's fused images are to both sources, on pairs that it never saw.

    python -m tests.benchmarks.held_out [--pairs DIR …] [--methods ID …] [--limit N]

Evaluation mode, whole images. Each network is evaluated on the patients that its card holds out, folder
by folder and all together, beside the plain average of the two sources on the same pairs and beside Table
1 of the FuseVis paper (which are losses on the authors' own training pairs). The last column says whether
the sums and differences are what the project asks for.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn

from models import WeightsError, create_model, list_models, method_card
from models.published import PUBLISHED
from models.training.data import Pair, read_folders
from models.training.evaluate import evaluate_by_folder, spread_over_folders

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
DEFAULT = [str(DATA / name) for name in ("atlas", "pet-mri", "spect-mri")]
SUM, DIFFERENCE, ERROR, BACKGROUND = 0.47, 0.15, 0.02, 0.005
"""What is asked of the held-out pairs: at most so much."""
COLUMNS = (
    "1−SSIM 1",
    "1−SSIM 2",
    "sum",
    "difference",
    "MSE 1",
    "MSE 2",
    "background",
    "as asked",
)


class Average(nn.Module):
    """The plain average of the sources."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return (x1 + x2) / 2


def say(text: str = "") -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def held_out(pairs: Sequence[Pair], card: Mapping[str, object]) -> list[Pair]:
    """The pairs whose patients a card holds out."""
    data = card.get("data")
    folders = data.get("held_out", {}) if isinstance(data, dict) else {}
    kept = {
        f"{folder}/{patient}" for folder, facts in folders.items() for patient in facts.get("patient_ids", ())
    }
    return [pair for pair in pairs if pair.patient in kept]


def shortcomings(terms: Mapping[str, float]) -> list[str]:
    """What is more than asked, by name."""
    found = {
        "sum": terms["ssim1"] + terms["ssim2"] > SUM,
        "difference": abs(terms["ssim1"] - terms["ssim2"]) > DIFFERENCE,
        "MSE": max(terms["mse1"], terms["mse2"]) > ERROR,
        "background": terms.get("background", 0.0) > BACKGROUND,
    }
    return [name for name, exceeded in found.items() if exceeded]


def row(name: str, pairs: str, terms: Mapping[str, float], judged: bool = True) -> str:
    """One line of the table."""
    first, second = terms["ssim1"], terms["ssim2"]
    cells = [first, second, first + second, abs(first - second), terms["mse1"], terms["mse2"]]
    background = f"{terms['background']:.4f}" if "background" in terms else "–"
    verdict = ", ".join(f"{what} too large" for what in shortcomings(terms)) or "yes"
    numbers = " | ".join(f"{value:.4f}" for value in cells)
    return f"| {name} | {pairs} | {numbers} | {background} | {verdict if judged else '–'} |"


def print_method(method: str, pairs: Sequence[Pair], limit: int, device: torch.device) -> None:
    """The network, the average on the same pairs, and the paper, one line each and folder."""
    try:
        kept = held_out(pairs, method_card(method))
        model = create_model(method).to(device)
    except WeightsError as error:
        say(f"| {method} | {error} |")
        return
    kept = spread_over_folders(kept, limit) if limit else kept
    if not kept:
        say(f"| {method} | none of its held-out patients are in these folders |")
        return
    ours = evaluate_by_folder(model, kept, device)
    plain = evaluate_by_folder(Average(), kept, device)
    for folder, terms in ours.items():
        count = len(kept) if folder == "all" else sum(pair.folder == folder for pair in kept)
        say(row(f"**{method}**" if folder == "all" else method, f"{folder}, {count}", terms))
        say(row("plain average", f"{folder}, {count}", plain[folder], judged=False))
    if method in PUBLISHED:
        paper = PUBLISHED[method]
        terms = dict(zip(("ssim1", "ssim2", "mse1", "mse2"), (*paper.ssim, *paper.mse), strict=True))
        say(row("the paper", "272 of its own, training", terms, judged=False))


def main() -> None:
    """Print the table."""
    trained = [spec.id for spec in list_models() if spec.trained and spec.sources == 2]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", nargs="+", default=DEFAULT, metavar="DIR", help="folders of pairs")
    parser.add_argument("--methods", nargs="+", default=trained, choices=trained, metavar="ID")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="at most N pairs of a folder")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    arguments = parser.parse_args()
    missing = [folder for folder in arguments.pairs if not Path(folder.split(":")[0]).is_dir()]
    if missing:
        raise SystemExit(f"{missing[0]}: no such folder of pairs; --pairs names others.")
    pairs = read_folders(arguments.pairs)
    say(f"Asked for: sum ≤ {SUM}, difference ≤ {DIFFERENCE}, each MSE ≤ {ERROR}, background ≤ {BACKGROUND}\n")
    say(f"| method | pairs | {' | '.join(COLUMNS)} |\n|---|---|{'---|' * len(COLUMNS)}")
    for method in arguments.methods:
        print_method(method, pairs, arguments.limit, torch.device(arguments.device))


if __name__ == "__main__":
    main()
