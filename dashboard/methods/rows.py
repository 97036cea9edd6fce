"""The table of the Methods page: its columns, its rows, and its CSV. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.methods.facts import MethodFacts

HERE, PAPER = "here", "paper"
Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column of numbers.

    Attributes:
        key: its name in a row.
        group: what several columns share; "" for a column of its own.
        name: what stands above it on the page.
        full: its name in the CSV, with unit.
        form: d3's format of a number.
        width: in pixels; columns share what is left of the page.
        said: what is said when one points at its head.
    """

    key: str
    group: str
    name: str
    full: str
    form: str
    width: int = 62
    said: str = ""


def _pair(key: str, group: str, full: str, form: str, said: str) -> tuple[Column, Column]:
    return (
        Column(f"{key}_{HERE}", group, HERE, f"{full}, here", form, said=said),
        Column(f"{key}_{PAPER}", group, PAPER, f"{full}, paper", form, said="As published (FuseVis, 2020)"),
    )


_HELD_OUT = "Held-out pairs, evaluation mode, whole images"
COLUMNS: tuple[Column, ...] = (
    Column("parameters", "", "parameters", "parameters", ",", 88),
    Column("window", "", "window", "window, pixels", "d", 66, "Side of the receptive field, in pixels"),
    *_pair("ssim1", "1 − SSIM x₁", "1-SSIM x1", ".4f", _HELD_OUT),
    *_pair("ssim2", "1 − SSIM x₂", "1-SSIM x2", ".4f", _HELD_OUT),
    *_pair("mse1", "MSE x₁", "MSE x1", ".4f", _HELD_OUT),
    *_pair("mse2", "MSE x₂", "MSE x2", ".4f", _HELD_OUT),
    *_pair("jacobian", "Jacobian, ms", "Jacobian, ms", ".2f", "Median of 30 random pixels, one at a time"),
    *_pair("frames", "shown / s", "Jacobians shown per second", ".0f", "As a browser counted, one by one"),
    *_pair("guidance", "guidance, s", "guidance, s", ".1f", "As the store says, when it was computed"),
    Column("pairs", "training", "pairs", "training pairs", ",", 62, "Pairs that it was trained on"),
    Column("seconds", "training", "s", "training, s", ",.0f", 62, "Wall-clock seconds of the training"),
)
TEXTS = {
    "trained_on": "trained on",
    "measured_on": "measured on",
    "measured_at": "measured at, UTC",
    "problem": "problem",
}
"""What stands in the CSV only: key and name."""


def table_rows(facts: Sequence[MethodFacts], folder: str) -> list[Row]:
    """One row a method, in their order; what is not known is None. Losses are of one held-out `folder`."""
    return [_row(each, folder) for each in facts]


def table_csv(rows: Sequence[Row]) -> str:
    """The rows as CSV, in their order, with a full name above each column; an unknown number is empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["id", "method", *(column.full for column in COLUMNS), *TEXTS.values()])
    for row in rows:
        cells = [row.get(key) for key in (*(column.key for column in COLUMNS), *TEXTS)]
        writer.writerow([row["id"], row["title"], *("" if cell is None else cell for cell in cells)])
    return buffer.getvalue()


def _row(facts: MethodFacts, folder: str) -> Row:
    losses, paper, measured = facts.losses(folder), facts.published, facts.measurement
    data = ((facts.card or {}).get("data") or {}).get("training") or {}
    row: Row = {
        "id": facts.spec.id,
        "title": facts.spec.title,
        "problem": facts.problem,
        "parameters": facts.spec.parameters,
        "window": facts.window,
        "jacobian_here": measured and measured.jacobian_ms,
        "jacobian_paper": paper and 1e3 * paper.jacobian_s,
        "frames_here": measured and measured.frames_per_s,
        "frames_paper": paper and paper.frames_per_s,
        "guidance_here": facts.guidance and facts.guidance.seconds,
        "guidance_paper": paper and paper.guidance_s,
        "pairs": sum(part.get("pairs", 0) for part in data.values()) or None,
        "seconds": (facts.card or {}).get("seconds"),
        "trained_on": ", ".join(data),
        "measured_on": measured and measured.device,
        "measured_at": measured and measured.created,
    }
    for term, published in (("ssim", paper and paper.ssim), ("mse", paper and paper.mse)):
        for k in range(2):
            row[f"{term}{k + 1}_here"] = losses.get(f"{term}{k + 1}")
            row[f"{term}{k + 1}_paper"] = published[k] if published else None
    return row
