"""The table of the Methods page: its columns, its rows, and its CSV. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.method_facts import MethodFacts

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
        width: in pixels.
        said: what is said when one points at its head.
    """

    key: str
    group: str
    name: str
    full: str
    form: str
    width: int = 76
    said: str = ""


def _pair(key: str, group: str, full: str, form: str, said: str) -> tuple[Column, Column]:
    return (
        Column(f"{key}_{HERE}", group, HERE, f"{full}, here", form, said=said),
        Column(f"{key}_{PAPER}", group, PAPER, f"{full}, paper", form, said="As published (FuseVis, 2020)"),
    )


_HELD_OUT = "Held-out pairs, evaluation mode, whole images"
COLUMNS: tuple[Column, ...] = (
    Column("parameters", "", "parameters", "parameters", ",", 104),
    Column("window", "", "window", "window, pixels", "d", 84, "Side of the receptive field, in pixels"),
    *_pair("ssim1", "1 − SSIM x₁", "1-SSIM x1", ".4f", _HELD_OUT),
    *_pair("ssim2", "1 − SSIM x₂", "1-SSIM x2", ".4f", _HELD_OUT),
    *_pair("mse1", "MSE x₁", "MSE x1", ".4f", _HELD_OUT),
    *_pair("mse2", "MSE x₂", "MSE x2", ".4f", _HELD_OUT),
    *_pair("jacobian", "Jacobian, ms", "Jacobian, ms", ".2f", "Mean of 30 random pixels"),
    *_pair("frames", "frames / s", "frames per second", ".0f", "Fetched and drawn by this browser"),
    *_pair("guidance", "guidance, s", "guidance, s", ".1f", "As the store says, when it was computed"),
    Column("pairs", "training", "pairs", "training pairs", ",", 72, "Pairs that it was trained on"),
    Column("seconds", "training", "s", "training, s", ",.0f", 76, "Wall-clock seconds of the training"),
)
TRAINED_ON = "trained_on"


def table_rows(
    facts: Sequence[MethodFacts], folder: str, frames: Mapping[str, float] | None = None
) -> list[Row]:
    """One row a method; what is not known is None.

    Args:
        facts: the methods, in their order.
        folder: which held-out pairs the losses are of.
        frames: Jacobian images per second by method, as a browser counted them.
    """
    return [_row(each, folder, (frames or {}).get(each.spec.id)) for each in facts]


def table_csv(rows: Sequence[Row]) -> str:
    """The rows as CSV, in their order, with a full name above each column; an unknown number is empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["id", "method", *(column.full for column in COLUMNS), "trained on"])
    for row in rows:
        numbers = ["" if row.get(column.key) is None else row[column.key] for column in COLUMNS]
        writer.writerow([row["id"], row["title"], *numbers, row.get(TRAINED_ON) or ""])
    return buffer.getvalue()


def _row(facts: MethodFacts, folder: str, frames: float | None) -> Row:
    losses, paper, measured = facts.losses(folder), facts.published, facts.measurement
    data = ((facts.card or {}).get("data") or {}).get("training") or {}
    row: Row = {
        "id": facts.spec.id,
        "title": facts.spec.title,
        "problem": facts.problem,
        "parameters": facts.spec.parameters,
        "window": facts.window,
        "jacobian_here": measured.jacobian_ms if measured else None,
        "jacobian_paper": 1e3 * paper.jacobian_s if paper else None,
        "frames_here": frames,
        "frames_paper": paper.frames_per_s if paper else None,
        "guidance_here": facts.guidance_s,
        "guidance_paper": paper.guidance_s if paper else None,
        "pairs": sum(part.get("pairs", 0) for part in data.values()) or None,
        "seconds": (facts.card or {}).get("seconds"),
        TRAINED_ON: ", ".join(data),
    }
    for term, published in (("ssim", paper and paper.ssim), ("mse", paper and paper.mse)):
        for k in range(2):
            row[f"{term}{k + 1}_here"] = losses.get(f"{term}{k + 1}")
            row[f"{term}{k + 1}_paper"] = published[k] if published else None
    return row
