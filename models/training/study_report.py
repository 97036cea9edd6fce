"""What a finished search looks like: a table (text and CSV) and the curves (CSV and SVG).

The SVG is the paper's Figure 3 for the balanced trial of each λ: held-out 1−SSIM and MSE of both
sources over the steps.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from models.training.search import Outcome, Result
from models.training.study import TERMS, Record, Study

_HEAD = ("part", "λ", "γ_s", "γ_2", "1−SSIM 1", "1−SSIM 2", "MSE 1", "MSE 2", "imbalance", "brightness", "")
_WIDTHS = (10, 9, 6, 6, 9, 9, 9, 9, 10, 11, 18)
_WIDTH, _HEIGHT, _MARGIN = 460, 300, 48


def _cells(outcome: Outcome) -> list[str]:
    trial = outcome.trial
    settings = [trial.part, *(repr(g) for g in (trial.structure, trial.gamma_ssim, trial.gamma_mse))]
    terms = [f"{outcome.terms[name]:.4f}" for name in TERMS]
    return [*settings, *terms, f"{outcome.imbalance:.3f}", f"{outcome.brightness:.5f}"]


def _line(cells: Sequence[str]) -> str:
    return " ".join(cell.rjust(width) for cell, width in zip(cells, _WIDTHS, strict=False)).rstrip()


def trial_line(outcome: Outcome) -> str:
    """One trial as a line of the table."""
    return _line(_cells(outcome))


def _remark(outcome: Outcome, result: Result) -> str:
    if outcome is result.chosen:
        return "chosen"
    return "best of its λ" if outcome in result.candidates else ""


def text_table(result: Result) -> str:
    """All trials in their order, one a line, with the balanced and the chosen ones named."""
    lines = [_line(_HEAD)]
    lines += [_line([*_cells(outcome), _remark(outcome, result)]) for outcome in result.outcomes]
    return "\n".join(lines) + "\n"


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def csv_table(result: Result) -> str:
    """The table for other programs, numbers in full."""
    rows: list[list[Any]] = [
        ["part", "structure", "gamma_ssim", "gamma_mse", *TERMS, "imbalance", "brightness", "remark"]
    ]
    for outcome in result.outcomes:
        trial = outcome.trial
        row = [trial.part, trial.structure, trial.gamma_ssim, trial.gamma_mse]
        row += [*(outcome.terms[name] for name in TERMS), outcome.imbalance, outcome.brightness]
        rows.append([*row, _remark(outcome, result)])
    return _csv(rows)


def csv_curves(records: Sequence[Record]) -> str:
    """Every evaluation of every trial: key, step, stage, λ, side (training or held_out), the four terms."""
    rows: list[list[Any]] = [["trial", "step", "stage", "lambda", "side", *TERMS]]
    for record in records:
        for entry in record["losses"]:
            for side in ("training", "held_out"):
                values = [entry[side][name] for name in TERMS]
                rows.append([record["key"], entry["step"], entry["stage"], entry["lambda"], side, *values])
    return _csv(rows)


@dataclass(frozen=True)
class _Axes:
    """One panel: data to pixels; `log` is for the vertical axis."""

    left: int
    steps: int
    low: float
    high: float
    log: bool

    def x(self, step: float) -> float:
        return self.left + _MARGIN + step / self.steps * (_WIDTH - 2 * _MARGIN)

    def y(self, value: float) -> float:
        low, high, value = (self._scale(number) for number in (self.low, self.high, value))
        share = (value - low) / (high - low)
        return _HEIGHT - _MARGIN - share * (_HEIGHT - 2 * _MARGIN)

    def _scale(self, value: float) -> float:
        return math.log10(max(value, self.low)) if self.log else value

    def ticks(self) -> list[float]:
        if self.log:
            decades = range(round(math.log10(self.low)), round(math.log10(self.high)) + 1)
            return [10.0**decade for decade in decades]
        return [k * self.high / 4 for k in range(5)]

    def frame(self, title: str) -> list[str]:
        right, bottom = self.x(self.steps), _HEIGHT - _MARGIN
        out = [f'<text x="{self.x(0):.1f}" y="{_MARGIN - 14}" font-weight="bold">{title}</text>']
        for tick in self.ticks():
            at = self.y(tick)
            out.append(f'<path d="M{self.x(0):.1f} {at:.1f}H{right:.1f}" stroke="#dddddd"/>')
            out.append(f'<text x="{self.x(0) - 6:.1f}" y="{at + 4:.1f}" text-anchor="end">{tick:.3g}</text>')
        for step in (0, self.steps):
            out.append(f'<text x="{self.x(step):.1f}" y="{bottom + 16}" text-anchor="middle">{step}</text>')
        out.append(
            f'<text x="{(self.x(0) + right) / 2:.1f}" y="{bottom + 16}" text-anchor="middle">step</text>'
        )
        return out


def _panel(axes: _Axes, title: str, term: str, records: Sequence[Record], chosen: str) -> list[str]:
    out = axes.frame(title)
    for number, record in enumerate(records):
        colour = f"hsl({round(300 * number / max(len(records), 1))},70%,40%)"
        width = 2.5 if record["key"] == chosen else 1
        for source, dash in ((1, "none"), (2, "5 3")):
            values = [(entry["step"], entry["held_out"][f"{term}{source}"]) for entry in record["losses"]]
            points = " ".join(f"{axes.x(step):.1f},{axes.y(value):.1f}" for step, value in values)
            out.append(
                f'<polyline points="{points}" fill="none" stroke="{colour}" '
                f'stroke-width="{width}" stroke-dasharray="{dash}"/>'
            )
        if term == "mse":
            label = f"λ {record['recipe']['structure']!r}" + (" (chosen)" if width > 1 else "")
            at = _MARGIN + 8 + 16 * number
            out.append(f'<text x="{2 * _WIDTH - 30}" y="{at}" fill="{colour}">{escape(label)}</text>')
    return out


def svg_curves(records: Sequence[Record], chosen: str) -> str:
    """Held-out 1−SSIM (left) and MSE (right, logarithmic); solid is source 1, dashed source 2.

    Args:
        records: one trial a λ, from a study; at least one.
        chosen: key of the trial drawn bold.
    """
    entries = [entry for record in records for entry in record["losses"]]
    steps = max(entry["step"] for entry in entries)

    def values(term: str) -> list[float]:
        return [entry["held_out"][f"{term}{k}"] for entry in entries for k in (1, 2)]

    low = 10.0 ** math.floor(math.log10(max(min(values("mse")), 1e-6)))
    high = 10.0 ** math.ceil(math.log10(max(max(values("mse")), 10 * low)))
    top = math.ceil(max(values("ssim")) * 5) / 5
    parts = _panel(_Axes(0, steps, 0.0, top, False), "held-out 1 − SSIM", "ssim", records, chosen)
    title = "held-out MSE (solid: source 1, dashed: source 2)"
    parts += _panel(_Axes(_WIDTH, steps, low, high, True), title, "mse", records, chosen)
    width, height = 2 * _WIDTH + 90, max(_HEIGHT, _MARGIN + 16 * len(records) + 16)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" '
    head += f'height="{height}" font-family="sans-serif" font-size="11">'
    return "\n".join([head, '<rect width="100%" height="100%" fill="white"/>', *parts, "</svg>"]) + "\n"


def still_falling(records: Sequence[Record]) -> int:
    """How many trials' held-out 1−SSIM fell by more than a tenth over the last quarter of their steps."""

    def structure(entry: Record) -> float:
        return float(entry["held_out"]["ssim1"] + entry["held_out"]["ssim2"])

    count = 0
    for record in records:
        last = record["losses"][-1]
        before = [entry for entry in record["losses"] if entry["step"] <= 0.75 * last["step"]]
        count += bool(before) and structure(last) < 0.9 * structure(before[-1])
    return count


def _caution(records: Sequence[Record]) -> str:
    falling = still_falling(records)
    if not falling:
        return ""
    return (
        f"{falling} of {len(records)} trials were still getting better at their end; "
        "longer ones (--steps, --minutes) give a balance that can be relied on.\n"
    )


def write_report(study: Study, result: Result) -> str:
    """Write `table.txt`, `table.csv`, `curves.csv` and `curves.svg` beside the trials; returns the table.

    A sentence below it says where trials were too short to compare.
    """
    records = study.records([outcome.trial.key for outcome in result.outcomes])
    keys = {outcome.trial.key for outcome in result.candidates}
    drawn = sorted((r for r in records if r["key"] in keys), key=lambda r: float(r["recipe"]["structure"]))
    table = text_table(result) + _caution(records)
    contents = {
        "table.txt": table,
        "table.csv": csv_table(result),
        "curves.csv": csv_curves(records),
        "curves.svg": svg_curves(drawn, result.chosen.trial.key),
    }
    for name, content in contents.items():
        (study.folder / name).write_text(content, encoding="utf-8")
    return table
