"""How close every network's fused images are to both sources, on pairs that it never saw.

    python -m tests.benchmarks.held_out [--pairs DIR …] [--methods ID …] [--limit N] [--device cpu|cuda]

Evaluation mode, whole images. Each network is evaluated on the patients that its card holds out, folder
by folder and all together, beside the plain average of the two sources on the same pairs and beside Table
1 of the FuseVis paper (which are losses on the authors' own training pairs). The background is where both
sources are exactly 0: the mean of |y| there over one image, averaged over the images and in the worst one,
and the largest |y| of any of its pixels, those at the edge of the head included. The last column says
which of the project's targets are missed; the worst image's background is the one that is judged.
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
from models.training.evaluate import spread_over_folders
from models.training.losses import loss_terms

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
DEFAULT = [str(DATA / name) for name in ("atlas", "pet-mri", "spect-mri")]
SUM, DIFFERENCE, ERROR, BACKGROUND = 0.47, 0.15, 0.02, 0.005
"""What is asked of the held-out pairs: at most so much."""
TERMS = ("ssim1", "ssim2", "mse1", "mse2")
COLUMNS = (
    *("1−SSIM 1", "1−SSIM 2", "sum", "difference", "MSE 1", "MSE 2"),
    *("background", "in the worst image", "at the worst pixel", "targets"),
)
ALL, _NAMED = "all", 4
Terms = dict[str, float]


class Average(nn.Module):
    """The plain average of the sources."""

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return (x1 + x2) / 2


def say(text: str = "") -> None:
    """One line on standard output, at once."""
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


@torch.no_grad()
def measure(model: nn.Module, pair: Pair, device: torch.device) -> Terms:
    """Loss terms and background of one pair; a pair without background has no background terms."""
    images = torch.from_numpy(pair.sources)[:, None, None].to(device)
    fused = model(images[0], images[1])
    terms = {name: float(value) for name, value in loss_terms(images[0], images[1], fused).items()}
    empty = fused[(images == 0).all(dim=0)].abs()
    if len(empty):
        mean = float(empty.mean())
        terms |= {"background": mean, "worst_image": mean, "worst_pixel": float(empty.max())}
    return terms


def summary(rows: Sequence[Terms]) -> Terms:
    """The mean of each term, the largest of those that are called worst."""
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row[name] for row in rows if name in row] for name in names}
    return {
        name: max(column) if name.startswith("worst") else sum(column) / len(column)
        for name, column in columns.items()
    }


def by_folder(rows: Sequence[Terms], pairs: Sequence[Pair]) -> dict[str, Terms]:
    """`summary` of each folder's rows, and of all."""
    found = {
        folder: summary([row for row, pair in zip(rows, pairs, strict=True) if pair.folder == folder])
        for folder in dict.fromkeys(pair.folder for pair in pairs)
    }
    return found | {ALL: summary(rows)}


def missed(terms: Mapping[str, float]) -> list[str]:
    """The targets that are missed, by name."""
    found = {
        "sum": terms["ssim1"] + terms["ssim2"] > SUM,
        "difference": abs(terms["ssim1"] - terms["ssim2"]) > DIFFERENCE,
        "MSE 1": terms["mse1"] > ERROR,
        "MSE 2": terms["mse2"] > ERROR,
        "background": terms.get("worst_image", 0.0) > BACKGROUND,
    }
    return [name for name, exceeded in found.items() if exceeded]


def row(name: str, pairs: str, terms: Mapping[str, float], judged: bool = True) -> str:
    """One line of the table."""
    first, second = terms["ssim1"], terms["ssim2"]
    cells = [first, second, first + second, abs(first - second), terms["mse1"], terms["mse2"]]
    numbers = [f"{value:.4f}" for value in cells]
    numbers += [
        f"{terms[key]:.4f}" if key in terms else "–" for key in ("background", "worst_image", "worst_pixel")
    ]
    verdict = f"**missed: {', '.join(missed(terms))}**" if missed(terms) else "met"
    return f"| {name} | {pairs} | {' | '.join(numbers)} | {verdict if judged else '–'} |"


def label(folder: str, pairs: Sequence[Pair]) -> str:
    """A folder with its pairs' names where they are few, else with their number."""
    names = [pair.name for pair in pairs if folder in (ALL, pair.folder)]
    return f"{folder} {', '.join(names)}" if len(names) <= _NAMED else f"{folder}, {len(names)} pairs"


def print_method(method: str, pairs: Sequence[Pair], limit: int, device: torch.device) -> str:
    """A line per folder of the network, the average on the same pairs, the paper; the verdict as a line."""
    try:
        kept = held_out(pairs, method_card(method))
        model = create_model(method).to(device)
    except WeightsError as error:
        say(f"| {method} | {error} |")
        return f"{method}: {error}"
    kept = spread_over_folders(kept, limit) if limit else kept
    if not kept:
        say(f"| {method} | none of its held-out patients are in these folders |")
        return f"{method}: nothing to evaluate."
    ours = by_folder([measure(model, pair, device) for pair in kept], kept)
    plain = by_folder([measure(Average(), pair, device) for pair in kept], kept)
    for folder, terms in ours.items():
        say(row(f"**{method}**" if folder == ALL else method, label(folder, kept), terms))
        say(row("plain average", label(folder, kept), plain[folder], judged=False))
    if method in PUBLISHED:
        paper = PUBLISHED[method]
        terms = dict(zip(TERMS, (*paper.ssim, *paper.mse), strict=True))
        say(row("the paper's Table 1", "272 of its own, training", terms, judged=False))
    verdicts = [f"{folder} {', '.join(missed(terms)) or 'none'}" for folder, terms in ours.items()]
    return f"{method}: missed on {'; on '.join(verdicts)}."


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
    say(f"Targets: sum ≤ {SUM}, difference ≤ {DIFFERENCE}, each MSE ≤ {ERROR}, background ≤ {BACKGROUND}\n")
    say(f"| method | pairs | {' | '.join(COLUMNS)} |\n|---|---|{'---|' * len(COLUMNS)}")
    device = torch.device(arguments.device)
    lines = [print_method(method, pairs, arguments.limit, device) for method in arguments.methods]
    say("\n" + "\n".join(lines))


if __name__ == "__main__":
    main()
