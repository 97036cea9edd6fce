"""Tables of fusion metrics as files: CSV with every digit, LaTeX as a paper prints it. Pure.

The LaTeX needs the packages booktabs and graphicx. Method names may be anything (networks of one's own):
what LaTeX reads as a command is escaped, and letters that pdflatex cannot set are replaced.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Sequence

from dashboard.metrics.tables import DECIMALS, Cell, Known, Named, Row, Table, case_ranks, sorted_rows
from models import MetricSpec

_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "–": "--",
    "—": "---",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "…": r"\dots{}",
    "±": r"$\pm$",
    "×": r"$\times$",
    "·": r"$\cdot$",
    "−": "$-$",
    "→": r"$\to$",
    "α": r"$\alpha$",
    "β": r"$\beta$",
    "γ": r"$\gamma$",
    "δ": r"$\delta$",
    "λ": r"$\lambda$",
    "σ": r"$\sigma$",
    "Ω": r"$\Omega$",
}
# Letters beyond ASCII that pdflatex sets in its first encoding (OT1): these, and whatever carries an accent.
_OF_THEIR_OWN, _OGONEK = "ßæøåœłÆØÅŒŁ", "\u0328"


def table_csv(table: Table, sort: str, what: dict[str, str]) -> str:
    """One line a method, in the shown order: for each metric its value and rank.

    Of several case studies: mean, standard deviation, number of case studies and rank of the mean.

    Args:
        table, sort: what is shown.
        what: column → the same value in every line, such as the area.
    """
    several = len(table.cases) > 1
    parts = ["mean", "standard deviation", "case studies", "rank"] if several else ["", "rank"]
    names = [f"{spec.id} {part}".strip() for spec in table.columns for part in parts]
    lines = [[*what, "method_id", "method", *names, "mean rank", "problem"]]
    for row in sorted_rows(table, sort):
        numbers = [text for spec in table.columns for text in _numbers(row.cells[spec.id], several)]
        mean = _text(row.mean_rank)
        lines.append([*what.values(), row.method.id, row.method.title, *numbers, mean, row.problem])
    return _lines(lines)


def long_csv(
    specs: Sequence[MetricSpec],
    methods: Sequence[Named],
    cases: Sequence[Named],
    known: Known,
    what: dict[str, str],
) -> str:
    """One line for every case study, method and metric: value, rank in the case study, why there is none."""
    found = case_ranks(specs, methods, cases, known)
    lines = [[*what, "case", "method_id", "metric", "form", "value", "rank", "note"]]
    for case in cases:
        for method in methods:
            scores = known.get((case.id, method.id))
            if scores is None:
                continue
            for spec in specs:
                note = scores.problem or scores.missing.get(spec.id, "")
                value, rank = scores.values.get(spec.id), found.get((case.id, method.id, spec.id))
                line = [case.id, method.id, spec.id, spec.form, _text(value), _text(rank), note]
                lines.append([*what.values(), *line])
    return _lines(lines)


def table_latex(table: Table, sort: str, caption: str) -> str:
    """A floating table: best of a column in bold; of several case studies, mean ± standard deviation.

    Args:
        table, sort: what is shown.
        caption: plain text, escaped here.
    """
    heads = [r"Method", *(f"{latex_symbol(spec)} {_arrow(spec)}" for spec in table.columns), "Mean rank"]
    best_mean = min((row.mean_rank for row in table.rows if row.mean_rank is not None), default=None)
    body = [_latex_row(row, table.columns, best_mean) for row in sorted_rows(table, sort)]
    return "\n".join(
        [
            r"% Needs \usepackage{booktabs} and \usepackage{graphicx}.",
            r"\begin{table}",
            r"  \centering",
            rf"  \caption{{{escape(caption)}}}",
            r"  \resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
            rf"  \begin{{tabular}}{{l{'r' * (len(heads) - 1)}}}",
            r"    \toprule",
            "    " + " & ".join(heads) + r" \\",
            r"    \midrule",
            *[f"    {line}" for line in body],
            r"    \bottomrule",
            r"  \end{tabular}}",
            r"\end{table}",
            "",
        ]
    )


def escape(text: str) -> str:
    """Plain text for LaTeX: commands escaped, Latin letters kept (UTF-8), anything else without its accents,
    or a question mark."""
    return "".join(_ESCAPED.get(letter) or _letter(letter) for letter in " ".join(text.split()))


def latex_symbol(spec: MetricSpec) -> str:
    """A metric's symbol, such as Q_{SSIM}, with what follows a comma in words."""
    symbol, _, rest = spec.symbol.partition(",")
    head, _, index = symbol.partition("_")
    letters = rf"${escape(head)}$" if len(head) == 1 else rf"$\mathrm{{{escape(head)}}}$"
    if index:
        letters = rf"{letters[:-1]}_{{\mathrm{{{escape(index)}}}}}$"
    return f"{letters}, {escape(rest.strip())}" if rest else letters


def _latex_row(row: Row, columns: Sequence[MetricSpec], best_mean: float | None) -> str:
    cells = [_latex_cell(row.cells[spec.id]) for spec in columns]
    mean = "--" if row.mean_rank is None else _bold(f"{row.mean_rank:.1f}", row.mean_rank == best_mean)
    return " & ".join([escape(row.method.title), *cells, mean]) + r" \\"


def _latex_cell(cell: Cell) -> str:
    if cell.value is None:
        return "--"
    value = _bold(f"{cell.value:.{DECIMALS}f}", cell.rank == 1)
    return value if cell.spread is None else rf"{value} $\pm$ {cell.spread:.{DECIMALS}f}"


def _bold(text: str, best: bool) -> str:
    return rf"\textbf{{{text}}}" if best else text


def _arrow(spec: MetricSpec) -> str:
    return r"$\uparrow$" if spec.higher_is_better else r"$\downarrow$"


def _letter(letter: str) -> str:
    if letter.isascii():
        return letter if letter.isprintable() else ""
    base, *accents = list(unicodedata.normalize("NFD", letter))
    if letter in _OF_THEIR_OWN or (letter <= "ž" and accents and base.isascii() and accents != [_OGONEK]):
        return letter
    plain = unicodedata.normalize("NFKD", letter).encode("ascii", "ignore").decode()
    return "".join(_ESCAPED.get(each, each) for each in plain) or "?"


def _numbers(cell: Cell, several: bool) -> list[str]:
    if not several:
        return [_text(cell.value), _text(cell.rank)]
    return [_text(cell.value), _text(cell.spread), str(len(cell.parts)), _text(cell.rank)]


def _text(value: float | int | None) -> str:
    return "" if value is None else repr(value)


def _lines(lines: Sequence[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerows(lines)
    return buffer.getvalue()
