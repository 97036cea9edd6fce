"""Fusion metrics as tables: values, ranks, spread over case studies; as CSV and as LaTeX. Pure.

A rank is shared by values that agree to the printed decimals, so that no order is claimed that nobody sees.
Ranks are given once every method of a column has its value, and only among methods with equally many case
studies: a mean over fewer is another quantity.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from models import MetricSpec
from precompute.build.fusion_scores import Scores

RELEASED, CLEAN, BOTH = "released", "clean", "both"
MEAN_RANK = "rank"
DECIMALS = 4

Known = Mapping[tuple[str, str], Scores | None]


@dataclass(frozen=True)
class Named:
    """A method or a case study as a table shows it."""

    id: str
    title: str


@dataclass(frozen=True)
class Cell:
    """One metric of one method.

    Attributes:
        value: of the one case study, or the mean over several; None where there is none (yet).
        spread: sample standard deviation over the case studies; None with fewer than two.
        parts: case study's id → value, in their order.
        expected: how many case studies the method goes with.
        done: for how many of them it was computed; fewer than `expected` while that goes on.
        rank: 1 for the best; None while the column is computed, or where it cannot be compared.
        note: one sentence why there is no value.
    """

    value: float | None = None
    spread: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)
    expected: int = 1
    done: int = 0
    rank: int | None = None
    note: str = ""

    @property
    def pending(self) -> bool:
        """Whether it is still computed."""
        return self.done < self.expected


@dataclass(frozen=True)
class Row:
    """A method: its cells by metric id, the mean of its ranks, or one sentence why it has no fused image."""

    method: Named
    cells: Mapping[str, Cell]
    mean_rank: float | None = None
    problem: str = ""


@dataclass(frozen=True)
class Table:
    """Methods × metrics. `cases` are those that it covers."""

    columns: tuple[MetricSpec, ...]
    rows: tuple[Row, ...]
    cases: tuple[Named, ...]

    @property
    def pending(self) -> bool:
        """Whether anything is still computed."""
        return any(cell.pending for row in self.rows for cell in row.cells.values())


def columns(specs: Iterable[MetricSpec], form: str) -> tuple[MetricSpec, ...]:
    """The metrics that are shown: as released, the cleaner form where there is one, or both.

    A cleaner form stands for the first released one from the same paper.
    """
    every = tuple(specs)
    if form == BOTH:
        return every
    if form == RELEASED:
        return tuple(spec for spec in every if spec.form != "clean")
    cleaned = {spec.paper for spec in every if spec.form == "clean"}
    return tuple(spec for spec in every if spec.form != "released" or spec.paper not in cleaned)


def make_table(
    specs: Sequence[MetricSpec], methods: Sequence[Named], cases: Sequence[Named], known: Known
) -> Table:
    """The table of one case study or of several.

    Args:
        specs: the columns.
        methods, cases: the rows, and what each covers, in their order.
        known: the scores of every case study and method that go together; None for those to come.
    """
    rows = [_row(specs, method, cases, known) for method in methods]
    ranks = {spec.id: _column_ranks(spec, rows) for spec in specs}
    ranked = []
    for k, row in enumerate(rows):
        cells = {name: replace(cell, rank=ranks[name][k]) for name, cell in row.cells.items()}
        found = [cell.rank for cell in cells.values() if cell.rank is not None]
        whole = bool(found) and len(found) == sum(_comparable(ranks[name]) for name in cells)
        ranked.append(replace(row, cells=cells, mean_rank=statistics.mean(found) if whole else None))
    return Table(tuple(specs), tuple(ranked), tuple(cases))


def ranks(values: Sequence[float | None], higher_is_better: bool = True) -> list[int | None]:
    """1 for the best, the same for values that agree to `DECIMALS`, the next after them is skipped."""
    sign = -1 if higher_is_better else 1
    shown = [None if value is None else sign * round(value, DECIMALS) for value in values]
    order = sorted(value for value in shown if value is not None)
    return [None if value is None else order.index(value) + 1 for value in shown]


def sorted_rows(table: Table, column: str) -> tuple[Row, ...]:
    """The rows, the best of a column first, what has no value last; in their own order without a column,
    and as long as the column is computed, so that no row moves under the reader.
    """
    by_id = {spec.id: spec for spec in table.columns}
    if column == MEAN_RANK:
        return tuple(sorted(table.rows, key=lambda row: _last_if_none(row.mean_rank, 1)))
    if column not in by_id or any(row.cells[column].pending for row in table.rows):
        return table.rows
    sign = -1 if by_id[column].higher_is_better else 1
    return tuple(sorted(table.rows, key=lambda row: _last_if_none(row.cells[column].value, sign)))


def case_ranks(
    specs: Sequence[MetricSpec], methods: Sequence[Named], cases: Sequence[Named], known: Known
) -> dict[tuple[str, str, str], int | None]:
    """(case id, method id, metric id) → rank within the case study, where there is one."""
    found: dict[tuple[str, str, str], int | None] = {}
    for case in cases:
        for row in make_table(specs, methods, [case], known).rows:
            found |= {(case.id, row.method.id, name): cell.rank for name, cell in row.cells.items()}
    return found


def _row(specs: Sequence[MetricSpec], method: Named, cases: Sequence[Named], known: Known) -> Row:
    mine = [(case, known[case.id, method.id]) for case in cases if (case.id, method.id) in known]
    problems = [scores.problem for _, scores in mine if scores is not None and scores.problem]
    done = [(case, scores) for case, scores in mine if scores is not None]
    cells = {spec.id: _cell(spec.id, done, len(mine)) for spec in specs}
    return Row(method, cells, problem=problems[0] if problems and len(problems) == len(mine) else "")


def _cell(metric: str, done: Sequence[tuple[Named, Scores]], expected: int) -> Cell:
    parts = {case.id: scores.values[metric] for case, scores in done if metric in scores.values}
    notes = [scores.problem or scores.missing.get(metric, "") for _, scores in done]
    note = next((each for each in notes if each), "") if not parts else ""
    if len(done) < expected:
        return Cell(
            None if expected > 1 else next(iter(parts.values()), None), None, parts, expected, len(done)
        )
    values = list(parts.values())
    return Cell(
        value=statistics.fmean(values) if values else None,
        spread=statistics.stdev(values) if len(values) > 1 else None,
        parts=parts,
        expected=expected,
        done=len(done),
        note=note,
    )


def _column_ranks(spec: MetricSpec, rows: Sequence[Row]) -> list[int | None]:
    cells = [row.cells[spec.id] for row in rows]
    if any(cell.pending for cell in cells):
        return [None] * len(rows)
    most = max((len(cell.parts) for cell in cells), default=0)
    comparable = [cell.value if len(cell.parts) == most else None for cell in cells]
    return ranks(comparable, spec.higher_is_better)


def _comparable(column: Sequence[int | None]) -> bool:
    return any(rank is not None for rank in column)


def _last_if_none(value: float | None, sign: int) -> tuple[int, float]:
    return (1, 0.0) if value is None else (0, sign * value)
