"""Tables of fusion metrics: ranks, spread, what waits; CSV and LaTeX; the papers' numbers."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from dashboard.metrics.exports import escape, latex_symbol, long_csv, table_csv, table_latex
from dashboard.metrics.papers import FUNFUSEAN, FUSIONINN
from dashboard.metrics.tables import BOTH, CLEAN, RELEASED, Named, columns, make_table, ranks, sorted_rows
from models import MetricSpec, list_metrics
from precompute.build.fusion_scores import Scores

SEEDS = Path(__file__).resolve().parents[3].parent / "shared" / "seeds"


def spec(name: str, higher: bool = True, symbol: str = "") -> MetricSpec:
    return MetricSpec(name, symbol or name, name, "", "standard", (0.0, 1.0), "", 1, higher_is_better=higher)


GAIN, COST = spec("gain", symbol="Q_GAIN"), spec("cost", higher=False, symbol="D, a_b")
A, B, C = Named("a", "Method A"), Named("b", "50 % & more_{x}"), Named("c", "Third")
ONE, TWO = Named("one", "Case one"), Named("two", "Case two")
KNOWN: dict[tuple[str, str], Scores | None] = {
    ("one", "a"): Scores({"gain": 0.5, "cost": 2.0}),
    ("two", "a"): Scores({"gain": 0.7, "cost": 4.0}),
    ("one", "b"): Scores({"gain": 0.8, "cost": 1.0}),
    ("two", "b"): Scores({"gain": 0.2, "cost": 1.0}),
    ("one", "c"): Scores({"gain": 0.1, "cost": 3.0}),
    ("two", "c"): Scores({"gain": 0.3, "cost": 5.0}),
}


def table(known: dict, cases: list[Named], methods: tuple[Named, ...] = (A, B, C)):
    return make_table([GAIN, COST], methods, cases, known)


def test_equal_to_four_decimals_is_an_equal_rank_and_the_next_is_skipped() -> None:
    assert ranks([0.5, 0.90001, 0.90004, 0.2, None]) == [3, 1, 1, 4, None]
    assert ranks([0.5, 0.9, 0.2], higher_is_better=False) == [2, 3, 1]
    assert ranks([None, None]) == [None, None]


def test_mean_spread_and_ranks_over_two_cases() -> None:
    rows = {row.method.id: row for row in table(KNOWN, [ONE, TWO]).rows}
    gain = rows["a"].cells["gain"]
    assert gain.value == pytest.approx(0.6)
    # by hand: deviations of 0.1 to either side, one degree of freedom
    assert gain.spread == pytest.approx(0.02**0.5)
    assert gain.parts == {"one": 0.5, "two": 0.7}
    assert [rows[name].cells["gain"].rank for name in "abc"] == [1, 2, 3]
    assert [rows[name].cells["cost"].rank for name in "abc"] == [2, 1, 3]
    assert [rows[name].mean_rank for name in "abc"] == [1.5, 1.5, 3]


def test_no_rank_before_the_column_is_whole() -> None:
    known = {**KNOWN, ("two", "c"): None}
    found = table(known, [ONE, TWO])
    assert found.pending
    assert all(cell.rank is None for row in found.rows for cell in row.cells.values())
    waiting = found.rows[2].cells["gain"]
    assert (waiting.value, waiting.done, waiting.expected) == (None, 1, 2)
    assert found.rows[0].cells["gain"].value == pytest.approx(0.6)
    # the case study that is done has its ranks
    assert [row.cells["gain"].rank for row in table(known, [ONE]).rows] == [2, 1, 3]


def test_a_mean_over_fewer_case_studies_has_no_rank() -> None:
    known = {**KNOWN, ("two", "b"): Scores({"cost": 1.0}, {"gain": "Too small."})}
    rows = {row.method.id: row for row in table(known, [ONE, TWO]).rows}
    assert rows["b"].cells["gain"].value == pytest.approx(0.8)
    assert rows["b"].cells["gain"].spread is None
    assert [rows[name].cells["gain"].rank for name in "abc"] == [1, None, 2]
    assert rows["b"].mean_rank is None


def test_a_broken_method_says_so_and_the_others_are_ranked() -> None:
    known = {
        **KNOWN,
        ("one", "b"): Scores(problem="No weights."),
        ("two", "b"): Scores(problem="No weights."),
    }
    rows = table(known, [ONE, TWO]).rows
    assert [row.problem for row in rows] == ["", "No weights.", ""]
    assert [row.cells["gain"].rank for row in rows] == [1, None, 2]
    assert [row.mean_rank for row in rows] == [1, None, 2]


def test_sorting_puts_the_best_first_and_what_has_no_value_last() -> None:
    known = {**KNOWN, ("one", "a"): Scores({"gain": 0.5}, {"cost": "Not defined."})}
    found = table(known, [ONE])

    def order(column: str) -> str:
        return "".join(row.method.id for row in sorted_rows(found, column))

    assert (order(""), order("gain"), order("cost"), order("unknown")) == ("abc", "bac", "bca", "abc")
    assert order("rank") == "bca"


def test_forms_of_the_real_metrics() -> None:
    every = list_metrics()
    released, clean = ({spec.id for spec in columns(every, form)} for form in (RELEASED, CLEAN))
    assert released - clean == {"q_fmi", "q_xy"}
    assert clean - released == {"q_fmi_symmetric", "q_xy_sums"}
    assert columns(every, BOTH) == every


def test_csv_keeps_every_digit() -> None:
    known = {**KNOWN, ("one", "a"): Scores({"gain": 0.1 + 0.2, "cost": 2.0})}
    lines = list(csv.DictReader(io.StringIO(table_csv(table(known, [ONE]), "gain", {"area": "whole"}))))
    assert [line["method_id"] for line in lines] == ["b", "a", "c"]
    assert float(lines[1]["gain"]) == 0.1 + 0.2
    assert [line["gain rank"] for line in lines] == ["1", "2", "3"]
    assert lines[0]["method"] == B.title
    both = list(csv.DictReader(io.StringIO(table_csv(table(KNOWN, [ONE, TWO]), "", {}))))
    assert float(both[0]["gain mean"]) == pytest.approx(0.6)
    assert float(both[0]["gain standard deviation"]) == pytest.approx(0.02**0.5)
    assert both[0]["gain case studies"] == "2"


def test_long_csv_has_a_line_for_every_value_with_its_rank_in_the_case() -> None:
    known = {**KNOWN, ("two", "c"): Scores(problem="No weights."), ("one", "c"): None}
    text = long_csv([GAIN, COST], [A, B, C], [ONE, TWO], known, {"area": "whole"})
    lines = list(csv.DictReader(io.StringIO(text)))
    assert len(lines) == 10  # of twelve, two are not there yet
    found = {(line["case"], line["method_id"], line["metric"]): line for line in lines}
    assert found["two", "a", "gain"]["rank"] == "1"
    assert found["two", "b", "cost"]["rank"] == "1"
    assert found["two", "c", "gain"]["note"] == "No weights."
    assert found["two", "c", "gain"]["value"] == ""


def test_latex_has_the_best_in_bold_and_one_cell_a_column() -> None:
    text = table_latex(table(KNOWN, [ONE, TWO]), "", "Mean & spread")
    assert r"\caption{Mean \& spread}" in text
    rows = re.search(r"\\midrule\n(.*)\\bottomrule", text, re.DOTALL)
    assert rows
    cells = [re.split(r"(?<!\\)&", line) for line in rows[1].strip().splitlines()]
    assert [len(line) for line in cells] == [4, 4, 4]
    assert r"\begin{tabular}{lrrr}" in text
    assert cells[0][1].strip() == r"\textbf{0.6000} $\pm$ 0.1414"
    assert cells[1][1].strip() == r"0.5000 $\pm$ 0.4243"
    assert cells[1][2].strip() == r"\textbf{1.0000} $\pm$ 0.0000"
    assert cells[1][0].strip() == r"50 \% \& more\_\{x\}"
    assert r"$\downarrow$" in text


def test_symbols_and_hostile_names() -> None:
    assert latex_symbol(GAIN) == r"$Q_{\mathrm{GAIN}}$"
    assert latex_symbol(spec("x", symbol="SSIM_1")) == r"$\mathrm{SSIM}_{\mathrm{1}}$"
    assert latex_symbol(COST) == r"$D$, a\_b"
    assert (
        escape("\\input{x}\n$1^2~#")
        == r"\textbackslash{}input\{x\} \$1\textasciicircum{}2\textasciitilde{}\#"
    )
    assert escape("Xydeas & Petrović, ą, 脑, x₁") == r"Xydeas \& Petrović, a, ?, x1"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="pdflatex is not installed")
def test_latex_compiles(tmp_path: Path) -> None:
    specs = list_metrics()
    hostile = Named("h", '\\end{table} 50 % & x_1^2 ~ #$ {"<|>} – “é” Ω ± ł ą ő 脑 ₁')
    values = Scores({each.id: 0.12345 for each in specs})
    both = {(case.id, method.id): values for case in (ONE, TWO) for method in (A, hostile)}
    tables = [make_table(columns(specs, BOTH), [A, hostile], cases, both) for cases in ([ONE], [ONE, TWO])]
    body = "\n".join(table_latex(each, "rank", f"Caption of {hostile.title}") for each in tables)
    head = r"\documentclass{article}\usepackage{booktabs}\usepackage{graphicx}\begin{document}"
    (tmp_path / "t.tex").write_text(f"{head}\n{body}\n\\end{{document}}\n", encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "t.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull \\hbox" not in done.stdout


@pytest.mark.skipif(not SEEDS.is_dir(), reason=f"the papers are not there: {SEEDS}")
def test_published_numbers_are_those_of_the_papers() -> None:
    text = (SEEDS / "FunFuseAn-paper.txt").read_text(encoding="utf-8")
    lines = [re.findall(r"\d+\.\d+", line) for line in text.splitlines() if re.match(r"\| (\$Q|Time)", line)]
    printed = [[float(number) for number in line] for line in lines]
    assert [list(column) for column in zip(*[row.values for row in FUNFUSEAN.rows], strict=True)] == printed
    text = (SEEDS / "FusionINN-paper.txt").read_text(encoding="utf-8")
    for row in FUSIONINN.rows:
        begin = rf"^(?:\w+ |\([^)]*\) )?{re.escape(row.name)}\s(?:\[\d+\]|\(Ours\)) "
        (line,) = re.findall(rf"{begin}(.*)$", text, re.MULTILINE)
        # every number is printed as 0.9270.9270.927, the best with a \mathbf in it
        numbers = [float(each[:5]) for each in line.split(" ")]
        assert list(row.values) == numbers


def test_ties_as_printed_are_all_best() -> None:
    names = [column.name for column in FUSIONINN.columns]
    best = FUSIONINN.best(names.index("Q_NCIE"))
    assert [row.name for row, is_best in zip(FUSIONINN.rows, best, strict=True) if is_best] == [
        "DeepFuse",
        "FunFuseAn",
        "DDFM",
        "FusionINN",
    ]
    time = FUNFUSEAN.best(len(FUNFUSEAN.columns) - 1)
    assert time.index(True) == len(FUNFUSEAN.rows) - 1
    assert {column.metric for column in FUNFUSEAN.columns + FUSIONINN.columns} - {""} <= {
        spec.id for spec in list_metrics()
    }
